"""The registry in person grain: one row is a person, a membership and, if it is the head's, a household."""

from __future__ import annotations

from connectors.mapping import Mapping, Only, take

_RELATION = "与户主关系"
_SHARED = (
    "县(市、区、旗)",
    "乡(镇)",
    "行政村",
    "自然村",
    "文化程度",
    "在校生状况",
    "务工时间(月)",
    "是否参加大病保险",
    "是否危房户",
    "是否解决安全饮用水",
    "监测对象类型",
    "风险是否消除",
    "风险识别时间",
    "风险消除时间",
)
_OF_HOUSEHOLD = (
    "行政村代码",
    "人数",
    "户类型",
    "致贫原因",
    "首次识别时间",
    "清退时间",
    "人均纯收入(元)",
    "户联系电话",
)
_OF_PERSON = (
    "姓名",
    "证件号码",
    "性别",
    "出生日期",
    "民族",
    "健康状况",
    "劳动技能",
    "是否主要劳动力",
    "联系电话",
)
_OF_MEMBERSHIP = ("人员识别时间", "成员终止时间")

HOUSEHOLD = Mapping(
    "household",
    (
        take("household_id", "户编号"),
        take("region_code", "行政村代码"),
        take("head_name", "姓名"),
        take("size_declared", "人数"),
        take("poverty_status", "户类型"),
        take("cause", "致贫原因", "致贫原因1"),
        take("registered_on", "首次识别时间"),
        take("removed_on", "清退时间"),
        take("income_per_head", "人均纯收入(元)"),
        take("phone", "户联系电话"),
    ),
    ignored=_SHARED + _OF_PERSON + _OF_MEMBERSHIP + ("人编号",),
    only=Only(_RELATION, ("户主", "01")),
    once=True,
)

PERSON = Mapping(
    "person",
    (
        take("person_id", "人编号"),
        take("household_id", "户编号"),
        take("name", "姓名"),
        take("identity_number", "证件号码"),
        take("sex", "性别"),
        take("birth_date", "出生日期"),
        take("labour", "劳动技能"),
        take("is_main_labour", "是否主要劳动力"),
        take("health", "健康状况"),
        take("ethnicity", "民族"),
        take("phone", "联系电话"),
    ),
    ignored=_SHARED + _OF_HOUSEHOLD + _OF_MEMBERSHIP + (_RELATION,),
)

MEMBERSHIP = Mapping(
    "membership",
    (
        take("person_id", "人编号"),
        take("household_id", "户编号"),
        take(
            "relation",
            _RELATION,
            codes={"之子": "CHILD", "之女": "CHILD", "之父": "PARENT", "之母": "PARENT"},
        ),
        take("valid_from", "人员识别时间"),
        take("valid_to", "成员终止时间"),
    ),
    ignored=_SHARED + _OF_HOUSEHOLD + _OF_PERSON,
)
