"""Case standing 补偿核对: where a compensation case stands by what all three agencies booked, and what it owes whom."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement, Through
from hub.catalog.field import Code, Field, FieldType
from schema.lending import loan_number, money, number, rate, to_household, to_loan


def _is(name: str, zh: str, en: str, about: str, about_zh: str) -> Field:
    """A thing that is so, is not so, or cannot be told because a parameter is not configured."""
    return Field(name, FieldType.BOOLEAN, zh, en, about, about_zh, indexed=True)


DATASET = Dataset(
    name="case_standing",
    plural="case_standings",
    zh="补偿核对",
    en="Case standing",
    about="Where a compensation case stands: cause, shares, payment and recoveries as the agencies booked them.",
    about_zh="风险补偿案件的进展与核对:启动依据、分担、拨付与追回。补偿不等于结清。",
    agency=Agency.HUB,
    key=("case_id",),
    placement=Placement(through=(Through("compensation_case", {"case_id": "case_id"}),)),
    fields=(
        number("case_id", "案件编号", "Case number", "Number of the case.", "补偿案件编号。"),
        loan_number(),
        Field(
            "stage",
            FieldType.CODE,
            "阶段",
            "Stage",
            "How far the case has come, by what was booked.",
            "按入账情况判断的阶段。",
            required=True,
            indexed=True,
            codes={
                "APPLIED": Code("Applied, under review", "申请(审核中)"),
                "APPROVED": Code("Approved, to be paid", "批准"),
                "PAID": Code("Paid, nothing recovered yet", "拨付"),
                "RECOVERING": Code("Paid, recovery under way", "追索"),
                "CLOSED": Code("Closed", "结案"),
                "REFUSED": Code("Refused", "不予补偿"),
            },
        ),
        Field(
            "basis",
            FieldType.CODE,
            "启动依据",
            "Basis",
            "What the records of bank and relief bureau have to show for the trigger.",
            "银行与扶贫部门记录能否证明启动条件。",
            required=True,
            indexed=True,
            codes={
                "EVENT": Code("An event before the application", "申请前的风险事件"),
                "OVERDUE": Code("Overdue for the agreed days", "逾期达到约定天数"),
                "NONE": Code("Neither", "均无"),
                "NOT_CONFIGURED": Code("The agreed days are not configured", "逾期触发天数未设定"),
            },
        ),
        Field("event_id", FieldType.TEXT, "事件编号", "Event", "The earliest such event.", "最早的风险事件。"),
        Field(
            "overdue_days",
            FieldType.INTEGER,
            "申请时逾期天数",
            "Days overdue",
            "Days since maturity when the case was applied for; 0 before it.",
            "申请补偿时已逾期天数。",
            unit="days",
            required=True,
            minimum=0,
        ),
        rate(
            "fund_share",
            "补偿金承担比例",
            "Share of the fund",
            "The case's own, or the policy's on the day of approval; empty if neither is given.",
            "案件所列比例,未列的按批准日政策;均无则为空。",
            required=False,
        ),
        money("loss", "损失", "Loss", "Loss taken into the case.", "纳入补偿的损失。"),
        money("fund_due", "补偿金应担", "Fund's part", "loss × the fund's share.", "损失×补偿金比例。", required=False),
        money("bank_due", "银行应担", "Bank's part", "loss − the fund's part.", "损失−补偿金应担。", required=False),
        money("fund_paid", "补偿金已拨", "Paid by the fund", "Booked on the fund's account.", "专户已拨付。"),
        money("recovered", "累计追回", "Recovered", "Recovered so far by the bank.", "银行累计追回。"),
        money(
            "recovered_due",
            "应返还补偿金",
            "Due back to the fund",
            "recovered × the fund's share.",
            "追回×补偿金比例。",
            required=False,
        ),
        money("recovered_booked", "已返还补偿金", "Given back", "Booked on the fund's account.", "专户已入账的返还。"),
        money("open_claim", "未追回债权", "Open claim", "loss − recovered, or 0.", "损失−追回,不低于零。"),
        _is("is_paid_otherwise", "拨付金额不符", "Paid otherwise", "Paid, but not its share.", "拨付不等于应担。"),
        _is(
            "is_unshared",
            "追回未分账",
            "Recovery not shared",
            "The fund was given back less than its part of what was recovered.",
            "返还少于应返还。",
        ),
        _is(
            "is_over_recovered",
            "追回大于损失",
            "Recovered more than lost",
            "More was recovered than was lost: one of the two records is wrong.",
            "追回金额大于损失,记录有误。",
        ),
        _is(
            "is_called_settled",
            "误记结清",
            "Called settled",
            "The fund has paid and the bank calls the loan settled; compensated is not settled.",
            "已补偿而银行记为结清。",
        ),
        Field(
            "missing_parameter",
            FieldType.TEXT,
            "未设定参数",
            "Missing parameter",
            "The policy parameter that is not configured.",
            "未设定的政策参数。",
        ),
    ),
    links=(
        Link(
            "compensation_case",
            "compensation_case",
            {"case_id": "case_id"},
            "风险补偿",
            "standing",
            "核对",
            inverse_one=True,
        ),
        Link("risk_event", "risk_event", {"event_id": "event_id"}, "风险事件", "case_standings", "补偿核对"),
        to_loan("case_standings", "补偿核对"),
        to_household("case_standings", "补偿核对"),
    ),
)
