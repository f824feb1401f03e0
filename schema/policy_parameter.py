"""Policy parameter 政策参数: one dated value of one parameter, with the document that sets it and who approved it."""

from hub.catalog.dataset import Agency, Dataset, Placement
from hub.catalog.field import Code, Field, FieldType, Sensitivity, SharingClass
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
    name="policy_parameter",
    plural="policy",
    zh="政策参数",
    en="Policy parameter",
    about="One value of one parameter from one day to another; of several levels, the one nearest to the county wins.",
    about_zh="一项政策参数在一段时间内的取值;多级同时规定时,以最接近本县的一级为准。",
    agency=Agency.HUB,
    key=("name", "level", "valid_from"),
    placement=Placement(),
    fields=(
        _text("name", "参数", "Parameter", "Name of the parameter.", "参数名称。", required=True),
        Field(
            "level",
            FieldType.CODE,
            "制定层级",
            "Level",
            "Who set it.",
            "制定层级。",
            required=True,
            codes={
                "HUB": Code("Threshold for attention that comes with the hub", "枢纽默认提示阈值"),
                "NATIONAL": Code("National", "国家"),
                "PROVINCE": Code("Province", "省"),
                "PREFECTURE": Code("Prefecture", "市（州）"),
                "COUNTY": Code("County", "县（市、区）"),
            },
            sensitivity=Sensitivity.PUBLIC,
            sharing=SharingClass.UNCONDITIONAL,
        ),
        day("valid_from", "生效日", "Valid from", "First day it is in force.", "生效日期。"),
        day("valid_to", "失效日", "Valid to", "Last day it is in force.", "最后有效日。", required=False),
        Field("money", FieldType.MONEY, "金额", "Amount", "The value, if it is money.", "金额类取值。", unit="fen"),
        Field(
            "rate",
            FieldType.RATE,
            "比例",
            "Rate or share",
            "The value in per cent, if it is a rate or a share.",
            "比例类取值(%)。",
            unit="millionths",
        ),
        Field("number", FieldType.INTEGER, "数值", "Number", "The value, if it is a number.", "数值类取值。"),
        _text("code", "选项", "Code", "The value, if it is one of a list.", "选项类取值。"),
        _text("document", "文件名称", "Document", "The document that sets it.", "依据文件。", required=True),
        _text("document_number", "文号", "Document number", "Its number.", "依据文号。", required=True),
        Field(
            "is_verified",
            FieldType.BOOLEAN,
            "是否核实",
            "Verified",
            "Whether the text was read; one that was not never moves money.",
            "是否核对过原文;未核实的不用于计算资金。",
            required=True,
            sensitivity=Sensitivity.PUBLIC,
            sharing=SharingClass.UNCONDITIONAL,
        ),
        _text("approved_by_finance", "财政审批", "Approved by finance", "For the finance bureau.", "财政部门审批。"),
        _text(
            "approved_by_partner", "银行或扶贫审批", "Approved by partner", "For bank or relief bureau.", "对方审批。"
        ),
        day("approved_on", "审批日期", "Approved on", "Day of the later approval.", "审批日期。", required=False),
        _text("note", "说明", "Note", "What else is to be known.", "说明。"),
    ),
)
