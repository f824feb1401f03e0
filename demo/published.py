"""The page that is reproduced: Xingyi's figures as of 8 July 2020, by their path in the ledger's tree.

Counts are numbers, money is yuan with two decimals, rates are per cent with two decimals.
Three figures are not on the page but follow from the demo's definitions: households with a balance, and the
overdue loans and their amount behind the printed rate of 0.5 %.
"""

from decimal import Decimal

COUNTY = "522301"
AS_OF = "2020-07-08"

PUBLISHED: dict[tuple[str, ...], int | str] = {
    ("disbursed", "households"): 5311,
    ("disbursed", "loans"): 6257,
    ("disbursed", "amount"): "263457000.00",
    ("repaid", "loans"): 5507,
    ("repaid", "amount"): "232838300.00",
    ("outstanding", "loans"): 750,
    ("outstanding", "amount"): "30618700.00",
    ("subsidyPaid", "amount"): "31660700.00",
    ("enterpriseUse", "disbursed", "enterprises"): 92,
    ("enterpriseUse", "disbursed", "households"): 1235,
    ("enterpriseUse", "disbursed", "amount"): "56314100.00",
    ("enterpriseUse", "exited", "enterprises"): 85,
    ("enterpriseUse", "exited", "households"): 1146,
    ("enterpriseUse", "exited", "amount"): "52384100.00",
    ("enterpriseUse", "remaining", "enterprises"): 7,
    ("enterpriseUse", "remaining", "households"): 89,
    ("enterpriseUse", "remaining", "amount"): "3930000.00",
    ("enterpriseUse", "repaymentRate"): "93.02",
    ("enterpriseUse", "overdueLoans"): 0,
    ("compensation", "households"): 21,
    ("compensation", "amount"): "971400.00",
    ("extensions", "households"): 93,
    ("extensions", "amount"): "4280000.00",
    ("overdue", "rate"): "0.50",
    ("coverage", "registered"): "100.00",
    ("coverage", "rated"): "100.00",
    ("coverage", "satisfied"): "100.00",
}

_RATIOS = frozenset({"repaymentRate", "rate", "registered", "rated", "satisfied"})

# What the demo adds where the page is silent; equal to the page's own statements where it is not.
CHOSEN: dict[tuple[str, ...], int | str] = {
    ("outstanding", "households"): 750,
    ("overdue", "loans"): 4,
    ("overdue", "amount"): "153100.00",
}

# The overdue rate was under 3 % at every month end since then.
UNDER_LIMIT_SINCE = "2019-10-31"
OVERDUE_LIMIT_PERCENT = 3


def fen(*path: str) -> int:
    """A published amount in fen."""
    return int(str(PUBLISHED[path]).replace(".", ""))


def count(*path: str) -> int:
    """A published count."""
    return int(PUBLISHED[path])


def at_scale(scale: int) -> dict[tuple[str, ...], int | str]:
    """The page for a demo of ``scale`` times its size: counts and amounts grow, ratios in per cent stay."""
    return {path: value if path[-1] in _RATIOS else _times(value, scale) for path, value in PUBLISHED.items()}


def _times(value: int | str, scale: int) -> int | str:
    return value * scale if isinstance(value, int) else f"{Decimal(value) * scale:.2f}"
