"""Two other ways to load a delivery into PostgreSQL, each a script of its own in a Python of its own.
In: a file, a database URL, a folder to work in. Out: a line of JSON with the seconds it took.
"""
