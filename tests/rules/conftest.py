"""A hub over the test's own database, for what it computes."""

import pytest

from tests.rules.office import Office
from tests.support.database import Database


@pytest.fixture(scope="session")
def is_read() -> bool:
    return False


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)
