"""Personal items that several datasets carry, declared once with their sensitivity and mask."""

from hub.catalog.field import Field, FieldType, Mask, Sensitivity


def identity_number(name: str, zh: str, en: str, *, required: bool = False) -> Field:
    """An 18-character citizen identity number (GB 11643-1999), masked to its first 6 and last 4."""
    return Field(
        name,
        FieldType.IDENTITY_NUMBER,
        zh,
        en,
        "Citizen identity number, 18 characters with a valid check character (GB 11643-1999).",
        "公民身份号码,18位,校验码按 GB 11643-1999。",
        required=required,
        indexed=True,
        sensitivity=Sensitivity.SENSITIVE,
        mask=Mask.IDENTITY_NUMBER,
    )


def person_name(name: str, zh: str, en: str, *, required: bool = False) -> Field:
    """A natural person's name, masked to the family name."""
    return Field(
        name,
        FieldType.NAME,
        zh,
        en,
        "Name of a natural person, half-width, with U+00B7 as the middle dot.",
        "自然人姓名,少数民族姓名间隔号用 U+00B7。",
        required=required,
        sensitivity=Sensitivity.PERSONAL,
        mask=Mask.NAME,
    )


def account(name: str, zh: str, en: str) -> Field:
    """A bank account or card number, masked to its first 6 and last 4."""
    return Field(
        name,
        FieldType.ACCOUNT,
        zh,
        en,
        "Bank account or card number.",
        "银行账号或卡号。",
        sensitivity=Sensitivity.SENSITIVE,
        mask=Mask.ACCOUNT,
    )


def phone(name: str, zh: str, en: str) -> Field:
    """A telephone number, masked to its first 3 and last 4."""
    return Field(
        name,
        FieldType.PHONE,
        zh,
        en,
        "Telephone number.",
        "联系电话。",
        sensitivity=Sensitivity.PERSONAL,
        mask=Mask.PHONE,
    )


def officer_name(name: str, zh: str, en: str, about: str, about_zh: str) -> Field:
    """The name of somebody in office, or of a unit; shown whole, so that everybody knows who answers."""
    return Field(name, FieldType.NAME, zh, en, about, about_zh, indexed=True)
