"""The database roles: who may do what, before any question of rows.

``hub_owner`` owns everything and cannot log in. ``hub_connector`` writes records and runs. ``hub_rules`` reads them
and writes what the hub computes. ``hub_api`` only reads, only the columns it is granted, and never past row security.
``hub_log`` only appends to the disclosure log;
``hub_audit`` reads it, to put it in order and to prove it.
``hub_decision`` adds what named persons say about findings, and changes nothing.
``hub_identity`` keeps clients, staff and what may be used once, and reads no record.
"""

from __future__ import annotations

from enum import StrEnum

from hub.actor import Consumer, Purpose, reading_role


class DatabaseRole(StrEnum):
    """A login of the running hub."""

    CONNECTOR = "hub_connector"
    RULES = "hub_rules"
    DECISION = "hub_decision"
    API = "hub_api"
    LOG = "hub_log"
    AUDIT = "hub_audit"
    IDENTITY = "hub_identity"


OWNER = "hub_owner"
# Owns the views that records are read through, and reads the tables for them; it cannot log in.
VIEWER = "hub_viewer"
# All reading roles are members of it: what everybody may read who may read anything.
READERS = "hub_readers"


def reading_roles() -> list[str]:
    """Every role that records are read as; for each statement the API's login, which may read none, takes one on."""
    return [
        reading_role(consumer, purpose, finds=finds)
        for consumer in Consumer
        for purpose in Purpose
        for finds in (False, True)
    ]
