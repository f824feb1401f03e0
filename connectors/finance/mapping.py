"""The finance bureau's sheets: which column holds which field. The sheets state the units of their amounts."""

from __future__ import annotations

from connectors.mapping import Mapping, take
from hub.sync.handover import Unit

SUBSIDY_PAYMENT = Mapping(
    "subsidy_payment",
    (
        take("voucher_number", "凭证号"),
        take("line", "序号"),
        take("batch", "批次"),
        take("loan_id", "借据号"),
        take("payee_name", "借款人/姓名", "姓名", "借款人"),
        take("payee_identity_number", "证件号码"),
        take("principal", "贷款本金(元)", "贴息本金"),
        take("rate", "利率(%)", unit=Unit.PERCENT),
        take("period_from", "计息起日"),
        take("period_to", "计息止日"),
        take("days", "天数"),
        take("amount_due", "应贴金额"),
        take("amount", "实贴金额"),
        take("account_number", "收款账号", "收款帐号"),
        take("paid_on", "支付日期"),
    ),
    ignored=("村", "合同号"),
)

COMPENSATION_CASE = Mapping(
    "compensation_case",
    (
        take("case_id", "案件编号"),
        take("loan_id", "借据号"),
        take("trigger", "启动原因"),
        take("applied_on", "申请日期"),
        take("approved_on", "批准日期"),
        take("paid_on", "拨付日期"),
        take("principal_loss", "损失本金"),
        take("interest_loss", "损失利息"),
        take("amount", "补偿金额"),
        take("fund_share", "补偿金承担比例", unit=Unit.PERCENT),
        take("state", "案件状态", codes={"已拨付": "PAID"}),
    ),
    ignored=("姓名", "证件号码"),
)

FUND_TRANSACTION = Mapping(
    "fund_transaction",
    (
        take("transaction_id", "流水号"),
        take("booked_on", "记账日期", "记帐日期"),
        take("kind", "收支类型"),
        take("amount", "金额"),
        take("case_id", "案件编号"),
        take("note", "摘要"),
    ),
    ignored=("借据号",),
)
