"""``hub demo``: start the three agencies, sync them into a hub, show its ledger beside the published page, serve.

What is there already is reused: the generated world, the bank's database, the hub's records.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.table import Table

from demo import bank, world
from demo.actors import ACTORS
from demo.layout import RELIEF_CLIENT, workbooks_folder
from demo.published import AS_OF, COUNTY, at_scale
from hub.computing import add_policy, work_out
from hub.errors import SettingError
from hub.observe.progress import TerminalWatch
from hub.settings import HOME_FILE, Settings, read_settings
from hub.storage.migrate import migrate
from hub.storage.server import DatabaseServer
from hub.worker import LOOPS, finished_agencies, in_short, open_server, parse_due, sync

# Not all that the hub may know: whoever connects another agency has the demo as it was.
AGENCIES = ("relief", "bank", "finance")
BANK_DATABASE = "demo_bank"
ASKING = "city-officer"
PURPOSE = "programme-supervision"
_MARK = "# Written by `hub demo`; the sources below are the demo's own.\n"

LEDGER_FIGURES = """
  disbursed { households loans amount } repaid { loans amount } outstanding { households loans amount }
  subsidyPaid { amount }
  enterpriseUse { disbursed { enterprises households amount } exited { enterprises households amount }
    remaining { enterprises households amount } repaymentRate overdueLoans }
  compensation { households amount } extensions { households amount } overdue { loans amount rate }
  coverage { registered rated satisfied }"""
LEDGER_QUERY = f'{{ ledger(region: "{COUNTY}", asOf: "{AS_OF}") {{ {LEDGER_FIGURES} }} }}'


def run(settings: Settings, *, scale: int, faults: bool, keep_serving: bool) -> None:
    """The whole demo. Raises ``HubError`` when a step cannot be done; exit code 1 if a figure is not as published."""
    console = Console(stderr=False, highlight=False)
    started = time.monotonic()
    _refuse_foreign_home(settings.home)
    folder = settings.home / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    # Takes a second, in which this thread mostly waits for others to start.
    answering = threading.Thread(target=_make_ready_to_answer, args=(settings,))
    answering.start()
    with console.status("Three agencies invent their books …"):
        world.prepare(folder, scale, faults=faults)
    with _relief_bureau(folder) as (address, secret), open_server(settings) as server:
        with console.status("The bank takes its books in …"):
            server.ensure_database(BANK_DATABASE)
            bank.load(server.other_database(BANK_DATABASE), folder)
        _write_settings(settings, server, folder, address(), secret)
        settings = read_settings(home=settings.home, host=settings.host, port=settings.port)
        migrate(server.owner)
        add_policy(settings, server, files("demo").joinpath("policy.toml").read_text("utf-8"))
        _add_clients_and_agreements(settings, server)
        _sync_once(settings, server, folder, console)
        answering.join()
        serving = _show_and_serve(settings, server, console, started, at_scale(scale), keep_serving=keep_serving)
        correct = asyncio.run(serving)
    if not correct:
        sys.exit(1)


def _make_ready_to_answer(settings: Settings) -> None:
    from hub.app import face_of

    face_of(federated=settings.federation)


def _refuse_foreign_home(home: Path) -> None:
    path = home / HOME_FILE
    if path.exists() and not path.read_text("utf-8").startswith(_MARK):
        raise SettingError(
            "SETTING_HOME_IN_USE",
            f"The data folder {home} belongs to a hub with sources of its own.",
            "Run the demo with another data folder: HUB_HOME=… make demo.",
        )


def _add_clients_and_agreements(settings: Settings, server: DatabaseServer) -> None:
    from demo import sharing
    from hub.app import ensure_clients

    ensure_clients(settings, server, [asdict(actor) for actor in ACTORS])
    sharing.install(server.owner, settings.county)


@contextmanager
def _relief_bureau(folder: Path) -> Iterator[tuple[Callable[[], str], str]]:
    """The relief bureau's API as a process of its own; its address, once it is there, and the hub's secret with it."""
    secret = secrets.token_urlsafe(24)
    secret_file = folder / "relief-secret"
    secret_file.touch(mode=0o600)
    secret_file.write_text(secret, "utf-8")
    process = subprocess.Popen(  # noqa: S603  # our own module, no outside words
        [sys.executable, "-m", "demo.relief", "--folder", str(folder), "--secret-file", str(secret_file)],
        stdout=subprocess.PIPE,
        text=True,
    )

    def address() -> str:
        said = process.stdout.readline().strip() if process.stdout else ""
        if not said:
            raise SettingError(
                "DEMO_RELIEF_BUREAU_FAILED",
                "The demo's relief bureau does not start.",
                "Its reason stands above this line.",
            )
        return said

    try:
        yield address, secret
    finally:
        process.terminate()
        process.wait(timeout=10)


def _write_settings(settings: Settings, server: DatabaseServer, folder: Path, address: str, secret: str) -> None:
    """Tell the commands in another terminal where the demo's agencies are, and who may ask without proof."""
    parts = conninfo_to_dict(server.other_database(BANK_DATABASE))
    location = f"host={parts.get('host', '')}&port={parts.get('port', 5432)}"
    credentials = f"{parts.get('user', '')}:{parts.get('password', '')}" if "password" in parts else parts["user"]
    written = {
        "public_url": settings.model_copy(update={"public_url": None}).issuer,
        "bearer_clients": ",".join(actor.name for actor in ACTORS),
        "bank_url": f"postgresql+psycopg://{credentials}@/{BANK_DATABASE}?{location}",
        "finance_folder": str(workbooks_folder(folder)),
        "relief_url": address,
        "relief_client_id": RELIEF_CLIENT,
        "relief_client_secret": secret,
    }
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in written.items()]
    lines.append("relief_page_size = 5000\n")
    path = settings.home / HOME_FILE
    path.touch(mode=0o600)
    path.write_text(_MARK + "".join(lines), "utf-8")


def _sync_once(settings: Settings, server: DatabaseServer, folder: Path, console: Console) -> None:
    """Sync all agencies, unless this very world has been synced into this database before."""
    manifest = (folder / "manifest.json").read_text("utf-8")
    mark = folder / "synced.json"
    already = mark.exists() and mark.read_text("utf-8") == manifest
    if already and finished_agencies(settings, server) >= {parse_due(name).agency for name in AGENCIES}:
        console.print("Reusing what was synced before; `hub sync` fetches again.")
        return
    for due in map(parse_due, AGENCIES):
        with TerminalWatch(due.agency, console=console) as watch:
            report = sync(settings, server, due, watch)
        console.print(f"{due.agency:8} {in_short(report)} ({report.milliseconds} ms)", soft_wrap=True)
    with console.status("What follows from the records: links, entitlements, findings …"):
        worked_out = work_out(settings, server)
    if worked_out is not None:
        console.print(worked_out.in_short(), soft_wrap=True)
    mark.write_text(manifest, "utf-8")


async def _show_and_serve(  # the demo's last scene
    settings: Settings,
    server: DatabaseServer,
    console: Console,
    started: float,
    expected: Mapping[tuple[str, ...], int | str],
    *,
    keep_serving: bool,
) -> bool:
    from hub.app import issue_token, server_for

    web = server_for(settings, server)
    serving = asyncio.create_task(web.serve())
    while not web.started and not serving.done():  # noqa: ASYNC110  # uvicorn has a flag, no event
        await asyncio.sleep(0.01)
    if serving.done():
        await serving
        return False
    # What `hub work` does besides syncing: answers stop when nobody signs the disclosure log.
    beside = [asyncio.create_task(loop(settings, server, console.print)) for loop in LOOPS]
    address = f"http://{settings.host}:{settings.port}/graphql"
    answer = await asyncio.to_thread(_ask, settings, issue_token(settings, server, ASKING))
    correct = _print_ledger(console, answer, expected)
    console.print(f"\nAnswered {time.monotonic() - started:.1f} s after the start.", end=" ")
    console.print(f"{'Ask' if keep_serving else 'While the demo runs without --no-serve, ask'} it yourself:\n")
    console.print(_curl(settings, address), soft_wrap=True, markup=False)
    if keep_serving:
        console.print(f"\nServing {address} until Ctrl-C.")
    else:
        web.should_exit = True
    await serving
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    return correct


def _ask(settings: Settings, token: str) -> Mapping[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Data-Purpose": PURPOSE, "Content-Type": "application/json"}
    with closing(HTTPConnection(settings.host, settings.port, timeout=30)) as connection:
        connection.request("POST", "/graphql", json.dumps({"query": LEDGER_QUERY}), headers)
        body: Mapping[str, Any] = json.load(connection.getresponse())
    if "errors" in body:
        first = body["errors"][0]
        raise SettingError("DEMO_ANSWER_REFUSED", first["message"], "The hub's answer says why.")
    ledger: Mapping[str, Any] = body["data"]["ledger"]
    return ledger


def _print_ledger(console: Console, ledger: Mapping[str, Any], expected: Mapping[tuple[str, ...], int | str]) -> bool:
    table = Table(title=f"兴义市 {COUNTY}, as of {AS_OF}", title_justify="left")
    table.add_column("figure")
    table.add_column("published", justify="right")
    table.add_column("answered", justify="right")
    table.add_column("")
    correct = True
    for path, published in expected.items():
        answered: Any = ledger
        for name in path:
            answered = answered[name]
        equal = answered == published
        correct = correct and equal
        table.add_row(".".join(path), str(published), str(answered), "✓" if equal else "✗")
    console.print(table)
    return correct


def _curl(settings: Settings, address: str) -> str:
    prefix = f"HUB_HOME={settings.home} " if settings.home != Settings().home else ""
    command = Path(sys.executable).parent / "hub"
    figures = "outstanding { households loans amount } overdue { rate }"
    query = json.dumps({"query": f'{{ ledger(region: "{COUNTY}", asOf: "{AS_OF}") {{ {figures} }} }}'})
    return (
        f"curl -s {address} \\\n"
        f'  -H "Authorization: Bearer $({prefix}{command} token --as {ASKING})" \\\n'
        f"  -H 'Data-Purpose: {PURPOSE}' -H 'Content-Type: application/json' \\\n"
        f"  -d '{query}'"
    )
