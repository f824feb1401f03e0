"""County, townships and villages.

The county and its townships bear their public names; codes below the county and all villages are invented.
"""

import numpy as np

from demo.columns import Ints, ints

COUNTY_CODE = "522301"
COUNTY_NAME = "兴义市"

STREETS = ("黄草", "兴泰", "桔山", "丰都", "坪东", "下五屯", "马岭", "木贾", "万峰林", "洒金", "顶效")
TOWNS = (
    "敬南",
    "泥凼",
    "南盘江",
    "捧乍",
    "鲁布格",
    "三江口",
    "乌沙",
    "白碗窑",
    "威舍",
    "清水河",
    "郑屯",
    "万屯",
    "鲁屯",
    "仓更",
    "七舍",
    "则戎",
)
RURAL = ("雄武", "猪场坪", "沧江", "洛万")

TOWNSHIP_NAMES: tuple[str, ...] = (
    *(f"{name}街道" for name in STREETS),
    *(f"{name}镇" for name in TOWNS),
    *(f"{name}乡" for name in RURAL),
)
TOWNSHIP_CODES: tuple[str, ...] = (
    *(f"{COUNTY_CODE}{1 + place:03d}" for place in range(len(STREETS))),
    *(f"{COUNTY_CODE}{100 + place:03d}" for place in range(len(TOWNS))),
    *(f"{COUNTY_CODE}{200 + place:03d}" for place in range(len(RURAL))),
)

VILLAGES = 200

_FIRST = "云青石白龙凤松竹梅兰金银玉翠岩溪泉林花草"
_SECOND = "坪坝寨湾岭坡冲塘井沟"

# Every pair of the two lists once: twenty times ten names for two hundred villages.
VILLAGE_NAMES: tuple[str, ...] = tuple(
    f"{_FIRST[place % len(_FIRST)]}{_SECOND[(place // len(_FIRST) + place) % len(_SECOND)]}村"
    for place in range(VILLAGES)
)

# Streets hold few villages, rural townships many; the order of villages follows the townships.
VILLAGE_TOWNSHIP: Ints = np.sort(
    ints([place % len(TOWNSHIP_NAMES) for place in range(186)] + list(range(len(STREETS), len(STREETS) + 14)))
)


def _codes() -> tuple[str, ...]:
    seen: dict[int, int] = {}
    codes = []
    for township in VILLAGE_TOWNSHIP.tolist():
        seen[township] = seen.get(township, 0) + 1
        codes.append(f"{TOWNSHIP_CODES[township]}{199 + seen[township]:03d}")
    return tuple(codes)


VILLAGE_CODES: tuple[str, ...] = _codes()
