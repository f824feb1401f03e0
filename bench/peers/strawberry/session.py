"""A request's session: one transaction under the token's claims, and the loaders that batch its look-ups."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from strawberry.dataloader import DataLoader

from bench.peers.strawberry.tables import Household, Loan, Mapped, Repayment, SubsidyPayment

_CLAIMS = text(
    "select set_config('hub.county', :county, true), set_config('hub.region_from', :region, true),"
    " set_config('hub.region_to', :region || '~', true)"
)


class Verifier:
    """Checks bearer tokens."""

    def __init__(self, secret: str) -> None:
        self._key = OctKey.import_key(secret)

    def claims(self, header: str) -> dict[str, Any]:
        """The claims of a valid token; raises otherwise."""
        kind, _, token = header.partition(" ")
        if kind != "Bearer":
            raise PermissionError("The request carries no bearer token.")
        return jwt.decode(token, self._key, algorithms=["HS256"]).claims


class Session:
    """Opened when first asked, closed when the operation is done. One statement at a time, as SQLAlchemy demands."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], claims: dict[str, Any]) -> None:
        self.county = str(claims["county"])
        self._region = str(claims["region"])
        self._sessions = sessions
        self._open: AsyncSession | None = None
        self._turn = asyncio.Lock()
        self.households = DataLoader(load_fn=self._households)
        self.loans_of_household = DataLoader(load_fn=self._lists(Loan, "household_id"))
        self.subsidies_of_household = DataLoader(load_fn=self._lists(SubsidyPayment, "household_id"))
        self.repayments_of_household = DataLoader(load_fn=self._lists(Repayment, "household_id"))
        self.subsidies_of_loan = DataLoader(load_fn=self._lists(SubsidyPayment, "loan_id"))
        self.repayments_of_loan = DataLoader(load_fn=self._lists(Repayment, "loan_id"))

    async def rows(self, statement: Select[Any]) -> Sequence[Any]:
        """What ``statement`` finds under the claims."""
        async with self._turn:
            if self._open is None:
                self._open = self._sessions()
                await self._open.execute(_CLAIMS, {"county": self.county, "region": self._region})
            found: Sequence[Any] = (await self._open.execute(statement)).all()
            return found

    async def entities(self, statement: Select[Any]) -> list[Any]:
        """The mapped objects ``statement`` finds."""
        return [row[0] for row in await self.rows(statement)]

    async def end(self) -> None:
        """Commit and give the connection back."""
        if self._open is not None:
            await self._open.commit()
            await self._open.close()

    async def _households(self, keys: list[str]) -> list[Household | None]:
        columns = Household.__table__.c
        found = await self.entities(
            select(Household).where(columns.county == self.county, columns.household_id.in_(keys))
        )
        by_key = {item.household_id: item for item in found}
        return [by_key.get(key) for key in keys]

    def _lists(self, entity: type[Mapped], column: str) -> Callable[[list[str]], Awaitable[list[list[Any]]]]:
        async def load(keys: list[str]) -> list[list[Any]]:
            columns = entity.__table__.c
            statement = select(entity).where(columns.county == self.county, columns[column].in_(keys))
            found: defaultdict[str, list[Any]] = defaultdict(list)
            for item in await self.entities(statement):
                found[getattr(item, column)].append(item)
            return [found[key] for key in keys]

        return load
