"""What the database refused, in our own words: its text can hold a row's values."""

from __future__ import annotations

import psycopg

_OUT_OF_ROOM = "53100"  # disk_full


def in_words(error: psycopg.Error) -> tuple[str, str]:
    """Message and hint of a statement that failed inside a transaction, of which nothing was kept."""
    if error.sqlstate == _OUT_OF_ROOM:
        return (
            "The database's disk is full.",
            "Nothing was kept. Free space where PostgreSQL keeps its data, or give it more, and start again.",
        )
    return (
        f"The database refused a statement ({type(error).__name__}, SQLSTATE {error.sqlstate or 'none'}).",
        "Nothing was kept; the next run starts afresh. If it comes again, look into the database's log.",
    )
