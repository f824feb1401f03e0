"""What a working hub does for its log and nothing else of `hub work`, until it is told to end."""

from __future__ import annotations

import asyncio

from hub.proving import sequence_always
from hub.settings import read_settings
from hub.worker import open_server

READY = "ready"

if __name__ == "__main__":
    settings = read_settings()
    with open_server(settings) as server:
        print(READY, flush=True)
        asyncio.run(sequence_always(settings, server, print))
