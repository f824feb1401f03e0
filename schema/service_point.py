"""Service point 服务站点: service centres and village stations, with 三站合一."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement
from hub.catalog.field import Code, Field, FieldType, Sensitivity, SharingClass
from schema.lending import number

DATASET = Dataset(
    name="service_point",
    plural="service_points",
    zh="服务站点",
    en="Service point",
    about="A service centre of the city or township, or a village station, with the posts it joins (三站合一).",
    about_zh="市乡金融扶贫服务中心、村级服务站及三站合一情况。",
    agency=Agency.RELIEF,
    key=("point_id",),
    placement=Placement(region_field="region_code"),
    fields=(
        number("point_id", "站点编号", "Point number", "Number of the service point.", "站点编号。"),
        Field(
            "name",
            FieldType.NAME,
            "站点名称",
            "Name",
            "Name of the service point.",
            "站点名称。",
            required=True,
            sensitivity=Sensitivity.PUBLIC,
            sharing=SharingClass.UNCONDITIONAL,
        ),
        Field(
            "kind",
            FieldType.CODE,
            "站点类型",
            "Kind",
            "Level of the service point.",
            "站点类型。",
            required=True,
            indexed=True,
            codes={
                "CITY_CENTRE": Code("City service centre", "市级金融扶贫服务中心"),
                "TOWNSHIP_CENTRE": Code("Township service centre", "乡级金融扶贫服务中心"),
                "VILLAGE_STATION": Code("Village service station", "村金融扶贫服务站"),
            },
            sensitivity=Sensitivity.PUBLIC,
            sharing=SharingClass.UNCONDITIONAL,
        ),
        Field(
            "region_code",
            FieldType.REGION_CODE,
            "区划代码",
            "Region code",
            "Region the point serves.",
            "服务区域代码。",
            required=True,
            indexed=True,
            sensitivity=Sensitivity.PUBLIC,
            sharing=SharingClass.UNCONDITIONAL,
        ),
        Field(
            "has_withdrawal_post",
            FieldType.BOOLEAN,
            "助农取款服务点",
            "Cash withdrawal post",
            "Whether a cash withdrawal post is joined.",
            "是否合并助农取款服务点。",
        ),
        Field(
            "has_commerce_post",
            FieldType.BOOLEAN,
            "农村电商服务站",
            "E-commerce post",
            "Whether a rural e-commerce post is joined.",
            "是否合并农村电商服务站。",
        ),
    ),
    links=(Link("region_served", "region", {"region_code": "code"}, "服务区域", "service_points", "服务站点"),),
)
