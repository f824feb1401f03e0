"""A page of rows as one JSON object: nodes, edges, page information, count and aggregates."""

# ruff: noqa: S608 -- identifiers come from the catalogue, values only as numbered parameters

from __future__ import annotations

from dataclasses import dataclass

from hub.query import records, subjects
from hub.query.aggregates import aggregate_sql
from hub.query.conditions import condition_sql
from hub.query.cursor import CursorShape, cursor_shape
from hub.query.entity import Relation
from hub.query.groups import Scan, groups_sql
from hub.query.keyset import SortedColumn, beyond, cursor_keys, cursor_text, order_by, sorted_columns
from hub.query.parameters import NamesOf
from hub.query.plan import (
    Aggregate,
    Connection,
    Constant,
    CursorOf,
    Edges,
    Groups,
    NodeOf,
    Nodes,
    PageFact,
    PageInfo,
    Rows,
    TotalCount,
)
from hub.query.writer import EMPTY_LIST, Pair, Writer, fits_columns, identifier, json_object, named, table

Parent = tuple[Relation, str]  # the relation, and the alias of the row it starts from


@dataclass(slots=True)
class Page:
    """The rows of a page while their columns are gathered."""

    rows: Rows
    alias: str
    shape: CursorShape
    sorted: list[SortedColumn]
    source: str
    found: str
    columns: list[tuple[str, str]]
    counted: bool = False
    is_read: bool = False

    def add(self, expression: str) -> str:
        """One more column of the page; the name it can be read by."""
        name = f"c{len(self.columns)}"
        self.columns.append((name, expression))
        self.is_read = True
        return f"p.{name}"


def connection_sql(writer: Writer, connection: Connection, parent: Parent | None = None) -> str:
    """One value: the connection as a JSON object."""
    page = page_of(writer, connection.rows, parent)
    if len(connection.items) == 1 and isinstance(connection.items[0], Nodes):
        flat = _only_nodes(writer, page, connection.items[0])
        if flat:
            return json_object(*flat)
    pairs = _gathered(writer, connection, page, parent)
    return json_object(pairs, _source(page))


def root_sql(writer: Writer, connection: Connection) -> str:
    """A select of one row: the connection as a JSON object, how many rows its page has, and their households."""
    page = page_of(writer, connection.rows, None)
    parts = [subjects.of_record(writer, record, page.alias) for record in subjects.records_of(connection)]
    told = next((part for part in parts if part), "")
    flat = None
    if not told and len(connection.items) == 1 and isinstance(connection.items[0], Nodes):
        flat = _only_nodes(writer, page, connection.items[0])
    pairs, source = flat or (_gathered(writer, connection, page, None), "")
    seen = [f"json_agg({page.add(part)}){_within(page)}" for part in dict.fromkeys(parts) if part]
    seen += subjects.of_folds(writer, connection, None)
    count = f"count(*){_within(page)}" if parts else "0"
    source = source or _source(page)
    columns = [f"{expression} as k{place}" for place, (_, expression) in enumerate(pairs)]
    households = f"json_build_array({', '.join(seen)})" if seen else "null::json"
    columns += [f"{count} as n", f"{households} as s"]
    found = f"select {', '.join(columns)}" + (f" from {source}" if source else "")
    answer = json_object([(key, f"r.k{place}") for place, (key, _) in enumerate(pairs)])
    return f"select {answer} as a, r.n, r.s from ({found}) r"


def _gathered(writer: Writer, connection: Connection, page: Page, parent: Parent | None) -> list[Pair]:
    page.counted = any(isinstance(item, PageInfo) for item in connection.items) or page.rows.page.backward
    pairs: list[Pair] = []
    for item in connection.items:
        match item:
            case Constant(key, text):
                pairs.append((key, records.constant(text)))
            case TotalCount() | Aggregate() | Groups():
                pairs.append((item.key, _of_all(writer, item, scan_of_all(writer, connection.rows, parent))))
            case Nodes(key, record):
                pairs.append((key, _listed(page, json_object(records.record_pairs(writer, record, page.alias)))))
            case Edges():
                pairs.append((item.key, _listed(page, _edge(writer, page, item))))
            case PageInfo():
                pairs.append((item.key, _page_info(page, item)))
    return pairs


def _source(page: Page) -> str:
    return f"({_page_rows(page)}) p" if page.is_read else ""


def _of_all(writer: Writer, item: TotalCount | Aggregate | Groups, scan: Scan) -> str:
    rows = f"{scan.source} where {scan.condition}"
    match item:
        case TotalCount():
            return f"(select count(*) from {rows})"
        case Aggregate():
            return aggregate_sql(item, rows, scan.alias)
        case Groups():
            return groups_sql(writer, item, scan)


def _only_nodes(writer: Writer, page: Page, nodes: Nodes) -> tuple[list[Pair], str] | None:
    """The plainest page, without a sub-select for each row."""
    pairs = records.record_pairs(writer, nodes.record, page.alias)
    if page.rows.page.backward or not fits_columns(pairs):
        return None
    rows = rows_sql(page, named(pairs))
    return [(nodes.key, f"coalesce(json_agg(row_to_json(p)), {EMPTY_LIST})")], f"({rows}) p"


def page_of(writer: Writer, rows: Rows, parent: Parent | None) -> Page:
    """The rows of a page, before anything is wanted of them."""
    alias = writer.alias()
    ordered, joins = sorted_columns(writer, rows, alias)
    shape = cursor_shape(rows.entity.name, rows.order)
    found = [_reachable(writer, rows, parent, alias)]
    condition = condition_sql(writer, rows.condition, alias)
    if condition:
        found.append(condition)
    if rows.page.after is not None:
        found.append(beyond(writer, ordered, rows.page.after, shape, backward=False))
    if rows.page.before is not None:
        found.append(beyond(writer, ordered, rows.page.before, shape, backward=True))
    return Page(rows, alias, shape, ordered, _table(writer, rows, alias) + joins, " and ".join(found), [])


def _table(writer: Writer, rows: Rows, alias: str) -> str:
    if rows.about is None:
        return table(rows.entity, alias)
    return f"{identifier(rows.entity.table)}({writer.parameter(NamesOf(rows.about.household), 'uuid[]')}) {alias}"


def _reachable(writer: Writer, rows: Rows, parent: Parent | None, alias: str) -> str:
    if parent is None:
        return writer.rows_of(rows.entity, alias, linked=False)
    relation, ours = parent
    return writer.link(relation, rows.entity, ours, alias)


def scan_of_all(writer: Writer, rows: Rows, parent: Parent | None) -> Scan:
    """The table and condition of all rows, on whatever page."""
    alias = writer.alias()
    found = _reachable(writer, rows, parent, alias)
    condition = condition_sql(writer, rows.condition, alias)
    return Scan(_table(writer, rows, alias), found + (f" and {condition}" if condition else ""), alias)


def rows_sql(page: Page, columns: str) -> str:
    """The rows of the page, with ``columns`` of each."""
    return _scan(page, columns, page.rows.page.size)


def _scan(page: Page, columns: str, limit: int) -> str:
    order = order_by(page.sorted, backward=page.rows.page.backward)
    return f"select {columns} from {page.source} where {page.found} order by {order} limit {limit:d}"


def _page_rows(page: Page) -> str:
    columns = [f"{expression} as {name}" for name, expression in page.columns]
    limit = page.rows.page.size
    if page.counted:
        order = order_by(page.sorted, backward=page.rows.page.backward)
        columns.append(f"row_number() over (order by {order}) as position")
        limit += 1
    return _scan(page, ", ".join(columns), limit)


def _listed(page: Page, value: str) -> str:
    name = page.add(value)
    order = " order by p.position desc" if page.counted and page.rows.page.backward else ""
    return f"coalesce(json_agg({name}{order}){_within(page)}, {EMPTY_LIST})"


def _within(page: Page) -> str:
    """A page that is counted has one row more, which only tells that there is one."""
    return f" filter (where p.position <= {page.rows.page.size:d})" if page.counted else ""


def _edge(writer: Writer, page: Page, edges: Edges) -> str:
    pairs: list[Pair] = []
    for item in edges.items:
        match item:
            case Constant(key, text):
                pairs.append((key, records.constant(text)))
            case CursorOf(key):
                pairs.append((key, cursor_text(cursor_keys(page.sorted), page.shape.digest)))
            case NodeOf(key, record):
                pairs.append((key, json_object(records.record_pairs(writer, record, page.alias))))
    return json_object(pairs)


def _page_info(page: Page, info: PageInfo) -> str:
    size, backward = page.rows.page.size, page.rows.page.backward
    # Counted by a column of the page's own level, or it would be a count of the inner select.
    counted = "count(p.position)"
    past = "true" if (page.rows.page.before if backward else page.rows.page.after) is not None else "false"
    pairs: list[Pair] = []
    for item in info.items:
        if isinstance(item, Constant):
            pairs.append((item.key, records.constant(item.text)))
        elif item.fact in (PageFact.HAS_NEXT, PageFact.HAS_PREVIOUS):
            is_ahead = (item.fact is PageFact.HAS_NEXT) != backward
            pairs.append((item.key, f"{counted} > {size:d}" if is_ahead else past))
            page.is_read |= is_ahead
        else:
            first = (item.fact is PageFact.START) != backward
            place = "1" if first else f"least({counted}, {size:d})"
            # A forward page comes in its order; only one that was counted from the end has to be turned around.
            turned = " order by p.position" if backward else ""
            keys = f"(array_agg({page.add(cursor_keys(page.sorted))}{turned}))[{place}]"
            pairs.append((item.key, cursor_text(keys, page.shape.digest)))
    return json_object(pairs)
