"""Every named indicator in plain Python, as its words say: what stands above and below the line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tests.sync.ledger_reference import Facts, ledger

Figures = dict[str, int]


def _of(*names: str) -> Callable[[Figures], int]:
    return lambda figures: sum(figures[name] for name in names)


_BALANCE = _of("outstanding_amount")
_WITH_LOSSES = _of("outstanding_amount", "compensated_amount")
_LISTED = _of("listed_households")

# name → above the line, below it (None: a plain figure)
RATES: dict[str, tuple[Callable[[Figures], int], Callable[[Figures], int] | None]] = {
    "overdue_rate_by_amount": (_of("overdue_amount"), _BALANCE),
    "overdue_rate_by_count": (_of("overdue_loans"), _of("outstanding_loans")),
    "overdue_rate_by_households": (_of("overdue_households"), _of("outstanding_households")),
    "overdue_rate_with_extended": (_of("past_due_amount"), _BALANCE),
    "overdue_rate_with_both": (_of("past_due_amount", "compensated_amount"), _WITH_LOSSES),
    "overdue_rate_with_compensated": (_of("overdue_amount", "compensated_amount"), _WITH_LOSSES),
    "bad_loan_rate_by_amount": (_of("bad_amount"), _BALANCE),
    "bad_loan_rate_by_count": (_of("bad_loans"), _of("outstanding_loans")),
    "portfolio_at_risk_30": (_of("late30_amount"), _BALANCE),
    "repaid_rate_by_amount": (_of("repaid_amount"), _of("disbursed_amount")),
    "repaid_rate_by_count": (_of("repaid_loans"), _of("disbursed_loans")),
    "exit_rate_by_amount": (_of("exited_amount"), _of("used_amount")),
    "exit_rate_by_households": (_of("exited_households"), _of("used_households")),
    "exit_rate_by_enterprises": (_of("exited_enterprises"), _of("used_enterprises")),
    "enterprise_share_of_balance": (_of("remaining_amount"), _BALANCE),
    "compensated_share": (_of("compensated_amount"), _of("disbursed_amount")),
    "filed_coverage": (_of("filed_households"), _LISTED),
    "rated_coverage": (_of("rated_households"), _LISTED),
    "demand_satisfied": (_of("satisfied_households"), _of("demanding_households")),
    "lending_reach": (_of("disbursed_households"), _LISTED),
    "subsidy_paid": (_of("subsidy_amount"), None),
    "outstanding_balance": (_BALANCE, None),
    "renewals_by_count": (_of("renewed_loans"), None),
    "renewals_by_amount": (_of("renewed_amount"), None),
    "maturities_of_month_by_count": (_of("matured_loans"), None),
    "maturities_of_month_by_amount": (_of("matured_amount"), None),
    "days_to_disbursement": (_of("waited_days"), _of("answered_applications")),
}
OF_MONTH = frozenset({"maturities_of_month_by_count", "maturities_of_month_by_amount"})
MONEY = frozenset({"subsidy_paid", "outstanding_balance", "renewals_by_amount", "maturities_of_month_by_amount"})
MEANS = frozenset({"days_to_disbursement"})


def values(facts: Facts, region: str, day: date) -> dict[str, str | None]:
    """The value of each indicator as it is served."""
    now, eve = ledger(facts, region, day), ledger(facts, region, day.replace(day=1) - timedelta(days=1))
    moved = {name: now[name] - eve[name] for name in now}
    return {name: _value(name, moved if name in OF_MONTH else now) for name in RATES}


def _value(name: str, figures: Figures) -> str | None:
    above, below = RATES[name]
    if below is None:
        return _rounded(Decimal(above(figures)) / 100) if name in MONEY else str(above(figures))
    if below(figures) == 0:
        return None
    return _rounded(Decimal(above(figures)) * (1 if name in MEANS else 100) / below(figures))


def _rounded(figure: Decimal) -> str:
    return str(figure.quantize(Decimal("0.01"), ROUND_HALF_UP))


def month_ends(first: date, last: date) -> list[date]:
    """The last day of each month from that of ``first`` on, up to ``last``."""
    found, month = [], first.replace(day=1)
    while (end := (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)) <= last:
        found.append(end)
        month = end + timedelta(days=1)
    return found
