"""/metrics, as whoever watches the hub sees it: what was counted, what the database tells, and who may not look."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from hub.app import application
from hub.observe.metrics import Durations, Family, lines_of
from hub.proving import sequence_now
from hub.storage.roles import DatabaseRole
from tests.support.county import County
from tests.support.database import COUNTY, Database
from tests.support.hub import Hub, ask

_LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="[^"\\\n]*",?)+)\})? (\d+(?:\.\d+)?(?:e-\d+)?)\Z')
QUESTION = '{ loan(loanId: "L001") { loanId household { headName } } }'


def read(text: str) -> dict[str, float]:
    """Samples by name and labels; every line is one, or says what those after it are."""
    found, kinds = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in kinds
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            matched = _LINE.match(line)
            assert matched, line
            name, labels, number = matched.groups()
            assert name in kinds or name.rpartition("_")[0] in kinds
            found[f"{name}{{{labels}}}" if labels else name] = float(number)
    return found


@pytest.fixture
def hub(database: Database, tmp_path: Path) -> Hub:
    County(database)
    hub = Hub(database, tmp_path)
    hub.settings = hub.settings.model_copy(update={"public_url": None})  # known as what it is: this machine
    return hub


def scraped(hub: Hub, *, before: bool = True, **options: Any) -> tuple[int, str]:
    """A question, a refusal and a scrape from ``client``."""

    async def go() -> tuple[int, str]:
        app = application(hub.settings, hub.server)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, client=options.get("client", ("127.0.0.1", 1)))
            async with httpx.AsyncClient(transport=transport, base_url="https://hub") as web:
                if before:
                    headers = hub.headers("bank-system")
                    assert (await ask(web, headers, QUESTION))[1] is None
                    assert (await ask(web, headers, "{ nothing }"))[1] == "QUERY_INVALID"
                    assert (await web.get("/nowhere/L001")).status_code == 404
                answer = await web.get("/metrics", headers=options.get("headers"))
                return answer.status_code, answer.text

    return asyncio.run(go())


def test_what_the_hub_does_and_how_its_log_and_syncs_stand_is_shown(hub: Hub, database: Database) -> None:
    with database.connect(DatabaseRole.CONNECTOR) as connection:
        for kind in ("RUN_LATE", "RUN_LATE", "DELIVERY_SHRUNK"):
            connection.execute(
                "insert into sync.alarm (county, agency, kind, message, raised_at) values (%s, 'BANK', %s, 'm', now())",
                (COUNTY, kind),
            )
    status, text = scraped(hub)
    assert status == 200
    found = read(text)
    assert found['hub_answers_total{door="GRAPHQL",outcome="ANSWERED"}'] == 1
    assert found['hub_answers_total{door="GRAPHQL",outcome="REFUSED"}'] == 1
    assert found['hub_refusals_total{code="QUERY_INVALID"}'] == 1
    assert found['hub_http_requests_total{door="graphql",status="200"}'] == 2
    assert found['hub_http_requests_total{door="other",status="404"}'] == 1
    assert found['hub_http_request_seconds_count{door="graphql"}'] == 2
    assert found["hub_log_entries_written_total"] == found["hub_log_entries_unsequenced"] == 2
    assert found["hub_log_disclosing"] == found["hub_database_up"] == 1
    assert (found['hub_alarms_open{kind="RUN_LATE"}'], found['hub_alarms_open{kind="DELIVERY_SHRUNK"}']) == (2, 1)
    assert found['hub_plans_kept{what="plans"}'] == found["hub_plans_made_total"] == 1
    assert "L001" not in text
    assert "bank-system" not in text
    sequence_now(hub.settings, hub.server)
    later = read(scraped(hub, before=False)[1])
    assert (later["hub_log_entries_unsequenced"], later["hub_log_entries_signed"]) == (0, 2)
    assert later["hub_log_entries_unindexed"] == 2


def test_nobody_elsewhere_may_look_without_the_token(hub: Hub) -> None:
    far: dict[str, Any] = {"client": ("192.0.2.7", 1), "before": False}
    status, text = scraped(hub, **far)
    assert (status, "ACCESS_METRICS_REFUSED" in text, "hub_http" in text) == (403, True, False)
    for behind in ({"public_url": "https://hub", "tls_proxy": True}, {"public_url": "https://hub", "tls_proxy": False}):
        hub.settings = hub.settings.model_copy(update=behind)
        assert scraped(hub, before=False)[0] == 403
    token = SecretStr("let-me-watch")
    hub.settings = hub.settings.model_copy(update={"metrics_token": token})
    assert scraped(hub, before=False)[0] == 403
    assert scraped(hub, headers={"authorization": "Bearer let-me-wotch"}, **far)[0] == 403
    assert scraped(hub, headers={"authorization": "Bearer let-me-watch"}, **far)[0] == 200


def test_a_histogram_s_buckets_add_up_and_labels_are_escaped() -> None:
    durations = Durations("hub_d", "x", "door")
    for seconds in (0.0005, 0.001, 0.3, 20):
        durations.add("a", seconds)
    lines = list(durations.lines())
    assert 'hub_d_bucket{door="a",le="0.001"} 2' in lines
    assert 'hub_d_bucket{door="a",le="0.5"} 3' in lines
    assert lines[-3:] == [
        'hub_d_bucket{door="a",le="+Inf"} 4',
        'hub_d_sum{door="a"} 20.3015',
        'hub_d_count{door="a"} 4',
    ]
    family = Family("hub_g", "y", [(('a"b\\c\n',), 0.5)], ("kind",))
    assert list(lines_of([family]))[-1] == 'hub_g{kind="a\\"b\\\\c\\n"} 0.5'
