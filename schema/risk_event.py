"""Risk event 风险事件: death, incapacity, disaster … that may start risk compensation at once."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement, Through
from hub.catalog.field import Code, Field, FieldType, Sensitivity
from schema.lending import day, number, to_household

DATASET = Dataset(
    name="risk_event",
    plural="risk_events",
    zh="风险事件",
    en="Risk event",
    about="Something that happened to a member or a household and endangers repayment.",
    about_zh="影响还款的人员或家庭风险事件。",
    agency=Agency.RELIEF,
    key=("event_id",),
    happened_on="occurred_on",
    placement=Placement(
        through=(
            Through("person", {"person_id": "person_id"}),
            Through("household", {"reported_household_id": "household_id"}),
        )
    ),
    fields=(
        number("event_id", "事件编号", "Event number", "Number of the event.", "风险事件编号。"),
        number("person_id", "人编号", "Person number", "The person it happened to.", "涉及人员编号。", required=False),
        number(
            "reported_household_id",
            "户编号",
            "Household number",
            "The household named in the report.",
            "上报的户编号。",
            required=False,
        ),
        Field(
            "kind",
            FieldType.CODE,
            "事件类型",
            "Kind",
            "What happened.",
            "风险事件类型。",
            required=True,
            indexed=True,
            codes={
                "DEATH": Code("Death", "死亡"),
                "INCAPACITY": Code("Lost the ability to work", "丧失劳动能力"),
                "EXTINCT": Code("Household without living member", "绝户"),
                "DISASTER": Code("Disaster", "自然灾害"),
                "MISSING": Code("Cannot be reached", "失联"),
            },
            sensitivity=Sensitivity.SENSITIVE,
        ),
        day("occurred_on", "发生日期", "Occurred on", "Day it happened.", "事件发生日期。"),
        day("known_on", "知悉日期", "Known on", "Day the bureau learned of it.", "部门知悉日期。", required=False),
        Field(
            "proof",
            FieldType.TEXT,
            "证明材料",
            "Proof",
            "Document that proves it.",
            "证明材料名称。",
            sensitivity=Sensitivity.PERSONAL,
        ),
    ),
    links=(
        Link("person", "person", {"person_id": "person_id"}, "人员", "risk_events", "风险事件"),
        to_household("risk_events", "风险事件"),
    ),
)
