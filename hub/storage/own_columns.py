"""Columns as the hub's own tables have them: texts ordered by their bytes, moments with their zone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, DateTime, Text

# Byte order: the same on every platform, and what the prefix operator ^@ needs to use an index.
TEXT = Text(collation="C")


def text_column(name: str, *, nullable: bool = False) -> Column[Any]:
    """A text."""
    return Column(name, TEXT, nullable=nullable)


def instant_column(name: str, *, nullable: bool = False) -> Column[Any]:
    """A moment."""
    return Column(name, DateTime(timezone=True), nullable=nullable)
