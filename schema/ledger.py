"""The city's ledger 监测台账: what each figure of the programme means, and what it is counted from.

The figures are those the city published for 8 July 2020; where the page left a definition open, it is settled here.
"""

from hub.catalog.indicator import Indicator, IndicatorGroup, Ledger, Measure, Quantity
from schema.indicators import DEFINITIONS

COUNT, MONEY = Quantity.COUNT, Quantity.MONEY

MEASURES = (
    Measure(
        "disbursed_households", COUNT, "发放户数", "Households with a loan paid out so far.", "累计获得贷款的户数。"
    ),
    Measure("disbursed_loans", COUNT, "发放笔数", "Loans paid out so far.", "累计发放笔数。"),
    Measure("disbursed_amount", MONEY, "发放金额", "Principal paid out so far.", "累计发放本金。"),
    Measure(
        "repaid_loans",
        COUNT,
        "已还笔数",
        "Loans with balance zero, those closed by risk compensation included; their claims stay open for recovery.",
        "余额为零的笔数,含风险补偿代偿关闭的贷款(其债权继续追索)。",
    ),
    Measure(
        "repaid_amount",
        MONEY,
        "已还金额",
        "Principal received so far from whomever, risk compensation included; later recoveries are not counted again.",
        "累计收回本金,含风险补偿代偿;补偿后追回不重复计入。",
    ),
    Measure(
        "outstanding_households",
        COUNT,
        "余额户数",
        "Households with a loan whose balance is above zero.",
        "有贷款余额的户数。",
    ),
    Measure("outstanding_loans", COUNT, "余额笔数", "Loans whose balance is above zero.", "有余额的笔数。"),
    Measure("outstanding_amount", MONEY, "余额", "Principal paid out and not received back.", "未收回的本金余额。"),
    Measure("subsidy_amount", MONEY, "贴息金额", "Interest subsidy paid so far.", "累计支付贴息。"),
    Measure(
        "used_enterprises",
        COUNT,
        "户贷企用企业数",
        "Enterprises that have used household loans so far; one that works in two regions counts in both.",
        "累计使用户贷资金的企业数;跨区域企业各计一次。",
        additive=False,
    ),
    Measure(
        "used_households", COUNT, "户贷企用户数", "Households whose loan an enterprise used.", "累计户贷企用户数。"
    ),
    Measure("used_amount", MONEY, "户贷企用金额", "Principal used by enterprises so far.", "累计户贷企用金额。"),
    Measure(
        "exited_enterprises",
        COUNT,
        "已退出企业数",
        "Enterprises that used household loans and use none today.",
        "已全部退出的企业数。",
        additive=False,
    ),
    Measure(
        "exited_households",
        COUNT,
        "已退出户数",
        "Households whose loan an enterprise used and none uses today.",
        "户贷企用已全部退出的户数。",
    ),
    Measure("exited_amount", MONEY, "已退出金额", "Principal returned by exits.", "已退出金额。"),
    Measure(
        "remaining_enterprises",
        COUNT,
        "未退出企业数",
        "Enterprises that still use a household loan.",
        "仍在用款的企业数。",
        additive=False,
    ),
    Measure(
        "remaining_households", COUNT, "未退出户数", "Households whose loan is still used.", "仍被企业用款的户数。"
    ),
    Measure("remaining_amount", MONEY, "未退出金额", "Principal still used by enterprises.", "企业仍在使用的金额。"),
    Measure(
        "used_overdue_loans",
        COUNT,
        "户贷企用逾期笔数",
        "Overdue loans of the agreeing household whose money an enterprise still uses.",
        "企业仍在使用且已逾期的笔数。",
    ),
    Measure(
        "compensated_households",
        COUNT,
        "风险补偿户数",
        "Households with a loan compensated so far.",
        "累计启动风险补偿户数。",
    ),
    Measure(
        "compensated_amount",
        MONEY,
        "风险补偿金额",
        "Loss of principal and interest taken into paid compensation, before it is split between fund and bank.",
        "已拨付风险补偿的贷款损失金额(分担前)。",
    ),
    Measure("extended_households", COUNT, "展期户数", "Households with a loan extended so far.", "累计展期户数。"),
    Measure("extended_amount", MONEY, "展期金额", "Principal extended so far.", "累计展期金额。"),
    Measure(
        "overdue_loans",
        COUNT,
        "逾期笔数",
        "Loans with a balance after their maturity, valid extensions counted in.",
        "超过到期日(含有效展期)仍有余额的笔数。",
    ),
    Measure("overdue_amount", MONEY, "逾期金额", "Balance of the overdue loans.", "逾期贷款余额。"),
    Measure("overdue_households", COUNT, "逾期户数", "Households with an overdue loan.", "有逾期贷款的户数。"),
    Measure(
        "late30_amount",
        MONEY,
        "逾期30天以上金额",
        "Balance of the loans whose maturity, valid extensions counted in, is more than 30 days past.",
        "超过到期日(含有效展期)30天以上的贷款余额。",
    ),
    Measure(
        "past_due_amount",
        MONEY,
        "已过合同到期日金额",
        "Balance of the loans past the maturity of their contract, whether it was extended or not.",
        "已过合同到期日的贷款余额,不论是否展期。",
    ),
    Measure(
        "bad_loans",
        COUNT,
        "不良笔数",
        "Loans with a balance that the bank's register of changes has at substandard, doubtful or loss; where it says "
        "nothing of a loan, by the classification delivered with it.",
        "有余额且五级分类为次级、可疑、损失的笔数;按形态调整登记,未登记的按报送时五级分类。",
    ),
    Measure("bad_amount", MONEY, "不良金额", "Balance of the bad loans.", "不良贷款余额。"),
    Measure(
        "matured_loans",
        COUNT,
        "到期笔数",
        "Maturities reached so far with a balance on the eve; one that was extended before counts on its new day.",
        "累计到期笔数(到期前一日仍有余额);到期前已展期的按展期到期日。",
    ),
    Measure("matured_amount", MONEY, "到期金额", "Balance on the eve of those maturities.", "到期前一日的贷款余额。"),
    Measure(
        "renewed_loans",
        COUNT,
        "续贷笔数",
        "Loans that continued an earlier one without repayment (无还本续贷) so far.",
        "累计无还本续贷笔数。",
    ),
    Measure("renewed_amount", MONEY, "续贷金额", "Principal carried over by them.", "累计无还本续贷金额。"),
    Measure(
        "answered_applications",
        COUNT,
        "已获贷申请数",
        "Applications, refused ones left out, after which the household had a loan paid out.",
        "提出后已获发放贷款的申请数,不含未通过的。",
    ),
    Measure(
        "waited_days",
        COUNT,
        "申请至发放天数",
        "Days from each of those applications to the household's next disbursement, added up.",
        "上述申请至该户下一笔发放的天数合计。",
    ),
    Measure("listed_households", COUNT, "建档立卡户数", "Households in the registry.", "在册建档立卡户数。"),
    Measure(
        "filed_households",
        COUNT,
        "已建信用档案户数",
        "Listed households with a credit file.",
        "已建信用档案的在册户数。",
    ),
    Measure("rated_households", COUNT, "已评级户数", "Listed households with a credit rating.", "已评级的在册户数。"),
    Measure(
        "demanding_households",
        COUNT,
        "有需求户数",
        "Listed households that are eligible (三有一缺) and applied for a loan.",
        "符合三有一缺且提出申请的在册户数。",
    ),
    Measure(
        "satisfied_households",
        COUNT,
        "已满足户数",
        "Households counted as demanding that have had a loan paid out.",
        "有需求且已获贷款的户数。",
    ),
)


def _figure(name: str, measure: str, denominator: str | None = None) -> Indicator:
    source = next(item for item in MEASURES if item.name == measure)
    if denominator is None:
        return Indicator(name, source.zh, source.about, source.about_zh, measure)
    other = next(item for item in MEASURES if item.name == denominator)
    return Indicator(
        name,
        f"{source.zh}÷{other.zh}",
        f"{measure} ÷ {denominator}, in per cent. {source.about} {other.about}",
        f"{source.zh}÷{other.zh}(%)。{source.about_zh}{other.about_zh}",
        measure,
        denominator,
    )


def _enterprises(name: str, prefix: str, zh: str, about: str) -> IndicatorGroup:
    return IndicatorGroup(
        name,
        zh,
        about,
        zh,
        (
            _figure("enterprises", f"{prefix}_enterprises"),
            _figure("households", f"{prefix}_households"),
            _figure("amount", f"{prefix}_amount"),
        ),
    )


LEDGER = Ledger(
    MEASURES,
    (
        IndicatorGroup(
            "disbursed",
            "累计发放",
            "Paid out so far.",
            "累计发放。",
            (
                _figure("households", "disbursed_households"),
                _figure("loans", "disbursed_loans"),
                _figure("amount", "disbursed_amount"),
            ),
        ),
        IndicatorGroup(
            "repaid",
            "累计已还",
            "Received back so far.",
            "累计收回。",
            (_figure("loans", "repaid_loans"), _figure("amount", "repaid_amount")),
        ),
        IndicatorGroup(
            "outstanding",
            "贷款余额",
            "Not received back yet.",
            "尚未收回。",
            (
                _figure("households", "outstanding_households"),
                _figure("loans", "outstanding_loans"),
                _figure("amount", "outstanding_amount"),
            ),
        ),
        IndicatorGroup(
            "subsidy_paid", "累计贴息", "Interest subsidy paid.", "累计贴息。", (_figure("amount", "subsidy_amount"),)
        ),
        IndicatorGroup(
            "enterprise_use",
            "户贷企用",
            "Household loans used by enterprises.",
            "户贷企用及其退出。",
            (
                _enterprises("disbursed", "used", "累计户贷企用", "Used so far."),
                _enterprises("exited", "exited", "已退出", "Returned by the enterprise."),
                _enterprises("remaining", "remaining", "未退出", "Still used."),
                _figure("repayment_rate", "exited_amount", "used_amount"),
                _figure("overdue_loans", "used_overdue_loans"),
            ),
        ),
        IndicatorGroup(
            "compensation",
            "风险补偿",
            "Risk compensation paid.",
            "累计风险补偿。",
            (_figure("households", "compensated_households"), _figure("amount", "compensated_amount")),
        ),
        IndicatorGroup(
            "extensions",
            "展期",
            "Extensions granted so far.",
            "累计展期。",
            (_figure("households", "extended_households"), _figure("amount", "extended_amount")),
        ),
        IndicatorGroup(
            "overdue",
            "逾期",
            "Overdue today; rate by amount, 逾期金额÷余额.",
            "逾期及逾期率(逾期金额÷余额)。",
            (
                _figure("loans", "overdue_loans"),
                _figure("amount", "overdue_amount"),
                _figure("rate", "overdue_amount", "outstanding_amount"),
            ),
        ),
        IndicatorGroup(
            "coverage",
            "覆盖面",
            "How far the programme reaches: 建档面, 评级面, 贷款满足率.",
            "建档面、评级面、贷款满足率。",
            (
                _figure("registered", "filed_households", "listed_households"),
                _figure("rated", "rated_households", "listed_households"),
                _figure("satisfied", "satisfied_households", "demanding_households"),
            ),
        ),
    ),
    DEFINITIONS,
)
