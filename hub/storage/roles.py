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
