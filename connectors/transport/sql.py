"""Any SQL database: one consistent snapshot over all tables that are due, in bounded batches of exact text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.pool import NullPool

from connectors.heading import nearest, of_names
from connectors.mapping import Fitted, Mapping
from connectors.source import datasets_of, place, told_by, wanted
from connectors.transport import changes
from connectors.transport.copy_out import copied_frames
from connectors.transport.row_text import selected_frames
from hub.catalog.dataset import Agency
from hub.errors import SettingError, SourceError
from hub.sync.connector import Delivery
from hub.sync.handover import ROW, Batch, Due, Kind

_CONNECT_SECONDS = 10

# What the drivers of PostgreSQL, MySQL and Oracle say, and what it means.
_REASONS = (
    ("password authentication failed", "account or password is wrong"),
    ("access denied", "account or password is wrong"),
    ("ora-01017", "account or password is wrong"),
    ("pg_hba.conf", "the database does not let this machine in"),
    ("connection refused", "nothing answers at that address"),
    ("timeout", "no answer in time"),
    ("timed out", "no answer in time"),
    ("translate host name", "the host's name is not known"),
    ("resolve host", "the host's name is not known"),
    ("name or service not known", "the host's name is not known"),
    ("does not exist", "there is no such database or account"),
    ("unknown database", "there is no such database"),
)


@dataclass(frozen=True, slots=True)
class TableForm:
    """One table or view of an agency. ``key`` orders its rows, so that the same content has the same row numbers.

    With ``changes`` only what changed is read, most times. ``day`` is the column, of a date or time type, that its
    datasets' ``happened_on`` is read from: a backfill then asks for its days alone.
    ``optional``: not every agency keeps such a table; where there is none, the others are read.
    """

    table: str
    key: tuple[str, ...]
    mappings: tuple[Mapping, ...]
    changes: changes.Changes | None = None
    day: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What a database is told before it is read: one snapshot, no writing, texts that mean the same everywhere."""

    isolation: str | None
    statements: tuple[str, ...] = ()
    connect_arguments: tuple[tuple[str, object], ...] = ()


# Times are Beijing time; an offset, because not every server knows the names of zones.
_DIALECTS = {
    "postgresql": _Dialect(
        "REPEATABLE READ",
        (
            "set transaction read only",
            "set local time zone interval '+08:00' hour to minute",
            "set local datestyle to 'ISO, YMD'",
            "set local client_encoding to 'UTF8'",
        ),
        (("connect_timeout", _CONNECT_SECONDS),),
    ),
    "mysql": _Dialect(
        "REPEATABLE READ",
        ("set time_zone = '+08:00'", "start transaction with consistent snapshot, read only"),
        (("connect_timeout", _CONNECT_SECONDS),),
    ),
    "mariadb": _Dialect(
        "REPEATABLE READ",
        ("set time_zone = '+08:00'", "start transaction with consistent snapshot, read only"),
        (("connect_timeout", _CONNECT_SECONDS),),
    ),
    "oracle": _Dialect(None, ("set transaction read only", "alter session set time_zone = '+08:00'")),
    "sqlite": _Dialect(None, ("begin",)),
}


class SqlConnector:
    """One agency's database; ``url`` is SQLAlchemy's. ``size``: most rows of a batch."""

    def __init__(
        self, agency: Agency, url: str, forms: tuple[TableForm, ...], schema: str | None = None, size: int = 20_000
    ) -> None:
        self.agency = agency
        self._url = _url(url, agency)
        self._forms = forms
        self._schema = schema
        self._size = size
        self.lacks: dict[str, str] = {}

    def deliveries(self, due: Due) -> Iterator[Delivery]:
        """One delivery per table, all from the same snapshot, which ends with the last of them or with the first error.

        Raises ``SourceError`` if the database cannot be reached or a table is not there.
        """
        due_forms = [(form, mappings) for form in self._forms if (mappings := wanted(form.mappings, due))]
        if not due_forms:
            return
        due_forms.sort(key=lambda item: place(item[1]))
        snapshot = _Snapshot(self.agency, self._url, self._schema, readers=len(due_forms))
        self.lacks = {}
        try:
            for form, mappings in due_forms:
                if form.optional and not snapshot.has(form.table):
                    self.lacks |= dict.fromkeys(datasets_of(mappings), form.table)
                    snapshot.done()
                    continue
                yield TableDelivery(snapshot, form, mappings, self._size, due)
        except GeneratorExit:
            snapshot.leave()
            raise


class _Snapshot:
    """One read-only transaction shared by several deliveries; opened at the first look, closed by the last reader."""

    def __init__(self, agency: Agency, url: URL, schema: str | None, readers: int) -> None:
        self.agency = agency
        self.schema = schema
        self._url = url
        self._readers = readers
        self._connection: Connection | None = None
        self._tables: list[str] = []

    @property
    def connection(self) -> Connection:
        """The connection, in its transaction. Raises ``SourceError`` if it cannot be made."""
        if self._connection is None:
            self._connection = self._opened()
        return self._connection

    def has(self, table: str) -> bool:
        """Whether there is such a table, or view, that the account may see."""
        with self.refusing(table):
            return table in self._tables_of(sa.inspect(self.connection))

    def _tables_of(self, inspector: sa.Inspector) -> list[str]:
        return [*inspector.get_table_names(self.schema), *inspector.get_view_names(self.schema)]

    def columns(self, table: str) -> list[str]:
        """The table's columns in their order. Raises ``SourceError`` if there is no such table."""
        with self.refusing(table):
            inspector = sa.inspect(self.connection)
            tables = self._tables_of(inspector)
            if table in tables:
                return [str(column["name"]) for column in inspector.get_columns(table, self.schema)]
        raise SourceError(
            "SOURCE_TABLE_MISSING",
            f"The database of {self.agency} has no table {table} that the hub may see.",
            f"Nearest: {', '.join(nearest(table, tables)) or 'none'}."
            f" Check {told_by(self.agency, 'schema')} and the grants.",
        )

    def done(self) -> None:
        """One delivery has been read."""
        self._readers -= 1
        if self._readers <= 0:
            self.close()

    def leave(self) -> None:
        """No further delivery will be asked for; one that is read after all opens and closes a snapshot of its own."""
        self._readers = 0
        self.close()

    def close(self) -> None:
        """End the transaction and the connection."""
        if self._connection is not None:
            with suppress(sa.exc.SQLAlchemyError):
                self._connection.close()
            self._connection = None

    def refusing(self, table: str) -> _Refusing:
        """Turns a driver's errors into ``SourceError`` without their text, which may quote rows or addresses."""
        return _Refusing(self, table)

    def _opened(self) -> Connection:
        dialect = _DIALECTS.get(self._url.get_backend_name(), _Dialect(None))
        try:
            engine = sa.create_engine(
                self._url,
                poolclass=NullPool,
                hide_parameters=True,
                connect_args=dict(dialect.connect_arguments),
            )
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError):
            raise SettingError(
                "SETTING_SOURCE_DRIVER",
                f"There is no driver for {self._url.drivername} on this machine.",
                f"Install it as docs/connecting.md says, or name another driver in {told_by(self.agency, 'url')}.",
            ) from None
        options = {"isolation_level": dialect.isolation} if dialect.isolation else {}
        with self.refusing(""):
            connection = engine.connect().execution_options(**options)
            for statement in dialect.statements:
                connection.exec_driver_sql(statement)
        return connection


class _Refusing:
    def __init__(self, snapshot: _Snapshot, table: str) -> None:
        self._snapshot = snapshot
        self._table = table

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or not _is_of_driver(error):
            return
        self._snapshot.close()
        cause = getattr(error, "orig", None) or error
        state = getattr(cause, "sqlstate", None) or type(cause).__name__
        agency = self._snapshot.agency
        if not self._table:
            raise SourceError(
                "SOURCE_UNREACHABLE",
                f"The database of {agency} cannot be reached ({_why(cause) or state}).",
                f"Check {told_by(agency, 'url')}, the network, and that the account may connect.",
            ) from None
        raise SourceError(
            "SOURCE_READ_FAILED",
            f"Reading {self._table} of {agency} failed ({state}).",
            "Nothing was loaded; run the sync again. If it stays so, ask the agency's database administrator.",
        ) from None


def _why(cause: object) -> str | None:
    """What keeps a connection from being made, in words of our own: a driver's may name accounts and addresses."""
    text = str(cause).lower()
    return next((words for phrase, words in _REASONS if phrase in text), None)


def _is_of_driver(error: BaseException) -> bool:
    return isinstance(error, sa.exc.SQLAlchemyError | OSError | pl.exceptions.PolarsError) or any(
        parent.__name__ == "Error" and parent.__module__.split(".")[0] in {"psycopg", "sqlite3", "pymysql", "oracledb"}
        for parent in type(error).__mro__
    )


class TableDelivery:
    """One table of the snapshot."""

    kind = Kind.TABLE

    def __init__(
        self, snapshot: _Snapshot, form: TableForm, mappings: tuple[Mapping, ...], size: int, due: Due
    ) -> None:
        self._snapshot = snapshot
        self._form = form
        self._mappings = mappings
        self._size = size
        self._digest = ""
        self._expected: int | None = None
        self._due = due
        self._started = None if due.moment is None else changes.city_time(due.moment)
        self._form_digest = changes.form_digest((form, mappings))
        self._former = self._usable_cursor()
        self._next: changes.Cursor | None = None

    def _usable_cursor(self) -> changes.Cursor | None:
        how = self._form.changes
        if how is None or self._started is None or self._due.is_backfill:
            return None
        return changes.usable(self._due.cursors.get(self.name), how, self._form_digest, self._started)

    @property
    def is_part(self) -> bool:
        """Whether only changed rows are read."""
        return self._former is not None

    @property
    def cursor(self) -> str | None:
        """Where the next reading begins; None where everything is read each time."""
        return None if self._next is None else self._next.written()

    @property
    def _condition(self) -> sa.ColumnElement[bool]:
        if self._former is not None and self._form.changes is not None:
            return self._former.condition(self._form.changes)
        if self._due.is_backfill and self._form.day is not None:
            return changes.days_condition(self._form.day, self._due)
        return sa.true()

    @property
    def name(self) -> str:
        """The table's name."""
        return self._form.table

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that are due and stand in it."""
        return datasets_of(self._mappings)

    @property
    def expected_rows(self) -> int:
        """The rows to be read, in this snapshot."""
        if self._expected is None:
            self._snapshot.columns(self.name)
            with self._snapshot.refusing(self.name):
                table = sa.table(self.name, schema=self._snapshot.schema)
                counting = sa.select(sa.func.count()).select_from(table).where(self._condition)
                self._expected = self._snapshot.connection.execute(counting).scalar_one()
        return self._expected

    @property
    def digest(self) -> str:
        """SHA-256 of the columns read and their values in order; empty until the batches are exhausted."""
        return self._digest

    def batches(self) -> Iterator[Batch]:
        """The rows in the order of the key. Raises ``SourceError`` if reading fails or rows are missing at its end."""
        headings = of_names(self._snapshot.columns(self.name))
        fits = [mapping.fit(headings, self.name) for mapping in self._mappings]
        labels = list(dict.fromkeys(label for fit in fits for label in fit.labels))
        expected = self.expected_rows
        sha = hashlib.sha256("\x1f".join(labels).encode())
        count = 0
        with self._snapshot.refusing(self.name):
            for frame in self._frames(labels, sha):
                numbers = pl.int_range(count + 1, count + 1 + frame.height, dtype=pl.Int64, eager=True).alias(ROW)
                count += frame.height
                yield from _batches(fits, frame.insert_column(0, numbers))
        if count == 0:
            yield from _batches(fits, pl.DataFrame(schema={ROW: pl.Int64, **dict.fromkeys(labels, pl.String)}))
        if count != expected:
            raise SourceError(
                "SOURCE_CHANGED",
                f"{self.name} had {expected} rows when counted and {count} when read.",
                "Run the sync again when nobody loads the table.",
            )
        self._note_end()
        self._digest = sha.hexdigest()
        self._snapshot.done()

    def _note_end(self) -> None:
        how = self._form.changes
        if how is None or self._started is None or self._due.is_backfill:
            return
        with self._snapshot.refusing(self.name):
            table = sa.table(self.name, schema=self._snapshot.schema)
            column: sa.ColumnClause[object] = sa.column(how.column)
            newest = sa.select(sa.func.max(column)).select_from(table).where(self._condition)
            found = self._snapshot.connection.execute(newest).scalar_one()
        self._next = changes.following(found, self._former, self._started, self._form_digest, how.column)

    def _frames(self, labels: list[str], sha: hashlib._Hash) -> Iterator[pl.DataFrame]:
        connection = self._snapshot.connection
        columns: list[sa.ColumnClause[object]] = [sa.column(name) for name in dict.fromkeys([*labels, *self._form.key])]
        table = sa.table(self._form.table, *columns, schema=self._snapshot.schema)
        order = [table.c[name] for name in self._form.key]
        chosen = sa.select().select_from(table).where(self._condition).order_by(*order)
        if connection.dialect.driver == "psycopg":
            return copied_frames(connection, table, labels, chosen, self._size, sha)
        return selected_frames(connection, table, labels, chosen, self._size, sha)


def _batches(fits: list[Fitted], frame: pl.DataFrame) -> Iterator[Batch]:
    for fit in fits:
        yield Batch(fit.part, fit.rows(frame))


def _url(text: str, agency: Agency) -> URL:
    try:
        url = make_url(text)
    except sa.exc.ArgumentError:
        raise SettingError(
            "SETTING_SOURCE_URL",
            f"{told_by(agency, 'url')} is not a database address.",
            "Write it as dialect+driver://account:password@host/database.",
        ) from None
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgres", "postgresql"} else url
