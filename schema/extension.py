"""Extension 展期: a later maturity agreed for a loan that cannot be repaid in time."""

from hub.catalog.dataset import Agency, Check, Dataset
from hub.catalog.field import Field, FieldType
from schema.lending import OF_LOAN, day, loan_number, money, number, rate, to_household, to_loan

DATASET = Dataset(
    name="extension",
    plural="extensions",
    zh="展期",
    en="Extension",
    about="A later maturity agreed for a loan; the contract's own maturity stays on the loan.",
    about_zh="经批准的贷款展期,合同原到期日保留在贷款上。",
    agency=Agency.BANK,
    key=("extension_id",),
    happened_on="signed_on",
    placement=OF_LOAN,
    fields=(
        number("extension_id", "展期编号", "Extension number", "Number of the extension agreement.", "展期协议编号。"),
        loan_number(),
        day("signed_on", "展期日期", "Signed on", "Day the extension was agreed.", "展期办理日期。"),
        day("original_due_on", "原到期日", "Due before", "Maturity before the extension.", "展期前到期日。"),
        day("extended_due_on", "展期到期日", "Due after", "Maturity after the extension.", "展期后到期日。"),
        money("amount", "展期金额", "Amount", "Principal that was extended.", "展期的贷款本金。"),
        rate("rate", "展期利率", "Rate", "Rate of the extended term.", "展期年利率。", required=False),
        Field("reason", FieldType.TEXT, "展期原因", "Reason", "Hardship that was found.", "展期原因。"),
    ),
    checks=(Check("extended_due_on", ">", "original_due_on", "The extension does not move the maturity."),),
    links=(to_loan("extensions", "展期"), to_household("extensions", "展期")),
)
