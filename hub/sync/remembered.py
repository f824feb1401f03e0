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
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import chain

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
    _learnt: list[tuple[int, npt.NDArray[np.int32], _Digests]] = field(default_factory=list)  # part, rows, digests
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
        self._learnt.append((ordinal, numbers.astype(np.int32), digests))
        if self._count > _MOST_ROWS:
            self._learnt.clear()

    def contradicts(self, connection: Connection, county: str) -> bool:
        """Whether a row that was judged has the key of one that was taken as known; then all must be judged."""
        if self.is_repeated or not self.skipped:
            return self.is_repeated
        connection.execute(SQL("analyze {}").format(staged(self.dataset.name)))
        select = SQL("select {} from {} s join {} r on {} and {}").format(
            _RECORD_PLACE,
            staged(self.dataset.name),
            record(self.dataset.name),
            of_county("r"),
            same_key(self.dataset, "r", "s"),
        )
        _, known = self._known()
        known.sort()
        # To its end, because a COPY that is left halfway ends the transaction.
        known_again = [_found_in(known, rows[:, 0])[1].any() for rows in _numbers(connection, select, county, 1)]
        return any(known_again)

    def open_met(self, connection: Connection) -> None:
        """Fill the temporary table of the records that known rows stand for."""
        connection.execute(
            SQL("create temp table {} (source_part bigint, source_row int) on commit drop").format(
                met(self.dataset.name)
            )
        )
        if self.former is None or not self._met.any():
            return
        _, places = self._known()
        buffer = BytesIO()
        pl.DataFrame({"p": places >> 32, "r": places & _ROW_BITS}).write_csv(buffer, include_header=False)
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
        digests, places = self._known()
        is_worthless = is_worthless or self._count > _MOST_ROWS
        if self._learnt and not is_worthless:
            learnt = self._learnt_places(work, has_repeats=has_repeats, is_first=is_first)
            digests, places = (np.concatenate(pair) for pair in zip((digests, places), learnt, strict=True))
            del learnt
        ids = np.array(sorted({*(self.former.part_ids if self.former else ()), *work.part_ids}), dtype=np.int64)
        if is_worthless or len(digests) > _MOST_ROWS or len(ids) > _MOST_PARTS:
            digests, places = digests[:0], places[:0]
        # Millions of rows: what is done with is let go, so that two copies of all are never held.
        order = np.argsort(digests)
        digests, places = digests[order], places[order]
        del order
        rows = (places & _ROW_BITS).astype(np.int32)
        codes = np.searchsorted(ids, places >> 32).astype(np.uint16)
        del places
        used, codes = _without_gaps(codes, len(ids))
        work.connection.execute(
            "insert into sync.remembered (county, dataset, run_id, digests, part_ids, parts, source_rows)"
            " values (%s, %s, %s, %s, %s, %s, %s)"
            " on conflict (county, dataset) do update set (run_id, digests, part_ids, parts, source_rows)"
            " = (excluded.run_id, excluded.digests, excluded.part_ids, excluded.parts, excluded.source_rows)",
            (
                work.county,
                self.dataset.name,
                work.run_id,
                digests.tobytes(),
                ids[used].tolist(),
                codes.tobytes(),
                rows.tobytes(),
            ),
            binary=True,
        )

    def _known(self) -> tuple[_Digests, _Places]:
        """Digest and place of each record that a known row stands for."""
        if self.former is None:
            return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
        ids = np.array([*self.former.part_ids, 0], dtype=np.int64)
        places = _places(ids[self.former.parts[self._met]], self.former.rows[self._met])
        return self.former.digests[self._met], places

    def _learnt_places(self, work: Workspace, *, has_repeats: bool, is_first: bool) -> tuple[_Digests, _Places]:
        """Digest and record of each row that was judged and kept."""
        digests = np.concatenate([item for _, _, item in self._learnt])
        if is_first and not has_repeats:
            ids = [0, *work.part_ids]
            records = np.concatenate([_places(ids[ordinal], rows) for ordinal, rows, _ in self._learnt])
            self._learnt.clear()
            return digests, records
        places = np.concatenate([_places(ordinal, rows) for ordinal, rows, _ in self._learnt])
        self._learnt.clear()
        order = np.argsort(places)
        places, digests = places[order], digests[order]
        del order
        records = np.full(len(places), -1, dtype=np.int64)
        select = _records_of_staged(self.dataset, has_repeats=has_repeats)
        for theirs in _numbers(work.connection, select, work.county, 2):
            at, found = _found_in(places, theirs[:, 0])
            records[at[found]] = theirs[found, 1]
        kept = records >= 0
        return digests[kept], records[kept]


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


def _numbers(connection: Connection, select: Composed, county: str, width: int) -> Iterator[npt.NDArray[np.int64]]:
    """A query's rows of whole numbers, some at a time, by way of COPY: there may be millions."""
    columns = {str(place): pl.Int64 for place in range(width)}
    text = bytearray()
    with (
        connection.cursor() as cursor,
        cursor.copy(SQL("copy ({}) to stdout").format(select), {"county": county}) as out,
    ):
        for block in chain(out, [b""]):
            text += block
            if len(text) > _MOUTHFUL_BYTES or (text and not block):
                yield pl.read_csv(bytes(text), separator="\t", has_header=False, schema=columns).to_numpy()
                text.clear()


def _found_in(ordered: _Places, wanted: _Places) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Where each of ``wanted`` stands in ``ordered``, and whether it does."""
    if not len(ordered):
        return np.zeros(len(wanted), dtype=np.intp), np.zeros(len(wanted), dtype=np.bool_)
    at = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return at, ordered[at] == wanted


def _without_gaps(codes: npt.NDArray[np.uint16], count: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint16]]:
    """Which of ``count`` codes occur, and the codes renumbered without the others."""
    used = np.zeros(count, dtype=np.bool_)
    used[codes] = True
    return used, (np.cumsum(used) - 1).astype(np.uint16)[codes]


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
