"""The outside world: three invented agencies whose deliveries add up to a published page.

In: a scale and a seed. Out: a bank's tables, a finance bureau's workbooks, a relief bureau's API.
Only run.py, which is `hub demo`, knows the hub.
"""
