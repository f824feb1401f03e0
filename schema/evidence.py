"""Evidence 证据: a row that a finding rests on, as it was when the finding was opened, down to file, sheet and row."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement
from hub.catalog.field import Field, FieldType, Sensitivity
from schema.lending import number

DATASET = Dataset(
    name="evidence",
    plural="evidence_rows",
    zh="疑点证据",
    en="Evidence",
    about="A row that a finding rests on, as it was when the finding was opened; what it said stays in the history.",
    about_zh="疑点所依据的记录,保留发现时的版本;原值见历史版本。",
    agency=Agency.HUB,
    key=("finding_id", "round", "place"),
    of_rule="finding_id",
    placement=Placement(),
    is_sourced=True,
    fields=(
        number("finding_id", "疑点编号", "Finding number", "The finding.", "疑点编号。"),
        Field(
            "round",
            FieldType.INTEGER,
            "次",
            "Round",
            "Of which opening: 1 for the first.",
            "第几次发现。",
            required=True,
            minimum=1,
        ),
        Field("place", FieldType.INTEGER, "序号", "Place", "Order within.", "序号。", required=True, minimum=1),
        number("dataset", "数据集", "Dataset", "Which kind of record.", "记录所属数据集。"),
        number(
            "record_key", "记录编号", "Record's key", "Which record; parts of a key stand apart by /.", "记录主键。"
        ),
        Field(
            "household_id",
            FieldType.TEXT,
            "户编号",
            "Household number",
            "The household that the row belongs to.",
            "记录所属户编号。",
            sensitivity=Sensitivity.PERSONAL,
        ),
    ),
    links=(Link("finding", "finding", {"finding_id": "finding_id"}, "疑点", "evidence", "证据"),),
)
