"""The cross-agency questions of the domain brief, asked of the written sources in plain polars.

Each returns the keys it finds: loan numbers, or household, person, case, recovery or use numbers where it says so.
They are written for the demo's forms only; the hub's own rules are others and are measured against the same list.
"""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from tests.demo.sources import REFERENCE, Sources

CAP = 5_000_000
BAN = date(2019, 7, 1)
COUNTED = pl.Int64


def keys(rows: pl.DataFrame, column: str = "loan") -> set[str]:
    return set(rows[column].drop_nulls().to_list())


def interest(principal: str, rate: str, days: str) -> pl.Expr:
    """By accumulated days, rounded half up to the fen."""
    return (2 * pl.col(principal) * pl.col(rate) * pl.col(days) + 360_000_000) // 720_000_000


def loans(s: Sources) -> pl.DataFrame:
    """Loans with household, last maturity, and the day they end."""
    extended = s.extensions.group_by("loan").agg(pl.col("extended").max())
    return s.placed.join(extended, on="loan", how="left").with_columns(
        last_day=pl.max_horizontal("due", "extended"),
        end=pl.col("settled").fill_null(date(9999, 1, 1)),
    )


def open_loans(s: Sources) -> pl.DataFrame:
    return loans(s).filter(pl.col("balance") > 0)


def payments(s: Sources) -> pl.DataFrame:
    return s.subsidies.join(loans(s), on="loan", suffix="_of_loan")


def _peers(s: Sources) -> pl.DataFrame:
    """Pairs of loans of one household that are outstanding at the same time, ``loan`` the later one."""
    some = loans(s).select("household", "loan", "amount", "disbursed", "end")
    return some.join(some, on="household", suffix="_first").filter(
        (pl.col("disbursed_first") < pl.col("disbursed")) & (pl.col("end_first") > pl.col("disbursed"))
    )


def q01(s: Sources) -> set[str]:
    """Interest collected up to a batch's end and no payment that covers it."""
    paid = s.subsidies.select("loan", pl.col("since").alias("paid_from"), pl.col("until").alias("paid_until"))
    covered = s.interest.join(paid, on="loan").filter(
        (pl.col("since") >= pl.col("paid_from")) & (pl.col("until") <= pl.col("paid_until"))
    )
    missing = s.interest.filter(pl.col("collected") <= date(2020, 6, 20)).join(
        covered, on=["loan", "since"], how="anti"
    )
    return keys(missing) - {loan for pair in _over_cap(s) for loan in pair[1:]}


def q02(s: Sources) -> set[str]:
    """Paid more than the loan's own principal and rate give for the days up to its maturity."""
    rows = payments(s).with_columns(
        right_days=(
            pl.min_horizontal("until", pl.col("last_day") - timedelta(days=1)) - pl.col("since")
        ).dt.total_days()
        + 1
    )
    rows = rows.with_columns(right=interest("amount_of_loan", "rate_of_loan", "right_days"))
    return keys(rows.filter(pl.col("amount") - pl.col("right") > 100)) | q06(s)


def q03(s: Sources) -> set[str]:
    rows = s.subsidies.select("loan", "since", "until", "voucher", "line")
    twice = rows.join(rows, on="loan", suffix="_other").filter(
        (pl.col("voucher") != pl.col("voucher_other"))
        & (pl.col("since") <= pl.col("until_other"))
        & (pl.col("since_other") <= pl.col("until"))
    )
    return keys(twice)


def q04(s: Sources) -> set[str]:
    return keys(payments(s).filter(pl.col("until") >= pl.col("last_day")))


def q05(s: Sources) -> set[str]:
    return keys(payments(s).filter(pl.col("rate") != pl.col("rate_of_loan")))


def _over_cap(s: Sources) -> set[tuple[str, str]]:
    over = _peers(s).filter(pl.col("amount") + pl.col("amount_first") > CAP)
    return set(zip(over["loan_first"], over["loan"], strict=True))


def q06(s: Sources) -> set[str]:
    """Both loans, if the one above the cap was subsidised."""
    paid = keys(s.subsidies)
    return {loan for pair in _over_cap(s) if pair[1] in paid for loan in pair}


def q07(s: Sources) -> set[str]:
    return keys(payments(s).filter(pl.col("until") > pl.col("removed")))


def q08(s: Sources) -> set[str]:
    return keys(loans(s).filter(pl.col("registered") > pl.col("disbursed")))


def q09(s: Sources) -> set[str]:
    return {loan for pair in _over_cap(s) for loan in pair}


def q10(s: Sources) -> set[str]:
    return keys(loans(s).filter(pl.col("due") > pl.col("disbursed").dt.offset_by("36mo")))


def q11(s: Sources) -> set[str]:
    young = pl.col("disbursed") < pl.col("birth").dt.offset_by("18y")
    old = pl.col("disbursed") >= pl.col("birth").dt.offset_by("66y")
    return keys(loans(s).filter(young | old))


def _deaths(s: Sources) -> pl.DataFrame:
    return s.events.filter(pl.col("kind") == "死亡").select("person", "occurred")


def q12(s: Sources) -> set[str]:
    return keys(open_loans(s).join(_deaths(s), on="person"))


def q13(s: Sources) -> set[str]:
    return keys(loans(s).join(_deaths(s), on="person").filter(pl.col("disbursed") > pl.col("occurred")))


def q14(s: Sources) -> set[str]:
    return keys(payments(s).join(_deaths(s), on="person").filter(pl.col("until") > pl.col("occurred")))


def q15(s: Sources) -> set[str]:
    """Main labourer dead or disabled for more than thirty days, balance open, no case."""
    struck = s.events.filter(pl.col("kind").is_in(["死亡", "丧失劳动能力"])).select("person", "occurred")
    rows = open_loans(s).filter(pl.col("main")).join(struck, on="person")
    rows = rows.filter(pl.col("occurred") < REFERENCE - timedelta(days=30))
    return keys(rows.join(s.cases, on="loan", how="anti"))


def q16(s: Sources) -> set[str]:
    return keys(open_loans(s).filter(pl.col("status") == "正常").join(_extinct(s), on="household"))


def _extinct(s: Sources) -> pl.DataFrame:
    return s.events.filter(pl.col("kind") == "绝户").select("household").unique()


def q17(s: Sources) -> set[str]:
    """Case numbers: approved for long without payment, or paid other than the fund's share."""
    out = s.fund.filter(pl.col("kind") == "补偿").select("case", pl.col("amount").alias("out"))
    rows = s.cases.join(out, left_on="key", right_on="case", how="left")
    late = pl.col("paid").is_null() & (pl.col("approved") < REFERENCE - timedelta(days=60))
    share = (pl.col("amount") * pl.col("share").cast(COUNTED)) // 100
    return keys(rows.filter(late | (pl.col("out") != share)), "key")


def q18(s: Sources) -> set[str]:
    paid = s.cases.filter(pl.col("paid").is_not_null()).select("loan")
    return keys(s.loans.join(paid, on="loan").filter(pl.col("status") != "代偿"))


def q19(s: Sources) -> set[str]:
    """Recovery numbers without the fund's part."""
    back = s.fund.filter(pl.col("kind") == "追回")
    return keys(s.recoveries.join(back, on="case", how="anti"), "key")


def q20(s: Sources) -> set[str]:
    """Paid although nothing happened and the loan was not overdue for ninety days."""
    struck = s.events.select("person").drop_nulls().unique()
    rows = s.cases.filter(pl.col("paid").is_not_null()).join(loans(s), on="loan", suffix="_of_loan")
    rows = rows.join(struck, on="person", how="anti")
    return keys(rows.filter(pl.col("applied") < pl.col("last_day") + timedelta(days=90)))


def q21(s: Sources) -> set[str]:
    return keys(s.uses.filter(pl.col("exited").is_not_null()).join(open_loans(s), on="loan"))


def q23(s: Sources) -> set[str]:
    """Money of three households or more to one card, or repaid from one card, without an agreement."""
    used = s.uses.select("loan")
    plain = loans(s).join(used, on="loan", how="anti")
    paid = plain.group_by("card").agg("loan", households=pl.col("household").n_unique())
    by_household = s.repayments.filter(pl.col("origin") == "农户").join(plain, on="loan")
    back = by_household.group_by("payer").agg("loan", households=pl.col("household").n_unique())
    return {loan for rows in (paid, back) for group in rows.filter(pl.col("households") >= 3)["loan"] for loan in group}


def q24(s: Sources) -> set[str]:
    return keys(s.uses.filter(pl.col("agreed") >= BAN))


def q25(s: Sources) -> set[str]:
    """Renewed after maturity, or a chain of more than one renewal (all its loans)."""
    before = loans(s).select(pl.col("loan").alias("previous"), "last_day")
    late = s.renewals.join(before, on="previous").filter(pl.col("on") > pl.col("last_day"))
    return keys(late) | q27(s)


def q26(s: Sources) -> set[str]:
    rows = s.extensions.join(s.loans, on="loan", suffix="_of_loan")
    half = (pl.col("due") - pl.col("disbursed")) / 2 + timedelta(days=3)
    return keys(rows.filter((pl.col("signed") > pl.col("due")) | (pl.col("extended") - pl.col("due") > half)))


def q27(s: Sources) -> set[str]:
    """Two renewals in a row: all three loans."""
    links = s.renewals.select("loan", "previous")
    chain = links.join(links, left_on="previous", right_on="loan", suffix="_of_previous")
    return keys(chain) | keys(chain, "previous") | keys(chain, "previous_of_previous")


def _untended(s: Sources) -> pl.DataFrame:
    officers = s.raw("relief", "officer-assignments").filter(pl.col("责任止日").is_null())
    return open_loans(s).join(officers, left_on="household", right_on="户编号", how="anti")


def q28(s: Sources) -> set[str]:
    return keys(_untended(s).filter(pl.col("last_day").is_between(REFERENCE, REFERENCE + timedelta(days=90))))


def _called(s: Sources) -> pl.DataFrame:
    """Open loans with the day of the last visit."""
    last = s.visits.group_by("household").agg(pl.col("on").max().alias("called"))
    return open_loans(s).join(last, on="household", how="left")


def q29(s: Sources) -> set[str]:
    late = pl.col("last_day") < REFERENCE - timedelta(days=15)
    alone = _called(s).filter(late & (pl.col("called").is_null() | (pl.col("called") <= pl.col("last_day"))))
    return keys(_untended(s).filter(late)) | keys(alone)


def q30(s: Sources) -> set[str]:
    """Household numbers: eligible and willing, no loan, no reason."""
    rows = s.applications.filter(
        (pl.col("是否符合条件") == "是") & (pl.col("有贷款意愿") == "是") & pl.col("不符合原因").is_null()
    )
    return keys(rows.join(s.placed, on="household", how="anti"), "household")


def q32(s: Sources) -> set[str]:
    rows = s.uses.join(s.loans, on="loan", suffix="_of_loan")
    return keys(rows.filter(pl.col("amount") != pl.col("amount_of_loan")))


def q33(s: Sources) -> set[str]:
    """Uses whose loan the bank does not know, and loans an enterprise repaid without a use."""
    unknown = s.uses.join(s.loans, on="loan", how="anti")
    by_firm = s.repayments.filter(pl.col("origin") == "企业").join(s.uses, on="loan", how="anti")
    return keys(unknown) | keys(by_firm)


def q34(s: Sources) -> set[str]:
    return keys(s.subsidies.join(s.loans, on="loan", how="anti"))


def q38(s: Sources) -> set[str]:
    """Paid to a card that is not the household's own (the card its other loans or payments use)."""
    own = s.subsidies.group_by("loan").agg(pl.col("card").mode().first().alias("usual"))
    gathered = keys(_cards_of_many(s))
    rows = payments(s).join(own, on="loan")
    return keys(rows.filter((pl.col("card") != pl.col("card_of_loan")) & ~pl.col("loan").is_in(list(gathered))))


def _cards_of_many(s: Sources) -> pl.DataFrame:
    """Loans whose money went to a card of several households: there the card says nothing about the household."""
    many = s.loans.group_by("card").agg(loans=pl.col("identity").n_unique()).filter(pl.col("loans") > 1)
    return s.loans.join(many, on="card")


def q40(s: Sources) -> set[str]:
    """Person numbers that share an identity number."""
    twice = s.persons.group_by("identity").agg("person").filter(pl.col("person").list.len() > 1)
    return {person for group in twice["person"] for person in group}


def q41(s: Sources) -> set[str]:
    """Settled, and the last interest collected was not subsidised."""
    last = s.interest.sort("since").group_by("loan").agg(pl.col("until").max())
    paid = s.subsidies.group_by("loan").agg(pl.col("until").max().alias("paid_until"))
    rows = s.loans.filter(pl.col("balance") == 0).join(last, on="loan").join(paid, on="loan")
    return keys(rows.filter(pl.col("paid_until") < pl.col("until")))


def w21(s: Sources) -> set[str]:
    return keys(open_loans(s).join(s.visits.filter(pl.col("use") == "禁止用途"), on="household", how="semi"))


def w22(s: Sources) -> set[str]:
    called = pl.max_horizontal("disbursed", "called")
    since_due = pl.max_horizontal("last_day", "called")
    overdue = since_due < REFERENCE - timedelta(days=15)
    return keys(_called(s).filter((called < REFERENCE - timedelta(days=90)) | overdue))


def w31(s: Sources) -> set[str]:
    missed = s.visits.filter(pl.col("outcome") == "未联系上").group_by("household").len().filter(pl.col("len") > 1)
    return keys(open_loans(s).join(missed, on="household", how="semi"))


def w08(s: Sources) -> set[str]:
    rows = open_loans(s).filter(pl.col("last_day") < REFERENCE - timedelta(days=90))
    return keys(rows.filter(pl.col("grade").is_in(["正常", "关注"])))


# Question -> (how it is asked, which keys of a planted fault it finds).
QUESTIONS: dict[str, tuple[Callable[[Sources], set[str]], str]] = {
    **{name.upper(): (ask, "loan") for name, ask in list(globals().items()) if name[0] in "qw" and name[1:].isdigit()},
    "Q17": (q17, "compensation_case"),
    "Q19": (q19, "recovery"),
    "Q30": (q30, "household"),
    "Q40": (q40, "person"),
}
