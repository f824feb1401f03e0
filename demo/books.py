"""What the agencies booked, worked out from the plan: interest, repayments, subsidies, cases, events, officers."""

from dataclasses import dataclass

import numpy as np

from demo.columns import NONE, Columns, Flags, Ints, chosen, full, height, ints, stacked
from demo.days import BATCHES, REFERENCE, SETTLEMENTS, day
from demo.lending import Origin, Trigger
from demo.places import VILLAGE_TOWNSHIP
from demo.plan import Plan
from demo.published import fen
from demo.visiting import visits

FUND_SHARE = 700_000  # invented: the page does not give the loss-sharing ratio
ENTERPRISE_ACCOUNT = 100_000  # account codes: a household's place, or this plus an enterprise's place

DEATH, INCAPACITY, EXTINCT, DISASTER, MISSING = range(5)
APPLIED, APPROVED, PAID, CLOSED, REFUSED = range(5)
FUNDING, COMPENSATION, RECOVERY, INTEREST, WITHDRAWAL = range(5)


@dataclass(slots=True)
class Books:
    """Every table of the three agencies for one replica."""

    plan: Plan
    interest: Columns
    repayments: Columns
    extensions: Columns
    renewals: Columns
    recoveries: Columns
    subsidies: Columns
    cases: Columns
    fund: Columns
    uses: Columns
    events: Columns
    assignments: Columns
    visits: Columns
    reclassified: Columns

    @property
    def subsidy_total(self) -> int:
        """Subsidy paid, in fen, without rows that can only go to quarantine."""
        good = self.subsidies["quirk"] <= 0
        return int(self.subsidies["amount"][good].sum())


def interest_of(principal: Ints, rate: Ints, days: Ints) -> Ints:
    """Interest by accumulated days (积数): principal × rate × days ÷ 360, rounded half up to the fen."""
    return (2 * principal * rate * days + 360_000_000) // 720_000_000


def _maturity(loans: Columns) -> Ints:
    return np.maximum(loans["due"], loans["extended"])


def collect_interest(loans: Columns) -> Columns:
    """Interest by settlement period: collected on the 20th, or on the day of repayment or maturity."""
    end = np.where(loans["settled"] == NONE, REFERENCE + 10_000, loans["settled"])
    end = np.minimum(end, _maturity(loans))  # first day that bears no ordinary interest
    stopped = loans["collected_until"] != NONE
    end = np.where(stopped, loans["collected_until"] + 1, end)
    first = np.maximum(loans["disbursed"][:, None], SETTLEMENTS[None, :-1] + 1)
    last = np.minimum(end[:, None] - 1, SETTLEMENTS[None, 1:])
    collected = np.where(last == SETTLEMENTS[None, 1:], last, end[:, None])
    loan, period = np.nonzero((first <= last) & (collected <= REFERENCE))
    days = (last - first)[loan, period] + 1
    return {
        "loan": loan.astype(np.int64),
        "from": first[loan, period],
        "to": last[loan, period],
        "days": days,
        "collected": collected[loan, period],
        "interest": interest_of(loans["amount"][loan], loans["rate"][loan], days),
    }


def pay_subsidies(plan: Plan, interest: Columns) -> Columns:
    """One line per loan and half-year in which interest was collected, counted by accumulated days."""
    loans, households = plan.loans, plan.households
    ends = ints([batch[1] for batch in BATCHES])
    batch = np.searchsorted(ends, interest["collected"])
    counted = batch < len(BATCHES)
    rows = chosen(interest, counted)
    batch = batch[counted]
    # Interest rows of a loan stand in the order of time, so a loan's rows of one batch lie together.
    new = np.concatenate([[True], (rows["loan"][1:] != rows["loan"][:-1]) | (batch[1:] != batch[:-1])])
    start = np.flatnonzero(new)
    stop = np.append(start[1:], len(batch)) - 1
    loan, batch = rows["loan"][start], batch[start]
    days = np.add.reduceat(rows["days"], start)
    village = households["village"][loans["household"][loan]]
    amount = interest_of(loans["amount"][loan], loans["rate"][loan], days)
    paid = ints([item[2] for item in BATCHES])[batch] + VILLAGE_TOWNSHIP[village] % 7
    return {
        "loan": loan,
        "batch": batch.astype(np.int64),
        "from": rows["from"][start],
        "to": rows["to"][stop],
        "days": days,
        "principal": loans["amount"][loan],
        "rate": loans["rate"][loan],
        "due": amount,
        "amount": amount.copy(),
        "payee": loans["borrower"][loan],
        "account": loans["household"][loan],
        "village": village,
        "paid": paid,
        "quirk": full(len(loan), 0),  # above 0: a row for quarantine; below: an odd form that must link
        "fault": full(len(loan), 0),
    }


def repay(loans: Columns, interest: Columns) -> Columns:
    """One repayment per closed loan, with penalty interest for days after maturity."""
    loan = np.flatnonzero(loans["settled"] != NONE).astype(np.int64)
    late = np.maximum(0, loans["settled"] - _maturity(loans))[loan]
    origin = loans["origin"][loan]
    late = np.where(origin == Origin.COMPENSATION, 0, late)
    same_day = np.zeros(height(loans), dtype=np.int64)
    on_day = interest["collected"] == loans["settled"][interest["loan"]]
    np.add.at(same_day, interest["loan"][on_day], interest["interest"][on_day])
    by_enterprise = origin == Origin.ENTERPRISE
    return {
        "loan": loan,
        "paid": loans["settled"][loan],
        "principal": loans["amount"][loan],
        "interest": same_day[loan],
        "penalty": interest_of(loans["amount"][loan], loans["rate"][loan] * 3 // 2, late),
        "payer": np.where(by_enterprise, ENTERPRISE_ACCOUNT + loans["enterprise"][loan], loans["household"][loan]),
        "origin": origin,
        "quirk": full(len(loan), 0),
    }


def grades(loans: Columns) -> Ints:
    """Each loan's class of five on the day of reference: by days overdue, lost if compensated, unless the bank errs."""
    late = np.where(loans["settled"] == NONE, REFERENCE - _maturity(loans), 0)
    compensated = loans["origin"] == Origin.COMPENSATION
    grade = np.select([late > 90, late > 0, compensated], [2, 1, 4], 0)
    return np.where(loans["class_said"] >= 0, loans["class_said"], grade)


def reclassify(loans: Columns) -> Columns:
    """The register of changes: special mention when overdue, substandard after 90 days, lost when compensated."""
    maturity = _maturity(loans)
    end = np.where(loans["settled"] == NONE, REFERENCE, loans["settled"] - 1)
    known = loans["class_said"] < 0
    overdue, long = known & (end > maturity), known & (end > maturity + 90)
    lost = known & (loans["origin"] == Origin.COMPENSATION)
    parts = (
        (overdue, maturity + 1, 0, 1),
        (long, maturity + 91, 1, 2),
        (lost, loans["settled"], np.select([long, overdue], [2, 1], 0), 4),
    )
    table = stacked(
        *(
            {
                "loan": np.flatnonzero(which).astype(np.int64),
                "on": on[which],
                "former": np.broadcast_to(former, len(which))[which],
                "new": full(int(which.sum()), new),
            }
            for which, on, former, new in parts
        )
    )
    return chosen(table, np.argsort(table["on"], kind="stable"))


def _extend(loans: Columns) -> Columns:
    loan = np.flatnonzero(loans["extended"] != NONE).astype(np.int64)
    rows = {name: loans[name][loan] for name in ("due", "extended", "amount", "rate")}
    return {"loan": loan, "signed": loans["extension_signed"][loan], "quirk": full(len(loan), 0), **rows}


def _renew(loans: Columns) -> Columns:
    loan = np.flatnonzero(loans["renewal"] == 1).astype(np.int64)
    return {
        "loan": loan,
        "previous": loans["previous"][loan],
        "on": loans["disbursed"][loan],
        "amount": loans["amount"][loan],
    }


def _open_cases(loans: Columns) -> Columns:
    """The published compensation: loss of principal and interest; the last case's interest closes the sum."""
    loan = np.flatnonzero(loans["trigger"] != NONE).astype(np.int64)
    until = np.minimum(loans["applied"], loans["due"])[loan]
    days = until - loans["collected_until"][loan] - 1
    principal = loans["amount"][loan]
    lost = interest_of(principal, loans["rate"][loan], days)
    lost[-1] += fen("compensation", "amount") - int(principal.sum()) - int(lost.sum())
    return {
        "loan": loan,
        "trigger": loans["trigger"][loan],
        "applied": loans["applied"][loan],
        "approved": loans["applied"][loan] + 20,
        "paid": loans["settled"][loan],
        "principal_loss": principal,
        "interest_loss": lost,
        "share": full(len(loan), FUND_SHARE),
        "amount": principal + lost,
        "state": full(len(loan), PAID),
    }


def _recover(rng: np.random.Generator, cases: Columns) -> Columns:
    case = np.flatnonzero((cases["paid"] < day(2020, 2, 1)) & (cases["trigger"] != Trigger.EXTINCT))[:6].astype(
        np.int64
    )
    amount = ints(rng.integers(20, 90, len(case))) * 10_000
    fund = amount * FUND_SHARE // 1_000_000
    return {
        "loan": cases["loan"][case],
        "case": case,
        "on": cases["paid"][case] + ints(rng.integers(60, 140, len(case))),
        "amount": amount,
        "fund_part": fund,
        "bank_part": amount - fund,
    }


def _book_fund(cases: Columns, recoveries: Columns) -> Columns:
    paid = np.flatnonzero(cases["state"] == PAID).astype(np.int64)
    budget = ints([day(2015, 3, 16), day(2016, 2, 24), day(2017, 3, 20), day(2018, 4, 11), day(2019, 12, 25)])
    interest = ints([day(year, 12, 21) for year in range(2015, 2020)])
    parts = (
        (budget, [FUNDING, FUNDING, FUNDING, FUNDING, WITHDRAWAL], [150e6, 150e6, 100e6, 100e6, 30e6], None),
        (interest, [INTEREST] * 5, [450_000, 912_345, 1_284_512, 1_520_633, 1_498_207], None),
        (cases["paid"][paid], None, (cases["amount"] * cases["share"] // 1_000_000)[paid], paid),
        (recoveries["on"] + 6, [RECOVERY] * height(recoveries), recoveries["fund_part"], recoveries["case"]),
    )
    table = stacked(
        *(
            {
                "on": on,
                "kind": full(len(on), COMPENSATION) if kind is None else ints(kind),
                "amount": ints(amount),
                "case": full(len(on), NONE) if case is None else case,
            }
            for on, kind, amount, case in parts
        )
    )
    return chosen(table, np.argsort(table["on"], kind="stable"))


def _use(plan: Plan) -> Columns:
    loans = plan.loans
    loan = np.flatnonzero(loans["enterprise"] != NONE).astype(np.int64)
    enterprise = loans["enterprise"][loan]
    return {
        "enterprise": enterprise,
        "household": loans["household"][loan],
        "loan": loan,
        "amount": loans["amount"][loan],
        "agreed": loans["disbursed"][loan],
        "ends": loans["due"][loan],
        "exited": loans["settled"][loan],
        "dividend": loans["amount"][loan] * plan.enterprises["dividend"][enterprise] // 100,
    }


def _events(rng: np.random.Generator, plan: Plan) -> Columns:
    """Events behind the compensated loans, and others that endanger no open loan."""
    loans, persons, households = plan.loans, plan.persons, plan.households
    persons["until"][:] = NONE  # the books may be kept several times for one plan
    struck = np.flatnonzero(loans["event"] != NONE)
    kind = np.where(loans["trigger"][struck] == Trigger.INCAPACITY, INCAPACITY, DEATH)
    extinct = struck[loans["trigger"][struck] == Trigger.EXTINCT]
    last = full(height(households), NONE)
    np.maximum.at(last, loans["household"], np.where(loans["settled"] == NONE, REFERENCE, loans["settled"]))
    spared = ~np.isin(persons["household"], loans["household"][struck])
    elders = rng.permutation(np.flatnonzero(spared & (persons["relation"] == 3)))[:60]
    quiet = spared & (last[persons["household"]] < day(2019, 6, 1)) & (persons["main"] == 1)
    free = rng.permutation(np.flatnonzero(quiet))
    dead, unable = free[:12], free[12:20]
    anywhere = rng.permutation(height(households))[:35]
    # Nobody dies before joining the household.
    died_on = np.maximum(rng.integers(day(2015, 6, 1), day(2020, 6, 1), len(elders)), persons["since"][elders] + 30)
    groups = (
        (loans["borrower"][struck], loans["household"][struck], kind, loans["event"][struck]),
        (full(len(extinct), NONE), loans["household"][extinct], EXTINCT, loans["event"][extinct]),
        (elders, persons["household"][elders], DEATH, died_on),
        (dead, persons["household"][dead], DEATH, rng.integers(day(2019, 7, 1), day(2020, 6, 1), len(dead))),
        (unable, persons["household"][unable], INCAPACITY, rng.integers(day(2019, 7, 1), day(2020, 6, 1), len(unable))),
        (full(30, NONE), anywhere[:30], DISASTER, rng.integers(day(2016, 5, 1), day(2020, 6, 1), 30)),
        (full(5, NONE), anywhere[30:], MISSING, rng.integers(day(2018, 5, 1), day(2020, 6, 1), 5)),
    )
    table = stacked(
        *(
            {
                "person": ints(person),
                "household": ints(household),
                "kind": np.broadcast_to(ints(kinds), len(household)).copy(),
                "occurred": ints(occurred),
                "known": ints(occurred) + ints(rng.integers(4, 26, len(household))),
            }
            for person, household, kinds, occurred in groups
        )
    )
    died = table["kind"] == DEATH
    persons["until"][table["person"][died]] = table["occurred"][died]
    households["status"][loans["household"][extinct]] = 5
    return table


def _assign(rng: np.random.Generator, households: Columns) -> Columns:
    """One officer per household since its registration; a tenth were handed over once."""
    tended = np.flatnonzero(households["untended"] == 0).astype(np.int64)
    since = np.maximum(households["registered"][tended] + 30, day(2015, 1, 1))
    handed = rng.random(height(households))[tended] < 0.1
    change = ints(rng.integers(day(2017, 6, 1), day(2019, 6, 1), height(households)))[tended]
    officer = households["village"][tended] * 3 + tended % 3

    def rows(which: Flags, shift: int, first: Ints, last: Ints) -> Columns:
        return {
            "household": tended[which],
            "officer": (officer - officer % 3 + (officer + shift) % 3)[which],
            "from": first[which],
            "to": last[which],
        }

    return stacked(
        rows(handed, 1, since, change),
        rows(np.ones(len(tended), dtype=np.bool_), 0, np.where(handed, change + 1, since), full(len(tended), NONE)),
    )


def keep_books(plan: Plan, seed: int) -> Books:
    """All tables of one replica; the same for the same plan and seed."""
    rng = np.random.Generator(np.random.PCG64([seed, 2]))
    interest = collect_interest(plan.loans)
    cases = _open_cases(plan.loans)
    recoveries = _recover(rng, cases)
    return Books(
        plan=plan,
        interest=interest,
        repayments=repay(plan.loans, interest),
        extensions=_extend(plan.loans),
        renewals=_renew(plan.loans),
        recoveries=recoveries,
        subsidies=pay_subsidies(plan, interest),
        cases=cases,
        fund=_book_fund(cases, recoveries),
        uses=_use(plan),
        events=_events(rng, plan),
        assignments=_assign(rng, plan.households),
        visits=visits(plan),
        reclassified=reclassify(plan.loans),
    )
