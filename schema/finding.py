"""Finding 疑点: something a rule found about a record, from its opening until the records no longer say so."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement
from hub.catalog.field import Code, Field, FieldType, Sensitivity
from schema.finding_codes import AGENCY, DISPOSAL, KIND, SEVERITY, STATE
from schema.lending import day, loan_number, number, to_household
from schema.personal import officer_name


def code(
    name: str, zh: str, en: str, about: str, about_zh: str, codes: dict[str, Code], *, required: bool = True
) -> Field:
    """A value of a code list that lists may be filtered by."""
    return Field(name, FieldType.CODE, zh, en, about, about_zh, required=required, codes=codes, indexed=True)


DATASET = Dataset(
    name="finding",
    plural="findings",
    zh="疑点",
    en="Finding",
    about="What a rule found about one record: its evidence, owner, deadline and what was decided about it.",
    about_zh="规则在一条记录上发现的问题:证据、责任人、期限及处置。",
    agency=Agency.HUB,
    key=("finding_id",),
    of_rule="finding_id",
    placement=Placement(),
    fields=(
        number("finding_id", "疑点编号", "Finding number", "The same facts always have the same number.", "疑点编号。"),
        number("rule_code", "规则编号", "Rule", "The rule that found it.", "发现该疑点的规则。"),
        code("kind", "类别", "Kind", "Something wrong, or something to attend to.", "疑点或预警。", KIND),
        code("severity", "严重程度", "Severity", "How soon somebody must act.", "处理时限等级。", SEVERITY),
        code("state", "状态", "State", "How far it has come.", "办理状态。", STATE),
        number(
            "subject_dataset", "对象类别", "Subject's dataset", "Which kind of record it is about.", "对象所属数据集。"
        ),
        number("subject_key", "对象编号", "Subject's key", "Which record it is about.", "对象编号。"),
        Field(
            "household_id",
            FieldType.TEXT,
            "户编号",
            "Household number",
            "The household concerned; none for a region or an enterprise.",
            "涉及的户编号。",
            indexed=True,
            sensitivity=Sensitivity.PERSONAL,
        ),
        loan_number(required=False),
        day("since", "事实起始日", "Since", "Since when the records say so.", "事实起始日期。", required=False),
        Field(
            "amount",
            FieldType.MONEY,
            "涉及金额",
            "Amount",
            "How much money it is about, as of the last run.",
            "涉及金额。",
            unit="fen",
            indexed=True,
        ),
        Field(
            "days",
            FieldType.INTEGER,
            "天数",
            "Days",
            "Days it is about, as of the last run.",
            "涉及天数。",
            unit="days",
        ),
        code(
            "proposed_disposal",
            "建议处置",
            "Proposed disposal",
            "What the rule proposes (分类处置).",
            "规则建议的处置方式。",
            DISPOSAL,
            required=False,
        ),
        code(
            "decided_disposal",
            "处置决定",
            "Decided disposal",
            "What a named person decided; the record of the overdue stays.",
            "责任人决定的处置方式,逾期历史不变。",
            DISPOSAL,
            required=False,
        ),
        code(
            "responsible_agency",
            "责任部门",
            "Responsible agency",
            "Who is to act; the officer's unit if none.",
            "应办理的部门。",
            AGENCY,
            required=False,
        ),
        officer_name(
            "owner_name",
            "责任人",
            "Owner",
            "Officer in charge of the household, or the unit.",
            "包干责任人或责任单位。",
        ),
        officer_name(
            "first_contact", "首问责任人", "First contact", "Who dealt with it first (首问负责).", "首位受理人。"
        ),
        day("deadline", "办理期限", "Deadline", "Day by which to act.", "应办结日期。", indexed=True),
        day(
            "opened_on",
            "发现日期",
            "Opened on",
            "Day of the books on which it was found first.",
            "首次发现日。",
            indexed=True,
        ),
        day(
            "closed_on",
            "关闭日期",
            "Closed on",
            "Day on which the records no longer said so.",
            "关闭日。",
            required=False,
        ),
        Field(
            "times_opened",
            FieldType.INTEGER,
            "发现次数",
            "Times opened",
            "How often the records began to say so.",
            "发现次数。",
            required=True,
            minimum=1,
        ),
    ),
    hidden=(
        number(
            "group_key",
            "组",
            "Group",
            "Ties findings that rest on one account or number.",
            "同组标识。",
            required=False,
        ),
    ),
    links=(
        Link("rule", "rule", {"rule_code": "code"}, "规则", "findings", "疑点"),
        Link("loan", "loan", {"loan_id": "loan_id"}, "贷款", "findings", "疑点"),
        to_household("findings", "疑点"),
    ),
)
