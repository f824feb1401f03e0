"""Strawberry with resolvers, data loaders and SQLAlchemy. Start: python -m bench.peers.strawberry.server setup.json."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import strawberry
import uvicorn
from sqlalchemy import func, select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from starlette.requests import Request
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.types import Info

from bench.peers.strawberry import tables
from bench.peers.strawberry.session import Session, Verifier

_MOST = 10_000

Start = Annotated[str, strawberry.argument(name="from")]


def _session(info: Info[Any, Any]) -> Session:
    session: Session = info.context["session"]
    return session


@strawberry.type
class Repayment:
    """A repayment."""

    repayment_id: str
    loan_id: str
    paid_on: str
    principal: str


@strawberry.type
class SubsidyPayment:
    """A subsidy payment."""

    voucher_number: str
    line: int
    amount: str
    period_from: str
    period_to: str
    paid_on: str


@strawberry.type
class InterestCollection:
    """Interest collected."""

    collection_id: str
    loan_id: str
    household_id: str | None
    period_from: str
    period_to: str
    days: int | None
    collected_on: str
    interest: str


@strawberry.type
class StatusTotals:
    """Loans of one status."""

    status: str
    amount: str
    balance: str


@strawberry.type
class Loan:
    """A loan."""

    loan_id: str
    household_id: strawberry.Private[str | None]
    amount: str
    balance: str
    disbursed_on: str
    due_on: str
    settled_on: str | None
    status: str

    @strawberry.field
    async def household(self, info: Info[Any, Any]) -> Household | None:
        found: Any = await _session(info).households.load(self.household_id) if self.household_id else None
        return found  # type: ignore[no-any-return]  # a mapped object, read by attribute

    @strawberry.field
    async def subsidy_payments(self, info: Info[Any, Any]) -> list[SubsidyPayment]:
        found: list[SubsidyPayment] = await _session(info).subsidies_of_loan.load(self.loan_id)
        return found

    @strawberry.field
    async def repayments(self, info: Info[Any, Any]) -> list[Repayment]:
        found: list[Repayment] = await _session(info).repayments_of_loan.load(self.loan_id)
        return found


@strawberry.type
class Household:
    """A registered household."""

    household_id: str
    region_code: str
    poverty_status: str
    size_declared: int
    registered_on: str

    @strawberry.field
    async def loans(self, info: Info[Any, Any]) -> list[Loan]:
        found: list[Loan] = await _session(info).loans_of_household.load(self.household_id)
        return found

    @strawberry.field
    async def subsidy_payments(self, info: Info[Any, Any]) -> list[SubsidyPayment]:
        found: list[SubsidyPayment] = await _session(info).subsidies_of_household.load(self.household_id)
        return found

    @strawberry.field
    async def repayments(self, info: Info[Any, Any]) -> list[Repayment]:
        found: list[Repayment] = await _session(info).repayments_of_household.load(self.household_id)
        return found


@strawberry.type
class Region:
    """County, township or village."""

    code: str
    name: str

    @strawberry.field
    async def households(self, info: Info[Any, Any], first: int) -> list[Household]:
        session, columns = _session(info), tables.Household.__table__.c
        found = select(tables.Household).where(columns.county == session.county, columns.region_code == self.code)
        return await session.entities(found.order_by(columns.household_id).limit(min(first, _MOST)))


def _first(found: list[Any]) -> Any:
    return found[0] if found else None


def query_type(totals: list[str]) -> type:
    """The root; ``totals`` are the columns of the ledger."""
    ledger_type = strawberry.type(type("Ledger", (), {"__annotations__": dict.fromkeys(totals, str)}))

    @strawberry.type
    class Query:
        """The questions of the bench."""

        @strawberry.field
        async def household(self, info: Info[Any, Any], household_id: str) -> Household | None:
            session, columns = _session(info), tables.Household.__table__.c
            wanted = (columns.county == session.county, columns.household_id == household_id)
            return _first(await session.entities(select(tables.Household).where(*wanted)))  # type: ignore[no-any-return]  # as above

        @strawberry.field
        async def region(self, info: Info[Any, Any], code: str) -> Region | None:
            session, columns = _session(info), tables.Region.__table__.c
            wanted = (columns.county == session.county, columns.code == code)
            return _first(await session.entities(select(tables.Region).where(*wanted)))  # type: ignore[no-any-return]  # as above

        @strawberry.field
        async def loans(self, info: Info[Any, Any], from_: Start, first: int) -> list[Loan]:
            session, columns = _session(info), tables.Loan.__table__.c
            found = select(tables.Loan).where(columns.county == session.county, columns.loan_id >= from_)
            return await session.entities(found.order_by(columns.loan_id).limit(min(first, _MOST)))

        @strawberry.field(graphql_type=ledger_type | None)  # type: ignore[untyped-decorator]  # made at run time
        async def ledger(self, info: Info[Any, Any], region: str, as_of: str) -> Any:
            session, columns = _session(info), tables.Daily.__table__.c
            wanted = (
                columns.county == session.county,
                columns.region == region,
                columns.day <= date.fromisoformat(as_of),
            )
            statement = select(tables.Daily).where(*wanted).order_by(columns.day.desc()).limit(1)
            return _first(await session.entities(statement))

        @strawberry.field
        async def loans_by_status(self, info: Info[Any, Any], since: str) -> list[StatusTotals]:
            session, columns = _session(info), tables.Loan.__table__.c
            statement = select(
                columns.status, func.sum(columns.amount).label("amount"), func.sum(columns.balance).label("balance")
            ).where(columns.county == session.county, columns.disbursed_on >= date.fromisoformat(since))
            return list(await session.rows(statement.group_by(columns.status)))

        @strawberry.field
        async def interest_collections(
            self, info: Info[Any, Any], from_: Start, first: int
        ) -> list[InterestCollection]:
            session, columns = _session(info), tables.InterestCollection.__table__.c
            wanted = (columns.county == session.county, columns.collection_id >= from_)
            found = select(tables.InterestCollection).where(*wanted)
            return await session.entities(found.order_by(columns.collection_id).limit(min(first, _MOST)))

    return Query


class EndOfSession(SchemaExtension):
    """Commits when the operation is done."""

    async def on_operation(self) -> AsyncIterator[None]:
        yield
        await self.execution_context.context["session"].end()


class Endpoint(GraphQL[Any, Any]):
    """Gives every operation a session under the claims of its token."""

    def __init__(self, schema: strawberry.Schema, engine: AsyncEngine, secret: str) -> None:
        super().__init__(schema, graphql_ide=None)
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._verifier = Verifier(secret)

    async def get_context(self, request: Request | WebSocket, response: Any = None) -> dict[str, Any]:
        claims = self._verifier.claims(request.headers.get("authorization", ""))
        return {"request": request, "response": response, "session": Session(self._sessions, claims)}


def main(setup: dict[str, Any]) -> None:
    """Serve until stopped."""
    database = setup["database"]
    engine = create_async_engine(
        URL.create("postgresql+psycopg", database["user"], None, None, None, database["database"]),
        connect_args={"host": database["host"], "options": "-c jit=off"},
        pool_size=setup["connections"],
        max_overflow=0,
    )
    schema = strawberry.Schema(query_type(setup["totals"]), extensions=[ParserCache, ValidationCache, EndOfSession])
    endpoint = Endpoint(schema, engine, setup["secret"])
    uvicorn.run(endpoint, host="127.0.0.1", port=setup["port"], log_level="warning", access_log=False)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text("utf-8")))
