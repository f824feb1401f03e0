"""Payment fault 贴息支付问题: one thing wrong with one subsidy payment, and the money concerned."""

from hub.catalog.dataset import Agency, Dataset, Link, Placement, Through
from hub.catalog.field import Code, Field, FieldType
from schema.lending import day, loan_number, money, number, rate, to_household, to_loan

DATASET = Dataset(
    name="payment_fault",
    plural="payment_faults",
    zh="贴息支付问题",
    en="Payment fault",
    about="One thing wrong with one subsidy payment: for which days, how much of it, and by what.",
    about_zh="一笔贴息支付的一项问题:涉及期间、金额及依据。",
    agency=Agency.HUB,
    key=("voucher_number", "line", "kind"),
    placement=Placement(
        through=(Through("subsidy_payment", {"voucher_number": "voucher_number", "line": "line"}),),
    ),
    fields=(
        number("voucher_number", "凭证号", "Voucher", "Payment voucher of the treasury.", "国库支付凭证号。"),
        Field(
            "line", FieldType.INTEGER, "行号", "Line", "Line of the voucher.", "凭证行号。", required=True, minimum=1
        ),
        Field(
            "kind",
            FieldType.CODE,
            "问题类型",
            "Kind",
            "What is wrong.",
            "问题类型。",
            required=True,
            indexed=True,
            codes={
                "NO_LOAN": Code("There is no such loan", "查无贷款"),
                "NO_PERIOD": Code("Days on which the loan owed nothing", "期间不存在"),
                "DOUBLE": Code("Days already paid for", "重复贴息"),
                "ON_OVERDUE": Code("Days after maturity", "逾期贴息"),
                "NOT_COLLECTED": Code("Days whose interest was not collected", "未收息贴息"),
                "WRONG_RATE": Code("Another rate than the loan's", "利率有误"),
                "TOO_MUCH_PRINCIPAL": Code("More principal than the loan owed", "本金多计"),
                "ABOVE_CAP": Code("Principal above the household's cap", "超上限贴息"),
                "AFTER_EXIT": Code("Days after the household left the registry", "清退后贴息"),
                "AFTER_DEATH": Code("Days after the borrower's death", "死亡后贴息"),
                "OTHER_ACCOUNT": Code("Paid to an account that is not the household's", "非本户账户"),
            },
        ),
        loan_number(required=False),
        day("day_from", "涉及起日", "From", "First day concerned.", "涉及首日。", required=False),
        day("day_to", "涉及止日", "To", "Last day concerned.", "涉及末日。", required=False),
        money("amount", "涉及金额", "Amount concerned", "Part of the payment concerned.", "涉及金额。"),
        rate(
            "rightful_rate", "应用利率", "Rightful rate", "The rate it should have.", "应使用的利率。", required=False
        ),
        money(
            "rightful_principal",
            "应计本金",
            "Rightful principal",
            "The most principal it may be counted on.",
            "可计贴息的最高本金。",
            required=False,
        ),
        number(
            "other_voucher_number", "重复凭证号", "Other voucher", "First payment.", "首次支付凭证。", required=False
        ),
        Field("other_line", FieldType.INTEGER, "首次行号", "Other line", "Its line.", "首次支付行号。"),
        number("event_id", "事件编号", "Event", "The death behind it.", "对应的死亡事件。", required=False),
    ),
    links=(
        Link(
            "subsidy_payment",
            "subsidy_payment",
            {"voucher_number": "voucher_number", "line": "line"},
            "贴息支付",
            "faults",
            "问题",
        ),
        Link(
            "other_payment",
            "subsidy_payment",
            {"other_voucher_number": "voucher_number", "other_line": "line"},
            "首次支付",
            "repeated_by",
            "被重复",
        ),
        Link("risk_event", "risk_event", {"event_id": "event_id"}, "死亡事件", "payment_faults", "贴息支付问题"),
        to_loan("payment_faults", "贴息支付问题"),
        to_household("payment_faults", "贴息支付问题"),
    ),
)
