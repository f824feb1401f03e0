"""Rows whose raw text has not changed since the last whole delivery need not be read, checked and staged again.

After a whole delivery the run keeps, for every accepted row, a 64-bit digest of its raw text and the place of the
record it stands for. The next run hashes each row first: a known digest is a row that is accepted and unchanged. Rows
that were rejected, emptied in part or repeated are never remembered, so that they are judged anew each time.

Two different texts with one digest would hide a change: among a million rows once in some 10^13 changed ones. The
digest covers the catalogue's entry, the columns and the code that reads them: where any of these changed, nothing is
known.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

import numpy as np
import numpy.typing as npt
import polars as pl
from psycopg.sql import SQL, Composed

from hub.catalog.dataset import Dataset
from hub.sync.handover import ROW, Batch, CheckedBatch, Part
from hub.sync.statements import (
    Connection,
    Workspace,
    met,
    of_county,
    record,
    repeated,
    same_key,
    staged,
)

# 14 bytes a row are held in memory: of more rows than this nothing is remembered.
_MOST_ROWS = 4_000_000
_MOST_PARTS = 1 << 16
_MOUTHFUL_BYTES = 4 << 20

_ROW_BITS = 0xFFFFFFFF  # of a place: the rest is the part
_RECORD_PLACE = SQL("r.source_part << 32 | r.source_row")

_Digests = npt.NDArray[np.uint64]
_Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Former:
    """The rows of the last whole delivery, by ascending digest, and where their records say they came from."""

    digests: _Digests
    part_ids: tuple[int, ...]
    parts: npt.NDArray[np.uint16]  # positions in part_ids
    rows: npt.NDArray[np.int32]


@dataclass(slots=True)
class Memory:
    """One dataset in one run: what is known of it from before, and what this run learns."""

    dataset: Dataset
    former: Former | None = None
    is_repeated: bool = False  # a known row came twice
    _met: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    _waiting: deque[tuple[int, pl.Series, _Digests] | None] = field(default_factory=deque)
    _learnt: list[tuple[_Places, _Digests]] = field(default_factory=list)
    _count: int = 0
    _seeds: dict[int, tuple[Part, int]] = field(default_factory=dict[int, tuple[Part, int]])

    def __post_init__(self) -> None:
        if self.former is not None:
            self._met = np.zeros(len(self.former.digests), dtype=np.bool_)

    @property
    def skipped(self) -> int:
        """How many rows were known."""
        return int(self._met.sum())

    def without_known(self, ordinal: int, batch: Batch) -> Batch:
        """The rows of ``batch`` that are to be judged; the others are noted. Every batch comes by in order.

        Of a sheet, and of rows with a control total, every row is read: its numbers are to be added up.
        """
        if not self.dataset.full or batch.part.sheet is not None or batch.control_totals:
            self._waiting.append(None)
            return batch
        digests: _Digests = batch.rows.drop(ROW).hash_rows(self._seed(batch.part)).to_numpy()
        rows = batch.rows
        if self.former is not None and len(self.former.digests):
            known = self._note_known(digests)
            if known.any():
                rows, digests = _taken_out(rows, ~known), digests[~known]
        self._waiting.append((ordinal, rows[ROW], digests))
        return batch if rows is batch.rows else Batch(batch.part, rows)

    def _seed(self, part: Part) -> int:
        """A number that is another one whenever the same text would be read differently."""
        known = self._seeds.get(id(part))
        if known is None or known[0] is not part:
            words = repr((self.dataset, part.columns, pl.__version__, _code()))
            known = part, int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big") >> 1
            self._seeds[id(part)] = known
        return known[1]

    def _note_known(self, digests: _Digests) -> npt.NDArray[np.bool_]:
        assert self.former is not None  # noqa: S101  # for the type checker; the caller looked
        order = np.argsort(digests)
        places = np.empty(len(digests), dtype=np.int64)
        # In order, so that the search walks through memory instead of jumping about.
        places[order] = np.searchsorted(self.former.digests, digests[order])
        np.minimum(places, len(self.former.digests) - 1, out=places)
        known: npt.NDArray[np.bool_] = self.former.digests[places] == digests
        found = places[known]
        self.is_repeated = self.is_repeated or bool(self._met[found].any()) or len(np.unique(found)) != len(found)
        self._met[found] = True
        return known

    def note_judged(self, judged: CheckedBatch) -> None:
        """What became of the next batch that ``without_known`` gave out."""
        waiting = self._waiting.popleft()
        if waiting is None or self._count > _MOST_ROWS:
            return
        ordinal, rows, digests = waiting
        numbers = rows.to_numpy()
        if judged.rejects:
            kept = {reject.row for reject in judged.rejects}
            accepted = np.isin(numbers, judged.rows[ROW].to_numpy()) & ~np.isin(numbers, list(kept))
            numbers, digests = numbers[accepted], digests[accepted]
        self._count += len(numbers)
        self._learnt.append((_places(ordinal, numbers), digests))
        if self._count > _MOST_ROWS:
            self._learnt.clear()

    def contradicts(self, connection: Connection, county: str) -> bool:
        """Whether a row that was judged has the key of one that was taken as known; then all must be judged."""
        if self.is_repeated or not self.skipped:
            return self.is_repeated
        connection.execute(SQL("analyze {}").format(staged(self.dataset.name)))
        beside = _read_numbers(
            connection,
            SQL("select {} from {} s join {} r on {} and {}").format(
                _RECORD_PLACE,
                staged(self.dataset.name),
                record(self.dataset.name),
                of_county("r"),
                same_key(self.dataset, "r", "s"),
            ),
            county,
            1,
        )
        _, parts, rows = self._known()
        return bool(np.isin(beside[:, 0], _places(parts, rows)).any())

    def open_met(self, connection: Connection) -> None:
        """Fill the temporary table of the records that known rows stand for."""
        connection.execute(
            SQL("create temp table {} (source_part bigint, source_row int) on commit drop").format(
                met(self.dataset.name)
            )
        )
        if self.former is None or not self._met.any():
            return
        _, parts, rows = self._known()
        buffer = BytesIO()
        pl.DataFrame({"p": parts, "r": rows}).write_csv(buffer, include_header=False)
        statement = SQL("copy {} (source_part, source_row) from stdin with (format csv)").format(met(self.dataset.name))
        with connection.cursor() as cursor, cursor.copy(statement) as copying:
            copying.write(buffer.getvalue())
        connection.execute(SQL("analyze {}").format(met(self.dataset.name)))

    def stand(self, work: Workspace) -> None:
        """A late delivery has changed nothing, so what was remembered still holds."""
        if self.former is not None:
            work.connection.execute(
                "update sync.remembered set run_id = %s where county = %s and dataset = %s",
                (work.run_id, work.county, self.dataset.name),
            )

    def keep(self, work: Workspace, *, is_worthless: bool, has_repeats: bool, is_first: bool) -> None:
        """Remember this delivery for the next run; nothing if every row of the next is to be read anyway."""
        digests, parts, rows = self._known()
        is_worthless = is_worthless or self._count > _MOST_ROWS
        if self._learnt and not is_worthless:
            learnt = self._learnt_places(work, has_repeats=has_repeats, is_first=is_first)
            digests, parts, rows = (np.concatenate(pair) for pair in zip((digests, parts, rows), learnt, strict=True))
        part_ids, codes = np.unique(parts, return_inverse=True)
        if is_worthless or len(digests) > _MOST_ROWS or len(part_ids) > _MOST_PARTS:
            digests, part_ids, codes, rows = digests[:0], part_ids[:0], codes[:0], rows[:0]
        order = np.argsort(digests)
        work.connection.execute(
            "insert into sync.remembered (county, dataset, run_id, digests, part_ids, parts, source_rows)"
            " values (%s, %s, %s, %s, %s, %s, %s)"
            " on conflict (county, dataset) do update set (run_id, digests, part_ids, parts, source_rows)"
            " = (excluded.run_id, excluded.digests, excluded.part_ids, excluded.parts, excluded.source_rows)",
            (
                work.county,
                self.dataset.name,
                work.run_id,
                digests[order].tobytes(),
                part_ids.tolist(),
                codes[order].astype(np.uint16).tobytes(),
                rows[order].astype(np.int32).tobytes(),
            ),
            binary=True,
        )

    def _known(self) -> tuple[_Digests, _Places, _Places]:
        """Digest, part and row of each record that a known row stands for."""
        if self.former is None:
            none = np.zeros(0, dtype=np.int64)
            return np.zeros(0, dtype=np.uint64), none, none
        ids = np.array([*self.former.part_ids, 0], dtype=np.int64)
        return (
            self.former.digests[self._met],
            ids[self.former.parts[self._met]],
            self.former.rows[self._met].astype(np.int64),
        )

    def _learnt_places(
        self, work: Workspace, *, has_repeats: bool, is_first: bool
    ) -> tuple[_Digests, _Places, _Places]:
        """Digest and record of each row that was judged and kept."""
        places = np.concatenate([item for item, _ in self._learnt])
        digests = np.concatenate([item for _, item in self._learnt])
        self._learnt.clear()
        if is_first and not has_repeats:
            ids = np.array([0, *work.part_ids], dtype=np.int64)
            return digests, ids[places >> 32], places & _ROW_BITS
        theirs, records = _read_numbers(
            work.connection, _records_of_staged(self.dataset, has_repeats=has_repeats), work.county, 2
        ).T
        order, mine = np.argsort(theirs), np.argsort(places)
        places, digests = places[mine], digests[mine]
        theirs, records = theirs[order], records[order]
        at = np.searchsorted(theirs, places)
        at[at == len(theirs)] = 0
        kept = theirs[at] == places if len(theirs) else np.zeros(len(places), dtype=np.bool_)
        records = records[at[kept]]
        return digests[kept], records >> 32, records & _ROW_BITS


def former_rows(connection: Connection, county: str, dataset: Dataset) -> Former | None:
    """What the last run that read ``dataset`` remembered of it; nothing if anything else has changed it since."""
    row = connection.execute(
        "select m.digests, m.part_ids, m.parts, m.source_rows from sync.remembered m"
        " where m.county = %(county)s and m.dataset = %(dataset)s and m.run_id ="
        " (select max(run_id) from sync.dataset_run where county = %(county)s and dataset = %(dataset)s)",
        {"county": county, "dataset": dataset.name},
        binary=True,
    ).fetchone()
    if row is None or not row[0]:
        return None
    former = Former(
        np.frombuffer(row[0], dtype=np.uint64),
        tuple(row[1]),
        np.frombuffer(row[2], dtype=np.uint16),
        np.frombuffer(row[3], dtype=np.int32),
    )
    counted = connection.execute(
        SQL("select count(*) from {} r where {}").format(record(dataset.name), of_county("r")), {"county": county}
    ).fetchone()
    return former if counted and int(counted[0]) >= len(former.digests) else None


def _records_of_staged(dataset: Dataset, *, has_repeats: bool) -> Composed:
    """The place of each staged row and of its record; not of one that came more than once."""
    once = SQL(" where not exists (select from {} t where {})").format(
        repeated(dataset.name), same_key(dataset, "t", "s")
    )
    return SQL("select s.part::bigint << 32 | s.source_row, {} from {} s join {} r on {} and {}{}").format(
        _RECORD_PLACE,
        staged(dataset.name),
        record(dataset.name),
        of_county("r"),
        same_key(dataset, "r", "s"),
        once if has_repeats else SQL(""),
    )


def _taken_out(rows: pl.DataFrame, wanted: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """A copy of the wanted rows: a filtered column of texts would keep the bytes of all the others."""
    return rows.filter(pl.Series(wanted)).with_columns(pl.col(pl.String) + "")


def _read_numbers(connection: Connection, select: Composed, county: str, width: int) -> npt.NDArray[np.int64]:
    """A query's rows of whole numbers, by way of COPY: there may be millions, whose text is never held whole."""
    found: list[npt.NDArray[np.int64]] = []
    text = bytearray()

    def swallow() -> None:
        columns = {str(place): pl.Int64 for place in range(width)}
        found.append(pl.read_csv(bytes(text), separator="\t", has_header=False, schema=columns).to_numpy())
        text.clear()

    with (
        connection.cursor() as cursor,
        cursor.copy(SQL("copy ({}) to stdout").format(select), {"county": county}) as out,
    ):
        for block in out:
            text += block
            if len(text) > _MOUTHFUL_BYTES:
                swallow()
        if text:
            swallow()
    return np.concatenate(found) if found else np.zeros((0, width), dtype=np.int64)


def _places(part: int | _Places, row: npt.NDArray[np.integer]) -> _Places:
    """Part and row as one number; ids of parts stay far below 2^31."""
    place: _Places = (np.asarray(part, dtype=np.int64) << 32) | row.astype(np.int64)
    return place


@lru_cache(maxsize=1)
def _code() -> str:
    """A digest of everything that turns text into values."""
    sha = hashlib.sha256()
    for file in sorted(files("hub.sync").iterdir(), key=lambda item: item.name):
        if file.name.endswith(".py"):
            sha.update(file.read_bytes())
    return sha.hexdigest()
