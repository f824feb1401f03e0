"""Repayment 还款: principal (and penalty) received on a loan."""

from hub.catalog.dataset import Agency, Dataset
from hub.catalog.field import Code, Field, FieldType
from schema.lending import OF_LOAN, day, loan_number, money, number, to_household, to_loan
from schema.personal import account

DATASET = Dataset(
    name="repayment",
    plural="repayments",
    zh="还款",
    en="Repayment",
    about="Principal received on a loan on one day, whoever paid it.",
    about_zh="某日收回的贷款本金,不论由谁支付。",
    agency=Agency.BANK,
    key=("repayment_id",),
    looked_up=("payer_account",),
    happened_on="paid_on",
    placement=OF_LOAN,
    fields=(
        number("repayment_id", "交易流水号", "Repayment number", "Number of the booking.", "核心系统交易流水号。"),
        loan_number(),
        day("paid_on", "收回日期", "Paid on", "Day of the booking.", "入账日期。", indexed=True),
        money("principal", "收回本金", "Principal", "Principal received.", "收回的本金。"),
        money(
            "penalty",
            "收回罚息",
            "Penalty interest",
            "Penalty interest received; never subsidised.",
            "收回的罚息,不予贴息。",
        ),
        account("payer_account", "还款账号", "Payer's account"),
        Field(
            "origin",
            FieldType.CODE,
            "还款来源",
            "Who paid",
            "Who the money came from.",
            "还款资金来源。",
            required=True,
            codes={
                "HOUSEHOLD": Code("The household", "农户"),
                "ENTERPRISE": Code("The enterprise that used the money", "企业"),
                "RENEWAL": Code("A renewal without repayment", "无还本续贷"),
                "COMPENSATION": Code("Risk compensation", "风险补偿"),
                "RECOVERY": Code("Recovered after compensation or write-off", "补偿或核销后收回"),
            },
        ),
    ),
    links=(to_loan("repayments", "还款"), to_household("repayments", "还款")),
)
