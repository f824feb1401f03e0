"""Every figure of the published page, counted again from the written sources."""

from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl

from demo.published import CHOSEN, OVERDUE_LIMIT_PERCENT, PUBLISHED, at_scale
from tests.demo.conftest import Worlds
from tests.demo.sources import REFERENCE, Sources


def total(column: pl.Series) -> int:
    return int(column.sum())


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def ratio(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}"


def maturity(sources: Sources) -> pl.DataFrame:
    """Loans with the day they are due, extensions counted in."""
    extended = sources.extensions.select("loan", "extended")
    return sources.placed.join(extended, on="loan", how="left").with_columns(
        last_day=pl.max_horizontal("due", "extended")
    )


def use_figures(sources: Sources) -> dict[tuple[str, ...], Any]:
    uses, loans = sources.uses, maturity(sources)
    open_uses = uses.filter(pl.col("exited").is_null())
    firms = uses.group_by("code").agg(left=pl.col("exited").is_not_null().all())
    late = open_uses.join(loans, on="loan").filter((pl.col("balance") > 0) & (pl.col("last_day") < REFERENCE))
    exited = uses.filter(pl.col("exited").is_not_null())
    figures: dict[tuple[str, ...], Any] = {
        ("repaymentRate",): ratio(total(exited["amount"]), total(uses["amount"])),
        ("overdueLoans",): late.height,
    }
    groups = (
        ("disbursed", uses, firms.height),
        ("exited", exited, total(firms["left"])),
        ("remaining", open_uses, (~firms["left"]).sum()),
    )
    for name, rows, enterprises in groups:
        figures[name, "enterprises"] = enterprises
        figures[name, "households"] = rows["household"].n_unique()
        figures[name, "amount"] = yuan(total(rows["amount"]))
    return {("enterpriseUse", *path): value for path, value in figures.items()}


def coverage_figures(sources: Sources) -> dict[tuple[str, ...], Any]:
    households = sources.persons["household"].unique()
    files = sources.applications.filter(pl.col("household").is_in(households.implode()))
    lent = sources.placed["household"].unique()
    demanding = files.filter((pl.col("是否符合条件") == "是") & pl.col("户申请日期").is_not_null())["household"]
    return {
        ("coverage", "registered"): ratio(total(files["建档日期"].is_not_null()), len(households)),
        ("coverage", "rated"): ratio(total(files["评级日期"].is_not_null()), len(households)),
        ("coverage", "satisfied"): ratio(total(demanding.is_in(lent.implode())), len(demanding)),
    }


def figures(sources: Sources) -> dict[tuple[str, ...], Any]:
    loans = maturity(sources)
    is_open = loans.filter(pl.col("balance") > 0)
    late = is_open.filter(pl.col("last_day") < REFERENCE)
    received = sources.repayments
    paid = sources.cases.filter(pl.col("paid").is_not_null())
    borrowers = loans.select("loan", "household")
    return {
        ("disbursed", "households"): loans["household"].n_unique(),
        ("disbursed", "loans"): loans.height,
        ("disbursed", "amount"): yuan(total(loans["amount"])),
        ("repaid", "loans"): received["loan"].n_unique(),
        ("repaid", "amount"): yuan(total(received["principal"])),
        ("outstanding", "households"): is_open["household"].n_unique(),
        ("outstanding", "loans"): is_open.height,
        ("outstanding", "amount"): yuan(total(is_open["balance"])),
        ("subsidyPaid", "amount"): yuan(total(sources.subsidies.filter(pl.col("paid") <= REFERENCE)["amount"])),
        ("compensation", "households"): paid.join(borrowers, on="loan")["household"].n_unique(),
        ("compensation", "amount"): yuan(total(paid["amount"])),
        ("extensions", "households"): sources.extensions.join(borrowers, on="loan")["household"].n_unique(),
        ("extensions", "amount"): yuan(total(sources.extensions["amount"])),
        ("overdue", "loans"): late.height,
        ("overdue", "amount"): yuan(total(late["balance"])),
        ("overdue", "rate"): ratio(total(late["balance"]), total(is_open["balance"])),
        **use_figures(sources),
        **coverage_figures(sources),
    }


def overdue_rates(sources: Sources) -> dict[date, float]:
    """Per cent of the balance at every month end from 2018 on."""
    loans = maturity(sources)
    ends = pl.date_range(date(2018, 1, 1), date(2020, 6, 1), "1mo", eager=True).dt.month_end()
    rates = {}
    for end in ends.to_list():
        live = loans.filter((pl.col("disbursed") <= end) & (pl.col("settled").is_null() | (pl.col("settled") > end)))
        rates[end] = 100 * total(live.filter(pl.col("last_day") < end)["amount"]) / total(live["amount"])
    return rates


def test_every_published_figure(either: Sources) -> None:
    assert figures(either) == {**PUBLISHED, **CHOSEN}


def test_every_loan_finds_its_household(either: Sources) -> None:
    assert either.placed["household"].null_count() == 0


def test_no_open_loan_is_part_paid_and_closed_ones_are_paid_once(either: Sources) -> None:
    loans = either.loans.join(either.repayments, on="loan", how="left")
    assert loans.height == either.loans.height
    closed, still_open = loans.filter(pl.col("balance") == 0), loans.filter(pl.col("balance") > 0)
    assert closed.select((pl.col("principal") == pl.col("amount")).all()).item()
    assert closed.select((pl.col("paid") == pl.col("settled")).all()).item()
    assert still_open.select((pl.col("balance") == pl.col("amount")).all()).item()
    assert still_open["principal"].null_count() == still_open["settled"].null_count() == still_open.height


def test_overdue_rate_stays_under_its_limit_at_every_month_end(either: Sources) -> None:
    rates = overdue_rates(either)
    assert all(rate < OVERDUE_LIMIT_PERCENT for end, rate in rates.items() if end >= date(2019, 10, 31))
    assert max(rates.values()) > OVERDUE_LIMIT_PERCENT  # it had been higher: the page says "since"
    assert rates[date(2020, 6, 30)] > 0


def test_nothing_but_maturities_lies_after_the_day_of_the_page(either: Sources) -> None:
    booked = {
        "loan": either.loans["disbursed"],
        "repayment": either.repayments["paid"],
        "interest": either.interest["collected"],
        "subsidy": either.subsidies["paid"],
        "extension": either.extensions["signed"],
        "event": either.events["known"],
        "case": either.cases["applied"],
        "use": either.uses["agreed"],
    }
    assert {name for name, days in booked.items() if (days > REFERENCE).any()} == set()
    lent = either.loans["disbursed"]
    assert min(lent) == date(2014, 12, 22)
    assert (lent >= date(2020, 7, 1)).any()


def test_enterprises_stay_within_a_township(either: Sources) -> None:
    villages = either.persons.select("household", "village").unique()
    firms = either.raw("relief", "enterprises").select(code="统一社会信用代码", township="所在乡镇代码")
    uses = either.uses.join(villages, on="household").join(firms, on="code")
    assert uses.height == either.uses.height
    assert uses.select((pl.col("village").str.slice(0, 9) == pl.col("township")).all()).item()


def test_two_replicas_are_twice_one(worlds: Worlds) -> None:
    once, twice = figures(worlds(1, faults=True)), figures(worlds(2, faults=True))
    assert {path: twice[path] for path in PUBLISHED} == at_scale(2)
    for path, value in once.items():
        if path[-1] == "rate" or path[0] == "coverage" or path[-1] == "repaymentRate":
            assert twice[path] == value
        elif isinstance(value, str):
            assert twice[path] == yuan(2 * int(value.replace(".", "")))
        else:
            assert twice[path] == 2 * value


def test_no_two_people_share_an_identity_across_replicas(worlds: Worlds) -> None:
    persons = worlds(2, faults=True).persons
    twice = sum(item["code"] == "Q40" for item in worlds(2, faults=True).listing["planted"])
    assert persons["identity"].n_unique() == persons.height - twice
    assert persons["person"].n_unique() == persons.height


def test_pages_of_the_registry_keep_households_together(faulty: Sources) -> None:
    rows = faulty.persons.select("household", "relation").to_dicts()
    starts = [row["household"] for row in rows if row["relation"] == "户主"]
    assert len(starts) == len(set(starts)) == faulty.persons["household"].n_unique()
    for before, after in pairwise(rows):
        assert (after["household"] != before["household"]) == (after["relation"] == "户主")
