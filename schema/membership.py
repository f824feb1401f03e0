"""Membership 家庭成员关系: who belonged to which household, from when to when."""

from hub.catalog.dataset import Agency, Check, Dataset, Link, Placement, Through
from hub.catalog.field import Code, Field, FieldType, Sensitivity

DATASET = Dataset(
    name="membership",
    plural="memberships",
    zh="家庭成员关系",
    en="Membership",
    about="A person's belonging to a household over a span of days.",
    about_zh="人员在某户的成员关系及起止日期。",
    agency=Agency.RELIEF,
    key=("person_id", "household_id", "valid_from"),
    placement=Placement(through=(Through("household", {"household_id": "household_id"}),)),
    fields=(
        Field(
            "person_id",
            FieldType.TEXT,
            "人编号",
            "Person number",
            "The member.",
            "成员的人编号。",
            required=True,
            indexed=True,
            sensitivity=Sensitivity.PERSONAL,
        ),
        Field(
            "household_id",
            FieldType.TEXT,
            "户编号",
            "Household number",
            "The household.",
            "所在户编号。",
            required=True,
            indexed=True,
            sensitivity=Sensitivity.PERSONAL,
        ),
        Field(
            "relation",
            FieldType.CODE,
            "与户主关系",
            "Relation to the head",
            "Relation to the head of the household.",
            "与户主关系。",
            required=True,
            codes={
                "HEAD": Code("Head", "户主"),
                "SPOUSE": Code("Spouse", "配偶"),
                "CHILD": Code("Child", "子女"),
                "PARENT": Code("Parent", "父母"),
                "OTHER": Code("Other", "其他"),
            },
            sensitivity=Sensitivity.PERSONAL,
        ),
        Field(
            "valid_from",
            FieldType.DATE,
            "人员识别时间",
            "Member from",
            "First day of the membership.",
            "成员关系起始日。",
            required=True,
        ),
        Field(
            "valid_to",
            FieldType.DATE,
            "成员终止时间",
            "Member to",
            "Last day of the membership; empty while it lasts.",
            "成员关系终止日,存续中为空。",
        ),
    ),
    checks=(Check("valid_to", ">=", "valid_from", "The membership ends before it begins."),),
    links=(
        Link("person", "person", {"person_id": "person_id"}, "成员", "memberships", "成员关系"),
        Link("household", "household", {"household_id": "household_id"}, "农户", "memberships", "成员关系"),
    ),
)
