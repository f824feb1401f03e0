"""Application 评级授信与贷款申请: 建档, 评级, 三有一缺 and the five-step approval of one household."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement, Through
from hub.catalog.field import Code, Field, FieldType, Sensitivity


def _flag(name: str, zh: str, en: str, about: str, about_zh: str) -> Field:
    return Field(name, FieldType.BOOLEAN, zh, en, about, about_zh, sensitivity=Sensitivity.PERSONAL)


def _step(name: str, zh: str, en: str, about: str, about_zh: str) -> Field:
    return Field(name, FieldType.DATE, zh, en, about, about_zh)


DATASET = Dataset(
    name="application",
    plural="applications",
    zh="评级授信与申请",
    en="Application",
    about="A household's credit file: rating, the 三有一缺 assessment, its demand for a loan, and the approval steps.",
    about_zh="农户信用建档、评级、三有一缺认定、贷款需求及五步审批。",
    agency=Agency.RELIEF,
    key=("application_id",),
    happened_on="filed_on",
    placement=Placement(through=(Through("household", {"household_id": "household_id"}),)),
    fields=(
        Field(
            "application_id",
            FieldType.TEXT,
            "申请编号",
            "Application number",
            "Number of the credit file.",
            "信用档案(申请)编号。",
            required=True,
            indexed=True,
        ),
        Field(
            "household_id",
            FieldType.TEXT,
            "户编号",
            "Household number",
            "The household that is rated or applies.",
            "评级或申请的户编号。",
            required=True,
            indexed=True,
            sensitivity=Sensitivity.PERSONAL,
        ),
        _step(
            "filed_on", "建档日期", "Filed on", "Day the credit file was made (建档面).", "信用档案建立日期(建档面)。"
        ),
        _step("rated_on", "评级日期", "Rated on", "Day of the credit rating (评级面).", "信用评级日期(评级面)。"),
        Field(
            "credit_grade",
            FieldType.TEXT,
            "信用等级",
            "Credit grade",
            "Grade given by the village rating panel.",
            "村级评级小组评定的信用等级。",
            sensitivity=Sensitivity.PERSONAL,
        ),
        _flag(
            "has_willingness",
            "有贷款意愿",
            "Wants a loan",
            "First of the three 'have' (三有).",
            "三有之一:有贷款意愿。",
        ),
        _flag(
            "has_potential", "有创业潜质", "Can start a trade", "Second of the three 'have'.", "三有之二:有创业潜质。"
        ),
        _flag(
            "has_repayment_ability",
            "有一定还款能力",
            "Can repay",
            "Third of the three 'have'.",
            "三有之三:有一定还款能力。",
        ),
        _flag(
            "lacks_funds",
            "缺资金",
            "Lacks funds",
            "The one 'lack' (一缺): money to develop.",
            "一缺:缺自主发展产业资金。",
        ),
        _flag("is_eligible", "是否符合条件", "Eligible", "Result of the 三有一缺 assessment.", "三有一缺认定结果。"),
        Field(
            "ineligible_reason",
            FieldType.TEXT,
            "不符合原因",
            "Reason not eligible",
            "Why a household is not eligible or does not want a loan.",
            "不符合条件或无需求的原因。",
            sensitivity=Sensitivity.PERSONAL,
        ),
        Field(
            "amount_requested",
            FieldType.MONEY,
            "申请金额",
            "Amount requested",
            "Principal the household asked for.",
            "申请贷款金额。",
            unit="fen",
            minimum=0,
        ),
        _step("applied_on", "户申请日期", "Applied on", "Step 1, by the household.", "第一步:户申请。"),
        _step("village_reviewed_on", "村初审日期", "Village review on", "Step 2, by the village.", "第二步:村初审。"),
        _step(
            "township_reviewed_on", "乡审核日期", "Township review on", "Step 3, by the township.", "第三步:乡审核。"
        ),
        _step("county_reviewed_on", "县复查日期", "County review on", "Step 4, by the county.", "第四步:县复查。"),
        Field(
            "state",
            FieldType.CODE,
            "申请状态",
            "State",
            "How far the application has come.",
            "申请所处状态。",
            required=True,
            indexed=True,
            codes={
                "RATED": Code("Rated, no application", "仅建档评级"),
                "RECOMMENDED": Code("Recommended to the bank", "已推荐"),
                "REFUSED": Code("Refused", "未通过"),
            },
        ),
    ),
    links=(Link("household", "household", {"household_id": "household_id"}, "农户", "applications", "评级授信与申请"),),
)
