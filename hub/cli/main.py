"""Where the command starts: every group is joined, and a refusal becomes one line."""

from __future__ import annotations

import gc
import sys

from hub.cli import (
    agreements,
    auditing,
    clients,
    connecting,
    exporting,
    finding,
    keys,
    linking,
    policies,
    quarantine,
    schemas,
    serving,
    shell,
    staff,
    syncing,
    tokens,
)
from hub.cli.command import command
from hub.errors import HubError

# Importing a group is what adds its commands.
GROUPS = (
    *(serving, syncing, clients, staff, keys, tokens, agreements, exporting, policies, finding, schemas, connecting),
    quarantine,
    linking,
    auditing,
    shell,
)


def main() -> None:
    """Run the command; turn a refusal into one line and exit code 1."""
    # Nearly all that a start makes stays: looking for what does not was a sixth of its time.
    gc.set_threshold(20_000, 10, 10)
    try:
        command()
    except HubError as error:
        print(f"error {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
