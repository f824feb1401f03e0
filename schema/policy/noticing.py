"""Parameters of findings and warnings, and the thresholds that come with the hub; they never move money."""

from datetime import date

from hub.catalog.policy import Level, Parameter, Setting, ValueKind

_NUMBER, _SHARE = ValueKind.NUMBER, ValueKind.SHARE
_SINCE = date(2014, 12, 10)
_DOCUMENT = "枢纽默认提示阈值 Default of the hub"

# Parameter, and its value unless the city sets another; None where only the city can know.
_DECLARED = (
    (
        Parameter(
            "maturity_notice_days", _NUMBER, "到期提示(天)", "Days before maturity to tell of it.", "到期前提示天数。"
        ),
        90,
    ),
    (
        Parameter(
            "visit_days",
            _NUMBER,
            "走访间隔(天)",
            "Days after which somebody must have called on a household that owes.",
            "有贷款余额的农户最长走访间隔天数。",
        ),
        90,
    ),
    (
        Parameter(
            "overdue_visit_days",
            _NUMBER,
            "逾期走访期限(天)",
            "Days overdue after which somebody must have been there.",
            "逾期后应有人走访的天数。",
        ),
        15,
    ),
    (
        Parameter(
            "gathering_households",
            _NUMBER,
            "资金归集户数",
            "Households whose money in one account asks for an explanation.",
            "同一账户涉及户数达到该数时提示。",
        ),
        3,
    ),
    (
        Parameter(
            "village_lending_stop",
            _SHARE,
            "村级停贷线",
            "Overdue rate of a village at which to lend no more.",
            "村逾期率达到该线建议停贷。",
        ),
        50_000,
    ),
    (
        Parameter(
            "overdue_near_limit",
            _SHARE,
            "逾期率接近线",
            "Part of the control line that is near to it.",
            "达到控制线该比例时提示。",
        ),
        800_000,
    ),
    (
        Parameter(
            "overdue_monthly_step",
            _SHARE,
            "逾期率月升幅",
            "Points by which the overdue rate may rise within a month.",
            "逾期率一个月上升达到该幅度时提示。",
        ),
        5_000,
    ),
    (
        Parameter(
            "substandard_overdue_days",
            _NUMBER,
            "次级逾期天数",
            "Days overdue beyond which a loan is at least substandard.",
            "逾期超过该天数至少归为次级。",
        ),
        90,
    ),
    (
        Parameter(
            "age_notice_months",
            _NUMBER,
            "超龄提示(月)",
            "Months before the oldest age to tell of it.",
            "达到年龄上限前提示的月数。",
        ),
        6,
    ),
    (
        Parameter(
            "enterprise_notice_days",
            _NUMBER,
            "户贷企用到期提示(天)",
            "Days before an agreement with an enterprise ends to tell of it.",
            "户贷企用协议到期前提示天数。",
        ),
        180,
    ),
    (
        Parameter(
            "enterprise_households",
            _NUMBER,
            "户贷企用集中户数",
            "Households that depend on one enterprise.",
            "同一企业涉及户数达到该数时提示。",
        ),
        5,
    ),
    (
        Parameter(
            "maturity_share",
            _SHARE,
            "集中到期比例",
            "Part of a balance falling due in one month.",
            "单月到期占余额比例。",
        ),
        200_000,
    ),
    (
        Parameter(
            "maturity_least_loans",
            _NUMBER,
            "集中到期最少笔数",
            "Loans below which a month is no concentration.",
            "少于该笔数不视为集中到期。",
        ),
        10,
    ),
    (
        Parameter(
            "delivery_age_days",
            _NUMBER,
            "报送间隔(天)",
            "Days after which a delivery is old.",
            "超过该天数未报送时提示。",
        ),
        35,
    ),
    (
        Parameter(
            "unmatched_share",
            _SHARE,
            "未匹配比例",
            "Part of the loans that may match no household.",
            "匹配不到农户的贷款笔数比例。",
        ),
        20_000,
    ),
    (
        Parameter(
            "bad_loan_target",
            _SHARE,
            "不良率年度目标",
            "The bank's own target for the share of bad loans.",
            "银行自定的不良率年度目标。",
        ),
        None,
    ),
)

PARAMETERS = tuple(parameter for parameter, _ in _DECLARED)
SETTINGS = tuple(
    Setting(parameter.name, value, _SINCE, None, Level.HUB, _DOCUMENT)
    for parameter, value in _DECLARED
    if value is not None
)
