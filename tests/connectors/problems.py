"""The problems of domain brief §3.4 in its order, each with its file and what is to become of it."""

from __future__ import annotations

import datetime as dt

from connectors.relief.mapping import RISK_EVENT
from connectors.transport.folder import FileForm
from tests.connectors import awkward as a
from tests.connectors import sheets
from tests.connectors.awkward import Problem
from tests.connectors.test_delimited import RENEWAL

_DAY = dt.date(2020, 7, 8)
_DATES: list[sheets.Cell] = ["20200708", "2020.7.8", "2020年7月8日", 44020.0, _DAY]
_AMOUNTS = ["1,033.13", "１０３３．１３", "0.103313万", "¥1033.13元"]

PROBLEMS = (
    Problem(
        "identity number kept as a number: its last three digits are lost",
        "证件号为数值.xlsx",
        "row to quarantine (IDENTITY_TRUNCATED) with its cell; never matched",
        a.book(a.subsidy(1, identity=522301198001010019.0), a.subsidy(2)),
        lambda o: o.rejects == [(4, "payee_identity_number", "IDENTITY_TRUNCATED")] and o.cells == ["明细!E4"],
        a.BOOK,
    ),
    Problem(
        "identity number cut to …000, or written E+17, in a text",
        "证件号尾数为000.csv",
        "row to quarantine (IDENTITY_TRUNCATED); never matched",
        a.text(a.PERSONS, f"P1,H1,张三,{a.CUT}", "P2,H2,李四,5.2230119800101E+17"),
        a.rejected((2, "identity_number", "IDENTITY_TRUNCATED"), (3, "identity_number", "IDENTITY_TRUNCATED")),
        a.PEOPLE,
    ),
    Problem(
        "15-digit numbers; X in lower case or full width; spaces inside",
        "证件号写法.csv",
        "brought to 18 characters, capital X; the raw text stays with the row's source",
        a.text(
            a.PERSONS,
            f"P1,H1,张三,{a.WITH_X[:6]}{a.WITH_X[8:17]}",
            f"P2,H2,李四,{a.WITH_X.lower()}",
            f"P3,H3,王五,{a.WITH_X.translate(a.WIDE)}",
            f"P4,H4,赵六, {a.WITH_X[:6]} {a.WITH_X[6:14]} {a.WITH_X[14:]}",
        ),
        lambda o: o.column("person", "identity_number") == [a.WITH_X] * 4,
        a.PEOPLE,
    ),
    Problem(
        "check digit wrong",
        "证件号校验码错.csv",
        "row to quarantine (IDENTITY_CHECK_FAILED) with its raw text; no digit is guessed",
        a.text(a.PERSONS, f"P1,H1,张三,{a.WRONG}"),
        lambda o: o.rejects == [(2, "identity_number", "IDENTITY_CHECK_FAILED")] and o.raw[0]["证件号码"] == a.WRONG,
        a.PEOPLE,
    ),
    Problem(
        "several identity numbers in one cell",
        "一格多证.csv",
        "row to quarantine (IDENTITY_SEVERAL): which row belongs to whom is for the agency to say",
        a.text(a.PERSONS, f"P1,H1,张三,{a.GOOD}、{a.WITH_X}"),
        a.rejected((2, "identity_number", "IDENTITY_SEVERAL")),
        a.PEOPLE,
    ),
    Problem(
        "household size is not the number of members listed",
        "户人口数不符.csv",
        "both taken as they are said; a rule reports the difference, nothing is mended",
        a.text(a.REGISTRY, f"P1,H1,张三,{a.GOOD},522301001001,5,POOR,20160101"),
        lambda o: o.column("household", "size_declared") == [5] and o.rows["person"].height == 1,
        FileForm("*.csv", (a.HOUSEHOLD, a.PERSON)),
    ),
    Problem(
        "the same person in two households",
        "一人两户.csv",
        "two memberships with their dates, side by side",
        a.text(a.MEMBERS, "P1,H1,CHILD,20160101,20190301", "P1,H2,HEAD,20190301,"),
        lambda o: o.column("membership", "household_id") == ["H1", "H2"] and not o.rejects,
        FileForm("*.csv", (a.MEMBERSHIP,)),
    ),
    Problem(
        "a file for each year, each with everybody",
        "名单_年度.csv",
        "the form says only_last: the last file by name is the list, older ones are named in the log",
        a.year_files,
        lambda o: o.column("person", "person_id") == ["P2"] and list(o.deliveries) == ["名单_2020.csv"],
        FileForm("名单_*.csv", (a.PERSON,), only_last=True),
    ),
    Problem(
        "a folder that keeps only the newest workbook",
        "续贷_2020.csv",
        "the form says share: each file speaks for what came under its name; older rows stay (test_share.py)",
        a.text("借据号,上笔借据号,续贷日期,续贷金额(元),续贷原因", "L1,L0,20200708,5,"),
        lambda o: o.column("renewal", "loan_id") == ["L1"],
        FileForm("续贷_*.csv", (RENEWAL,), share=True),
    ),
    Problem(
        "a death known long after it happened",
        "死亡晚报.csv",
        "day of the event and day it became known are two fields",
        a.text(a.EVENTS, "E1,P1,H1,DEATH,20190301,20190610,死亡证明"),
        lambda o: (
            [o.column("risk_event", name)[0] for name in ("occurred_on", "known_on")]
            == [dt.date(2019, 3, 1), dt.date(2019, 6, 10)]
        ),
        FileForm("*.csv", (RISK_EVENT,)),
    ),
    Problem(
        "the dot in names written five ways; rare characters lost to ? or pinyin",
        "姓名间隔号.csv",
        "one dot, U+00B7; a name alone never rejects a row",
        a.text(
            a.PERSONS,
            *(f"P{n},H{n},阿依古丽{dot}买买提,{a.GOOD}" for n, dot in enumerate("•・．‧·")),
            f"P7,H7,张?,{a.GOOD}",
            f"P8,H8,LI YAN,{a.GOOD}",
        ),
        lambda o: o.column("person", "name") == ["阿依古丽·买买提"] * 5 + ["张?", "LI YAN"],
        a.PEOPLE,
    ),
    *(
        Problem(
            f"encoding {encoding}",
            f"编码_{encoding}.csv",
            "decoded strictly: mark, then UTF-8, then GB18030; four-byte characters included",
            a.text(a.PERSONS, *a.ENCODED, encoding=encoding),
            a.same_people,
            a.PEOPLE,
        )
        for encoding in ("utf-8", "utf-8-sig", "gb18030")
    ),
    Problem(
        "a byte that is no character in either encoding",
        "坏字节.csv",
        "file refused (SOURCE_ENCODING) with line and byte; nothing is guessed",
        a.bad_byte,
        a.refused("SOURCE_ENCODING", "line 3, byte "),
        a.PEOPLE,
    ),
    Problem(
        "bars between the values, no header, two and five decimals",
        "监管报送.txt",
        "headings declared in their order; rates exact to the millionth",
        a.bars(a.loan(), a.loan(借据号="JJ2", 贷款户名="億|元".replace("|", ""))),
        lambda o: o.column("loan", "rate") == [43500, 43500] and o.column("loan", "amount") == [5_000_000] * 2,
        a.BARS,
    ),
    Problem(
        "合计 and 小计 rows",
        "合计行.xlsx",
        "合计 is a control total held against the rows, 小计 is left out; neither is data",
        a.book(a.subsidy(1), sheets.total("小计", 1033.13), a.subsidy(2), sheets.total("合 计", "2,066.26")),
        lambda o: o.totals == {"贴息/实贴金额(元)": 206_626} and o.rows["subsidy_payment"].height == 2,
        a.BOOK,
    ),
    Problem(
        "merged cells, and names only in the first of a run of rows",
        "合并单元格.xlsx",
        "the header's merged cells are spread; a field declared blank_down repeats the value above",
        a.book(a.subsidy(1), a.subsidy(2, village=None)),
        lambda o: o.column("subsidy_payment", "batch") == ["坡岗村"] * 2,
        a.BOOK,
    ),
    Problem(
        "元 and 万元 in one sheet",
        "元与万元.xlsx",
        "the heading's unit, else a unit cell's, its group's, the line's above the table, else the declared one; "
        "no unit refuses the file",
        a.units,
        lambda o: o.column("subsidy_payment", "principal") == o.column("subsidy_payment", "amount") == [5_000_000],
        a.BOOK,
    ),
    Problem(
        "thousands commas, full-width digits, 5.0万, currency signs",
        "金额写法.xlsx",
        "read to the fen or put into quarantine; a cell's own unit counts",
        a.book(*(a.subsidy(n, amount=t) for n, t in enumerate(_AMOUNTS, 1))),
        lambda o: o.column("subsidy_payment", "amount") == [103_313] * 4,
        a.BOOK,
    ),
    Problem(
        "dates as 20200708, 2020.7.8, 2020年7月8日, 44020",
        "日期写法.xlsx",
        "one date",
        a.book(*(a.subsidy(n, paid=t) for n, t in enumerate(_DATES, 1))),
        lambda o: o.column("subsidy_payment", "paid_on") == [_DAY] * 5,
        a.BOOK,
    ),
    Problem(
        "marks for no date: 99991231, 9999-12-31, 1900-01-00, 0, null",
        "空日期.txt",
        "empty",
        a.bars(
            *(
                a.loan(借据号=f"JJ{n}", 结清日期=t)
                for n, t in enumerate(["99991231", "9999-12-31", "1900-01-00", "0", "null ", "0000-00-00"])
            )
        ),
        lambda o: o.column("loan", "settled_on") == [None] * 6 and not o.rejects,
        a.BARS,
    ),
    Problem(
        "a heading that repeats under several groups",
        "多级表头.xlsx",
        "declared with its group: 扶贫小额信贷/本金",
        a.repeated_names,
        lambda o: o.column("subsidy_payment", "principal") == [5_000_000],
        FileForm("*.xlsx", (a.GROUPED,)),
    ),
    Problem(
        "the same, and the mapping does not say which group",
        "多级表头_未声明.xlsx",
        "file refused (SOURCE_HEADING_AMBIGUOUS) with both places",
        a.repeated_names,
        a.refused("SOURCE_HEADING_AMBIGUOUS", "(G)", "(N)"),
        a.BOOK,
    ),
    Problem(
        "every value a text with a space behind it, empty as the word null",
        "文本加空格.xlsx",
        "trimmed; null is empty",
        a.spaced_text,
        lambda o: o.column("subsidy_payment", "amount") == [103_313] and o.column("subsidy_payment", "batch") == [None],
        a.BOOK,
    ),
    Problem(
        "two numbers glued together: 10485390.04万元",
        "数字粘连.txt",
        "row to quarantine (ABOVE_MAXIMUM): larger than any household's amount can be",
        a.bars(a.loan(发放金额="10485390.04万元")),
        a.rejected((1, "amount", "ABOVE_MAXIMUM")),
        a.BARS,
    ),
    Problem(
        "two official lists that disagree",
        "名单_国家系统_20191231.csv",
        "nothing is overwritten: each delivery keeps its name and digest, each row its place in it",
        a.text(a.PERSONS, f"P1,H1,张三,{a.GOOD}"),
        lambda o: [len(digest) for name, digest in o.deliveries.items() if "20191231" in name] == [64],
        a.PEOPLE,
    ),
    Problem(
        "a hidden sheet with a draft",
        "隐藏工作表.xlsx",
        "not read, and named in the log",
        a.book(a.subsidy(1), 底稿=[a.subsidy(2)]),
        lambda o: o.rows["subsidy_payment"].height == 1,
        a.BOOK,
    ),
    Problem(
        "a workbook of 1997–2003",
        "旧版.xls",
        "read like any other",
        a.legacy,
        lambda o: (
            o.column("subsidy_payment", "amount") == [103_313] * 2
            and o.column("subsidy_payment", "batch") == ["坡岗村"] * 2
            and o.column("subsidy_payment", "paid_on") == [dt.date(2019, 7, 1)] * 2
        ),
        a.BOOK,
    ),
    Problem(
        "formulas without a value (#N/A, #DIV/0!) in a workbook of 1997–2003",
        "旧版错误值.xls",
        "row to quarantine (SPREADSHEET_ERROR), as in any workbook",
        a.legacy_errors,
        lambda o: (
            o.rejects == [(row, "amount", "SPREADSHEET_ERROR") for row in (3, 4)]
            and o.rows["subsidy_payment"].height == 2
        ),
        a.BOOK,
    ),
)
