"""Enterprise 企业(合作社): a firm or cooperative that used money borrowed by households (户贷企用)."""

from hub.catalog.dataset import Agency, Dataset, Placement
from hub.catalog.field import Code, Field, FieldType
from schema.personal import person_name

DATASET = Dataset(
    name="enterprise",
    plural="enterprises",
    zh="企业(合作社)",
    en="Enterprise",
    about="A firm or cooperative that used money borrowed by households (户贷企用).",
    about_zh="使用户贷资金的企业或合作社。",
    agency=Agency.RELIEF,
    key=("credit_code",),
    placement=Placement(region_field="region_code"),
    fields=(
        Field(
            "credit_code",
            FieldType.CREDIT_CODE,
            "统一社会信用代码",
            "Unified social credit code",
            "18 characters with a valid check character (GB 32100-2015).",
            "18位,校验按 GB 32100-2015。",
            required=True,
            indexed=True,
        ),
        Field(
            "name",
            FieldType.NAME,
            "企业名称",
            "Name",
            "Registered name.",
            "登记名称。",
            required=True,
            indexed=True,
        ),
        Field(
            "kind",
            FieldType.CODE,
            "主体类型",
            "Kind",
            "Company or cooperative.",
            "公司或合作社。",
            codes={"COMPANY": Code("Company", "公司"), "COOPERATIVE": Code("Cooperative", "合作社")},
        ),
        person_name("legal_representative", "法定代表人", "Legal representative"),
        Field(
            "region_code",
            FieldType.REGION_CODE,
            "所在乡镇代码",
            "Township code",
            "Township where the enterprise works, 9 digits.",
            "经营所在乡镇,9位代码。",
            required=True,
            indexed=True,
        ),
        Field(
            "status",
            FieldType.CODE,
            "经营状态",
            "Status",
            "State of the business.",
            "经营状态。",
            indexed=True,
            codes={
                "OPERATING": Code("Operating", "正常经营"),
                "DEREGISTERED": Code("Deregistered", "已注销"),
                "ABNORMAL": Code("On the list of irregular businesses", "经营异常"),
            },
        ),
    ),
)
