"""Questions about money that enterprises use, openly (户贷企用) or not."""

from hub.catalog.rule import Disposal, Reach, Rule, Severity
from schema.rules.wording import B, F, R, sql_of

ENTERPRISES = (
    Rule(
        "Q21",
        "企业已退出但贷款未还清",
        "Enterprise left, loan open",
        (B, R),
        Severity.HIGH,
        "台账记载企业已退出,该笔贷款仍有余额。",
        "The ledger says the enterprise has left, and the loan has a balance.",
        disposal=Disposal.ENTERPRISE_EXIT,
        responsible=R,
        is_daily=True,
        sql=sql_of("Q21"),
    ),
    Rule(
        "Q22",
        "户贷企用还剩几家、何时到期",
        "Enterprises not yet out",
        (B, R),
        Severity.LOW,
        answered_by="ledger { enterpriseUse }, enterpriseUses(filter: {exitedOn: {isNull: true}})",
    ),
    Rule(
        "Q23",
        "隐性户贷企用",
        "Hidden enterprise use",
        (B, R),
        Severity.HIGH,
        "多户贷款发放到同一账户,或由同一账户归还,没有户贷企用协议。",
        "Money of several households went to one account, or came back from one, without an agreement.",
        parameters=("gathering_households",),
        disposal=Disposal.ENTERPRISE_EXIT,
        responsible=B,
        reach=Reach.GROUP,
        sql=sql_of("Q23"),
    ),
    Rule(
        "Q24",
        "禁令后新增户贷企用",
        "New enterprise use after the ban",
        (B, R),
        Severity.HIGH,
        "在禁止企业用款之后签订了户贷企用协议。",
        "An agreement was signed on a day on which enterprise use was forbidden.",
        parameters=("enterprise_use",),
        disposal=Disposal.ENTERPRISE_EXIT,
        responsible=R,
        sql=sql_of("Q24"),
    ),
    Rule(
        "Q37",
        "财政供养人员、法人贷款",
        "Public payroll staff or company owners",
        (B, R, F),
        Severity.HIGH,
        missing=(("财政供养人员名单、工商法人登记", "public payroll and company register"),),
    ),
)
