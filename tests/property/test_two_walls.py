"""Plan and database played against each other: agreements, actors and questions are drawn, and neither knows the other.

Where the plan lets a question pass, the database must give the same answer when the plan's rows and masks are left
out; where the plan refuses a field or a clear value, the database must refuse the statement too, or show no row.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Self

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.access.agreement import Agreement, Shared
from hub.access.grants import wanted_grants
from hub.access.reach import Reach, Sight, reach_of
from hub.access.restrict import claims_of, restrict
from hub.actor import Actor, Consumer, Purpose, Role, reading_role
from hub.catalog.dataset import Agency
from hub.errors import AccessError, HubError
from hub.graph.limits import Limits
from hub.graph.operation import Documents
from hub.query.parameters import Claim, bind
from hub.query.plan import Plan, RestrictedPlan, RowScope
from hub.query.run import DatabaseReader
from hub.query.to_sql import to_sql
from hub.query.walk import uses_of
from hub.storage.reading import bring_grants
from hub.storage.roles import OWNER, DatabaseRole
from schema import CATALOGUE
from tests.support.county import FACE, TOWNSHIPS, VILLAGES, County
from tests.support.database import COUNTY
from tests.support.operations import FILLED, Drawing

DAY = date(2026, 1, 1)
EXAMPLES = int(os.environ.get("HUB_TEST_EXAMPLES", "120"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
ACTORS = (
    (Role.CITY_STAFF, None),
    (Role.TOWNSHIP_STAFF, None),
    (Role.VILLAGE_STAFF, None),
    (Role.AGENCY_SYSTEM, Agency.BANK),
    (Role.AGENCY_SYSTEM, Agency.RELIEF),
)
# No question leads beyond these; to grant every dataset anew for each would cost more than the game.
ASKED = tuple(CATALOGUE[name] for name in FILLED)
LIMITS = Limits(cost=10**9, filter_relations=1000, fields=10_000, aliases=1000)


def drawn_agreement(draw: Any, provider: Agency, consumer: Consumer, purpose: Purpose) -> Agreement:
    fields: dict[str, Shared] = {}
    for dataset in ASKED:
        if dataset.agency is not provider or draw(st.integers(0, 9)) == 0:
            continue
        missing = draw(st.sets(st.sampled_from(dataset.field_names), max_size=2)) if draw(st.booleans()) else set()
        kept = [item for item in dataset.fields if item.name not in missing]
        hides = draw(st.booleans())
        masked = frozenset(item.name for item in kept if item.mask and hides)
        fields[dataset.name] = Shared(frozenset(item.name for item in kept) - masked, masked)
    ended = draw(st.integers(0, 9)) == 0
    return Agreement(
        id=provider.value,
        title="",
        provider=provider,
        consumer=consumer,
        purposes=frozenset({purpose}),
        regions=(draw(st.sampled_from((COUNTY, COUNTY, COUNTY, COUNTY, TOWNSHIPS[0]))),),
        first_day=date(2020, 1, 1),
        last_day=date(2021, 1, 1) if ended else date(2099, 1, 1),
        document="",
        number="",
        fields=fields,
    )


class Game:
    """One database, asked by both sides."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.outcomes: Counter[str] = Counter()
        self._documents = Documents(FACE, LIMITS)
        self._runner = asyncio.Runner()
        self._owner = psycopg.connect(county.database.owner)
        self._login = psycopg.connect(county.database.conninfo(DatabaseRole.API), autocommit=True)

    def __enter__(self) -> Self:
        self._runner.__enter__()
        conninfo = self.county.database.conninfo(DatabaseRole.API)
        self._reader = self._runner.run(self._opened(conninfo))
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self._runner.close()
        self._owner.close()
        self._login.close()

    async def _opened(self, conninfo: str) -> DatabaseReader:
        return DatabaseReader(conninfo)

    def drawn(self, draw: Any) -> tuple[Actor, tuple[Agreement, ...]]:
        role, agency = draw(st.sampled_from(ACTORS))
        region = draw(st.sampled_from((COUNTY, TOWNSHIPS[0], TOWNSHIPS[1], VILLAGES[0])))
        actor = Actor("x", role, region, draw(st.sampled_from((Purpose.LOAN_REVIEW, Purpose.AUDIT))), agency)
        assert actor.consumer is not None
        providers = [item for item in (Agency.BANK, Agency.RELIEF) if item is not agency]
        return actor, tuple(drawn_agreement(draw, item, actor.consumer, actor.purpose) for item in providers)

    def tell_database(self, actor: Actor, agreements: tuple[Agreement, ...]) -> None:
        assert actor.consumer is not None
        wanted = wanted_grants(FACE.entities, agreements)
        roles = [reading_role(actor.consumer, actor.purpose, finds=finds) for finds in (False, True)]
        bring_grants(self._owner, ASKED, {role: wanted[role] for role in roles})
        self._owner.commit()

    def plan(self, data: st.DataObject) -> tuple[Plan, Any, str]:
        drawing = Drawing(data)
        document = drawing.operation()
        operation = self._documents.operation(document, None)
        outline, shaped = self._documents.outline(operation, self._documents.shaped(operation, drawing.variables))
        return outline.plan, shaped.values, f"{document}\n{drawing.variables}"

    def read(self, restricted: RestrictedPlan, values: Any, claims: dict[Claim, str]) -> list[bytes | None] | str:
        statement = to_sql(restricted)
        try:
            return self._runner.run(self._reader.read(statement, bind(statement.origins, values, claims), claims))
        except HubError as error:
            return error.code

    def play(self, data: st.DataObject) -> str:
        """What was found wrong; empty if nothing."""
        actor, agreements = self.drawn(data.draw)
        plan, values, asked = self.plan(data)
        self.tell_database(actor, agreements)
        reach = reach_of(FACE.entities.values(), agreements, actor, DAY)
        claims = claims_of(actor, reach)
        shown = f"{actor}\n{agreements}\n{asked}"
        try:
            restricted = restrict(plan, reach)
        except AccessError as refusal:
            self.outcomes[refusal.code] += 1
            return f"refused by the plan alone: {shown}" if self._refused(plan, values, reach, claims) else ""
        self.outcomes["answered"] += 1
        wrong = self._wrong_rows(plan, restricted, claims)
        if wrong:
            return f"{wrong}: {shown}"
        answer = self.read(restricted, values, claims)
        # The same question with the plan's rows left out: the database alone cuts them.
        bare = self.read(replace(restricted, rows=RowScope(whole_county=True)), values, claims)
        if isinstance(answer, str) or bare != answer:
            return f"rows differ: {shown}\n{answer}\n{bare}"
        if any(use.is_shown and use.attribute and _is_masked(reach, use) for use in uses_of(plan)):
            self.outcomes["masked"] += 1
            clear = self.read(replace(restricted, masked=frozenset()), values, claims)
            if clear != "ACCESS_DATABASE_REFUSED" and not restricted.reader.startswith("hub_finds"):
                return f"clear values given: {shown}\n{clear}"
        return ""

    def _wrong_rows(self, plan: Plan, restricted: RestrictedPlan, claims: dict[Claim, str]) -> str:
        """Whether the database shows of a table what the claims say, no row more or less, and its owner none at all."""
        told = {f"hub.{claim.value}": value for claim, value in claims.items() if claim is not Claim.AUTHORITY}
        for name in sorted({use.entity.name for use in uses_of(plan)}):
            if name not in CATALOGUE or CATALOGUE[name].is_computed:
                continue
            for setting, value in {**told, "role": restricted.reader}.items():
                self._login.execute("select set_config(%s, %s, false)", (setting, value))
            seen = self._login.execute(f"select count(county) from shown.{name}".encode()).fetchone()
            self._login.execute("reset role")
            held = self._owner.execute(
                f"select count(*) from record.{name} where county = %s and region >= %s and region <= %s".encode(),
                [claims[claim] for claim in (Claim.COUNTY, Claim.REGION_FROM, Claim.REGION_TO)],
            ).fetchone()
            if seen != held:
                return f"of {name} there are {held} rows within the claims and the database shows {seen}"
            self._owner.execute(f"set local role {OWNER}".encode())
            owned = self._owner.execute(f"select count(*) from record.{name}".encode()).fetchone()
            self._owner.rollback()
            if owned != (0,):
                return f"of {name} the owner of the table sees {owned} rows: it is not bound"
            self.outcomes["rows counted"] += 1
        return ""

    def _refused(self, plan: Plan, values: Any, reach: Reach, claims: dict[Claim, str]) -> bool:
        """Whether the database would answer what the plan refused."""
        if reach.consumer is None:
            return False
        role = reading_role(reach.consumer, reach.purpose, finds=False)
        found = self.read(RestrictedPlan(plan, RowScope(whole_county=True), frozenset(), (), role), values, claims)
        if found == "ACCESS_DATABASE_REFUSED":
            self.outcomes["refused by both"] += 1
            return False
        # Granted, but not today or not here: then no row of the dataset may come through.
        gone = {use.entity.name for use in uses_of(plan)} - set(reach.datasets)
        self.outcomes["no row shown"] += bool(gone)
        return not gone or self._sees_rows(role, gone, claims)

    def _sees_rows(self, role: str, datasets: set[str], claims: dict[Claim, str]) -> bool:
        settings_ = {f"hub__{claim.value}": value for claim, value in claims.items() if claim is not Claim.AUTHORITY}
        with self.county.database.reading(role, **settings_) as connection:
            for name in datasets:
                key = CATALOGUE[name].key[0]
                try:
                    rows = connection.execute(f"select count({key}) from shown.{name}".encode()).fetchone()
                except psycopg.errors.InsufficientPrivilege:
                    continue
                if rows != (0,):
                    return True
        return False


def _is_masked(reach: Reach, use: Any) -> bool:
    return reach.sight(use.entity, use.attribute) is Sight.MASKED


@pytest.fixture
def game(county: County) -> Iterator[Game]:
    with Game(county) as made:
        yield made


class WallsDifferError(AssertionError):
    """One wall lets through what the other keeps back."""


def play(game: Game, examples: int = EXAMPLES) -> None:
    @settings(SETTINGS, max_examples=examples)
    @given(st.data())
    def drawn(data: st.DataObject) -> None:
        found = game.play(data)
        if found:
            raise WallsDifferError(found)

    drawn()


def test_the_database_never_shows_more_than_the_plan_nor_less(game: Game) -> None:
    play(game)
    assert game.outcomes["answered"] >= EXAMPLES // 8
    assert game.outcomes["masked"] >= 3
    assert game.outcomes["refused by both"] >= EXAMPLES // 16
    assert game.outcomes["rows counted"] >= EXAMPLES // 8


@pytest.mark.parametrize(
    "opened",
    [
        "alter policy hub_viewer on record.loan using (county = current_setting('hub.county'))",
        "alter table record.household disable row level security",
        "alter table record.household no force row level security",
        "drop policy hub_viewer on record.loan",
        "grant select on shown.person to hub_readers",
    ],
)
def test_a_wall_that_is_opened_is_noticed(game: Game, opened: str) -> None:
    with psycopg.connect(game.county.database.owner, autocommit=True) as connection:
        connection.execute(opened.encode())
    with pytest.raises(WallsDifferError):
        play(game, 20 * EXAMPLES)  # it ends with the first that notices
