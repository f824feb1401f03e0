"""What a start of the demo must know of a world that is there already, without the libraries that make one."""

from pathlib import Path

SEED = 20_200_708
MOST_REPLICAS = 2000
# The hub's name at the relief bureau.
RELIEF_CLIENT = "hub"


def workbooks_folder(base: Path) -> Path:
    """Where the finance bureau drops its files."""
    return base / "finance"
