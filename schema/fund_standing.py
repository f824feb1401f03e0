"""Fund standing 补偿金状况: what the risk-compensation fund could bear at the end of a day."""

from hub.catalog.dataset import Agency, Dataset, Placement
from hub.catalog.field import Field, FieldType
from schema.lending import day


def _money(name: str, zh: str, en: str, about: str, about_zh: str, *, required: bool = True) -> Field:
    """An amount in fen that may be negative."""
    return Field(name, FieldType.MONEY, zh, en, about, about_zh, unit="fen", required=required)


def _share(name: str, zh: str, en: str, about: str, about_zh: str) -> Field:
    return Field(name, FieldType.RATE, zh, en, about, about_zh, unit="millionths")


def _is(name: str, zh: str, en: str, about: str, about_zh: str) -> Field:
    """A thing that is so, is not so, or cannot be told because a parameter is not configured."""
    return Field(name, FieldType.BOOLEAN, zh, en, about, about_zh, indexed=True)


DATASET = Dataset(
    name="fund_standing",
    plural="fund_standings",
    zh="补偿金状况",
    en="Fund standing",
    about="The risk-compensation fund at the end of a day: balance, leverage, what it could still bear, and whether "
    "lending is to stop. A day without a row is as the newest day before it.",
    about_zh="风险补偿金日终状况:余额、放大倍数、剩余承担能力、是否触发停贷;无记录之日同此前最近一日。",
    agency=Agency.HUB,
    key=("standing_on",),
    placement=Placement(),
    fields=(
        day("standing_on", "日期", "Day", "The figures are of the end of this day.", "日终日期。", indexed=True),
        _money(
            "balance",
            "补偿金余额",
            "Balance of the fund",
            "Paid in, earned and recovered, less paid out as compensation and taken back by the budget.",
            "拨入+利息+追回−补偿−收回。",
        ),
        _money("outstanding", "贷款余额", "Outstanding", "Balance of all loans of the county.", "全县贷款余额。"),
        _share(
            "leverage",
            "放大倍数",
            "Leverage",
            "outstanding ÷ balance; 100 % is once, 1,000 % ten times. Empty if the fund is empty.",
            "贷款余额÷补偿金余额,100%为一倍。",
        ),
        Field(
            "leverage_limit",
            FieldType.INTEGER,
            "放大倍数上限",
            "Leverage allowed",
            "How many times the fund may be lent, by the policy of the day.",
            "当日政策规定的放大倍数上限。",
            unit="times",
        ),
        _money(
            "required",
            "应有规模",
            "Required size",
            "outstanding ÷ leverage allowed, rounded up.",
            "贷款余额÷放大倍数上限。",
            required=False,
        ),
        _money(
            "capacity",
            "剩余可贷额度",
            "Capacity left",
            "balance × leverage allowed − outstanding: what may still be lent; negative if too much is lent.",
            "补偿金余额×放大倍数上限−贷款余额,负数为超出。",
            required=False,
        ),
        _money(
            "pending",
            "待补偿",
            "Pending",
            "The fund's part of the cases applied for and not yet paid.",
            "已申请未拨付案件的补偿金应担部分。",
            required=False,
        ),
        _is("is_over_leverage", "超放大倍数", "Over the leverage allowed", "capacity is negative.", "剩余额度为负。"),
        _is(
            "is_short",
            "应补足",
            "To be topped up",
            "The fund is below the agreed share of its required size.",
            "余额低于应有规模的规定比例。",
        ),
        _share(
            "bad_rate", "不良率", "Rate of bad loans", "Balance of bad loans ÷ outstanding.", "不良贷款余额÷贷款余额。"
        ),
        _share("stop_line", "停贷线", "Suspension line", "Rate of bad loans at which lending stops.", "停贷的不良率。"),
        _is(
            "is_suspended",
            "应停贷",
            "Lending to stop",
            "The rate of bad loans has reached the suspension line.",
            "不良率达到停贷线。",
        ),
        Field(
            "missing_parameter",
            FieldType.TEXT,
            "未设定参数",
            "Missing parameter",
            "The policy parameters that are not configured on the day.",
            "当日未设定的政策参数。",
        ),
    ),
)
