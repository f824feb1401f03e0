"""The bank's tables: which column holds which field. Amounts are in 元, rates in per cent a year."""

from __future__ import annotations

from connectors.mapping import Mapping, take
from hub.sync.handover import Unit

_LOAN_ID = take("loan_id", "借据号", "信贷借据号")

LOAN = Mapping(
    "loan",
    (
        _LOAN_ID,
        take("contract_number", "合同号", "信贷合同号", "合同编号"),
        take("account_number", "贷款账号", "贷款帐号", "贷款分户账号"),
        take("borrower_name", "贷款户名", "户名", "借款人"),
        take("borrower_identity_number", "证件号码"),
        take("product", "产品名称", "产品"),
        take("amount", "发放金额", unit=Unit.YUAN),
        take("balance", "贷款余额", unit=Unit.YUAN),
        take("rate", "利率", unit=Unit.PERCENT),
        take("disbursed_on", "借款日期", "贷款日期"),
        take("due_on", "到期日期", "到期日"),
        take("settled_on", "结清日期"),
        take("issue_type", "贷款发放类型"),
        take("previous_loan_id", "上笔借据号", "上笔信贷借据号"),
        take("classification", "五级分类", "五级形态"),
        take("status", "贷款状态"),
        take("interest_method", "计息方式"),
        take("is_subsidised", "是否财政贴息"),
        take("purpose", "贷款投向"),
        take("branch", "开户机构", "网点"),
        take("officer", "主客户经理"),
        take("disbursement_account", "放款账号", "放款帐号"),
    ),
    ignored=("数据日期", "担保方式", "贷款期限", "展期次数"),
)

REPAYMENT = Mapping(
    "repayment",
    (
        take("repayment_id", "交易流水号"),
        _LOAN_ID,
        take("paid_on", "收回日期"),
        take("principal", "收回本金", unit=Unit.YUAN),
        take("penalty", "收回罚息", unit=Unit.YUAN),
        take("payer_account", "还款账号", "还款帐号"),
        take("origin", "还款来源", codes={"补偿": "COMPENSATION", "追回": "RECOVERY"}),
    ),
    # The interest of the day stands in 收息登记簿, with the days it is for.
    ignored=("贷款帐号", "贷款账号", "收回利息"),
)

INTEREST_COLLECTION = Mapping(
    "interest_collection",
    (
        take("collection_id", "收息流水号"),
        _LOAN_ID,
        take("period_from", "计息起日"),
        take("period_to", "计息止日"),
        take("days", "计息天数", "天数"),
        take("collected_on", "收息日期"),
        take("interest", "收回利息", unit=Unit.YUAN),
    ),
    ignored=("贷款账号", "贷款帐号"),
)

EXTENSION = Mapping(
    "extension",
    (
        take("extension_id", "展期编号"),
        _LOAN_ID,
        take("signed_on", "展期日期"),
        take("original_due_on", "原到期日"),
        take("extended_due_on", "展期到期日"),
        take("amount", "展期金额", unit=Unit.YUAN),
        take("rate", "展期利率", unit=Unit.PERCENT),
        take("reason", "展期原因"),
    ),
    ignored=("账号", "帐号", "原利率"),
)

RENEWAL = Mapping(
    "renewal",
    (
        _LOAN_ID,
        take("previous_loan_id", "上笔借据号", "上笔信贷借据号"),
        take("renewed_on", "续贷日期"),
        take("amount", "续贷金额", unit=Unit.YUAN),
        take("reason", "续贷原因"),
    ),
)

RECOVERY = Mapping(
    "recovery",
    (
        take("recovery_id", "追回流水号"),
        _LOAN_ID,
        take("case_id", "案件编号"),
        take("recovered_on", "追回日期"),
        take("amount", "追回金额", unit=Unit.YUAN),
        take("fund_part", "返还补偿金", unit=Unit.YUAN),
        take("bank_part", "银行留存", unit=Unit.YUAN),
    ),
)

CLASSIFICATION_CHANGE = Mapping(
    "classification_change",
    (
        take("change_id", "调整流水号"),
        _LOAN_ID,
        take("changed_on", "调整日期"),
        take("former_grade", "原形态"),
        take("new_grade", "当前形态"),
    ),
    ignored=("账号", "帐号"),
)
