"""Numbers that are well formed and cannot be real.

Identity numbers (GB 11643) begin with 5723xx and credit codes (GB 32100) name area 572301: no province has ever had
the code 57. Telephones begin with 128, which is not given to mobile numbers. Cards begin with 9905223: no issuer
has it, and cards that exist here begin with 62.
"""

import numpy as np
import polars as pl

from demo.columns import Columns, Ints, ints

AREA = 5723
REPLICAS_PER_AREA = 48
SLOTS = 10

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = pl.Series(list("10X98765432"))

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def padded(numbers: Ints, width: int, prefix: str = "") -> pl.Series:
    """Numbers as text of a fixed width with leading zeros, after ``prefix``."""
    digits = pl.Series(numbers + 10**width).cast(pl.String).str.slice(1)
    return prefix + digits if prefix else digits


def identity_numbers(persons: Columns, replica: Ints, person: Ints) -> pl.Series:
    """The identity number of each (replica, person): 18 characters with the check character of GB 11643."""
    dates = persons["birth"][person].astype("datetime64[D]")
    months = dates.astype("datetime64[M]").astype(np.int64)
    years = 1970 + months // 12
    of_month = (dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    born = years * 10_000 + (months % 12 + 1) * 100 + of_month
    place = (replica % REPLICAS_PER_AREA) * SLOTS + persons["slot"][person]
    # Even sequence numbers (women) leave out the full hundreds, so that no number ends in 000 by itself.
    sequence = np.where(persons["male"][person] == 1, 2 * place + 1, 2 * (place + 1 + place // 49))
    area = AREA * 100 + 1 + replica // REPLICAS_PER_AREA
    body = (area * 10**8 + born) * 1000 + sequence
    total = np.zeros(len(body), dtype=np.int64)
    rest = body.copy()
    for weight in reversed(_WEIGHTS):
        total += weight * (rest % 10)
        rest //= 10
    return pl.Series(body).cast(pl.String) + _CHECK.gather(pl.Series(total % 11))


def is_identity_number(text: str) -> bool:
    """Whether 18 characters carry the right check character."""
    if len(text) != 18 or not text[:17].isdigit():
        return False
    return "10X98765432"[sum(w * int(c) for w, c in zip(_WEIGHTS, text, strict=False)) % 11] == text[17]


def credit_code(number: int, *, cooperative: bool) -> str:
    """A unified social credit code with both check characters, of an area that does not exist."""
    organisation = f"{number:08d}"
    rest = 11 - sum(w * int(c) for w, c in zip(_ORGANISATION_WEIGHTS, organisation, strict=True)) % 11
    body = f"9{3 if cooperative else 1}{AREA}01{organisation}" + {10: "X", 11: "0"}.get(rest, str(rest))
    total = sum(_CREDIT_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return body + _CREDIT_ALPHABET[(31 - total % 31) % 31]


def telephones(numbers: Ints) -> pl.Series:
    """Eleven digits that cannot be dialled."""
    # A multiplication by a number without common factor spreads neighbours apart and stays unique.
    return padded(ints(numbers * 7_368_787 % 10**8), 8, "128")


def cards(replica: Ints, code: Ints) -> pl.Series:
    """Nineteen digits of no issuer; ``code`` is a household's place, or an enterprise's above 100,000."""
    return padded(replica * 200_000 + code, 12, "9905223")
