"""A small county in a real database: enough rows for pages, links, gaps and two townships."""

from __future__ import annotations

import pytest

from tests.support.county import County, filled
from tests.support.database import Database


@pytest.fixture
def county(database: Database) -> County:
    return filled(database)
