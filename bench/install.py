"""Installs what the others need into .work/peers, from the registries this machine is set up for."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bench.places import CLONE, PEERS

NODE_PEERS = ("postgraphile", "mercurius")
_NODE = "22.23.3"
_OLDEST_NODE = 22  # what PostGraphile 5 asks for
PYTHON_PACKAGES = PEERS / "python"
_GREENLET = "greenlet==3.5.6"  # SQLAlchemy's asyncio side wants it; the hub does not
_PY_SPY = "py-spy==0.4.3"
_SOURCES = CLONE / "bench" / "peers"
_NPM = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error")


def install() -> None:
    """Bring everything there is not yet; quick if all is there."""
    install_wrk()
    _install_python(_GREENLET, PYTHON_PACKAGES / "greenlet")
    if shutil.which("npm") is None:
        print("npm is missing: PostGraphile and Mercurius are left out. Install Node.js to compare with them.")
        return
    node()
    for name in NODE_PEERS:
        _install_packages(name)


def install_wrk() -> None:
    """Bring what makes the load, if it is not there."""
    if shutil.which("wrk") is not None:
        return
    apt = shutil.which("apt-get")
    if apt is None or subprocess.run(["id", "-u"], capture_output=True, text=True, check=True).stdout.strip() != "0":
        sys.exit("wrk is missing, which makes the load. Install it: sudo apt-get install wrk, or brew install wrk.")
    print("installing wrk from Debian …")
    subprocess.run([apt, "-qq", "update"], check=False, stdout=subprocess.DEVNULL)
    subprocess.run([apt, "-qq", "-y", "install", "wrk"], check=True, stdout=subprocess.DEVNULL)


def profiler() -> str:
    """The path of py-spy, which looks into a running Python process."""
    path = PYTHON_PACKAGES / "bin" / "py-spy"
    _install_python(_PY_SPY, path)
    return str(path)


def loaders_python() -> str:
    """The path of a Python that has dlt, pandas and what they need; nothing of the hub."""
    folder = PEERS / "loading"
    python = folder / "bin" / "python"
    wanted = (_SOURCES / "loading" / "requirements.txt").read_text("utf-8")
    mark = folder / "installed.txt"
    if not mark.exists() or mark.read_text("utf-8") != wanted:
        print("installing dlt, pandas and what they need into .work/peers …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(_SOURCES / "loading" / "requirements.txt")], check=True)
        mark.write_text(wanted, "utf-8")
    return str(python)


def _install_python(requirement: str, mark: Path) -> None:
    if mark.exists():
        return
    print(f"installing {requirement} into .work/peers …")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--upgrade", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(PYTHON_PACKAGES), requirement], check=True)


def node() -> str:
    """The path of a Node.js that is new enough; one from npm's own packages if the machine's is not."""
    own = shutil.which("node")
    if own:
        told = subprocess.run([own, "--version"], capture_output=True, text=True, check=True).stdout
        if int((re.findall(r"\d+", told) or ["0"])[0]) >= _OLDEST_NODE:
            return own
    kind = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    package = f"node-{platform.system().lower()}-{kind}"
    folder = PEERS / "node"
    path = folder / "node_modules" / package / "bin" / "node"
    if not path.exists():
        print(f"installing Node.js {_NODE} into .work/peers …")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n', "ascii")
        subprocess.run([*_NPM, f"{package}@{_NODE}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return str(path)


def _install_packages(name: str) -> None:
    folder = place(name)
    wanted = (folder / "package.json").read_text("utf-8")
    mark = folder / "installed.json"
    if mark.exists() and mark.read_text("utf-8") == wanted:
        return
    versions = ", ".join(f"{package} {version}" for package, version in json.loads(wanted)["dependencies"].items())
    print(f"installing {versions} into .work/peers …")
    subprocess.run([*_NPM], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    mark.write_text(wanted, "utf-8")


def place(name: str) -> Path:
    """The folder a peer runs in: our files beside the packages they use."""
    folder = PEERS / name
    folder.mkdir(parents=True, exist_ok=True)
    for source in (_SOURCES / name).iterdir():
        if source.suffix in {".mjs", ".json"}:
            shutil.copyfile(source, folder / source.name)
    return folder


def is_installed(name: str) -> bool:
    """Whether the peer ``name`` can be started."""
    return (PEERS / name / "installed.json").exists()
