"""Region codes after GB/T 2260 (six digits to the county) and the statistical codes below it (nine, twelve)."""

from __future__ import annotations

import polars as pl

from hub.sync.cells import Cells
from hub.sync.fault import Fault

_PROVINCES = (
    *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43"),
    *("44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82"),
)

# Counties of Guizhou whose code another one took over: the last year at whose end the list of the Ministry of Civil
# Affairs held the old code (lists to April 2019 looked through), and the code that followed. A record that still says
# the old one is from before, or from a list nobody brought up to date; village codes below it were not all carried
# over digit by digit, so none is translated.
ABOLISHED: dict[str, tuple[int, str]] = {
    "522321": (1986, "522301"),  # 兴义
    "520114": (2010, "520111"),  # 小河, into 花溪
    "520421": (2013, "520403"),  # 平坝
    "520321": (2015, "520304"),  # 遵义县, 播州
    "520222": (2016, "520281"),  # 盘县
    "522322": (2017, "522302"),  # 兴仁
    # The prefectures 毕节 and 铜仁 became cities in 2011.
    "522401": (2010, "520502"),
    **{str(522400 + old): (2010, str(520500 + old - 1)) for old in range(22, 29)},
    "522201": (2010, "520602"),
    "522230": (2010, "520603"),
    **{str(522200 + old): (2010, str(520600 + old - 1)) for old in range(22, 30)},
}


def read_region_code(text: pl.Series) -> Cells:
    """6, 9 or 12 digits of a region that exists; a county or township with trailing zeros is shortened to its level."""
    cells = Cells(text)
    cells.mark(~text.str.contains(r"^\d{6}(\d{3}(\d{3})?)?$"), Fault.REGION_CODE_MALFORMED)
    cells.mark(~cells.values.str.slice(0, 2).is_in(_PROVINCES), Fault.REGION_CODE_UNKNOWN)
    cells.mark(cells.values.str.slice(0, 6).is_in(list(ABOLISHED)), Fault.REGION_CODE_ABOLISHED)
    if cells.values.str.ends_with("000").any():
        cells.values = cells.values.str.replace(r"^(\d{6})(000){1,2}$", "${1}").str.replace(r"^(\d{9})000$", "${1}")
    return cells
