"""Finding event 办理记录: what became of a finding, by a rule or a named person; only ever added to."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement
from hub.catalog.field import Field, FieldType, Sensitivity
from schema.finding import code
from schema.finding_codes import DISPOSAL, EVENT, SEVERITY
from schema.lending import day, number
from schema.personal import officer_name

DATASET = Dataset(
    name="finding_event",
    plural="finding_events",
    zh="疑点办理记录",
    en="Finding event",
    about="One step of a finding's way: opened, closed or reopened by the records, or what a named person said of it.",
    about_zh="疑点的一个办理步骤:系统发现、关闭、重开,或责任人的备注、分派、说明、处置。",
    agency=Agency.HUB,
    key=("event_id",),
    of_rule="finding_id",
    placement=Placement(),
    is_journal=True,
    fields=(
        number("event_id", "记录编号", "Event number", "Number of the event.", "办理记录编号。"),
        number("finding_id", "疑点编号", "Finding number", "The finding.", "疑点编号。"),
        number("rule_code", "规则编号", "Rule", "The finding's rule.", "疑点的规则。"),
        code("kind", "步骤", "Kind", "What happened.", "办理步骤。", EVENT),
        Field(
            "happened_at",
            FieldType.TIMESTAMP,
            "时间",
            "Happened at",
            "When it was written down.",
            "记录时间。",
            required=True,
            indexed=True,
        ),
        day(
            "as_of",
            "账务日",
            "Books of",
            "Day the books were of; none for a person's word.",
            "账务日期。",
            required=False,
        ),
        code("severity", "严重程度", "Severity", "Severity at that time.", "当时的严重程度。", SEVERITY),
        number(
            "client", "客户端", "Client", "The client it came through; none for the hub.", "客户端。", required=False
        ),
        officer_name("staff", "经办人", "By", "The named person; none for the hub.", "经办人。"),
        Field(
            "words",
            FieldType.TEXT,
            "内容",
            "Words",
            "What the person wrote.",
            "备注、说明或决定内容。",
            sensitivity=Sensitivity.PERSONAL,
        ),
        officer_name("assignee", "分派给", "Given to", "Who it was given to.", "被分派人。"),
        code("disposal", "处置", "Disposal", "What was decided.", "处置方式。", DISPOSAL, required=False),
        Field(
            "household_id",
            FieldType.TEXT,
            "户编号",
            "Household number",
            "The household concerned.",
            "涉及的户编号。",
            sensitivity=Sensitivity.PERSONAL,
        ),
    ),
    links=(Link("finding", "finding", {"finding_id": "finding_id"}, "疑点", "events", "办理记录"),),
)
