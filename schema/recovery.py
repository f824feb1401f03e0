"""Recovery 追索收回: money recovered after compensation, to be split between fund and bank."""

from hub.catalog.dataset import Agency, Dataset, Link
from schema.lending import OF_LOAN, day, loan_number, money, number, to_household, to_loan

DATASET = Dataset(
    name="recovery",
    plural="recoveries",
    zh="追索收回",
    en="Recovery",
    about="Money recovered on a compensated loan, split by the loss-sharing ratio.",
    about_zh="补偿后追回的资金,按损失分担比例返还。",
    agency=Agency.BANK,
    key=("recovery_id",),
    happened_on="recovered_on",
    placement=OF_LOAN,
    fields=(
        number("recovery_id", "追回流水号", "Recovery number", "Number of the booking.", "追回交易流水号。"),
        loan_number(),
        number("case_id", "案件编号", "Case number", "The compensation case.", "补偿案件编号。", required=False),
        day("recovered_on", "追回日期", "Recovered on", "Day of the booking.", "追回日期。"),
        money("amount", "追回金额", "Amount", "Money recovered.", "追回金额。"),
        money("fund_part", "返还补偿金", "Fund's part", "Part due to the fund.", "应返还补偿金部分。", required=False),
        money("bank_part", "银行留存", "Bank's part", "Part the bank keeps.", "银行留存部分。", required=False),
    ),
    links=(
        to_loan("recoveries", "追索收回"),
        Link(
            "compensation_case",
            "compensation_case",
            {"case_id": "case_id"},
            "补偿案件",
            "recoveries",
            "追索收回",
        ),
        to_household("recoveries", "追索收回"),
    ),
)
