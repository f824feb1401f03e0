"""The database, step by step. In: a PostgreSQL 16 or later. Out: one at the newest revision, walls included."""
