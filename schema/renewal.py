"""Renewal 续贷: the tie between a loan and the one that continued it without new money."""

from hub.catalog.dataset import Agency, Dataset, Link
from hub.catalog.field import Field, FieldType
from schema.lending import OF_LOAN, day, loan_number, money, number, to_household, to_loan

DATASET = Dataset(
    name="renewal",
    plural="renewals",
    zh="续贷",
    en="Renewal",
    about="A loan that continues an earlier one without repayment of principal (无还本续贷).",
    about_zh="无还本续贷的新旧借据对应关系。",
    agency=Agency.BANK,
    key=("loan_id",),
    happened_on="renewed_on",
    placement=OF_LOAN,
    fields=(
        loan_number(),
        number("previous_loan_id", "上笔借据号", "Previous loan", "The loan that was continued.", "被续贷的借据号。"),
        day("renewed_on", "续贷日期", "Renewed on", "Day the new loan replaced the old one.", "续贷办理日期。"),
        money("amount", "续贷金额", "Amount", "Principal carried over.", "续贷本金。"),
        Field("reason", FieldType.TEXT, "续贷原因", "Reason", "Why the money is still needed.", "续贷原因。"),
    ),
    links=(
        to_loan("renewal", "续贷", one=True),
        Link("previous_loan", "loan", {"previous_loan_id": "loan_id"}, "上笔贷款", "renewed_by", "续贷为"),
        to_household("renewals", "续贷"),
    ),
)
