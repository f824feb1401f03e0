"""Classification change 形态调整: a loan moved from one risk grade to another, as the bank's register has it."""

from hub.catalog.dataset import Agency, Dataset
from hub.catalog.field import Code, Field, FieldType
from schema.lending import OF_LOAN, day, loan_number, number, to_household, to_loan

# The five grades 五级分类; the last three are bad loans 不良.
GRADES = {
    "NORMAL": Code("Normal", "正常"),
    "SPECIAL_MENTION": Code("Special mention", "关注"),
    "SUBSTANDARD": Code("Substandard", "次级"),
    "DOUBTFUL": Code("Doubtful", "可疑"),
    "LOSS": Code("Loss", "损失"),
}


def _grade(name: str, zh: str, en: str, about: str, about_zh: str) -> Field:
    return Field(name, FieldType.CODE, zh, en, about, about_zh, required=True, indexed=True, codes=GRADES)


DATASET = Dataset(
    name="classification_change",
    plural="classification_changes",
    zh="形态调整",
    en="Classification change",
    about="The day on which a loan's risk classification changed, and from what to what.",
    about_zh="贷款五级分类形态调整登记。",
    agency=Agency.BANK,
    key=("change_id",),
    happened_on="changed_on",
    placement=OF_LOAN,
    fields=(
        number("change_id", "调整流水号", "Change number", "Number of the entry.", "形态调整流水号。"),
        loan_number(),
        day("changed_on", "调整日期", "Changed on", "Day from which the new grade holds.", "调整日期。", indexed=True),
        _grade("former_grade", "原形态", "Grade before", "Classification until then.", "调整前五级分类。"),
        _grade("new_grade", "当前形态", "Grade after", "Classification from then on.", "调整后五级分类。"),
    ),
    links=(
        to_loan("classification_changes", "形态调整"),
        to_household("classification_changes", "形态调整"),
    ),
)
