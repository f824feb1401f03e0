"""Unified social credit codes after GB 32100-2015: 18 characters, the last one checks the others."""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.sync.cells import Cells, characters
from hub.sync.fault import Fault

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 characters: no I, O, S, V, Z
_VALUES = np.zeros(128, dtype=np.int64)
_VALUES[[ord(letter) for letter in _ALPHABET]] = range(31)
_WEIGHTS = np.array([3**position % 31 for position in range(17)], dtype=np.int64)


def read_credit_code(text: pl.Series) -> Cells:
    """Valid codes in capitals, inner spaces removed."""
    text = text.str.to_uppercase().str.replace_all(r"\s", "")
    cells = Cells(text)
    cells.mark(~text.str.contains(f"^[{_ALPHABET}]{{18}}$"), Fault.CREDIT_CODE_MALFORMED)
    whole = cells.values.is_not_null().arg_true()
    if len(whole):
        values = _VALUES[characters(cells.values.gather(whole), 18)]
        wrong = (31 - values[:, :17] @ _WEIGHTS % 31) % 31 != values[:, 17]
        spread = pl.zeros(len(text), dtype=pl.Boolean, eager=True).scatter(whole, pl.Series(wrong))
        cells.mark(spread, Fault.CREDIT_CODE_CHECK_FAILED)
    return cells
