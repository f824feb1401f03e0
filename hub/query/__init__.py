"""A plan becomes one statement and bytes. In: RestrictedPlan and the values of a request. Out: JSON as PostgreSQL
built it. plan.py, entity.py and cursor.py are pure; only run.py talks to the database.
"""
