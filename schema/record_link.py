"""Record link 对应关系: whom or what a record is about, where its number alone does not settle it."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement
from hub.catalog.field import Code, Field, FieldType, Sensitivity
from schema.lending import number


def _text(name: str, zh: str, en: str, about: str, about_zh: str, *, required: bool = False) -> Field:
    return Field(name, FieldType.TEXT, zh, en, about, about_zh, required=required)


DATASET = Dataset(
    name="record_link",
    plural="record_links",
    zh="对应关系",
    en="Record link",
    about="How a loan was found to belong to a person, or a payment to a loan, where it is not plain: every record "
    "without one is of grade A, its number and name agree.",
    about_zh="贷款与人员、贴息与贷款之间需要说明的对应关系;无此记录者均为A级(号码与姓名一致)。",
    agency=Agency.HUB,
    key=("dataset", "record_key", "entity", "entity_key"),
    placement=Placement(),
    fields=(
        _text("dataset", "数据集", "Dataset", "Dataset of the record.", "记录所在数据集。", required=True),
        number("record_key", "记录主键", "Record", "Key of the record, its parts joined by /.", "记录主键,以/连接。"),
        Field(
            "entity",
            FieldType.CODE,
            "对应对象",
            "Entity",
            "What it is linked to.",
            "对应对象类型。",
            required=True,
            codes={"PERSON": Code("Person", "人员"), "LOAN": Code("Loan", "贷款")},
        ),
        number("entity_key", "对象主键", "Entity key", "Person or loan number; empty for grade G.", "人编号或借据号。"),
        Field(
            "grade",
            FieldType.CODE,
            "匹配等级",
            "Grade",
            "How sure the link is.",
            "匹配等级。",
            required=True,
            indexed=True,
            codes={
                "A": Code("Identity number and name agree", "身份证号、姓名一致"),
                "B": Code("Identity number agrees, name differs", "身份证号一致、姓名不同"),
                "C": Code("Agrees once 15 digits are read as 18", "15位升18位后一致"),
                "D": Code("Number of the loan agrees, identity number differs", "借据号一致、身份证号不同"),
                "E": Code("Account number agrees", "账号一致"),
                "F": Code("Candidate: a person must confirm", "候选,需人工确认"),
                "G": Code("None found", "未匹配"),
            },
        ),
        Field(
            "method",
            FieldType.CODE,
            "匹配方法",
            "Method",
            "By what it was found.",
            "匹配依据。",
            required=True,
            codes={
                "IDENTITY_NUMBER": Code("Identity number", "身份证号"),
                "LOAN_NUMBER": Code("Loan number", "借据号"),
                "IDENTITY_AND_PERIOD": Code("Identity number and period", "身份证号与期间"),
                "ACCOUNT": Code("Account number", "账号"),
                "NAME_AND_BIRTH": Code("Name and date of birth", "姓名与出生日期"),
                "NONE": Code("None", "无"),
            },
        ),
        Field("score", FieldType.INTEGER, "得分", "Score", "0 to 100.", "0至100分。", required=True, minimum=0),
        Field(
            "state",
            FieldType.CODE,
            "状态",
            "State",
            "Whether it holds.",
            "是否成立。",
            required=True,
            indexed=True,
            codes={
                "LINKED": Code("Holds", "成立"),
                "PROPOSED": Code("Waits for a person", "待确认"),
                "ACCEPTED": Code("A person confirmed it", "已确认"),
                "REJECTED": Code("A person refused it", "已否定"),
                "UNLINKED": Code("Nothing to hold", "无对应"),
            },
        ),
        Field(
            "is_alert",
            FieldType.BOOLEAN,
            "是否预警",
            "Alert",
            "Whether it may be a proxy borrower or a mistyped number (grade D).",
            "疑似冒名或录入错误。",
            required=True,
            indexed=True,
        ),
        _text("decided_by", "确认人", "Decided by", "Who confirmed or refused it.", "确认或否定人。"),
        _text("reason", "理由", "Reason", "Why.", "理由。"),
        Field(
            "household_id",
            FieldType.TEXT,
            "户编号",
            "Household number",
            "Household of the entity.",
            "对应对象所属户。",
            indexed=True,
            sensitivity=Sensitivity.PERSONAL,
        ),
    ),
    links=(Link("household", "household", {"household_id": "household_id"}, "农户", "record_links", "对应关系"),),
)
