"""Faults that lie in the books: payments, cases, events, the enterprise ledger. Published totals stay."""

from functools import cache

import numpy as np

from demo.books import (
    APPROVED,
    COMPENSATION,
    DEATH,
    ENTERPRISE_ACCOUNT,
    EXTINCT,
    INCAPACITY,
    RECOVERY,
    Books,
    interest_of,
)
from demo.columns import NONE, Columns, chosen, height, ints, with_row
from demo.days import BATCHES, REFERENCE, SETTLEMENTS, day
from demo.planting import Garden, household_key, loan_key, text_of
from demo.wording import numbered

_BATCH = 7  # second half of 2018: every quiet loan was being subsidised then
_UNKNOWN_LOANS = 6_900  # loan numbers from here on are nobody's


@cache
def _key(prefix: str, place: int) -> str:
    return text_of(numbered(prefix, ints([0]), ints([place])))


def _row_of(table: Columns, loan: int, batch: int) -> int:
    return int(np.flatnonzero((table["loan"] == loan) & (table["batch"] == batch))[0])


def _last_row(table: Columns, loan: int) -> int:
    return int(np.flatnonzero(table["loan"] == loan)[-1])


def _recount(table: Columns, row: int) -> None:
    for name in ("due", "amount"):
        table[name][row] = interest_of(table["principal"][row], table["rate"][row], table["days"][row])


def _without(table: Columns, rows: list[int]) -> Columns:
    return chosen(table, ~np.isin(np.arange(height(table)), rows))


def _subsidies(books: Books, garden: Garden) -> None:
    table, loans, picks = books.subsidies, books.plan.loans, garden.picks
    for loan in picks["Q02"].tolist():
        row = _row_of(table, loan, _BATCH)
        table["principal"][row] = 5_000_000
        _recount(table, row)
    for loan in picks["Q04"].tolist():
        row = _last_row(table, loan)
        table["to"][row] = loans["settled"][loan] - 1
        table["days"][row] += loans["settled"][loan] - loans["due"][loan]
        _recount(table, row)
    for loan in picks["Q05"].tolist():
        row = _row_of(table, loan, _BATCH)
        table["rate"][row] = 60_000
        _recount(table, row)
    for loan in picks["Q38 other"].tolist():
        table["account"][table["loan"] == loan] = int(loans["household"][loan]) + 50_000
    for loan in picks["Q38 one"].tolist():
        table["account"][_row_of(table, loan, _BATCH)] = ENTERPRISE_ACCOUNT - 7
    for loan in picks["Q03"].tolist():
        row = _row_of(table, loan, _BATCH)
        again = {name: int(column[row]) for name, column in table.items()}
        again |= {"batch": _BATCH + 1, "paid": BATCHES[_BATCH + 1][2] + again["paid"] - BATCHES[_BATCH][2]}
        table = with_row(table, **again)
    dropped = [_row_of(table, loan, _BATCH) for loan in picks["Q01"].tolist()]
    dropped += [_last_row(table, loan) for loan in picks["Q41"].tolist()]
    dropped += np.flatnonzero(np.isin(table["loan"], picks["Q09"])).tolist()
    books.subsidies = _paid_for_nothing(books, garden, _without(table, dropped))
    garden.note_loans("Q01", "2018年下半年已收息而未贴息")
    garden.note_loans("Q02", "2018年下半年按5万元本金贴息,多于实际本金")
    garden.note_loans("Q03", "2018年下半年同一计息期在两个批次重复贴息")
    garden.note_loans("Q04", "最后一期贴息天数包含逾期天数", ("Q02",))
    garden.note_loans("Q05", "2018年下半年按6.00%贴息,合同利率为4.75%", ("Q02",))
    garden.note_loans("Q41", "结清时最后一期已收利息未贴", ("Q01",))
    garden.picks["Q38"] = picks["Q38 other"]
    garden.note_loans("Q38", "贴息支付到非本户账户")
    group = picks["Q38 one"].tolist()
    homes = [household_key(int(loans["household"][loan])) for loan in group]
    garden.note("Q38", "四户贴息支付到同一账户", {"loan": [loan_key(loan) for loan in group], "household": homes})


def _paid_for_nothing(books: Books, garden: Garden, table: Columns) -> Columns:
    """Payments to people of households without a loan, for loan numbers that no bank knows."""
    persons, households = books.plan.persons, books.plan.households
    idle = np.flatnonzero((households["why_not"] == 0) & (households["removed"] == NONE))[20:23]
    for place, household in enumerate(idle.tolist()):
        payee = int(np.flatnonzero(persons["household"] == household)[0])
        number = _UNKNOWN_LOANS + place
        days = int(SETTLEMENTS[16] - SETTLEMENTS[14])
        values = {"loan": number, "batch": _BATCH, "from": int(SETTLEMENTS[14]) + 1, "to": int(SETTLEMENTS[16])}
        values |= {"days": days, "principal": 3_000_000, "rate": 47_500, "payee": payee, "account": household}
        values |= {"village": int(households["village"][household]), "paid": BATCHES[_BATCH][2], "quirk": 0}
        table = with_row(table, **values)
        _recount(table, height(table) - 1)
        keys = {"loan": [loan_key(number)], "household": [household_key(household)]}
        garden.note("Q34", "贴息对应的借据号在银行不存在", keys)
    return table


def _happened(books: Books, loan: int, kind: int, occurred: int, known: int) -> str:
    """Adds an event of the loan's borrower (or household, if extinct); returns its key."""
    loans = books.plan.loans
    person = NONE if kind == EXTINCT else int(loans["borrower"][loan])
    household = int(loans["household"][loan])
    books.events = with_row(books.events, person=person, household=household, kind=kind, occurred=occurred, known=known)
    return _key("FX", height(books.events) - 1)


def _events(books: Books, garden: Garden) -> None:
    loans, picks = books.plan.loans, garden.picks
    # Events that no longer stand behind a case go first, so that the numbers of those added do not change.
    gone = np.isin(books.events["person"], loans["borrower"][picks["Q20"]])
    books.events = chosen(books.events, ~gone)
    garden.note_loans("Q20", "补偿时既无风险事件,逾期也不超过90天")
    deaths = [day(2020, 6, 24), day(2020, 6, 25), day(2020, 6, 27)]
    plans: list[tuple[str, int, list[int], int, str, tuple[str, ...]]] = [
        ("Q12", DEATH, deaths, 6, "借款人已死亡,贷款仍有余额", ()),
        ("Q13", DEATH, (loans["disbursed"][picks["Q13"]] - 40).tolist(), 300, "借款人死亡40天后放款", ("Q14",)),
        ("Q14", DEATH, [day(2018, 3, 2), day(2018, 4, 9)], 400, "借款人死亡后的期间仍贴息", ()),
        ("Q15", INCAPACITY, [day(2019, 11, 5)] * 3, 20, "主要劳动力丧失劳动能力,贷款未还,未启动补偿", ()),
        ("Q16", DEATH, [day(2020, 6, 23)] * 2, 5, "绝户,贷款仍有余额", ("Q12",)),
        ("Q17", INCAPACITY, [day(2019, 12, 3)] * 2, 20, "补偿已批准5个月,资金未拨付", ()),
    ]
    for code, kind, occurred, after, about, also in plans:
        for loan, on in zip(picks[code].tolist(), occurred, strict=True):
            keys = {"risk_event": [_happened(books, loan, kind, on, min(on + after, REFERENCE))]}
            household = int(loans["household"][loan])
            if code == "Q16":
                keys["risk_event"].append(_happened(books, loan, EXTINCT, on, on + after))
                books.plan.households["status"][household] = 5
            if code == "Q17":
                keys["compensation_case"] = [_approved_only(books, loan)]
            keys |= {"loan": [loan_key(loan)], "household": [household_key(household)]}
            garden.note(code, about, keys, also)


def _approved_only(books: Books, loan: int) -> str:
    amount = int(books.plan.loans["amount"][loan])
    books.cases = with_row(
        books.cases,
        loan=loan,
        trigger=1,
        applied=day(2020, 1, 10),
        approved=day(2020, 2, 1),
        paid=NONE,
        principal_loss=amount,
        interest_loss=0,
        amount=amount,
        state=APPROVED,
    )
    return _key("BC", height(books.cases) - 1)


def _fund(books: Books, garden: Garden) -> None:
    cases, fund = books.cases, books.fund
    short = int(np.flatnonzero(cases["loan"] == garden.picks["Q17 short"][0])[0])
    row = int(np.flatnonzero((fund["case"] == short) & (fund["kind"] == COMPENSATION))[0])
    fund["amount"][row] -= 100_000
    loan = [loan_key(int(cases["loan"][short]))]
    garden.note("Q17", "拨付金额比应担份额少1000元", {"loan": loan, "compensation_case": [_key("BC", short)]})
    unshared = [place for place, case in enumerate(books.recoveries["case"].tolist()) if case != short][:2]
    missing = []
    for place in unshared:
        case = int(books.recoveries["case"][place])
        missing += np.flatnonzero((fund["case"] == case) & (fund["kind"] == RECOVERY)).tolist()
        keys = {"recovery": [_key("ZH", place)], "compensation_case": [_key("BC", case)]}
        keys["loan"] = [loan_key(int(cases["loan"][case]))]
        garden.note("Q19", "补偿后追回的资金未按比例返还补偿金", keys)
    books.fund = _without(fund, missing)


def _uses(books: Books, garden: Garden) -> None:
    uses, picks = books.uses, garden.picks

    def row(loan: int) -> int:
        return int(np.flatnonzero(uses["loan"] == loan)[0])

    for loan, exited in zip(picks["Q21"].tolist(), picks["Q21 exit"].tolist(), strict=True):
        uses["exited"][row(loan)] = exited
    for loan, change in zip(picks["Q32"].tolist(), (500_000, -500_000), strict=True):
        uses["amount"][row(loan)] += change
    garden.note_loans("Q32", "户贷企用台账金额与银行借据金额相差5000元")
    for place, loan in enumerate(picks["Q33 lost"].tolist()):
        lost = _UNKNOWN_LOANS + 50 + place
        at = row(loan)
        uses["loan"][at] = lost
        household = [household_key(int(uses["household"][at]))]
        keys = {"enterprise_use": [_key("HQXY", at)], "loan": [loan_key(lost), loan_key(loan)]}
        garden.note("Q33", "户贷企用台账的借据号在银行不存在", keys | {"household": household})


def _repayments(books: Books, garden: Garden) -> None:
    table, group = books.repayments, garden.picks["Q23 repaid"]
    table["payer"][np.isin(table["loan"], group)] = int(books.plan.loans["household"][group[0]])


def _quarantine(books: Books, garden: Garden) -> None:
    """Rows that cannot be taken in; each repeats a good row, so that nothing is missing without it."""
    cut, impossible, repaid, extended = garden.picks["quarantine"].tolist()
    table = books.subsidies
    for loan, quirk in ((cut, 1), (impossible, 2)):
        at = _row_of(table, loan, _BATCH - 2)
        table = with_row(table, **{name: int(column[at]) for name, column in table.items()} | {"quirk": quirk})
    books.subsidies = table
    at = int(np.flatnonzero(books.repayments["loan"] == repaid)[0])
    values = {name: int(column[at]) for name, column in books.repayments.items()}
    books.repayments = with_row(books.repayments, **values | {"quirk": 1})
    due = int(books.plan.loans["due"][extended])
    amount = int(books.plan.loans["amount"][extended])
    backwards = {"loan": extended, "signed": due - 20, "due": due, "extended": due - 30, "amount": amount, "quirk": 1}
    books.extensions = with_row(books.extensions, **backwards)


def quarantined(books: Books, garden: Garden) -> list[dict[str, str]]:
    """What must go to quarantine, by place and reason."""
    cut, impossible, repaid, extended = (loan_key(loan) for loan in garden.picks["quarantine"].tolist())
    label = BATCHES[_BATCH - 2][0]
    repayment = _key("HK", height(books.repayments) - 1)
    extension = _key("ZQ", height(books.extensions) - 1)
    return [
        {"dataset": "subsidy_payment", "batch": label, "loan": cut, "about": "证件号码为数值,末三位已丢失(…000)"},
        {"dataset": "subsidy_payment", "batch": label, "loan": impossible, "about": "计息止日2018.2.30不存在"},
        {"dataset": "repayment", "key": repayment, "loan": repaid, "about": "收回日期20190230不存在"},
        {"dataset": "extension", "key": extension, "loan": extended, "about": "展期到期日早于原到期日"},
    ]


def plant_in_books(books: Books, garden: Garden) -> None:
    """Changes the books in place and notes what was done."""
    _subsidies(books, garden)
    _events(books, garden)
    _fund(books, garden)
    _uses(books, garden)
    _repayments(books, garden)
    _quarantine(books, garden)
