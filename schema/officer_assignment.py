"""Officer assignment 包干责任: who answers for which household or region (包干, 首问, 三员)."""

from hub.catalog.dataset import Agency, Check, Dataset, Placement, Through
from hub.catalog.field import Field, FieldType
from schema.lending import day, number, to_household
from schema.personal import phone

DATASET = Dataset(
    name="officer_assignment",
    plural="officer_assignments",
    zh="包干责任",
    en="Officer assignment",
    about="An officer who answers for a household (borrower manager, 三员) over a span of days.",
    about_zh="农户包干责任人(三员)及责任期间。",
    agency=Agency.RELIEF,
    key=("assignment_id",),
    happened_on="valid_from",
    placement=Placement(through=(Through("household", {"household_id": "household_id"}),)),
    fields=(
        number("assignment_id", "责任编号", "Assignment number", "Number of the assignment.", "责任编号。"),
        Field(
            "household_id",
            FieldType.TEXT,
            "户编号",
            "Household number",
            "The household answered for.",
            "包干户编号。",
            required=True,
            indexed=True,
        ),
        Field(
            "officer_name",
            FieldType.NAME,
            "责任人",
            "Officer",
            "Name of the officer in charge.",
            "包干责任人姓名。",
            required=True,
            indexed=True,
        ),
        Field("role", FieldType.TEXT, "职责", "Role", "Role as the township words it.", "职责名称。"),
        phone("phone", "联系电话", "Telephone"),
        day("valid_from", "责任起日", "In charge from", "First day in charge.", "责任起始日。"),
        day("valid_to", "责任止日", "In charge to", "Last day; empty while in charge.", "责任终止日。", required=False),
    ),
    checks=(Check("valid_to", ">=", "valid_from", "The assignment ends before it begins."),),
    links=(to_household("officer_assignments", "包干责任"),),
)
