"""What only the agencies' records together can tell. In: the record tables, the policy. Out: the computed tables.
A computation or rule gets a RuleWork: an open transaction as hub_rules, what changed since the last run, the policy
as temporary table policy_period and as Python, the day the books are of. Only run.py knows the order.
"""
