"""The relief bureau's side of the books in its own words: one frame per endpoint of its API."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from demo import names, places
from demo.books import Books
from demo.columns import NONE
from demo.identity import credit_code, identity_numbers, telephones
from demo.wording import (
    birthdays,
    dates,
    either,
    enterprise_names,
    household_numbers,
    listed,
    loan_numbers,
    numbered,
    officer_names,
    percent,
    person_names,
    person_numbers,
    spread,
    yes_no,
    yuan,
)

_ISO = "%Y-%m-%d"
_EVENTS = ("死亡", "丧失劳动能力", "绝户", "自然灾害", "失联")
_STATUS = ("正常经营", "已注销", "经营异常")


def _regions() -> pl.DataFrame:
    villages, township = len(places.VILLAGE_CODES), places.VILLAGE_TOWNSHIP
    return pl.DataFrame(
        {
            "区划代码": [places.COUNTY_CODE, *places.TOWNSHIP_CODES, *places.VILLAGE_CODES],
            "区划名称": [places.COUNTY_NAME, *places.TOWNSHIP_NAMES, *places.VILLAGE_NAMES],
            "区划级别": ["县级"] + ["乡级"] * len(places.TOWNSHIP_CODES) + ["村级"] * villages,
            "上级区划代码": [
                None,
                *[places.COUNTY_CODE] * len(places.TOWNSHIP_CODES),
                *(places.TOWNSHIP_CODES[place] for place in township.tolist()),
            ],
        }
    )


def _service_points() -> pl.DataFrame:
    codes = [places.COUNTY_CODE, *places.TOWNSHIP_CODES, *places.VILLAGE_CODES]
    centres = 1 + len(places.TOWNSHIP_CODES)
    titles = [
        "兴义市金融扶贫服务中心",
        *(f"{name}金融扶贫服务中心" for name in places.TOWNSHIP_NAMES),
        *(f"{name}金融扶贫服务站" for name in places.VILLAGE_NAMES),
    ]
    place = np.arange(len(codes), dtype=np.int64)
    village = place >= centres
    return pl.DataFrame(
        {
            "站点编号": [f"ZD{number + 1:05d}" for number in place.tolist()],
            "站点名称": titles,
            "站点类型": ["市级金融扶贫服务中心"]
            + ["乡级金融扶贫服务中心"] * len(places.TOWNSHIP_CODES)
            + ["村金融扶贫服务站"] * len(places.VILLAGE_CODES),
            "服务区域代码": codes,
            "助农取款服务点": yes_no((village & (place % 9 != 4)).astype(np.int64)),
            "农村电商服务站": yes_no((village & (place % 4 != 3)).astype(np.int64)),
        }
    )


def _households_by_person(books: Books, first: int, count: int) -> pl.DataFrame:
    persons = books.plan.persons
    rows, replica = spread(persons, first, count)
    person = np.tile(np.arange(len(rows["household"]) // count), count)
    household = rows["household"]
    facts = {name: column[household] for name, column in books.plan.households.items()}
    village, size = facts["village"], len(person)
    township = places.VILLAGE_TOWNSHIP[village]
    male = rows["male"]
    relation = either(
        male == 1, listed(names.RELATION_MALE, rows["relation"]), listed(names.RELATION_FEMALE, rows["relation"])
    )
    monitored = facts["status"] == 3
    adult = rows["labour"] != 4
    table_of_texts = {
        "县(市、区、旗)": pl.repeat(places.COUNTY_NAME, size, eager=True),
        "乡(镇)": listed(places.TOWNSHIP_NAMES, township),
        "行政村": listed(places.VILLAGE_NAMES, village),
        "自然村": pl.Series(facts["hamlet"]).cast(pl.String) + "组",
        "行政村代码": listed(places.VILLAGE_CODES, village),
        "户编号": household_numbers(replica, household),
        "人编号": person_numbers(persons, replica, person),
        "姓名": person_names(persons, replica, person),
        "证件号码": identity_numbers(persons, replica, person),
        "性别": listed(("女", "男"), male),
        "出生日期": birthdays(rows["birth"], "%Y%m%d"),
        "人数": pl.Series(facts["size"]),
        "与户主关系": relation,
        "民族": listed(names.ETHNICITY, rows["ethnicity"]),
        "文化程度": listed(names.SCHOOLING, rows["schooling"]),
        "在校生状况": listed(("非在校生", "在校生"), (rows["labour"] == 4).astype(np.int64)),
        "健康状况": listed(names.HEALTH, rows["health"]),
        "劳动技能": listed(names.LABOUR, rows["labour"]),
        "是否主要劳动力": yes_no(rows["main"]),
        "务工时间(月)": pl.Series(rows["months_away"]),
        "是否参加大病保险": yes_no(adult.astype(np.int64)),
        "致贫原因": listed(names.CAUSES, facts["cause"]),
        "是否危房户": yes_no(facts["danger_house"]),
        "是否解决安全饮用水": yes_no(np.ones(size, dtype=np.int64)),
        "人均纯收入(元)": yuan(facts["income"]),
        "户联系电话": telephones(replica * 40_000 + 20_000 + household),
        "联系电话": either(adult, telephones(replica * 40_000 + person), pl.repeat("", size, eager=True)),
        "首次识别时间": dates(facts["registered"], "%Y%m%d", ""),
        "人员识别时间": dates(rows["since"], "%Y%m%d", ""),
        "成员终止时间": dates(rows["until"], "%Y%m%d", ""),
        "清退时间": dates(facts["removed"], "%Y%m%d", ""),
        "户类型": listed(names.POVERTY, facts["status"]),
        "监测对象类型": listed(("", "脱贫不稳定户"), monitored.astype(np.int64)),
        "风险是否消除": listed(("", "否"), monitored.astype(np.int64)),
        "风险识别时间": dates(np.where(monitored, facts["registered"] + 900, NONE), "%Y%m%d", ""),
        "风险消除时间": pl.repeat("", size, eager=True),
    }
    return pl.DataFrame(table_of_texts)


def _applications(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.plan.households, first, count)
    household = np.tile(np.arange(len(rows["village"]) // count), count)
    borrows, why_not = rows["why_not"] == NONE, rows["why_not"]
    applied = rows["applied"]
    unwilling = why_not == 0
    unable = why_not > 0
    asked = applied != NONE
    recommended = borrows & asked
    state = np.select([recommended, asked], [1, 2], 0)

    def step(after: int) -> pl.Series:
        return dates(np.where(asked, applied + after, NONE), _ISO, None)

    def flag(flags: object) -> pl.Series:
        return yes_no(np.asarray(flags, dtype=np.int64))

    return pl.DataFrame(
        {
            "申请编号": numbered("SQ", replica, household),
            "户编号": household_numbers(replica, household),
            "建档日期": dates(rows["filed"], _ISO, None),
            "评级日期": dates(rows["rated"], _ISO, None),
            "信用等级": listed(names.GRADES, rows["grade"]),
            "有贷款意愿": flag(~unwilling),
            "有创业潜质": flag(~unable),
            "有一定还款能力": flag(~unable),
            "缺资金": flag(~unwilling),
            "是否符合条件": flag(borrows),
            "不符合原因": either(borrows, None, listed(names.WHY_NOT, np.maximum(why_not, 0))),
            "申请金额(元)": either(
                asked, yuan(rows["requested"] * 100), pl.repeat(None, len(asked), dtype=pl.String, eager=True)
            ),
            "户申请日期": step(0),
            "村初审日期": step(3),
            "乡审核日期": step(6),
            "县复查日期": step(9),
            "申请状态": listed(("仅建档评级", "已推荐", "未通过"), state),
        }
    )


def credit_codes(books: Books, replica: int) -> list[str]:
    """统一社会信用代码 of the replica's enterprises, in their order."""
    cooperative = books.plan.enterprises["cooperative"].tolist()
    return [credit_code(replica * 100 + place, cooperative=bool(flag)) for place, flag in enumerate(cooperative)]


def _enterprises(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.plan.enterprises, first, count)
    number = np.arange(len(replica), dtype=np.int64)
    return pl.DataFrame(
        {
            "统一社会信用代码": [code for each in range(first, first + count) for code in credit_codes(books, each)],
            "企业名称": enterprise_names(rows["name"], replica, rows["cooperative"]),
            "主体类型": listed(("公司", "合作社"), rows["cooperative"]),
            "法定代表人": officer_names(number * 7 + first + 900),
            "所在乡镇": listed(places.TOWNSHIP_NAMES, rows["township"]),
            "所在乡镇代码": listed(places.TOWNSHIP_CODES, rows["township"]),
            "经营状态": listed(_STATUS, rows["status"]),
        }
    )


def _enterprise_uses(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.uses, first, count)
    place = np.tile(np.arange(len(rows["loan"]) // count), count)
    firms, firm = books.plan.enterprises, rows["enterprise"]
    codes = [code for each in range(first, first + count) for code in credit_codes(books, each)]
    size = len(codes) // count
    return pl.DataFrame(
        {
            "协议编号": numbered("HQXY", replica, place),
            "统一社会信用代码": listed(codes, (replica - first) * size + firm),
            "企业名称": enterprise_names(firms["name"][firm], replica, firms["cooperative"][firm]),
            "户编号": household_numbers(replica, rows["household"]),
            "借据号": loan_numbers(replica, rows["loan"]),
            # One hundredth of a per cent of a yuan is 万元 with four decimals.
            "使用金额(万元)": percent(rows["amount"] // 100, 4).str.strip_chars_end("0").str.strip_chars_end("."),
            "协议签订日期": dates(rows["agreed"], _ISO, None),
            "协议到期日期": dates(rows["ends"], _ISO, None),
            "退出日期": dates(rows["exited"], _ISO, None),
            "年分红(元)": yuan(rows["dividend"]),
        }
    )


def _risk_events(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.events, first, count)
    place = np.tile(np.arange(len(rows["kind"]) // count), count)
    return pl.DataFrame(
        {
            "事件编号": numbered("FX", replica, place),
            "人编号": person_numbers(books.plan.persons, replica, rows["person"]),
            "户编号": household_numbers(replica, rows["household"]),
            "事件类型": listed(_EVENTS, rows["kind"]),
            "发生日期": dates(rows["occurred"], _ISO, None),
            "知悉日期": dates(rows["known"], _ISO, None),
            "证明材料": listed(names.EVENT_PROOFS, rows["kind"]),
        }
    )


def _officer_assignments(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.assignments, first, count)
    place = np.tile(np.arange(len(rows["household"]) // count), count)
    return pl.DataFrame(
        {
            "责任编号": numbered("BG", replica, place),
            "户编号": household_numbers(replica, rows["household"]),
            "责任人": officer_names(rows["officer"]),
            "职责": listed(names.OFFICER_ROLES, rows["officer"] % len(names.OFFICER_ROLES)),
            "联系电话": telephones(90_000_000 + rows["officer"]),
            "责任起日": dates(rows["from"], _ISO, None),
            "责任止日": dates(rows["to"], _ISO, None),
        }
    )


def _visits(books: Books, first: int, count: int) -> pl.DataFrame:
    rows, replica = spread(books.visits, first, count)
    place = np.tile(np.arange(len(rows["household"]) // count), count)
    return pl.DataFrame(
        {
            "走访编号": numbered("ZF", replica, place),
            "户编号": household_numbers(replica, rows["household"]),
            "走访日期": dates(rows["on"], _ISO, None),
            "走访人": officer_names(rows["officer"]),
            "走访结果": listed(("见面", "电话联系", "未联系上"), rows["outcome"]),
            "资金用途检查": listed(("与计划相符", "禁止用途", "未查看"), rows["use"]),
            "走访情况": listed(("按计划用于生产", "借款用于建房", ""), rows["use"]),
        }
    )


def relief_frames(books: Books, first: int, count: int) -> Iterator[tuple[str, pl.DataFrame]]:
    """(endpoint, rows) for replicas ``first`` to ``first + count - 1``; the public tables come with replica 0."""
    if first == 0:
        yield "regions", _regions()
        yield "service-points", _service_points()
    yield "households-by-person", _households_by_person(books, first, count)
    yield "applications", _applications(books, first, count)
    yield "enterprises", _enterprises(books, first, count)
    yield "enterprise-uses", _enterprise_uses(books, first, count)
    yield "risk-events", _risk_events(books, first, count)
    yield "officer-assignments", _officer_assignments(books, first, count)
    yield "visits", _visits(books, first, count)
