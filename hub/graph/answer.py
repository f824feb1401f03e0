"""The whole of a request in one place: question and actor in, the bytes of the answer out.

Only this file knows the order of the steps, and only it and ``hub/web/problem.py`` know how a refusal is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any, Protocol

import orjson
from graphql import GraphQLError

from hub.access.gate import Gate
from hub.access.reach import Reach
from hub.access.restrict import claims_of, restrict
from hub.actor import Actor, Role
from hub.audit.disclosure import Asked, Block, DisclosureLog, Told, flat, operation_block
from hub.audit.entry import Door
from hub.audit.shown import NOTHING, Shown, shown_of
from hub.errors import LOG_UNAVAILABLE, AccessError, HubError, QueryError
from hub.graph.deciding import Desk, decide, is_decision
from hub.graph.face import Face
from hub.graph.federation import SERVICE
from hub.graph.limits import Limits
from hub.graph.operation import Documents, Operation, RequestRefused, Shaped
from hub.graph.own import catalogue_held, me_held
from hub.graph.planner import EntitiesRoot, IntrospectionRoot, OutlineRoot, OwnSelection
from hub.graph.visible import VisibleSchemas
from hub.query.parameters import Claim, bind
from hub.query.plan import Constant, LedgerRoot, RestrictedPlan
from hub.query.to_sql import Statement, to_sql
from hub.storage.budget import UNLIMITED, Budget, Kind

_PLAN_ROLES = frozenset({Role.OPERATOR, Role.AUDITOR})
_OF_A_DECISION = Shown("finding", ("finding",), ("finding.state",))
_UNNAMED = Asked(Door.GRAPHQL, "")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, as it came through the door."""

    document: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    document_id: str | None = None  # names a trusted document; its text is filled in at the door
    wants_plan: bool = False  # the statement and how it is run, beside the answer


class Reader(Protocol):
    """Runs one statement under an actor's claims."""

    async def read(
        self, statement: Statement, values: list[bytes | None], claims: Mapping[Claim, str]
    ) -> list[bytes | None]:
        """The columns of the statement's one row, unparsed."""
        ...

    async def confirm(self, claims: Mapping[Claim, str]) -> None:
        """Raise unless the claims are of the newest version of who may do what."""
        ...

    async def explain(self, statement: Statement, claims: Mapping[Claim, str]) -> object:
        """How the statement would be run for any values."""
        ...


@dataclass(slots=True)
class Answer:
    """The bytes of an answer. ``is_refused``: the question was not executed at all."""

    body: bytes
    status: int = 200
    nanoseconds: dict[str, int] = field(default_factory=dict[str, int])
    retry_after: int = 0  # seconds after which the same question may be asked again
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """One root of the answer: its bytes, or how to get them."""

    head: bytes  # the comma, the response key and the colon
    root: OutlineRoot
    fixed: bytes | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operation ready to run for one reach and one shape of variables."""

    parts: tuple[_Part, ...]
    statement: Statement | None
    restricted: RestrictedPlan | None  # what the statement was made from: fields, masks, agreements
    block: Block  # what the disclosure log says of it


class Answerer:
    """Answers questions over one schema."""

    def __init__(  # noqa: PLR0913  # everything that an answer takes part in
        self,
        face: Face,
        reader: Reader,
        limits: Limits,
        gate: Gate,
        log: DisclosureLog,
        desk: Desk | None = None,
        *,
        budget: Budget = UNLIMITED,
    ) -> None:
        self._desk = desk
        self._budget = budget
        self._face = face
        self._reader = reader
        self._gate = gate
        self._log = log
        self.plans_made = 0
        self._documents = Documents(face, limits)
        self._visible = VisibleSchemas(face)
        self._held = {"catalogue": catalogue_held(face.catalogue), SERVICE: {"sdl": face.subgraph()}}

    @property
    def kept(self) -> dict[str, int]:
        """How many documents and plans are held."""
        return self._documents.kept

    async def answer(self, question: Question, actor: Actor, asked: Asked = _UNNAMED) -> Answer:
        """The answer to ``question`` as far as ``actor`` may see; a refusal is an answer too.

        It is committed to the disclosure log before it is returned; an answer that cannot be logged is refused.
        """
        times: dict[str, int] = {}
        try:
            return await self._answered(question, actor, asked, times)
        except RequestRefused as refused:
            await self._note(question, actor, asked, QueryError(refused.code, "", "", status=400))
            return Answer(_refusal(refused), is_refused=True, status=400, nanoseconds=times)
        except HubError as error:
            await self._note(question, actor, asked, error)
            return Answer(refusal_of(error), error.status, times, error.retry_after, is_refused=True)

    async def _note(self, question: Question, actor: Actor, asked: Asked, error: HubError) -> None:
        if error.code != LOG_UNAVAILABLE:
            await self._log.refused(asked, actor, error, operation_block(None, question.document, NOTHING))

    async def _answered(self, question: Question, actor: Actor, asked: Asked, times: dict[str, int]) -> Answer:
        start = perf_counter_ns()
        await self._budget.take(actor.client, Kind.REQUESTS)
        if question.wants_plan and actor.role not in _PLAN_ROLES:
            raise _plan_refused()
        operation = self._documents.operation(question.document, question.operation_name)
        shaped = self._documents.shaped(operation, question.variables)
        parsed = perf_counter_ns()
        reach = self._gate.reach(actor)
        claims = claims_of(actor, reach)
        if is_decision(operation):
            return await self._decided(question, operation, shaped, actor, asked)
        compiled, shaped = self._compiled(question, operation, shaped, reach)
        names = self._log.names_of
        values = bind(compiled.statement.origins, shaped.values, claims, names) if compiled.statement else []
        planned = perf_counter_ns()
        read: list[bytes | None] = []
        if compiled.statement:
            read = await self._reader.read(compiled.statement, values, claims)
        else:
            await self._reader.confirm(claims)
        done = perf_counter_ns()
        extensions: dict[str, bytes] = {}
        if question.wants_plan:
            extensions["plan"] = await self._plan(compiled.statement, claims)
        if compiled.statement and compiled.statement.smallest_groups:
            extensions["withheld"] = _withheld(compiled.statement, read)
        head = b"".join(self._spliced(compiled, read, operation, question, actor))
        row_count, households = _seen(read) if compiled.statement else (0, ())
        if self._budget.most[Kind.SUBJECTS]:
            households = set(households)
            await self._budget.take(actor.client, Kind.SUBJECTS, len(households))
        agreements = compiled.restricted.agreements if compiled.restricted else ()
        told = Told(compiled.block, households, row_count, head, agreements=agreements)
        receipt = await self._log.answered(asked, actor, told)
        logged = perf_counter_ns()
        times.update(parse=parsed - start, plan=planned - parsed, sql=done - planned, log=logged - done)
        return Answer(b"".join([head, *_closing({"receipt": receipt.written(), **extensions})]), nanoseconds=times)

    async def _decided(
        self, question: Question, operation: Operation, shaped: Shaped, actor: Actor, asked: Asked
    ) -> Answer:
        self._log.require_open()  # what is written and then not answered would be sent again
        await self._reader.confirm(claims_of(actor, self._gate.reach(actor)))
        body = await decide(self._face, self._gate, self._desk, operation, shaped, actor)
        head = body.removesuffix(b"}")
        told = operation_block(_name_of(operation), question.document, _OF_A_DECISION)
        receipt = await self._log.answered(asked, actor, Told(told, response=head))
        return Answer(b"".join([head, *_closing({"receipt": receipt.written()})]))

    async def _plan(self, statement: Statement | None, claims: Mapping[Claim, str]) -> bytes:
        if statement is None:
            return b"null"
        explained = await self._reader.explain(statement, claims)
        return orjson.dumps({"sql": statement.text.decode(), "explain": explained})

    def _compiled(
        self, question: Question, operation: Operation, shaped: Shaped, reach: Reach
    ) -> tuple[Compiled, Shaped]:
        # By what may be seen, not by who sees it: one text for all users of a reach.
        found: Compiled | None = operation.compiled.get((reach, shaped.key))
        if found is not None:
            return found, shaped
        outline, shaped = self._documents.outline(operation, shaped)
        restricted = restrict(outline.plan, reach) if outline.plan.roots else None
        statement = to_sql(restricted) if restricted else None
        told = operation_block(_name_of(operation), question.document, shown_of(restricted) if restricted else NOTHING)
        compiled = Compiled(tuple(self._parts(outline.roots, operation, reach)), statement, restricted, told)
        operation.compiled.put((reach, shaped.key), compiled)
        self.plans_made += 1
        return compiled, shaped

    def _parts(self, roots: tuple[OutlineRoot, ...], operation: Operation, reach: Reach) -> list[_Part]:
        parts: list[_Part] = []
        for number, root in enumerate(roots):
            head = (b"," if number else b"") + orjson.dumps(root.key) + b":"
            if isinstance(root, EntitiesRoot):
                parts += _listed(head, root)
                continue
            fixed: bytes | None = None
            if isinstance(root, Constant):
                fixed = orjson.dumps(root.text)
            elif isinstance(root, OwnSelection) and root.name in self._held:
                fixed = orjson.dumps(_project(self._held[root.name], root))
            elif isinstance(root, IntrospectionRoot) and not operation.node.variable_definitions:
                fixed = self._introspected(operation, root, {}, reach)
            parts.append(_Part(head, root, fixed))
        return parts

    def _introspected(
        self, operation: Operation, root: IntrospectionRoot, variables: Mapping[str, Any], reach: Reach
    ) -> bytes:
        schema = self._visible.of(reach)
        return orjson.dumps(self._documents.introspect(operation, root.nodes, variables, schema)[root.key])

    def _spliced(
        self,
        compiled: Compiled,
        read: list[bytes | None],
        operation: Operation,
        question: Question,
        actor: Actor,
    ) -> list[bytes]:
        """The answer without its last brace."""
        pieces: list[bytes] = [b'{"data":{']
        errors: list[dict[str, Any]] = []
        columns = iter(read)
        for part in compiled.parts:
            pieces.append(part.head)
            root = part.root
            if part.fixed is not None:
                pieces.append(part.fixed)
            elif isinstance(root, OwnSelection):
                pieces.append(orjson.dumps(_project(me_held(actor, self._gate, self._budget.most), root)))
            elif isinstance(root, IntrospectionRoot):
                pieces.append(self._introspected(operation, root, question.variables, self._gate.reach(actor)))
            else:
                column = next(columns)
                if column is None and isinstance(root, LedgerRoot):
                    errors.append(_no_such_region(root.key))
                pieces.append(b"null" if column is None else column)
        pieces.append(b"}")
        if errors:
            pieces += [b',"errors":', orjson.dumps(errors)]
        return pieces


def _listed(head: bytes, root: EntitiesRoot) -> Iterator[_Part]:
    for number, single in enumerate(root.singles):
        yield _Part(b"," if number else head + b"[", single)
    yield _Part(b"]" if root.singles else head + b"[]", root, b"")


def _name_of(operation: Operation) -> str | None:
    return operation.node.name.value if operation.node.name else None


def _seen(read: list[bytes | None]) -> tuple[int, Iterable[str]]:
    """The last two columns: how many rows, and the households they belong to."""
    rows, households = read[-2:]
    return int(rows or b"0"), flat(orjson.loads(households)) if households else ()


def _withheld(statement: Statement, read: list[bytes | None]) -> bytes:
    """What was not told of each list of figures about many only: all of it, or so many groups."""
    found = orjson.loads(read[-3] or b"[]")
    return orjson.dumps(
        [
            {"path": [key], "smallestGroup": least, "all": part[0], "groups": part[1]}
            for key, least, part in zip(statement.keys, statement.smallest_groups, found, strict=True)
            if least
        ]
    )


def _closing(extensions: Mapping[str, bytes]) -> list[bytes]:
    members = b",".join(orjson.dumps(name) + b":" + held for name, held in extensions.items())
    return [b',"extensions":{', members, b"}}"]


def _project(held: Any, selection: OwnSelection) -> Any:
    """What the selection asks for of something held in memory."""
    if not selection.below or held is None:
        return held
    if isinstance(held, list):
        return [_project(item, selection) for item in held]
    return {
        item.key: item.type if item.name == "__typename" else _project(held[item.name], item)
        for item in selection.below
    }


def _plan_refused() -> AccessError:
    return AccessError(
        "ACCESS_PLAN_REFUSED",
        "The plan of a question is shown to operators and auditors only.",
        "Leave out extensions.plan.",
        status=403,
    )


def _no_such_region(key: str) -> dict[str, Any]:
    return {
        "message": "There is no such region, or it is not within your scope.",
        "path": [key],
        "extensions": {
            "code": "QUERY_REGION_UNKNOWN",
            "hint": "Ask for `regions { nodes { code name } }` to see the codes you can use.",
        },
    }


def refusal_of(error: HubError) -> bytes:
    """A refusal as a GraphQL answer without data."""
    extensions: dict[str, Any] = {"code": error.code, "hint": error.hint}
    if error.retry_after:
        extensions["retryAfter"] = error.retry_after
    return orjson.dumps({"errors": [{"message": error.message, "extensions": extensions}]})


_HINTS = {
    "QUERY_SYNTAX": "Correct the document at the place named in locations.",
    "QUERY_INVALID": "Compare the document with the schema: `hub schema print`, or introspection.",
    "QUERY_VARIABLE_INVALID": "Send each variable as its type in the schema says.",
}


def _refusal(refused: RequestRefused) -> bytes:
    return orjson.dumps({"errors": [_written(error, refused.code) for error in refused.errors]})


def _written(error: GraphQLError, code: str) -> dict[str, Any]:
    written: dict[str, Any] = {"message": error.message.encode("utf-8", "replace").decode()}
    if error.locations:
        written["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    written["extensions"] = {"code": code, "hint": _HINTS[code]}
    return written
