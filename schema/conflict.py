"""Conflict 说法不一: one attribute of one subject of which agencies say different things."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement
from hub.catalog.field import Code, Field, FieldType, Sensitivity
from schema.lending import number

ATTRIBUTE_CODES = {
    "PERSON_NAME": Code("Name of a person", "姓名"),
    "BORROWER": Code("Identity number of a loan's borrower", "借款人身份证号"),
    "ACCOUNT": Code("Account a loan's money goes to", "收款账号"),
}

DATASET = Dataset(
    name="conflict",
    plural="conflicts",
    zh="说法不一",
    en="Conflict",
    about="One attribute of one person or loan of which agencies say different things; nothing is overwritten.",
    about_zh="各部门对同一人或同一贷款的同一事项说法不一;各方说法并存,互不覆盖。",
    agency=Agency.HUB,
    key=("conflict_id",),
    placement=Placement(),
    fields=(
        number("conflict_id", "编号", "Number", "The attribute and the subject.", "事项与对象。"),
        Field(
            "attribute",
            FieldType.CODE,
            "事项",
            "Attribute",
            "What they differ about.",
            "不一致的事项。",
            required=True,
            indexed=True,
            codes=ATTRIBUTE_CODES,
        ),
        number("subject_key", "对象", "Subject", "Person or loan number.", "人编号或借据号。"),
        Field(
            "state",
            FieldType.CODE,
            "状态",
            "State",
            "OPEN until somebody explains it or the agencies agree again.",
            "未说明、已说明或已消除。",
            required=True,
            indexed=True,
            codes={
                "OPEN": Code("Open", "未说明"),
                "EXPLAINED": Code("Explained", "已说明"),
                "RESOLVED": Code("Resolved: the agencies agree again", "已消除"),
            },
        ),
        Field("decided_by", FieldType.TEXT, "说明人", "Explained by", "Who explained it.", "说明人。"),
        Field("reason", FieldType.TEXT, "说明", "Explanation", "How it was explained.", "说明内容。"),
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
    links=(Link("household", "household", {"household_id": "household_id"}, "农户", "conflicts", "说法不一"),),
)
