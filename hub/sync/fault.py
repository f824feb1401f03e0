"""What can be wrong with a cell or a row: one stable code each, and the reason a clerk reads."""

from __future__ import annotations

from enum import Enum, unique


@unique
class Fault(Enum):
    """``name`` is the code kept in quarantine, ``value`` the reason in words."""

    REQUIRED_EMPTY = "This item must be given and is empty."
    CONTROL_CHARACTER = "The text holds a NUL character."
    SPREADSHEET_ERROR = "The cell holds a spreadsheet's error value instead of a result."
    NUMBER_UNREADABLE = "This is not a number."
    NUMBER_TRUNCATED = "A long number was turned into scientific notation, so its last digits are lost."
    NUMBER_TOO_LARGE = "The number is larger than can be kept."
    MONEY_TOO_PRECISE = "The amount has a part smaller than one fen."
    RATE_TOO_PRECISE = "The rate has a part smaller than one millionth."
    INTEGER_FRACTION = "A whole number is expected."
    DATE_UNREADABLE = "This is not a date that exists, or not one between 1900 and 2199."
    BOOLEAN_UNREADABLE = "This is neither yes (是, 1, true, Y) nor no (否, 0, false, N)."
    CODE_UNKNOWN = "This value is not in the code list."
    IDENTITY_MALFORMED = "An identity number has 18 characters (or 15 digits): digits, the last may be X."
    IDENTITY_TRUNCATED = "A spreadsheet has cut the identity number; its last digits are lost for good."
    IDENTITY_SEVERAL = "The cell holds several identity numbers; each needs a row of its own."
    IDENTITY_BIRTH_DATE = "The birth date within the identity number does not exist."
    IDENTITY_CHECK_FAILED = "The check character of the identity number is wrong (GB 11643-1999)."
    CREDIT_CODE_MALFORMED = "A credit code has 18 characters: digits and capitals without I, O, S, V, Z."
    CREDIT_CODE_CHECK_FAILED = "The check character of the credit code is wrong (GB 32100-2015)."
    REGION_CODE_MALFORMED = "A region code has 6, 9 or 12 digits."
    REGION_CODE_UNKNOWN = "The region code begins with no province's code (GB/T 2260)."
    REGION_CODE_ABOLISHED = "The region code was abolished when the county became another one (GB/T 2260)."
    PHONE_MALFORMED = "A telephone number has 7 to 12 digits."
    ACCOUNT_MALFORMED = "An account or card number has 5 to 32 digits."
    BELOW_MINIMUM = "The value is below the smallest one allowed."
    ABOVE_MAXIMUM = "The value is larger than can be meant: a wrong unit, or two numbers glued together."
    CHECK_FAILED = "Two items of this row contradict each other."
    DUPLICATE_ROW = "The same row is in this delivery already."
    CONFLICTING_KEY = "Rows with this key contradict each other within the delivery; none of them is taken."

    @property
    def number(self) -> int:
        """Position in the list, from 1; 0 means no fault."""
        return _NUMBERS[self]


FAULTS = tuple(Fault)
_NUMBERS = {fault: position for position, fault in enumerate(FAULTS, start=1)}


def fault_of(number: int) -> Fault:
    """The fault with that ``number``."""
    return FAULTS[number - 1]
