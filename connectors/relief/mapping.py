"""The relief bureau's other endpoints: which key holds which field."""

from __future__ import annotations

from connectors.mapping import Mapping, take

REGION = Mapping(
    "region",
    (
        take("code", "区划代码"),
        take("name", "区划名称"),
        take("level", "区划级别", codes={"县级": "COUNTY", "乡级": "TOWNSHIP", "村级": "VILLAGE"}),
        take("parent_code", "上级区划代码"),
    ),
)

APPLICATION = Mapping(
    "application",
    (
        take("application_id", "申请编号"),
        take("household_id", "户编号"),
        take("filed_on", "建档日期"),
        take("rated_on", "评级日期"),
        take("credit_grade", "信用等级"),
        take("has_willingness", "有贷款意愿"),
        take("has_potential", "有创业潜质"),
        take("has_repayment_ability", "有一定还款能力"),
        take("lacks_funds", "缺资金"),
        take("is_eligible", "是否符合条件"),
        take("ineligible_reason", "不符合原因"),
        take("amount_requested", "申请金额(元)"),
        take("applied_on", "户申请日期"),
        take("village_reviewed_on", "村初审日期"),
        take("township_reviewed_on", "乡审核日期"),
        take("county_reviewed_on", "县复查日期"),
        take("state", "申请状态"),
    ),
)

ENTERPRISE = Mapping(
    "enterprise",
    (
        take("credit_code", "统一社会信用代码"),
        take("name", "企业名称"),
        take("kind", "主体类型"),
        take("legal_representative", "法定代表人", "法人"),
        take("region_code", "所在乡镇代码"),
        take("status", "经营状态"),
    ),
    ignored=("所在乡镇",),
)

ENTERPRISE_USE = Mapping(
    "enterprise_use",
    (
        take("agreement_number", "协议编号"),
        take("credit_code", "统一社会信用代码"),
        take("household_id", "户编号"),
        take("loan_id", "借据号"),
        take("amount", "使用金额(万元)"),
        take("agreed_on", "协议签订日期"),
        take("ends_on", "协议到期日期"),
        take("exited_on", "退出日期"),
        take("dividend", "年分红(元)"),
    ),
    ignored=("企业名称",),
)

RISK_EVENT = Mapping(
    "risk_event",
    (
        take("event_id", "事件编号"),
        take("person_id", "人编号"),
        take("reported_household_id", "户编号"),
        take("kind", "事件类型"),
        take("occurred_on", "发生日期"),
        take("known_on", "知悉日期"),
        take("proof", "证明材料"),
    ),
)

OFFICER_ASSIGNMENT = Mapping(
    "officer_assignment",
    (
        take("assignment_id", "责任编号"),
        take("household_id", "户编号"),
        take("officer_name", "责任人"),
        take("role", "职责"),
        take("phone", "联系电话"),
        take("valid_from", "责任起日"),
        take("valid_to", "责任止日"),
    ),
)

VISIT = Mapping(
    "visit",
    (
        take("visit_id", "走访编号"),
        take("household_id", "户编号"),
        take("visited_on", "走访日期"),
        take("officer_name", "走访人"),
        take("outcome", "走访结果"),
        take("use_found", "资金用途检查"),
        take("note", "走访情况"),
    ),
)

SERVICE_POINT = Mapping(
    "service_point",
    (
        take("point_id", "站点编号"),
        take("name", "站点名称"),
        take("kind", "站点类型"),
        take("region_code", "服务区域代码"),
        take("has_withdrawal_post", "助农取款服务点"),
        take("has_commerce_post", "农村电商服务站"),
    ),
)
