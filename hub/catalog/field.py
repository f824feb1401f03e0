"""One data item: its type and unit, its names, who may see it and how it is masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class FieldType(StrEnum):
    """What a value is. The type alone decides column, GraphQL scalar, normalisation and check."""

    TEXT = "text"
    NAME = "name"  # a person's or company's name, NFKC, middle dot U+00B7
    CODE = "code"  # one of ``Field.codes``
    MONEY = "money"  # fen; "yuan with two decimals" outside
    RATE = "rate"  # millionths of the whole; "per cent a year" outside
    DATE = "date"
    TIMESTAMP = "timestamp"  # hub's own instants only
    INTEGER = "integer"
    BOOLEAN = "boolean"
    IDENTITY_NUMBER = "identity_number"  # GB 11643, 18 characters
    CREDIT_CODE = "credit_code"  # unified social credit code, GB 32100, 18 characters
    REGION_CODE = "region_code"  # GB/T 2260 and statistical codes: 6, 9 or 12 digits
    PHONE = "phone"
    ACCOUNT = "account"  # bank account or card
    WORDS = "words"  # several names, in what the hub keeps of its own work


class Sensitivity(IntEnum):
    """Level by harm done if it leaks, after JR/T 0197-2020 (5 is the highest; level 5 is not held here)."""

    PUBLIC = 1
    INTERNAL = 2
    PERSONAL = 3
    SENSITIVE = 4


class SharingClass(StrEnum):
    """May the item be shared (政务数据共享条例, State Council Decree 809)."""

    UNCONDITIONAL = "unconditional"  # 无条件共享
    CONDITIONAL = "conditional"  # 有条件共享: by a sharing agreement
    WITHHELD = "withheld"  # 不予共享: stays with its agency of record


class Mask(StrEnum):
    """How much of a sensitive value stays readable."""

    IDENTITY_NUMBER = "identity_number"  # first 6 and last 4
    PHONE = "phone"  # first 3 and last 4
    ACCOUNT = "account"  # first 6 and last 4
    NAME = "name"  # the family name


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a code list, in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Field:
    """One data item of a dataset.

    ``name`` is snake_case here and camelCase in GraphQL; ``zh`` is the Chinese column heading of the catalogue.
    ``minimum`` and ``maximum`` are in the stored unit (fen, millionths, days …); a value beyond them sends the row to
    quarantine. A maximum is no rule of the programme (rules report) but what can be meant at all.
    ``indexed`` fields may be filtered and ordered by. ``mask`` applies unless the clear value is allowed.
    """

    name: str
    type: FieldType
    zh: str
    en: str
    about: str
    about_zh: str
    unit: str = ""
    required: bool = False
    codes: Mapping[str, Code] = field(default_factory=dict[str, Code])
    minimum: int | None = None
    maximum: int | None = None
    indexed: bool = False
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    sharing: SharingClass = SharingClass.CONDITIONAL
    mask: Mask | None = None
