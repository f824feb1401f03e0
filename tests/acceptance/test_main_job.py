"""The main job: the published page, reproduced from what three agencies delivered through their own systems."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from demo.published import AS_OF, COUNTY, PUBLISHED
from demo.run import LEDGER_QUERY
from hub.storage.migrate import newest_revision
from schema.ledger import LEDGER
from tests.acceptance.conftest import HUB, Demo

# The first of them waits for the demo to be made, synced and served.
pytestmark = pytest.mark.timeout(500)

ADDITIVE = """disbursed { households loans amount } repaid { loans amount } outstanding { households loans amount }
  subsidyPaid { amount }
  enterpriseUse { disbursed { enterprises households amount } exited { enterprises households amount }
    remaining { enterprises households amount } overdueLoans }
  compensation { households amount } extensions { households amount } overdue { loans amount }"""


def at(tree: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = tree
    for name in path:
        found = found[name]
    return found


def leaves(tree: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Decimal]:
    found: dict[tuple[str, ...], Decimal] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            found |= leaves(value, (*path, name))
        elif name not in {"region", "groups", "code", "asOf"}:
            found[*path, name] = Decimal(str(value))
    return found


def test_every_published_figure_is_answered_to_the_fen(demo: Demo) -> None:
    ledger = demo.ask(LEDGER_QUERY)["ledger"]
    assert {path: at(ledger, path) for path in PUBLISHED} == PUBLISHED


# As the page has them, and as they read by the other definitions of the same words.
RATES = {
    "EXIT_RATE_BY_AMOUNT": "93.02",
    "EXIT_RATE_BY_HOUSEHOLDS": "92.79",
    "EXIT_RATE_BY_ENTERPRISES": "92.39",
    "OVERDUE_RATE_BY_AMOUNT": "0.50",
    "OVERDUE_RATE_BY_COUNT": "0.53",
    "OVERDUE_RATE_WITH_COMPENSATED": "3.56",
}


def test_the_published_rates_are_answered_each_with_its_definition(demo: Demo) -> None:
    asked = " ".join(
        f'{name}: indicator(name: {name}, region: "{COUNTY}", asOf: "{AS_OF}") {{ value formula formulaZh version }}'
        for name in RATES
    )
    found = demo.ask(f"{{ {asked} }}")
    assert {name: found[name]["value"] for name in RATES} == RATES
    assert all(item["formula"] and item["formulaZh"] and item["version"] == 1 for item in found.values())


def test_the_demo_prints_a_tick_for_every_figure(demo: Demo) -> None:
    assert demo.printed.count("✓") == len(PUBLISHED)
    assert "✗" not in demo.printed
    assert "curl -s" in demo.printed


def test_townships_and_villages_add_up_to_the_city(demo: Demo) -> None:
    for level in ("TOWNSHIP", "VILLAGE"):
        query = f"""{{ ledger(region: "{COUNTY}", asOf: "{AS_OF}", groupBy: {level}) {{
          {ADDITIVE} groups {{ region {{ code }} {ADDITIVE} }} }} }}"""
        ledger = demo.ask(query)["ledger"]
        city = leaves({name: tree for name, tree in ledger.items() if name != "groups"})
        total = dict.fromkeys(city, Decimal(0))
        for group in ledger["groups"]:
            group.pop("region")
            for path, value in leaves(group).items():
                total[path] += value
        not_additive = set()
        if level == "VILLAGE":  # an enterprise works in several villages of its township
            not_additive = {path for path in city if path[-1] == "enterprises"}
        assert {path: value for path, value in total.items() if path not in not_additive} == {
            path: value for path, value in city.items() if path not in not_additive
        }


def test_the_overdue_rate_is_under_three_per_cent_at_every_month_end_since_october_2019(demo: Demo) -> None:
    query = f"""{{ ledger(region: "{COUNTY}", asOf: "{AS_OF}", groupBy: MONTH) {{
      groups {{ asOf overdue {{ rate amount }} outstanding {{ amount }} }} }} }}"""
    months = demo.ask(query)["ledger"]["groups"]
    watched = [month for month in months if month["asOf"] >= "2019-10-31"]
    assert len(watched) >= 9
    assert {date.fromisoformat(month["asOf"]).month for month in watched} >= {10, 11, 12, 1, 2, 3, 4, 5, 6}
    assert all(Decimal(month["overdue"]["rate"]) < 3 for month in watched)
    assert any(Decimal(month["overdue"]["amount"]) > 0 for month in watched)


def test_a_second_sync_changes_nothing(demo: Demo) -> None:
    def digests() -> list[tuple[object, ...]]:
        with demo.database() as connection:
            connection.execute("select set_config('hub.county', %s, false)", (COUNTY,))
            return connection.execute(
                "select distinct on (dataset) dataset, content_digest, inserted, changed, withdrawn"
                " from sync.dataset_run order by dataset, run_id desc"
            ).fetchall()

    before = digests()
    printed = demo.hub("sync").stdout
    after = digests()
    assert [row[:2] for row in after] == [row[:2] for row in before]
    assert all(row[2:] == (0, 0, 0) for row in after)
    assert printed.count(" 0 inserted, 0 changed") == 3


def test_a_loan_deleted_at_the_bank_leaves_the_figures_and_comes_back(demo: Demo) -> None:
    query = (
        f'{{ ledger(region: "{COUNTY}", asOf: "{AS_OF}") {{ disbursed {{ loans amount }} outstanding {{ loans }} }} }}'
    )
    loan = 'select * from "借据表" where "贷款余额" > 0 and "发放金额" = "贷款余额" order by "借据号" limit 1'
    before = demo.ask(query)["ledger"]
    with demo.bank() as bank:
        bank.execute(f"create table kept as {loan}")
        amount = bank.execute('select "发放金额" from kept').fetchone()
        bank.execute('delete from "借据表" where "借据号" in (select "借据号" from kept)')
        try:
            demo.hub("sync", "bank")
            without = demo.ask(query)["ledger"]
        finally:
            bank.execute('insert into "借据表" select * from kept')
            bank.execute("drop table kept")
    assert amount is not None
    assert without["disbursed"]["loans"] == before["disbursed"]["loans"] - 1
    assert without["outstanding"]["loans"] == before["outstanding"]["loans"] - 1
    difference = Decimal(before["disbursed"]["amount"]) - Decimal(without["disbursed"]["amount"])
    assert difference == amount[0]
    demo.hub("sync", "bank")
    assert demo.ask(query)["ledger"] == before


def test_every_accepted_row_can_be_traced_to_its_agency_file_sheet_and_row(demo: Demo) -> None:
    query = """{ loans(first: 3) { nodes { source { agency kind delivery row recordedAt } } }
      subsidyPayments(first: 3) { nodes { source { agency kind delivery sheet row } } }
      households(first: 3) { nodes { source { agency kind delivery row } } } }"""
    answer = demo.ask(query)
    places = {
        name: {(node["source"]["agency"], node["source"]["kind"]) for node in answer[name]["nodes"]} for name in answer
    }
    assert places == {
        "loans": {("BANK", "TABLE")},
        "subsidyPayments": {("FINANCE", "FILE")},
        "households": {("RELIEF", "ENDPOINT")},
    }
    assert all(node["source"]["sheet"] for node in answer["subsidyPayments"]["nodes"])
    with demo.database() as connection:
        for (table,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'record'"
        ).fetchall():
            untraced = connection.execute(
                f"select count(*) from record.{table} r left join sync.source_part p"
                " on p.county = r.county and p.part_id = r.source_part"
                " left join sync.delivery d on d.county = p.county and d.delivery_id = p.delivery_id"
                " where d.name is null or r.source_row < 1"
            ).fetchone()
            assert untraced == (0,), table


def test_the_ledger_s_tree_holds_every_declared_figure(demo: Demo) -> None:
    ledger = demo.ask(LEDGER_QUERY)["ledger"]
    asked = set(leaves(ledger))
    declared = {tuple(_camel(name) for name in path) for path, _ in LEDGER.indicators()}
    assert asked == declared


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


# Bad input at the command: one line that says what to do, exit code 1, nothing half loaded.


def refused(*arguments: str, **settings: str) -> str:
    environment = {**os.environ, "HUB_HOME": str(Path(".work/refused").resolve()), **settings}
    done = subprocess.run([HUB, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def refused_in(demo: Demo, *arguments: str) -> str:
    done = demo.hub(*arguments, check=False)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr.strip()


def loans(demo: Demo) -> object:
    with demo.database() as connection:
        return connection.execute(
            "select count(*), sum(amount), max(recorded_in) from record.loan union all"
            " select count(*), sum(amount), max(recorded_in) from record.subsidy_payment union all"
            " select count(*), 0, max(recorded_in) from record.household"
        ).fetchall()


def test_a_port_in_use_names_the_port_and_another_way(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        message = refused("serve", HUB_HOME=str(demo.home), HUB_PORT=port)
    assert "SETTING_PORT_IN_USE" in message
    assert port in message
    assert "HUB_PORT" in message


def test_a_database_out_of_reach_is_named_without_its_password() -> None:
    message = refused("serve", HUB_DATABASE_URL="postgresql://hub:very-secret@127.0.0.1:1/hub")
    assert "DATABASE_UNREACHABLE" in message
    assert "very-secret" not in message


def test_a_setting_of_the_wrong_kind_is_named_without_its_value() -> None:
    message = refused("serve", HUB_PORT="eighty")
    assert "HUB_PORT" in message
    assert "eighty" not in message


def test_an_unknown_agency_is_refused_with_the_known_ones(demo: Demo) -> None:
    message = refused_in(demo, "sync", "insurance")
    assert "SYNC_UNKNOWN_SOURCE" in message
    assert "bank" in message


def test_an_unknown_client_gets_no_token(demo: Demo) -> None:
    assert "TOKEN_CLIENT_UNKNOWN" in refused_in(demo, "token", "--as", "nobody")


def test_a_half_written_file_refuses_the_whole_delivery_by_name(demo: Demo) -> None:
    before = loans(demo)
    folder = demo.home / "demo" / "finance"
    whole = min(folder.glob("*.xlsx"))
    kept = shutil.copy(whole, demo.home / "kept.xlsx")  # elsewhere: a file that is no form's is named, too
    whole.write_bytes(whole.read_bytes()[:-3000])
    try:
        message = refused_in(demo, "sync", "finance")
    finally:
        shutil.move(kept, whole)
    assert whole.name in message
    assert loans(demo) == before


def test_a_source_out_of_reach_says_which_and_does_not_keep_the_others_back(demo: Demo) -> None:
    environment = {**os.environ, "HUB_HOME": str(demo.home), "HUB_RELIEF_URL": "http://127.0.0.1:9"}
    before = loans(demo)
    done = subprocess.run([HUB, "sync"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().startswith("RELIEF: error SOURCE_UNREACHABLE")
    assert [line.split()[0] for line in done.stdout.splitlines() if " run " in line][:2] == ["BANK", "FINANCE"]
    assert len(done.stderr.strip().splitlines()) == 1
    assert loans(demo) == before


def test_a_schema_from_a_newer_hub_is_refused_by_serve_and_sync(demo: Demo) -> None:
    with demo.database() as connection:
        connection.execute("update public.alembic_version set version_num = '9999'")
        try:
            for arguments in (("serve",), ("sync", "bank"), ("migrate",)):
                assert "DATABASE_SCHEMA_NEWER" in refused_in(demo, *arguments)
        finally:
            connection.execute("update public.alembic_version set version_num = %s", (newest_revision(),))
