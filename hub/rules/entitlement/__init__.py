"""应贴: what subsidy each loan should have had per settlement period, in steps, and what was paid instead.
In: loans, repayments, extensions, interest collected, payments, policy_period. Out: the computed tables entitlement,
entitlement_step, payment_fault. tests/rules/entitlement_reference.py says the same in plain Python, day by day.
"""
