"""Items that every dataset about a loan carries."""

from hub.catalog.dataset import Link, Placement, Through
from hub.catalog.field import Field, FieldType

OF_LOAN = Placement(through=(Through("loan", {"loan_id": "loan_id"}),))


def loan_number(*, required: bool = True) -> Field:
    """借据号: the number that ties a record to its loan."""
    return Field(
        "loan_id",
        FieldType.TEXT,
        "借据号",
        "Loan number",
        "The loan this record belongs to.",
        "所属贷款的借据号。",
        required=required,
        indexed=True,
    )


# Twenty times what a household may borrow: a larger amount is a wrong unit, or two numbers glued together.
MOST_OF_A_HOUSEHOLD = 100_000_000


def money(
    name: str, zh: str, en: str, about: str, about_zh: str, *, required: bool = True, maximum: int | None = None
) -> Field:
    """An amount in fen that is never negative."""
    return Field(
        name, FieldType.MONEY, zh, en, about, about_zh, unit="fen", required=required, minimum=0, maximum=maximum
    )


def day(
    name: str, zh: str, en: str, about: str, about_zh: str, *, required: bool = True, indexed: bool = False
) -> Field:
    """A date; ``indexed`` ones may be filtered and ordered by."""
    return Field(name, FieldType.DATE, zh, en, about, about_zh, required=required, indexed=indexed)


def rate(name: str, zh: str, en: str, about: str, about_zh: str, *, required: bool = True) -> Field:
    """A yearly rate in millionths."""
    return Field(name, FieldType.RATE, zh, en, about, about_zh, unit="millionths a year", required=required, minimum=0)


def number(name: str, zh: str, en: str, about: str, about_zh: str, *, required: bool = True) -> Field:
    """A number that names a record or a document."""
    return Field(name, FieldType.TEXT, zh, en, about, about_zh, required=required, indexed=True)


def to_loan(inverse: str, inverse_zh: str, *, one: bool = False) -> Link:
    """The way to the loan, and back under the name ``inverse``."""
    return Link("loan", "loan", {"loan_id": "loan_id"}, "贷款", inverse, inverse_zh, inverse_one=one)


def to_household(inverse: str, inverse_zh: str) -> Link:
    """The way to the household the hub placed the row with, and back."""
    return Link("household", "household", {"household_id": "household_id"}, "农户", inverse, inverse_zh)
