"""Rule 规则: a question across agencies or a warning, as it stands in this county's hub."""

from hub.catalog.dataset import Agency, Dataset, Placement
from hub.catalog.field import Field, FieldType, Sensitivity, SharingClass
from schema.finding import code
from schema.finding_codes import DISPOSAL, KIND, SEVERITY, STANDING
from schema.lending import day


def _text(name: str, zh: str, en: str, about: str, about_zh: str, *, required: bool = False) -> Field:
    return Field(
        name,
        FieldType.TEXT,
        zh,
        en,
        about,
        about_zh,
        required=required,
        sensitivity=Sensitivity.PUBLIC,
        sharing=SharingClass.UNCONDITIONAL,
    )


DATASET = Dataset(
    name="rule",
    plural="rules",
    zh="规则",
    en="Rule",
    about="A question across agencies or a warning: what it needs, and whether it can be answered here.",
    about_zh="跨部门问题或预警规则:所需数据、在本县能否运行、最近一次结果。",
    agency=Agency.HUB,
    key=("code",),
    placement=Placement(),
    is_common=True,
    fields=(
        _text("code", "规则编号", "Code", "Qnn for a question, Wnn for a warning.", "规则编号。", required=True),
        _text("title", "英文名称", "Title", "The question in English.", "英文名称。", required=True),
        _text("title_zh", "名称", "Title in Chinese", "The question in Chinese.", "规则名称。", required=True),
        _text("says", "英文说明", "Says", "What a finding of it says.", "疑点的英文说明。"),
        _text("says_zh", "说明", "Says in Chinese", "What a finding of it says, in Chinese.", "疑点说明。"),
        _text("agencies", "涉及部门", "Agencies", "Whose records it needs.", "所需数据的部门。", required=True),
        code("kind", "类别", "Kind", "Fault or warning.", "疑点或预警。", KIND),
        code("severity", "严重程度", "Severity", "Unless a finding says otherwise.", "默认严重程度。", SEVERITY),
        code("standing", "运行状态", "Standing", "Whether it can be answered here.", "在本县能否运行。", STANDING),
        _text("lacks", "缺少", "Lacks", "The source or parameter it waits for, or who answers.", "缺少的数据或参数。"),
        _text("parameters", "参数", "Parameters", "Policy it depends on.", "所依据的政策参数。"),
        code(
            "proposed_disposal",
            "建议处置",
            "Proposed disposal",
            "What it proposes.",
            "建议处置方式。",
            DISPOSAL,
            required=False,
        ),
        day(
            "last_run_on",
            "最近运行日",
            "Last run",
            "Day of the books of its last run.",
            "最近一次运行的账务日。",
            required=False,
        ),
        Field(
            "milliseconds",
            FieldType.INTEGER,
            "耗时(毫秒)",
            "Milliseconds",
            "How long its last run took.",
            "最近一次运行耗时。",
        ),
    ),
)
