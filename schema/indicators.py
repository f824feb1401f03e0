"""Named indicators 指标: each a versioned definition over the ledger's measures, served with its formula.

One word has several formulas in use; each has a name of its own here, so that nobody compares two of them unawares.
A definition that changes gets a new version; its former figures are reproduced by the former release.
"""

from hub.catalog.indicator import Definition, Ratio

_OVERDUE_ZH = "逾期=到期(含有效展期)后仍有余额"

DEFINITIONS = (
    Definition(
        "overdue_rate_by_amount",
        "逾期率(按金额)",
        "Balance of overdue loans ÷ balance of all loans; the rate the city publishes.",
        f"逾期贷款余额÷贷款余额;{_OVERDUE_ZH}。即对外公布口径。",
        ("overdue_amount",),
        ("outstanding_amount",),
    ),
    Definition(
        "overdue_rate_by_count",
        "逾期率(按笔数)",
        "Overdue loans ÷ loans with a balance.",
        f"逾期笔数÷有余额笔数;{_OVERDUE_ZH}。",
        ("overdue_loans",),
        ("outstanding_loans",),
    ),
    Definition(
        "overdue_rate_by_households",
        "逾期率(按户)",
        "Households with an overdue loan ÷ households with a balance.",
        f"逾期户数÷有余额户数;{_OVERDUE_ZH}。",
        ("overdue_households",),
        ("outstanding_households",),
    ),
    Definition(
        "overdue_rate_with_extended",
        "逾期率(加回展期)",
        "Balance of loans past the maturity of their contract, extended or not ÷ balance of all loans: the rate as if "
        "no extension had been granted.",
        "已过合同到期日的贷款余额(不论是否展期)÷贷款余额,即假设从未展期。",
        ("past_due_amount",),
        ("outstanding_amount",),
    ),
    Definition(
        "overdue_rate_with_both",
        "逾期率(加回展期和已补偿)",
        "Balance of loans past the maturity of their contract and losses ever compensated ÷ balance and the same "
        "losses: neither extensions nor the fund help the rate.",
        "(已过合同到期日的贷款余额+累计补偿损失)÷(贷款余额+累计补偿损失)。",
        ("past_due_amount", "compensated_amount"),
        ("outstanding_amount", "compensated_amount"),
    ),
    Definition(
        "portfolio_at_risk_30",
        "风险贷款率(PAR30)",
        "Whole balance of loans more than 30 days overdue ÷ balance of all loans.",
        "逾期30天以上贷款的全部余额÷贷款余额。",
        ("late30_amount",),
        ("outstanding_amount",),
    ),
    Definition(
        "overdue_rate_with_compensated",
        "逾期率(加回已补偿)",
        "Overdue balance and losses ever compensated ÷ balance and the same losses: the rate as if the fund had "
        "never paid and nothing been recovered.",
        "(逾期余额+累计补偿损失)÷(贷款余额+累计补偿损失),即假设从未补偿、亦未追回。",
        ("overdue_amount", "compensated_amount"),
        ("outstanding_amount", "compensated_amount"),
    ),
    Definition(
        "repaid_rate_by_amount",
        "收回率(按金额)",
        "Principal received ÷ principal paid out; what compensation paid counts as received.",
        "累计收回本金÷累计发放本金,含补偿代偿。",
        ("repaid_amount",),
        ("disbursed_amount",),
    ),
    Definition(
        "repaid_rate_by_count",
        "收回率(按笔数)",
        "Loans with balance zero ÷ loans paid out; those closed by compensation count.",
        "余额为零笔数÷累计发放笔数,含补偿代偿。",
        ("repaid_loans",),
        ("disbursed_loans",),
    ),
    Definition(
        "exit_rate_by_amount",
        "户贷企用还款率(按金额)",
        "Principal returned by enterprises ÷ principal they used; the rate the city publishes.",
        "已退出金额÷累计户贷企用金额。即对外公布口径。",
        ("exited_amount",),
        ("used_amount",),
    ),
    Definition(
        "exit_rate_by_households",
        "户贷企用退出率(按户)",
        "Households whose loan no enterprise uses any more ÷ households whose loan one ever used.",
        "已退出户数÷累计户贷企用户数。",
        ("exited_households",),
        ("used_households",),
    ),
    Definition(
        "exit_rate_by_enterprises",
        "户贷企用退出率(按企业)",
        "Enterprises that use no household loan any more ÷ enterprises that ever used one.",
        "已退出企业数÷累计用款企业数。",
        ("exited_enterprises",),
        ("used_enterprises",),
    ),
    Definition(
        "enterprise_share_of_balance",
        "户贷企用占余额比",
        "Principal that enterprises still use ÷ balance of all loans.",
        "未退出金额÷贷款余额。",
        ("remaining_amount",),
        ("outstanding_amount",),
    ),
    Definition(
        "compensated_share",
        "补偿占发放比",
        "Losses ever compensated, before they are split ÷ principal paid out.",
        "累计补偿损失(分担前)÷累计发放本金。",
        ("compensated_amount",),
        ("disbursed_amount",),
    ),
    Definition(
        "filed_coverage",
        "建档面",
        "Listed households with a credit file ÷ listed households.",
        "已建信用档案户数÷建档立卡户数。",
        ("filed_households",),
        ("listed_households",),
    ),
    Definition(
        "rated_coverage",
        "评级面",
        "Listed households with a credit rating ÷ listed households.",
        "已评级户数÷建档立卡户数。",
        ("rated_households",),
        ("listed_households",),
    ),
    Definition(
        "demand_satisfied",
        "贷款满足率",
        "Households that are eligible, applied and had a loan ÷ households that are eligible and applied.",
        "已获贷户数÷符合条件且有需求户数。",
        ("satisfied_households",),
        ("demanding_households",),
    ),
    Definition(
        "lending_reach",
        "户贷率",
        "Households that ever had a loan ÷ listed households.",
        "累计获贷户数÷建档立卡户数。",
        ("disbursed_households",),
        ("listed_households",),
    ),
    Definition(
        "subsidy_paid",
        "累计贴息",
        "Interest subsidy paid so far, by the day of payment.",
        "截至当日已支付贴息。",
        ("subsidy_amount",),
    ),
    Definition(
        "outstanding_balance",
        "贷款余额",
        "Principal paid out and not received back.",
        "未收回的本金余额。",
        ("outstanding_amount",),
    ),
    Definition(
        "renewals_by_count",
        "续贷笔数",
        "Loans renewed without repayment so far; a renewal is no new lending.",
        "累计无还本续贷笔数,不计入新增发放。",
        ("renewed_loans",),
    ),
    Definition(
        "renewals_by_amount",
        "续贷金额",
        "Principal carried over by renewals so far.",
        "累计无还本续贷金额。",
        ("renewed_amount",),
    ),
    Definition(
        "maturities_of_month_by_count",
        "当月到期笔数",
        "Maturities reached from the first of the month to the day, with a balance on the eve. For a month to come: "
        "what falls due by the contracts and extensions known.",
        "当月1日至当日到期(含有效展期)且到期前一日仍有余额的笔数;未来月份按已知合同和展期。",
        ("matured_loans",),
        of_month=True,
    ),
    Definition(
        "maturities_of_month_by_amount",
        "当月到期金额",
        "Balance on the eve of the maturities reached from the first of the month to the day. For a month to come: "
        "what falls due by the contracts and extensions known.",
        "当月1日至当日到期(含有效展期)贷款在到期前一日的余额;未来月份按已知合同和展期。",
        ("matured_amount",),
        of_month=True,
    ),
    Definition(
        "days_to_disbursement",
        "申请至发放平均天数",
        "Days from application to the household's next disbursement ÷ applications that led to one; mean in days.",
        "申请至该户下一笔发放的天数合计÷已获贷申请数,单位:天。",
        ("waited_days",),
        ("answered_applications",),
        ratio=Ratio.MEAN,
    ),
)
