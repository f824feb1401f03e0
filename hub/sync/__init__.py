"""How data comes in: due → delivery → batch → checked batch → staged → merged → balance → lineage. Only run.py
knows the order; every step is one file that takes the type before it and returns the type after it."""
