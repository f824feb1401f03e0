"""A hub over the test's own database."""

import pytest

from tests.support.database import Database
from tests.sync.hub import Hub


@pytest.fixture(scope="session")
def is_read() -> bool:
    return False


@pytest.fixture
def hub(database: Database) -> Hub:
    return Hub(database)
