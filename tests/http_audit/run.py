"""Runs npm's graphql-http audit against a hub of its own: ``make audit-http``. Needs Node; the tests do not."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import httpx

from demo.actors import ACTORS
from hub.app import ensure_clients
from hub.settings import read_settings
from hub.worker import open_server

_ROOT = Path(__file__).parents[2]
_FOLDER = _ROOT / ".work" / "audit"
_PACKAGES = ("graphql-http@1", "graphql@16")
_WHO = "auditor"
_HUB = Path(sys.executable).with_name("hub")


def main() -> int:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        print("skipped: the audit needs Node 18 or later and npm; everything else of the hub does without.")
        return 0
    _FOLDER.mkdir(parents=True, exist_ok=True)
    if not (_FOLDER / "node_modules/graphql-http").exists():
        quiet = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--silent")
        subprocess.run((npm, "install", "--prefix", str(_FOLDER), *quiet, *_PACKAGES), check=True)
    port = _free_port()
    environment = {**os.environ, "HUB_HOME": str(_FOLDER / "home"), "HUB_PORT": str(port)}
    environment |= {"HUB_BEARER_CLIENTS": _WHO, "HUB_LOG_LAG_MINUTES": "100000"}  # nobody signs the log here
    subprocess.run((_HUB, "migrate"), env=environment, check=True, stdout=subprocess.DEVNULL)
    settings = read_settings(home=_FOLDER / "home", bearer_clients=_WHO)
    with open_server(settings) as server:
        ensure_clients(settings, server, [asdict(actor) for actor in ACTORS if actor.name == _WHO])
    token = subprocess.run(
        (_HUB, "token", "--as", _WHO), env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()
    serving = subprocess.Popen((_HUB, "serve"), env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health/ready", serving)
        script = Path(__file__).with_name("audit.mjs")
        url = f"http://127.0.0.1:{port}/graphql"
        return subprocess.run((node, str(script), str(_FOLDER), url, token), check=False).returncode
    finally:
        serving.terminate()
        serving.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit("The hub did not start.")
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("The hub was not ready within a minute.")


if __name__ == "__main__":
    sys.exit(main())
