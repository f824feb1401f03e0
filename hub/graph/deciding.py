"""The only thing that can be written through the interface: what a named person says about a finding."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Protocol

import orjson
from graphql import DocumentNode, FieldNode, GraphQLError, OperationType, execute_sync
from graphql.execution.values import get_argument_values

from hub.access.gate import Gate
from hub.access.restrict import claims_of
from hub.access.scopes import DECIDE
from hub.actor import Actor, Role
from hub.errors import AccessError, QueryError
from hub.graph.face import Face
from hub.graph.finding_types import WORDS
from hub.graph.operation import Operation, RequestRefused, Shaped
from hub.rules.decisions import Decision, Written, no_person

_STAFF = frozenset({Role.CITY_STAFF, Role.TOWNSHIP_STAFF, Role.VILLAGE_STAFF})


class Desk(Protocol):
    """Takes a decision, or refuses it."""

    async def write(self, decision: Decision, claims: Mapping[str, str]) -> Written:
        """Keep ``decision`` under the actor's claims."""
        ...


def is_decision(operation: Operation) -> bool:
    """Whether the operation is one to write."""
    return operation.node.operation is OperationType.MUTATION


async def decide(
    face: Face, gate: Gate, desk: Desk | None, operation: Operation, shaped: Shaped, actor: Actor
) -> bytes:
    """Write one decision and answer with its receipt. Raises ``HubError`` with nothing written."""
    _check_actor(gate, actor)
    if desk is None:
        raise QueryError(
            "QUERY_DECISIONS_OFF", "This hub takes no decisions.", "Set HUB_DECISION_DATABASE_URL.", status=503
        )
    field = _only_field(operation)
    decision = _decision(face, field, shaped, actor)
    claims = claims_of(actor, gate.reach(actor))
    written = await desk.write(decision, {claim.value: value for claim, value in claims.items()})
    return _answer(face, operation, shaped, field, written)


def _check_actor(gate: Gate, actor: Actor) -> None:
    if actor.staff is None or actor.role not in _STAFF:
        raise no_person()
    if actor.scopes and DECIDE not in actor.scopes:
        raise AccessError(
            "ACCESS_SCOPE_MISSING", f"The token lacks the scope {DECIDE}.", "Ask for a token with it.", status=403
        )
    if not gate.reach(actor).shows_records("finding"):
        raise AccessError(
            "ACCESS_DATASET_REFUSED",
            "Findings are not shared with you for this purpose.",
            "`me { purposes }` says for which they are.",
            status=403,
        )


def _only_field(operation: Operation) -> FieldNode:
    nodes = operation.node.selection_set.selections
    if (
        len(nodes) != 1
        or not isinstance(nodes[0], FieldNode)
        or nodes[0].name.value not in WORDS
        or nodes[0].directives
    ):
        raise QueryError(
            "QUERY_ONE_DECISION",
            "A mutation holds exactly one decision, without fragments or directives around it.",
            "Send one mutation for each finding.",
            status=400,
        )
    return nodes[0]


def _decision(face: Face, field: FieldNode, shaped: Shaped, actor: Actor) -> Decision:
    mutation = face.schema.mutation_type
    assert mutation is not None  # noqa: S101  # the document was validated against it
    try:
        given = get_argument_values(mutation.fields[field.name.value], field, shaped.coerced)
    except GraphQLError as error:
        raise RequestRefused([error], "QUERY_INVALID") from None
    disposal = given.get("disposal")
    return Decision(
        finding=str(given["findingId"]),
        word=WORDS[field.name.value],
        staff=actor.staff or "",
        client=actor.client,
        words=given.get("words"),
        assignee=given.get("assignee"),
        disposal=None if disposal is None else str(getattr(disposal, "value", disposal)),
    )


def _answer(face: Face, operation: Operation, shaped: Shaped, field: FieldNode, written: Written) -> bytes:
    receipt = SimpleNamespace(
        field_eventId=written.event,
        field_findingId=written.finding,
        field_state=written.state,
        field_happenedAt=written.at,
    )
    root = SimpleNamespace(**{f"field_{field.name.value}": receipt})
    fragments = [details.definition for details in operation.fragments.values()]
    document = DocumentNode(definitions=(operation.node, *fragments))
    result = execute_sync(face.schema, document, root_value=root, variable_values=dict(shaped.given))
    if result.errors:
        raise RequestRefused(list(result.errors), "QUERY_INVALID")
    return orjson.dumps({"data": result.data})
