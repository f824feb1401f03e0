"""Subsidy payment 贴息支付: interest given back to a household by the finance bureau, by batch (分期补贴)."""

from hub.catalog.dataset import Agency, Check, Dataset, Placement, Through
from hub.catalog.field import Field, FieldType
from schema.lending import MOST_OF_A_HOUSEHOLD, day, loan_number, money, number, rate, to_household, to_loan
from schema.personal import account, identity_number, person_name

DATASET = Dataset(
    name="subsidy_payment",
    plural="subsidy_payments",
    zh="贴息支付",
    en="Subsidy payment",
    about="Interest subsidy paid to one household for one loan and period.",
    about_zh="财政对一笔贷款一个期间的贴息支付。",
    agency=Agency.FINANCE,
    key=("voucher_number", "line"),
    happened_on="paid_on",
    placement=Placement(
        through=(
            Through("loan", {"loan_id": "loan_id"}),
            Through("person", {"payee_identity_number": "identity_number"}),
        ),
        decided="loan",
    ),
    fields=(
        number("voucher_number", "凭证号", "Voucher", "Payment voucher of the treasury.", "国库支付凭证号。"),
        Field(
            "line", FieldType.INTEGER, "行号", "Line", "Line of the voucher.", "凭证行号。", required=True, minimum=1
        ),
        Field("batch", FieldType.TEXT, "批次", "Batch", "Batch of payment, by half-year.", "贴息批次(半年)。"),
        loan_number(required=False),
        person_name("payee_name", "借款人", "Name of the payee"),
        identity_number("payee_identity_number", "证件号码", "Identity number of the payee"),
        money(
            "principal",
            "贴息本金",
            "Subsidised principal",
            "Principal the subsidy was counted on.",
            "计算贴息的本金。",
            maximum=MOST_OF_A_HOUSEHOLD,
        ),
        rate("rate", "贴息利率", "Subsidised rate", "Yearly rate the subsidy was counted with.", "计算贴息的年利率。"),
        day("period_from", "计息起日", "Period from", "First day that is subsidised.", "贴息起始日。"),
        day("period_to", "计息止日", "Period to", "Last day that is subsidised.", "贴息截止日。"),
        Field(
            "days", FieldType.INTEGER, "天数", "Days", "Days that are subsidised.", "贴息天数。", unit="days", minimum=0
        ),
        money(
            "amount_due",
            "应贴金额",
            "Amount due",
            "What the bureau held to be due.",
            "财政核定应贴金额。",
            required=False,
        ),
        Field(
            "amount",
            FieldType.MONEY,
            "实贴金额",
            "Amount paid",
            "What was paid.",
            "实际支付贴息金额。",
            unit="fen",
            required=True,
            minimum=0,
            maximum=MOST_OF_A_HOUSEHOLD,
        ),
        account("account_number", "收款账号", "Account paid to"),
        day("paid_on", "支付日期", "Paid on", "Day of the payment.", "支付日期。", indexed=True),
    ),
    checks=(Check("period_to", ">=", "period_from", "The subsidised period ends before it begins."),),
    links=(to_loan("subsidy_payments", "贴息支付"), to_household("subsidy_payments", "贴息支付")),
)
