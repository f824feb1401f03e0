"""Entitlement step 应贴计算步骤: one line of the calculation behind an entitlement, for a clerk to follow."""

from hub.catalog.dataset import Agency, Dataset, Link
from hub.catalog.field import Code, Field, FieldType
from schema.entitlement import OF_LOAN, count_of_days
from schema.lending import day, loan_number, money, rate, to_household, to_loan

DATASET = Dataset(
    name="entitlement_step",
    plural="entitlement_steps",
    zh="应贴计算步骤",
    en="Entitlement step",
    about="Consecutive days of one period on which nothing changes: days × base × rate ÷ 360 × share.",
    about_zh="一个结息期内各要素不变的连续天数:天数×基数×利率÷360×比例。",
    agency=Agency.HUB,
    key=("loan_id", "settled_on", "step"),
    placement=OF_LOAN,
    fields=(
        loan_number(),
        day("settled_on", "结息日", "Settled on", "Settlement day that ends the period.", "期末结息日。"),
        Field(
            "step", FieldType.INTEGER, "步骤", "Step", "Number within the period.", "序号。", required=True, minimum=1
        ),
        day("day_from", "起日", "From", "First day.", "首日。"),
        day("day_to", "止日", "To", "Last day.", "末日。"),
        count_of_days("days", "天数", "Days", "Days of the calendar.", "日历天数。"),
        count_of_days(
            "interest_days",
            "计息天数",
            "Interest days",
            "Days as the interest method counts them: all (积数), or 30 for each full month and the odd days (逐笔).",
            "按计息方法计的天数:积数为实际天数,逐笔为整月×30加零头天数。",
        ),
        money("balance", "本金余额", "Balance", "Principal the loan owes.", "本金余额。"),
        money(
            "taken",
            "已占用上限",
            "Cap taken",
            "What the household owes on loans paid out earlier, which use up its cap first.",
            "先发放贷款占用的户上限。",
        ),
        money("base", "贴息基数", "Base", "Principal that is subsidised.", "贴息本金。"),
        rate("rate", "利率", "Rate", "Yearly rate that is subsidised.", "贴息年利率。"),
        rate("share", "贴息比例", "Share", "Share of the interest that is subsidised.", "贴息比例。", required=False),
        money("interest", "利息", "Interest", "base × rate × interest days ÷ 360.", "基数×利率×计息天数÷360。"),
        money(
            "amount",
            "应贴",
            "Amount",
            "interest × share, as this step's part of the period's rounded sum.",
            "利息×比例;各步之和等于本期应贴。",
            required=False,
        ),
        Field(
            "outcome",
            FieldType.CODE,
            "结果",
            "Outcome",
            "Whether these days are subsidised, and why not.",
            "是否贴息及原因。",
            required=True,
            codes={
                "SUBSIDISED": Code("Subsidised", "贴息"),
                "NOT_COLLECTED": Code("Interest not collected", "未收息"),
                "OVERDUE": Code("After maturity", "逾期"),
                "ABOVE_CAP": Code("The cap is used up by earlier loans", "超出户上限"),
                "NOT_CONFIGURED": Code("A parameter is not configured", "参数未设定"),
            },
        ),
        Field(
            "missing_parameter",
            FieldType.TEXT,
            "未设定参数",
            "Missing parameter",
            "The policy parameter that is not configured.",
            "未设定的政策参数。",
        ),
        Field(
            "collection_id",
            FieldType.TEXT,
            "收息流水号",
            "Collection number",
            "The booking by which the interest of these days was collected.",
            "对应的收息流水。",
        ),
    ),
    links=(
        Link(
            "entitlement",
            "entitlement",
            {"loan_id": "loan_id", "settled_on": "settled_on"},
            "应贴利息",
            "steps",
            "计算步骤",
        ),
        Link(
            "interest_collection",
            "interest_collection",
            {"collection_id": "collection_id"},
            "收息",
            "entitlement_steps",
            "应贴计算步骤",
        ),
        to_loan("entitlement_steps", "应贴计算步骤"),
        to_household("entitlement_steps", "应贴计算步骤"),
    ),
)
