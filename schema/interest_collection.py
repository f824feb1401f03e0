"""Interest collected 收息: interest of one settlement period, paid first by the borrower (先收后贴)."""

from hub.catalog.dataset import Agency, Check, Dataset
from hub.catalog.field import Field, FieldType
from schema.lending import OF_LOAN, day, loan_number, money, number, to_household, to_loan

DATASET = Dataset(
    name="interest_collection",
    plural="interest_collections",
    zh="收息",
    en="Interest collected",
    about="Interest of one settlement period collected from the borrower; only this can be subsidised (先收后贴).",
    about_zh="某结息期实收利息;先收后贴,以实收为贴息前提。",
    agency=Agency.BANK,
    key=("collection_id",),
    happened_on="collected_on",
    placement=OF_LOAN,
    fields=(
        number("collection_id", "收息流水号", "Collection number", "Number of the booking.", "收息交易流水号。"),
        loan_number(),
        day("period_from", "计息起日", "Period from", "First day that bears interest.", "计息起始日。"),
        day("period_to", "计息止日", "Period to", "Last day that bears interest.", "计息截止日。"),
        Field("days", FieldType.INTEGER, "天数", "Days", "Days of the period.", "计息天数。", unit="days", minimum=0),
        day("collected_on", "收息日期", "Collected on", "Day of the booking.", "入账日期。"),
        money("interest", "收回利息", "Interest", "Interest received, without penalty.", "实收利息,不含罚息。"),
    ),
    checks=(Check("period_to", ">=", "period_from", "The interest period ends before it begins."),),
    links=(to_loan("interest_collections", "收息"), to_household("interest_collections", "收息")),
)
