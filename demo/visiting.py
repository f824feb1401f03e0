"""How officers call on households that owe: about every two months, and soon after a loan falls overdue."""

import numpy as np

from demo.columns import NONE, Columns, height
from demo.days import REFERENCE
from demo.plan import Plan

# How a household was called on.
AS_USUAL, NOT_LATELY, NOT_REACHED, MISUSE_SEEN, BEFORE_MATURITY = range(5)

# Places in the lists of outcomes and of uses found (demo/relief_rows.py).
MET, TELEPHONE, MISSED = range(3)
AS_PLANNED, FORBIDDEN, UNSEEN = range(3)


def visits(plan: Plan) -> Columns:
    """Two visits for each household that owes on the day of reference, unless it borrowed after them."""
    loans, households = plan.loans, plan.households
    owing = loans["settled"] == NONE
    maturity = np.maximum(loans["due"], loans["extended"])
    since = np.full(height(households), NONE, dtype=np.int64)
    late = np.zeros(height(households), dtype=np.int64)
    # Backwards, so that the earliest loan that is open has the last word.
    for loan in np.flatnonzero(owing)[np.argsort(-loans["disbursed"][owing], kind="stable")].tolist():
        since[loans["household"][loan]] = loans["disbursed"][loan]
    np.maximum.at(late, loans["household"][owing], REFERENCE - maturity[owing])
    home = np.flatnonzero(since != NONE).astype(np.int64)
    called = households["called"][home]
    ago = np.where(late[home] > 0, 2 + home % 9, 3 + home * 37 % 53)
    ago = np.select([called == NOT_LATELY, called == BEFORE_MATURITY], [ago + 150, 60 + home % 9], ago)
    household = np.concatenate([home, home])
    on = REFERENCE - np.concatenate([ago, ago + 62 + home % 15])
    how = np.concatenate([called, called])
    is_last = np.arange(len(household)) < len(home)
    outcome = np.select([how == NOT_REACHED, household % 7 == 3], [MISSED, TELEPHONE], MET)
    use = np.select([outcome != MET, (how == MISUSE_SEEN) & is_last], [UNSEEN, FORBIDDEN], AS_PLANNED)
    order = np.lexsort((household, on))
    kept = order[on[order] > since[household[order]]]
    return {
        "household": household[kept],
        "on": on[kept],
        "officer": (households["village"][household] * 3 + household % 3)[kept],
        "outcome": np.where((how == MISUSE_SEEN) & is_last, MET, outcome)[kept],
        "use": np.where((how == MISUSE_SEEN) & is_last, FORBIDDEN, use)[kept],
    }
