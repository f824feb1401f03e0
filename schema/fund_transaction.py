"""Fund transaction 风险补偿金流水: money into and out of the risk-compensation fund."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement, Through
from hub.catalog.field import Code, Field, FieldType
from schema.lending import day, money, number, to_household

DATASET = Dataset(
    name="fund_transaction",
    plural="fund_transactions",
    zh="风险补偿金流水",
    en="Fund transaction",
    about="One booking on the account of the risk-compensation fund.",
    about_zh="风险补偿金专户的一笔收支。",
    agency=Agency.FINANCE,
    key=("transaction_id",),
    happened_on="booked_on",
    placement=Placement(through=(Through("compensation_case", {"case_id": "case_id"}),)),
    fields=(
        number("transaction_id", "流水号", "Transaction number", "Number of the booking.", "专户流水号。"),
        day("booked_on", "记账日期", "Booked on", "Day of the booking.", "记账日期。"),
        Field(
            "kind",
            FieldType.CODE,
            "收支类型",
            "Kind",
            "What the booking is.",
            "收支类型。",
            required=True,
            indexed=True,
            codes={
                "FUNDING": Code("Paid in by the budget", "拨入"),
                "COMPENSATION": Code("Compensation paid", "补偿"),
                "RECOVERY": Code("Recovered money returned", "追回"),
                "INTEREST": Code("Interest earned", "利息"),
                "WITHDRAWAL": Code("Taken back by the budget", "收回"),
            },
        ),
        money("amount", "金额", "Amount", "Amount booked; the kind tells the direction.", "金额,方向由类型决定。"),
        number("case_id", "案件编号", "Case number", "Case the money belongs to.", "关联补偿案件。", required=False),
        Field("note", FieldType.TEXT, "摘要", "Note", "Text of the booking.", "摘要。"),
    ),
    links=(
        Link(
            "compensation_case",
            "compensation_case",
            {"case_id": "case_id"},
            "补偿案件",
            "fund_transactions",
            "补偿金流水",
        ),
        to_household("fund_transactions", "补偿金流水"),
    ),
)
