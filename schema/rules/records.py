"""Questions about the records themselves: on one side only, or different on two."""

from hub.catalog.rule import Disposal, Rule, Severity
from schema.rules.wording import B, R, sql_of

RECORDS = (
    Rule(
        "Q32",
        "台账与核心系统余额、笔数不一致",
        "Ledger and core system differ",
        (B, R),
        Severity.MEDIUM,
        "户贷企用台账金额与银行借据金额不一致。",
        "The amount in the ledger of enterprise use is not that of the bank's loan.",
        disposal=Disposal.CORRECT,
        responsible=R,
        sql=sql_of("Q32"),
    ),
    Rule(
        "Q33",
        "银行有系统无、系统有银行无",
        "On one side only",
        (B, R),
        Severity.MEDIUM,
        "协议所列借据在银行查无,或银行记企业还款而无协议,或借款人不在建档名单。",
        "The bank does not know the agreement's loan; or an enterprise repaid without an agreement; or the borrower is "
        "not in the registry.",
        disposal=Disposal.CORRECT,
        responsible=R,
        sql=sql_of("Q33"),
    ),
)
