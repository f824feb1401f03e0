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
    def advice(self) -> str:
        """What a clerk could do about it first."""
        return _ADVICE[self]

    @property
    def number(self) -> int:
        """Position in the list, from 1; 0 means no fault."""
        return _NUMBERS[self]


_UNITS = "Compare unit and number with the source: 元 or 万元, or two numbers in one cell."
_CARD = "Compare the number with the identity card; which digit is wrong cannot be told from the number alone."
_LOST = "The last digits are lost in this file for good: ask the agency for the number, kept as text."
_LICENCE = "Compare it with the business licence (营业执照)."
_REGISTER = "Look it up in the relief bureau's regions, or ask for the village by name."
_ADVICE = {
    Fault.REQUIRED_EMPTY: "Ask the agency what belongs here; give it, or have the row delivered again.",
    Fault.CONTROL_CHARACTER: "Have the agency export the row again.",
    Fault.SPREADSHEET_ERROR: "Have the agency repair the formula, or give its result here.",
    Fault.NUMBER_UNREADABLE: "Give the number alone, without words, as the source's paper has it.",
    Fault.NUMBER_TRUNCATED: _LOST,
    Fault.NUMBER_TOO_LARGE: _UNITS,
    Fault.MONEY_TOO_PRECISE: "Ask which unit the column is in, and for the amount to the fen.",
    Fault.RATE_TOO_PRECISE: "Ask for the rate as it stands in the contract.",
    Fault.INTEGER_FRACTION: "Ask what the fraction means, and give the whole number.",
    Fault.DATE_UNREADABLE: "Ask for the day, and give it as 2020-07-08.",
    Fault.BOOLEAN_UNREADABLE: "Ask which it is, and give 是 or 否.",
    Fault.CODE_UNKNOWN: "Give a value of the list; a new word goes into the connector's mapping for the next sync.",
    Fault.IDENTITY_MALFORMED: _CARD,
    Fault.IDENTITY_TRUNCATED: _LOST,
    Fault.IDENTITY_SEVERAL: "Ask whose row this is; each of the others needs a row of its own.",
    Fault.IDENTITY_BIRTH_DATE: _CARD,
    Fault.IDENTITY_CHECK_FAILED: _CARD,
    Fault.CREDIT_CODE_MALFORMED: _LICENCE,
    Fault.CREDIT_CODE_CHECK_FAILED: _LICENCE,
    Fault.REGION_CODE_MALFORMED: _REGISTER,
    Fault.REGION_CODE_UNKNOWN: _REGISTER,
    Fault.REGION_CODE_ABOLISHED: "Ask for the village's code of today; the old one's last digits may not be in it.",
    Fault.PHONE_MALFORMED: "Ask for the telephone number, or leave the cell empty.",
    Fault.ACCOUNT_MALFORMED: "Ask the bank for the number, digits only.",
    Fault.BELOW_MINIMUM: "Compare sign and unit with the source.",
    Fault.ABOVE_MAXIMUM: _UNITS,
    Fault.CHECK_FAILED: "Ask which of the two items is right.",
    Fault.DUPLICATE_ROW: "The same row is in already: dismiss this one.",
    Fault.CONFLICTING_KEY: "Ask the agency which row is right; replay that one, dismiss the others.",
}

FAULTS = tuple(Fault)
_NUMBERS = {fault: position for position, fault in enumerate(FAULTS, start=1)}


def fault_of(number: int) -> Fault:
    """The fault with that ``number``."""
    return FAULTS[number - 1]
