"""Agreements for tests that are about something else: whoever asks sees every dataset, contacts and accounts masked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from hub.access.agreement import Agreement, Shared
from hub.access.gate import Gate
from hub.access.grants import wanted_grants
from hub.access.terms import written
from hub.actor import Consumer, Purpose
from hub.app import share
from hub.catalog.dataset import Agency
from hub.catalog.field import Field, Mask
from hub.graph.face import Face
from hub.query.entity import entities_of
from hub.storage import agreements as register
from hub.storage.reading import Connection, bring_grants
from schema import CATALOGUE
from tests.support.database import COUNTY, Database

_MASKED = {Mask.IDENTITY_NUMBER, Mask.PHONE, Mask.ACCOUNT}


def _is_masked(item: Field) -> bool:
    return item.mask in _MASKED


def _everything(provider: Agency, consumer: Consumer) -> Agreement:
    return Agreement(
        id=f"{provider}-{consumer}",
        title="测试",
        provider=provider,
        consumer=consumer,
        purposes=frozenset(Purpose),
        regions=(COUNTY,),
        first_day=date(2000, 1, 1),
        last_day=date(2099, 12, 31),
        document="测试",
        number="1",
        fields={
            dataset.name: Shared(
                frozenset(item.name for item in dataset.fields if not _is_masked(item)),
                frozenset(item.name for item in dataset.fields if _is_masked(item)),
            )
            for dataset in CATALOGUE.of_agency(provider)
        },
    )


EVERYTHING = tuple(
    _everything(provider, consumer)
    for provider in Agency
    for consumer in Consumer
    if provider.value.lower() != consumer.value and CATALOGUE.of_agency(provider)
)


def agree(database: Database, agreements: Iterable[Agreement]) -> None:
    """Put ``agreements`` into the database's register, approved by both sides."""
    with database.connect() as connection, connection.transaction():
        for item in agreements:
            row = (item.id, item.provider.value, item.consumer.value, written(item))
            register.add(connection, COUNTY, row, "test", approved=True)
        share(connection, COUNTY)


def grant_everything(connection: Connection) -> None:
    """Let the reading roles read what ``EVERYTHING`` says, without a register: for a template of databases."""
    bring_grants(connection, CATALOGUE, wanted_grants(entities_of(CATALOGUE), EVERYTHING))


def open_gate(face: Face) -> Gate:
    """A gate over ``EVERYTHING``."""
    return Gate(face.entities, lambda: EVERYTHING)
