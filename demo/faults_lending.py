"""Faults that lie in the plan: who borrowed, when, how much at once, until when. Published totals stay as they are."""

import numpy as np

from demo.columns import NONE, Flags, Ints, height, ints, with_row
from demo.days import REFERENCE, day, plus_months
from demo.lending import Origin, Role, Trigger, benchmark
from demo.places import VILLAGE_TOWNSHIP
from demo.planting import Garden, household_key, loan_key, person_key
from demo.visiting import BEFORE_MATURITY, MISUSE_SEEN, NOT_LATELY, NOT_REACHED

_REMOVED = 4


def _renumber_terms(garden: Garden, which: Ints) -> None:
    loans = garden.plan.loans
    loans["due"][which] = plus_months(loans["disbursed"][which], loans["term"][which])
    loans["rate"][which] = benchmark(loans["disbursed"][which], loans["term"][which])


def _overlapping(garden: Garden, code: str, wanted: int) -> Ints:
    """Second loans moved into the life of the first, so that the household owes 100,000 yuan for a year."""
    loans = garden.plan.loans
    first = loans["previous"]
    cap = 5_000_000
    which = (
        (loans["role"] == Role.CLOSED)
        & (first != NONE)
        & (loans["renewal"] == 0)
        & (loans["amount"] == cap)
        & (loans["amount"][first] == cap)
        & (loans["previous"][first] == NONE)
        & (loans["disbursed"][first] > day(2015, 11, 1))
        & (loans["settled"][first] - loans["disbursed"][first] > 690)
    )
    second = garden.pick(code, which, wanted)
    loans["disbursed"][second] = loans["disbursed"][first[second]] + 300
    loans["term"][second] = 12
    _renumber_terms(garden, second)
    loans["settled"][second] = loans["due"][second]
    return second


def _above_cap(garden: Garden) -> None:
    loans = garden.plan.loans
    for code, wanted, about, also in (
        ("Q06", 2, "两笔贷款同时在贷共10万元,全额贴息,超5万元部分不应贴息", ("Q09", "Q02")),
        ("Q09", 3, "一户同时在贷两笔共10万元,超过5万元上限(超额部分未贴息)", ()),
    ):
        for second in _overlapping(garden, code, wanted).tolist():
            pair = [loan_key(int(loans["previous"][second])), loan_key(second)]
            household = [household_key(int(loans["household"][second]))]
            garden.note(code, about, {"loan": pair, "household": household}, also)


def _eligibility(garden: Garden) -> None:
    plan = garden.plan
    loans, households, persons = plan.loans, plan.households, plan.persons
    removed = loans["household"][garden.pick("Q07", garden.quiet, 2)]
    households["removed"][removed] = day(2018, 2, 10)
    households["status"][removed] = _REMOVED
    garden.note_loans("Q07", "2018年2月10日已清退,此后期间仍贴息")
    late = garden.pick("Q08", garden.quiet, 3)
    listed = loans["household"][late]
    registered = loans["disbursed"][late] + 200
    for name, after in (("registered", 0), ("filed", 30), ("rated", 60)):
        households[name][listed] = registered + after
    for household, since in zip(listed.tolist(), registered.tolist(), strict=True):
        members = persons["household"] == household
        persons["since"][members] = np.maximum(persons["since"][members], since)
    garden.note_loans("Q08", "放款时该户尚未列入建档立卡名单,200天后才识别")
    long = garden.pick("Q10", garden.quiet, 3)
    loans["term"][long] = 48
    loans["due"][long] = plus_months(loans["disbursed"][long], 48)
    garden.note_loans("Q10", "合同期限48个月,超过3年")
    odd = garden.pick("Q11", garden.quiet, 3)
    borrower = loans["borrower"][odd]
    # Slot 9 of a birthday is never reached by chance, so the new numbers stay unique.
    persons["birth"][borrower] = loans["disbursed"][odd] - np.array([17 * 365 + 30, 67 * 365, 68 * 365])
    persons["slot"][borrower] = 9
    persons["since"][borrower] = households["registered"][loans["household"][odd]]
    garden.note_loans("Q11", "签约时借款人不满18周岁或超过65周岁")


def _same_place_and_amount(garden: Garden, code: str, given: Flags, taken: Flags, wanted: int) -> list[tuple[int, int]]:
    """Pairs of loans of one amount in one township, the first of which had an enterprise's agreement."""
    plan = garden.plan
    loans = plan.loans
    township = VILLAGE_TOWNSHIP[plan.households["village"][loans["household"]]]
    pairs: list[tuple[int, int]] = []
    for new in np.flatnonzero(taken).tolist():
        if int(loans["household"][new]) in garden.used or len(pairs) == wanted:
            continue
        fits = given & (loans["amount"] == loans["amount"][new]) & (township == township[new])
        fits &= (loans["settled"] == NONE) | (loans["settled"] > loans["disbursed"][new] + 60)
        for old in np.flatnonzero(fits).tolist():
            if int(loans["household"][old]) not in garden.used:
                garden.used |= {int(loans["household"][new]), int(loans["household"][old])}
                pairs.append((old, new))
                break
    if len(pairs) < wanted:
        raise ValueError(f"Too few loans to plant {code} on.")
    for old, new in pairs:
        loans["enterprise"][new] = loans["enterprise"][old]
        loans["enterprise"][old] = NONE
        loans["origin"][old] = Origin.HOUSEHOLD
    return pairs


def _enterprises(garden: Garden) -> None:
    loans = garden.plan.loans
    exited, remaining = loans["role"] == Role.USED_EXITED, loans["role"] == Role.USED_REMAINING
    before_ban = garden.lasting & (loans["disbursed"] < day(2018, 12, 31))
    pairs = _same_place_and_amount(garden, "Q21", exited, before_ban, 2)
    garden.picks["Q21"] = np.array([new for _, new in pairs], dtype=np.int64)
    garden.picks["Q21 exit"] = loans["settled"][[old for old, _ in pairs]]
    garden.note_loans("Q21", "台账记载企业已退出,该笔贷款仍有余额")
    banned = garden.pick("Q24", remaining, 2)
    loans["disbursed"][banned] = ints([day(2019, 9, 10), day(2019, 11, 21)])
    _renumber_terms(garden, banned)
    garden.note_loans("Q24", "银保监发〔2019〕24号之后新签户贷企用协议")
    by_bank = garden.pick("Q33", garden.quiet, 1)
    loans["origin"][by_bank] = Origin.ENTERPRISE
    garden.note_loans("Q33", "银行登记为企业还款,户贷企用台账无此户")


def _gathered(garden: Garden) -> None:
    """Hidden enterprise use: four households' money to one card, four households' repayments from one card."""
    loans = garden.plan.loans
    pool = np.flatnonzero(garden.quiet & ~np.isin(loans["household"], list(garden.used)))
    # The pool stands in the order of disbursement: neighbours were paid out within days.
    for code, start in (("Q23 paid", len(pool) // 3), ("Q23 repaid", len(pool) // 2)):
        group = pool[start : start + 4].astype(np.int64)
        garden.used |= set(loans["household"][group].tolist())
        garden.picks[code] = group
        keys = {
            "loan": [loan_key(loan) for loan in group.tolist()],
            "household": [household_key(household) for household in loans["household"][group].tolist()],
        }
        if code == "Q23 paid":
            loans["paid_to"][group] = loans["household"][group[0]]
            garden.note("Q23", "四户贷款资金发放到同一账户", keys)
        else:
            garden.note("Q23", "四户贷款由同一账户归还", keys)


def _renewals_and_extensions(garden: Garden) -> None:
    loans = garden.plan.loans
    first = loans["previous"]
    renewed = (loans["renewal"] == 1) & (loans["disbursed"] < day(2020, 2, 1))
    renewed &= (loans["due"][first] - loans["settled"][first]) < 30
    renewed &= (loans["settled"] == NONE) | (loans["settled"] > loans["disbursed"] + 150)
    late = garden.pick("Q25", renewed, 2)
    loans["settled"][first[late]] = loans["due"][first[late]] + 25
    loans["disbursed"][late] = loans["settled"][first[late]]
    _renumber_terms(garden, late)
    garden.note_loans("Q25", "逾期25天后办理无还本续贷")
    signed_late = garden.pick("Q26", loans["role"] == Role.EXTENDED_CLOSED, 2)
    loans["extension_signed"][signed_late] = loans["due"][signed_late] + 6
    garden.note_loans("Q26", "贷款到期后才办理展期,其间的逾期天数也贴了息", ("Q02",))
    too_long = garden.pick("Q26 long", loans["role"] == Role.EXTENDED_OPEN, 1)
    loans["extended"][too_long] = plus_months(loans["due"][too_long], 24)
    loan = int(too_long[0])
    household = household_key(int(loans["household"][loan]))
    garden.note("Q26", "三年期贷款展期24个月,超过原期限一半", {"loan": [loan_key(loan)], "household": [household]})
    _evergreen(garden)


def _evergreen(garden: Garden) -> None:
    """Three loans of one household tied by two renewals on the day: the later two move up to the one before."""
    loans = garden.plan.loans
    middle = loans["previous"]
    start = np.where(middle != NONE, loans["previous"][middle], NONE)
    amount = loans["amount"]
    chain = (start != NONE) & (amount == amount[middle]) & (amount == amount[start])
    moved = loans["disbursed"] - (loans["disbursed"][middle] - loans["settled"][start])
    moved -= loans["disbursed"] - loans["settled"][middle]
    chain &= (loans["settled"] != NONE) | (plus_months(moved, loans["term"]) > REFERENCE)
    last = garden.pick("Q27", chain, 2)
    for third in last.tolist():
        second = int(middle[third])
        for later in (second, third):
            before = int(loans["previous"][later])
            gap = int(loans["disbursed"][later] - loans["settled"][before])
            for name in ("disbursed", "settled"):
                loans[name][later] -= gap if loans[name][later] != NONE else 0
            loans["renewal"][later] = 1
            loans["origin"][before] = Origin.RENEWAL
            _renumber_terms(garden, np.array([later]))
            # Months of unequal length: the maturity may now fall before the day of repayment.
            loans["settled"][later] = min(loans["settled"][later], loans["due"][later])
        keys = [loan_key(loan) for loan in (int(start[third]), second, third)]
        household = [household_key(int(loans["household"][third]))]
        about = "三笔贷款当日结清当日续贷,连续两次,掩盖不能归还"
        garden.note("Q27", about, {"loan": keys, "household": household}, ("Q25",))


def _duties(garden: Garden) -> None:
    plan = garden.plan
    loans, households = plan.loans, plan.households
    soon = np.maximum(loans["due"], loans["extended"]) <= REFERENCE + 90
    coming = garden.pick("Q28", (loans["role"] == Role.OPEN) & soon, 3)
    households["untended"][loans["household"][coming]] = 1
    garden.note_loans("Q28", "90天内到期而无包干责任人")
    overdue = garden.pick("Q29", (loans["role"] == Role.OVERDUE) & (loans["due"] < REFERENCE - 90), 1)
    households["untended"][loans["household"][overdue]] = 1
    households["called"][loans["household"][overdue]] = NOT_LATELY
    garden.note_loans("Q29", "逾期超过90天而无包干责任人,也无人走访", ("W22",))
    graded = garden.pick("W08", (loans["role"] == Role.OVERDUE) & (loans["due"] < REFERENCE - 90), 1)
    loans["class_said"][graded] = 0
    garden.note_loans("W08", "逾期超过90天,五级分类仍为正常")
    # Bookings about the compensated stay for the faults in the books: deaths and disabilities are told apart there.
    said = garden.pick("Q18", loans["trigger"] == Trigger.DEATH, 2)
    loans["status_said"][said] = 2
    garden.note_loans("Q18", "已代偿贷款在银行系统记为结清")


def _registry(garden: Garden) -> None:
    plan = garden.plan
    households, persons = plan.households, plan.persons
    idle = np.flatnonzero((households["why_not"] == 0) & (households["removed"] == NONE))[:40]
    forgotten, hosts = idle[:2], idle[10:12]
    households["why_not"][forgotten] = NONE
    for household in forgotten.tolist():
        garden.note("Q30", "符合条件且有贷款意愿,未获贷也无拒绝原因", {"household": [household_key(household)]})
    others = np.flatnonzero((persons["relation"] == 2) & (persons["main"] == 0) & (persons["birth"] < day(2000, 1, 1)))
    doubled = garden.rng.permutation(others)[:2]
    for person, host in zip(doubled.tolist(), hosts.tolist(), strict=True):
        copy = {name: int(column[person]) for name, column in persons.items()}
        copy |= {"household": host, "position": int(households["size"][host]), "since": day(2016, 3, 1)}
        persons |= with_row(persons, **copy)
        twin = height(persons) - 1
        homes = [household_key(int(persons["household"][row])) for row in (person, twin)]
        people = [person_key(plan, row) for row in (person, twin)]
        garden.note("Q40", "同一证件号码登记在两户", {"person": people, "household": homes})


def _visits(garden: Garden) -> None:
    loans, called = garden.plan.loans, garden.plan.households["called"]
    old = garden.lasting & (loans["disbursed"] < REFERENCE - 330)
    ago = REFERENCE - loans["due"]
    lately_overdue = (loans["role"] == Role.OVERDUE) & (ago > 30) & (ago < 60)
    for code, which, wanted, how, about, also in (
        ("W22", old, 2, NOT_LATELY, "贷后150天以上无人走访", ()),
        ("W22 overdue", lately_overdue, 1, BEFORE_MATURITY, "逾期后无人走访", ("Q29",)),
        ("W21", old, 2, MISUSE_SEEN, "走访发现借款用于建房", ()),
        ("W31", old, 2, NOT_REACHED, "连续两次走访未联系上", ()),
    ):
        picked = garden.pick(code, which, wanted)
        called[loans["household"][picked]] = how
        for loan in picked.tolist():
            household = [household_key(int(loans["household"][loan]))]
            garden.note(code[:3], about, {"loan": [loan_key(loan)], "household": household}, also)


def plant_in_plan(garden: Garden) -> None:
    """Changes the garden's plan in place and notes what was done; picks of loans for the books are made too."""
    _above_cap(garden)
    _eligibility(garden)
    _enterprises(garden)
    _gathered(garden)
    _renewals_and_extensions(garden)
    _duties(garden)
    _registry(garden)
    _choose_for_books(garden)
    _visits(garden)


def _choose_for_books(garden: Garden) -> None:
    loans, households = garden.plan.loans, garden.plan.households
    quiet, lasting = garden.quiet, garden.lasting
    late = (loans["role"] == Role.CLOSED) & garden.single & (loans["settled"] > loans["due"] + 20)
    late &= loans["due"] < day(2019, 6, 1)
    sizes = households["size"][loans["household"]]
    for code, which, wanted in (
        ("Q01", quiet, 3),
        ("Q02", quiet & (loans["amount"] <= 3_000_000), 3),
        ("Q03", quiet, 3),
        ("Q04", late, 3),
        ("Q05", quiet & (loans["rate"] == 47_500), 3),
        ("Q12", lasting & (sizes > 1), 3),
        ("Q13", quiet & (sizes > 1), 2),
        ("Q14", quiet & (sizes > 1), 2),
        ("Q15", lasting & (sizes > 1) & (loans["disbursed"] < day(2019, 6, 1)), 3),
        ("Q16", (loans["settled"] == NONE) & garden.single & (sizes == 1) & (loans["enterprise"] == NONE), 2),
        ("Q17", lasting & (sizes > 1) & (loans["disbursed"] < day(2019, 6, 1)), 2),
        ("Q17 short", loans["trigger"] == Trigger.DEATH, 1),
        ("Q20", loans["trigger"] == Trigger.INCAPACITY, 2),
        (
            "Q32",
            (loans["role"] == Role.USED_EXITED) & (loans["enterprise"] != NONE) & (loans["amount"] == 4_000_000),
            2,
        ),
        ("Q33 lost", (loans["role"] == Role.USED_EXITED) & (loans["enterprise"] != NONE), 2),
        ("Q38 other", quiet, 3),
        ("Q38 one", quiet, 4),
        ("Q41", quiet & (loans["settled"] < day(2020, 1, 1)), 2),
        ("quarantine", quiet, 4),
    ):
        garden.pick(code, which, wanted)
