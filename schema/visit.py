"""Visit 走访: an officer called on a household after lending (贷后检查), and what was found there."""

from hub.catalog.dataset import Agency, Dataset, Placement, Through
from hub.catalog.field import Code, Field, FieldType, Sensitivity
from schema.lending import day, number, to_household

DATASET = Dataset(
    name="visit",
    plural="visits",
    zh="走访",
    en="Visit",
    about="One call of the responsible officer on a household after lending: whether somebody was met, and what the "
    "money was used for.",
    about_zh="包干责任人贷后走访一户的记录:是否见到人、资金实际用途。",
    agency=Agency.RELIEF,
    key=("visit_id",),
    happened_on="visited_on",
    placement=Placement(through=(Through("household", {"household_id": "household_id"}),)),
    fields=(
        number("visit_id", "走访编号", "Visit number", "Number of the visit.", "走访编号。"),
        number("household_id", "户编号", "Household number", "The household that was called on.", "走访户编号。"),
        day("visited_on", "走访日期", "Visited on", "Day of the visit.", "走访日期。", indexed=True),
        Field(
            "officer_name",
            FieldType.NAME,
            "走访人",
            "Officer",
            "Name of the officer who called.",
            "走访人姓名。",
            required=True,
            indexed=True,
        ),
        Field(
            "outcome",
            FieldType.CODE,
            "走访结果",
            "Outcome",
            "Whether the household was reached.",
            "是否联系到农户。",
            required=True,
            indexed=True,
            codes={
                "MET": Code("Met in person", "见面"),
                "TELEPHONE": Code("Reached by telephone", "电话联系"),
                "NOT_REACHED": Code("Not reached", "未联系上"),
            },
            sensitivity=Sensitivity.PERSONAL,
        ),
        Field(
            "use_found",
            FieldType.CODE,
            "资金用途检查",
            "Use found",
            "What the money was found to be used for.",
            "资金实际用途检查结论。",
            indexed=True,
            codes={
                "AS_PLANNED": Code("As planned", "与计划相符"),
                "CHANGED": Code("For another trade than planned", "改变用途"),
                "FORBIDDEN": Code("For something forbidden", "禁止用途"),
                "UNSEEN": Code("Not looked at", "未查看"),
            },
            sensitivity=Sensitivity.PERSONAL,
        ),
        Field(
            "note",
            FieldType.TEXT,
            "走访情况",
            "Note",
            "What the officer wrote down.",
            "走访记录内容。",
            sensitivity=Sensitivity.SENSITIVE,
        ),
    ),
    links=(to_household("visits", "走访"),),
)
