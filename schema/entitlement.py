"""Entitlement 应贴: the subsidy one loan should have had for one settlement period, and what was paid for it."""

from hub.catalog.dataset import Agency, Dataset, Placement, Through
from hub.catalog.field import Code, Field, FieldType
from schema.lending import day, loan_number, money, to_household, to_loan

OF_LOAN = Placement(through=(Through("loan", {"loan_id": "loan_id"}),))

VERDICTS = {
    "EVEN": Code("Paid as entitled", "相符"),
    "NOTHING": Code("Neither entitled nor paid", "无应贴"),
    "WAITING": Code("Not paid yet, and in time", "未到支付期限"),
    "MISSING": Code("Entitled, nothing paid", "应贴未贴"),
    "SHORT": Code("Paid less than entitled", "少贴"),
    "OVER": Code("Paid more than entitled", "多贴"),
    "NOT_CONFIGURED": Code("A parameter it depends on is not configured", "参数未设定"),
}


def count_of_days(name: str, zh: str, en: str, about: str, about_zh: str) -> Field:
    """A number of days."""
    return Field(name, FieldType.INTEGER, zh, en, about, about_zh, unit="days", required=True, minimum=0)


DATASET = Dataset(
    name="entitlement",
    plural="entitlements",
    zh="应贴利息",
    en="Entitlement",
    about="Subsidy due on one loan for one settlement period, by the rules in force at signing, beside what was paid.",
    about_zh="按签约时有效规则计算的一笔贷款一个结息期的应贴利息,及其实贴情况。",
    agency=Agency.HUB,
    key=("loan_id", "settled_on"),
    placement=OF_LOAN,
    fields=(
        loan_number(),
        day(
            "settled_on",
            "结息日",
            "Settled on",
            "Settlement day that ends the period; the period begins on the day after the one before.",
            "期末结息日,期间自上一结息日次日起。",
        ),
        day("period_from", "计息起日", "Period from", "First day with a balance in the period.", "期内首个有余额日。"),
        day("period_to", "计息止日", "Period to", "Last day with a balance in the period.", "期内最后有余额日。"),
        count_of_days(
            "days",
            "贴息天数",
            "Subsidised days",
            "Days before maturity whose interest was collected and whose principal is within the cap.",
            "到期前、已收息且在上限内的天数。",
        ),
        count_of_days(
            "uncollected_days",
            "未收息天数",
            "Days not collected",
            "Days before maturity whose interest was not collected: nothing is due for them (先收后贴).",
            "到期前未收息天数,先收后贴,不贴。",
        ),
        count_of_days(
            "overdue_days",
            "逾期天数",
            "Overdue days",
            "Days after maturity: never subsidised.",
            "逾期天数,不贴息。",
        ),
        money("interest", "计贴利息", "Interest", "Interest on the subsidised base.", "贴息基数产生的利息。"),
        money(
            "amount",
            "应贴金额",
            "Amount due",
            "Subsidy due, rounded once; empty where a parameter is not configured.",
            "应贴金额,期末一次舍入;参数未设定时为空。",
            required=False,
        ),
        money(
            "paid",
            "实贴金额",
            "Paid",
            "What was paid for the period; a payment over several periods is shared out as they are entitled.",
            "本期实贴;跨期支付按各期应贴分摊。",
        ),
        money("unpaid", "少贴金额", "Unpaid", "Amount due less paid, if above.", "应贴大于实贴的差额。"),
        money("overpaid", "多贴金额", "Overpaid", "Paid less amount due, if above.", "实贴大于应贴的差额。"),
        Field(
            "verdict",
            FieldType.CODE,
            "核对结果",
            "Verdict",
            "Entitlement compared with payments, after the tolerance.",
            "应贴与实贴核对结果。",
            required=True,
            indexed=True,
            codes=VERDICTS,
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
    links=(to_loan("entitlements", "应贴利息"), to_household("entitlements", "应贴利息")),
)
