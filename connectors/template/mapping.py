"""Which heading of the file holds which field."""

from __future__ import annotations

from connectors.mapping import Mapping, take

# One Mapping per dataset. The datasets and their fields are declared in schema/; a required field that is left out,
# or a name that is not there, is refused as soon as this module is imported.
SERVICE_POINT = Mapping(
    "service_point",
    (
        # The field first, then every spelling its heading is known to have. Width, spaces and brackets of a heading
        # do not matter, and neither does its column: never count on positions.
        take("point_id", "站点编号", "网点编号"),
        take("name", "站点名称"),
        # The Chinese words of a code field's codes in schema/ are understood already; add only other words.
        take("kind", "站点类型", codes={"村级站": "VILLAGE_STATION"}),
        # A field whose cell is filled only in the first of a run of rows, as merged cells are.
        take("region_code", "服务区域代码", blank_down=True),
        # A column that some files do not have. An amount whose heading states no unit says unit=Unit.YUAN or
        # Unit.TEN_THOUSAND_YUAN too (from hub.sync.handover import Unit).
        take("has_withdrawal_post", "助农取款服务点", optional=True),
    ),
    # Fields that are the same in every row and therefore stand nowhere in the file.
    constants={"has_commerce_post": "否"},
    # Headings you know and do not want. Others you did not name are noted in the log, so that you see what is new.
    ignored=("序号", "备注"),
)
