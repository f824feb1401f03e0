"""Claim 各方说法: what one agency says about an attribute in conflict, beside what the others say."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement
from hub.catalog.field import Code, Field, FieldType, Sensitivity
from schema.lending import number
from schema.personal import account, identity_number, person_name

DATASET = Dataset(
    name="claim",
    plural="claims",
    zh="各方说法",
    en="Claim",
    about="One value that one agency gives for an attribute in conflict; the agency of record comes first.",
    about_zh="某部门对不一致事项给出的一个值;权威部门在前。",
    agency=Agency.HUB,
    key=("conflict_id", "position"),
    placement=Placement(),
    fields=(
        number("conflict_id", "编号", "Conflict", "The conflict it belongs to.", "所属不一致事项。"),
        Field(
            "position",
            FieldType.INTEGER,
            "次序",
            "Position",
            "1 is the agency of record.",
            "1为权威部门。",
            required=True,
        ),
        Field(
            "agency",
            FieldType.CODE,
            "部门",
            "Agency",
            "Who says so.",
            "说法来源部门。",
            required=True,
            codes={
                "BANK": Code("Rural commercial bank", "农商行"),
                "FINANCE": Code("Finance bureau", "财政局"),
                "RELIEF": Code("Relief bureau", "生态移民局"),
            },
        ),
        Field("dataset", FieldType.TEXT, "数据集", "Dataset", "Where it says so.", "所在数据集。", required=True),
        number("record_key", "记录主键", "Record", "Key of the first record that says so.", "首条记录主键。"),
        Field("records", FieldType.INTEGER, "记录数", "Records", "How many records say so.", "持此说法的记录数。"),
        person_name("name", "姓名", "Name"),
        identity_number("identity_number", "证件号码", "Identity number"),
        account("account_number", "账号", "Account"),
        Field(
            "household_id",
            FieldType.TEXT,
            "户编号",
            "Household number",
            "Household of the subject.",
            "对象所属户。",
            indexed=True,
            sensitivity=Sensitivity.PERSONAL,
        ),
    ),
    links=(Link("conflict", "conflict", {"conflict_id": "conflict_id"}, "说法不一", "claims", "各方说法"),),
)
