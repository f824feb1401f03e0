"""Compensation case 风险补偿: a loan's loss shared by the fund and the bank, from application to closing."""

from hub.catalog.dataset import Agency, Dataset
from hub.catalog.field import Code, Field, FieldType
from schema.lending import OF_LOAN, day, loan_number, money, number, rate, to_household, to_loan

DATASET = Dataset(
    name="compensation_case",
    plural="compensation_cases",
    zh="风险补偿",
    en="Compensation case",
    about="A lost loan shared by the risk fund and the bank; the claim stays open for recovery (追索).",
    about_zh="风险补偿案件,补偿后继续追索;补偿不等于结清。",
    agency=Agency.FINANCE,
    key=("case_id",),
    happened_on="applied_on",
    placement=OF_LOAN,
    fields=(
        number("case_id", "案件编号", "Case number", "Number of the case.", "补偿案件编号。"),
        loan_number(),
        Field(
            "trigger",
            FieldType.CODE,
            "启动原因",
            "Trigger",
            "What allowed the case to be opened.",
            "启动风险补偿的原因。",
            required=True,
            indexed=True,
            codes={
                "DEATH": Code("Death of the main labourer", "主要劳动力死亡"),
                "INCAPACITY": Code("Main labourer unable to work", "主要劳动力丧失劳动能力"),
                "EXTINCT": Code("Extinct household", "绝户"),
                "OVERDUE": Code("Overdue for the agreed days", "逾期达到约定天数"),
            },
        ),
        day("applied_on", "申请日期", "Applied on", "Day the bank applied.", "银行申请日期。"),
        day("approved_on", "批准日期", "Approved on", "Day it was approved.", "批准日期。", required=False),
        day("paid_on", "拨付日期", "Paid on", "Day the compensation was paid.", "补偿资金拨付日期。", required=False),
        money("principal_loss", "损失本金", "Principal lost", "Principal not repaid.", "未收回本金。"),
        money("interest_loss", "损失利息", "Interest lost", "Interest not collected.", "未收回利息。", required=False),
        rate(
            "fund_share",
            "补偿金承担比例",
            "Share of the fund",
            "Share of the loss borne by the fund, in millionths of the whole.",
            "风险补偿金承担比例。",
            required=False,
        ),
        money(
            "amount",
            "补偿金额",
            "Amount compensated",
            "Loss of the loan taken into compensation, before it is split between fund and bank.",
            "纳入补偿的贷款损失金额(分担前)。",
        ),
        Field(
            "state",
            FieldType.CODE,
            "案件状态",
            "State",
            "Where the case stands.",
            "案件状态。",
            required=True,
            indexed=True,
            codes={
                "APPLIED": Code("Applied", "申请"),
                "APPROVED": Code("Approved", "批准"),
                "PAID": Code("Paid, recovery open", "已拨付(追索中)"),
                "CLOSED": Code("Closed", "结案"),
                "REFUSED": Code("Refused", "不予补偿"),
            },
        ),
    ),
    links=(to_loan("compensation_cases", "风险补偿"), to_household("compensation_cases", "风险补偿")),
)
