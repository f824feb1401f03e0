"""An export: all rows of one list as a file, planned, restricted and limited like any question, pages apart."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import orjson

from hub.access.gate import Gate
from hub.access.restrict import claims_of, restrict
from hub.actor import Actor
from hub.audit.disclosure import Asked, Block, DisclosureLog, Told, flat, operation_block
from hub.audit.shown import shown_of
from hub.errors import QueryError
from hub.graph.face import Face
from hub.graph.limits import Limits
from hub.graph.names import type_name
from hub.graph.operation import Documents, RequestRefused
from hub.query.copy_out import CopyReader
from hub.query.entity import Attribute, Entity
from hub.query.export import CopyStatement, ExportFormat, Path, copy_sql
from hub.query.parameters import Claim, bind
from hub.query.plan import Connection, ListRoot, Nodes, Plan, Record
from hub.query.workbook import Workbook
from hub.storage.budget import UNLIMITED, Budget, Kind

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*\Z")
_BYTE_ORDER_MARK = "\ufeff"

_Choice = TypeVar("_Choice", bound=StrEnum)

Sink = Callable[[bytes], Awaitable[None]]


class Headings(StrEnum):
    """What stands above the columns."""

    NAMES = "names"  # as in the schema
    CHINESE = "zh"
    ENGLISH = "en"


class Codes(StrEnum):
    """How values of a code list are written."""

    CODES = "codes"
    WORDS = "words"  # in Chinese


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is wanted. ``filter`` and ``order_by`` are those of the list in the schema, as JSON."""

    dataset: str  # name of the list in the schema, such as loans
    format: ExportFormat = ExportFormat.NDJSON
    fields: tuple[str, ...] = ()  # household.name follows a to-one relation; none: all fields of the dataset
    filter: Mapping[str, Any] | None = None
    order_by: Any = None
    headings: Headings = Headings.NAMES
    codes: Codes = Codes.CODES
    byte_order_mark: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    path: Path
    attribute: Attribute
    owners: tuple[str, ...]  # Chinese names of the relations that lead there

    def heading(self, kind: Headings) -> str:
        if kind is Headings.NAMES:
            return ".".join(self.path)
        if kind is Headings.ENGLISH:
            return ": ".join([*self.path[:-1], self.attribute.en])
        return "·".join([*self.owners, self.attribute.zh])


@dataclass(frozen=True, slots=True)
class Prepared:
    """An export that may run: nothing of it can be refused for the way it was asked."""

    request: ExportRequest
    title: str
    columns: tuple[_Column, ...]
    statement: CopyStatement
    values: list[bytes | None]
    actor: Actor
    claims: Mapping[Claim, str]
    block: Block  # what the disclosure log says of it …
    agreements: tuple[str, ...]  # … and what allows it

    def told(self, households: Iterable[str], rows: int, data: bytes, part: int) -> Told:
        """One piece of the file, as the log tells it."""
        return Told(self.block, households, rows, data, part, self.agreements)

    @property
    def headings(self) -> list[str]:
        return [column.heading(self.request.headings) for column in self.columns]


class Exporter:
    """Writes exports over one schema."""

    def __init__(  # everything that an export takes part in
        self,
        face: Face,
        reader: CopyReader,
        limits: Limits,
        gate: Gate,
        log: DisclosureLog,
        *,
        budget: Budget = UNLIMITED,
    ) -> None:
        self._budget = budget
        self._face = face
        self._gate = gate
        self._reader = reader
        self._log = log
        self._documents = Documents(face, limits, most=100, most_plans=10)

    def prepare(self, request: ExportRequest, actor: Actor) -> Prepared:
        """``request`` checked, planned and restricted to what ``actor`` may see. Raises ``HubError``."""
        entity = self._entity(request.dataset)
        names = request.fields or tuple(name for owner, name in self._face.attributes if owner == type_name(entity))
        columns = tuple(self._column(entity, name) for name in dict.fromkeys(names))
        _check_options(request)
        variables = {
            name: value for name, value in (("filter", request.filter), ("orderBy", request.order_by)) if value
        }
        document = _document(request.dataset, entity, columns, variables)
        root, values = self._planned(document, variables)
        reach = self._gate.reach(actor)
        restricted, claims = restrict(Plan((root,)), reach), claims_of(actor, reach)
        found = restricted.plan.roots[0]
        if not isinstance(found, ListRoot):
            raise TypeError("A list was restricted to something else.")
        statement = copy_sql(
            restricted,
            found.connection.rows,
            _record(found.connection),
            [column.path for column in columns],
            request.format,
            words=request.codes is Codes.WORDS,
        )
        told = operation_block(None, document, shown_of(restricted))
        values_bound = bind(statement.origins, values, claims)
        return Prepared(
            request, entity.zh, columns, statement, values_bound, actor, claims, told, restricted.agreements
        )

    async def pour(self, prepared: Prepared, sink: Sink, asked: Asked) -> int:
        """Write the whole file into ``sink``, no faster than it takes it; how many rows there were.

        Nothing is written before the database has begun to answer, and no rows before the disclosure log's entry of
        them is committed: one for each piece. Raises ``HubError``, also midway: what was written is then no whole file.
        """
        count = part = 0
        writing = _WRITERS[prepared.request.format](prepared)
        rows = self._reader.rows(prepared.statement, prepared.values, prepared.claims)
        try:
            await self._budget.take(prepared.actor.client, Kind.REQUESTS)
            async with asyncio.timeout(self._reader.timeout_seconds), aclosing(rows):
                async for batch in rows:
                    part += 1
                    lines, households = _parted(batch, prepared.statement.separator)
                    if self._budget.most[Kind.SUBJECTS]:
                        households = set(households)
                        await self._budget.take(prepared.actor.client, Kind.SUBJECTS, len(households))
                    data = await writing.add(lines)
                    told = prepared.told(households, len(lines), data, part)
                    await self._log.answered(asked, prepared.actor, told)
                    await sink(data)
                    count += len(batch)
                data = await writing.finish()
                if not part:
                    await self._log.answered(asked, prepared.actor, prepared.told((), 0, data, 1))
                await sink(data)
        except TimeoutError:
            raise QueryError(
                "QUERY_TIMED_OUT",
                "The export took too long, or was not taken fast enough.",
                "Filter it, or ask the operator about HUB_EXPORT_TIMEOUT_SECONDS.",
                status=503,
            ) from None
        finally:
            writing.close()
        return count

    def _entity(self, name: str) -> Entity:
        entity = self._face.lists.get(name)
        if entity is None:
            raise QueryError(
                "QUERY_EXPORT_UNKNOWN",
                "There is no such list to export.",
                f"Export one of: {', '.join(self._face.lists)}.",
                status=404,
            )
        return entity

    def _column(self, entity: Entity, name: str) -> _Column:
        if not _NAME.match(name):
            raise _invalid("A field's name is not one of the schema.", "Name fields like amount or household.name.")
        *steps, last = name.split(".")
        owners: list[str] = []
        for step in steps:
            relation = self._face.relations.get((type_name(entity), step))
            if relation is None or relation.many:
                raise _unknown_field(name)
            owners.append(relation.zh)
            entity = self._face.entities[relation.target]
        attribute = self._face.attributes.get((type_name(entity), last))
        if attribute is None:
            raise _unknown_field(name)
        return _Column((*steps, last), attribute, tuple(owners))

    def _planned(self, document: str, variables: Mapping[str, Any]) -> tuple[ListRoot, Mapping[str, Any]]:
        try:
            operation = self._documents.operation(document, None)
            outline, shaped = self._documents.outline(operation, self._documents.shaped(operation, variables))
        except RequestRefused as refused:
            message = refused.errors[0].message.encode("utf-8", "replace").decode()
            raise _invalid(message, "Write filter and orderBy as the list's arguments in the schema.") from None
        (root,) = outline.plan.roots
        if not isinstance(root, ListRoot):
            raise TypeError("A list was planned as something else.")
        return root, shaped.values


def _parted(batch: list[bytes], separator: bytes) -> tuple[list[bytes], set[str]]:
    """The rows as they leave, and the households that stood before them."""
    lines: list[bytes] = []
    told: set[bytes] = set()
    for row in batch:
        household, _, line = row.partition(separator)
        lines.append(line)
        told.add(household)
    told.discard(b"")
    return lines, {name for held in told for name in flat([orjson.loads(bytes.fromhex(held.decode()))])}


def _document(dataset: str, entity: Entity, columns: tuple[_Column, ...], variables: Mapping[str, Any]) -> str:
    """The question whose rows the export holds; every name in it was found in the schema."""
    kinds = {"filter": f"{type_name(entity)}Filter", "orderBy": f"[{type_name(entity)}Order!]"}
    declared = ", ".join(f"${name}: {kinds[name]}" for name in variables)
    passed = "".join(f", {name}: ${name}" for name in variables)
    fields = " ".join(" { ".join(column.path) + " }" * (len(column.path) - 1) for column in columns)
    head = f"query ({declared})" if declared else "query"
    return f"{head} {{ {dataset}(first: 1{passed}) {{ nodes {{ {fields} }} }} }}"


def _check_options(request: ExportRequest) -> None:
    """Refuse what a format has no place for, rather than leave it out silently."""
    if request.byte_order_mark and request.format is not ExportFormat.CSV:
        raise _invalid("Only CSV can begin with a byte order mark.", "Leave byteOrderMark out.")
    if request.format is ExportFormat.NDJSON and (request.headings, request.codes) != (Headings.NAMES, Codes.CODES):
        raise _invalid(
            "NDJSON is for programs: it has the names and codes of the schema.", "Leave headings and codes out."
        )


def _record(connection: Connection) -> Record:
    (nodes,) = connection.items
    if not isinstance(nodes, Nodes):
        raise TypeError("An export's list holds something beside its rows.")
    return nodes.record


def _unknown_field(name: str) -> QueryError:
    return _invalid(
        f"The list has no field {name} that an export can hold.",
        "Name fields of the schema; household.name follows a relation to one row.",
    )


def _invalid(message: str, hint: str) -> QueryError:
    return QueryError("QUERY_EXPORT_INVALID", message, hint, status=400)


# ---------------------------------------------------------------- how rows become a file


class _Lines:
    """NDJSON: the rows are lines already."""

    def __init__(self, _prepared: Prepared) -> None:
        self._top = b""

    async def add(self, rows: list[bytes]) -> bytes:
        top, self._top = self._top, b""
        return top + b"".join(rows)

    async def finish(self) -> bytes:
        return self._top

    def close(self) -> None:
        """Nothing is open."""


class _Table(_Lines):
    """CSV by RFC 4180: a heading, lines that end in CR LF."""

    def __init__(self, prepared: Prepared) -> None:
        super().__init__(prepared)
        heading = io.StringIO()
        csv.writer(heading, lineterminator="\r\n").writerow(prepared.headings)
        mark = _BYTE_ORDER_MARK if prepared.request.byte_order_mark else ""
        self._top = (mark + heading.getvalue()).encode()

    async def add(self, rows: list[bytes]) -> bytes:
        return await super().add([row[:-1] + b"\r\n" for row in rows])


class _Sheets:
    """XLSX: compression happens beside the event loop."""

    def __init__(self, prepared: Prepared) -> None:
        name = prepared.title if prepared.request.headings is Headings.CHINESE else prepared.request.dataset
        self._workbook = Workbook(name, prepared.headings)

    async def add(self, rows: list[bytes]) -> bytes:
        return await asyncio.to_thread(self._workbook.add, rows)

    async def finish(self) -> bytes:
        return await asyncio.to_thread(self._workbook.finish)

    def close(self) -> None:
        self._workbook.abandon()


_WRITERS: Mapping[ExportFormat, Callable[[Prepared], _Lines | _Sheets]] = {
    ExportFormat.NDJSON: _Lines,
    ExportFormat.CSV: _Table,
    ExportFormat.XLSX: _Sheets,
}


# ---------------------------------------------------------------- how it is asked for


def export_request(dataset: str, options: Mapping[str, Any]) -> ExportRequest:
    """The members of a request's JSON, or of a command's options, as a request."""
    unknown = [name for name in options if name not in _OPTIONS]
    if unknown:
        raise _invalid(f"An export has no option {unknown[0]!r}.", f"Options are: {', '.join(_OPTIONS)}.")
    fields, condition, order = options.get("fields") or [], options.get("filter"), options.get("orderBy")
    if not isinstance(fields, list) or not all(isinstance(name, str) for name in fields):
        raise _invalid("The option fields is not a list of names.", 'Send {"fields": ["loanId", "household.name"]}.')
    if condition is not None and not isinstance(condition, dict):
        raise _invalid("The option filter is not an object.", "Write it as the list's filter in the schema.")
    mark = options.get("byteOrderMark", False)
    if not isinstance(mark, bool):
        raise _invalid("The option byteOrderMark is not true or false.", "Send true for old spreadsheet programs.")
    return ExportRequest(
        dataset=dataset,
        format=_chosen(ExportFormat, options, "format"),
        fields=tuple(fields),
        filter=condition,
        order_by=order,
        headings=_chosen(Headings, options, "headings"),
        codes=_chosen(Codes, options, "codes"),
        byte_order_mark=mark,
    )


_OPTIONS = ("format", "fields", "filter", "orderBy", "headings", "codes", "byteOrderMark")


def _chosen(kind: type[_Choice], options: Mapping[str, Any], name: str) -> _Choice:
    given = options.get(name) or next(iter(kind))
    try:
        return kind(given)
    except ValueError:
        raise _invalid(f"The option {name} has an unknown value.", f"Choose one of: {', '.join(kind)}.") from None
