"""Files dropped into a folder, bare or in a ZIP: which belongs to which form, whole or not yet, read and digested."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from datetime import time as time_of_day
from fnmatch import fnmatchcase
from pathlib import Path

from connectors.mapping import Mapping
from connectors.reader.archive import Member, members, unpack
from connectors.reader.delimited import DelimitedGrid
from connectors.reader.sheet import Grid, Reading, read_grid
from connectors.reader.told_day import CellAbove, DayColumn, OfOneDay, day_told
from connectors.reader.workbook import Workbook
from connectors.source import datasets_of, place, told_by, wanted
from connectors.transport.spool import Spool
from hub.catalog.dataset import Agency
from hub.errors import SourceError
from hub.sync.connector import Delivery
from hub.sync.handover import Batch, Due, Kind

_File = tuple[Path, Member | None]

_log = logging.getLogger(__name__)

_CITY_TIME = timezone(timedelta(hours=8))
_LAST_SECOND = time_of_day(23, 59, 59)
_WORKBOOKS = {".xlsx", ".xlsm", ".xls"}
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart")
_MOST_NAMED = 10
# Long enough to see an ordinary copy go on.
_SHORTEST_WAIT_SECONDS = 0.2
_CHECKSUMS = {".sha256": "sha256", ".md5": "md5"}


@dataclass(frozen=True, slots=True)
class FileForm:
    r"""One kind of file an agency drops.

    ``pattern`` is a file name with ``*``. A workbook's sheets are all read, or those whose name fits ``sheets``.
    ``separator`` and ``quoted`` are for delimited text; ``headings`` for a file that has no header, in its order.
    ``archive`` is the name, with ``*``, of ZIP files that hold such files, beside those that lie bare in the folder.
    ``only_last``: every file holds everything (a list for each year), so that of several only the last by name is read;
    otherwise all files together are the dataset. ``share``: each file speaks for its own share (a period, a township):
    one that is taken away withdraws nothing, one that comes again under its name withdraws what it no longer holds.
    ``as_of`` is a regular expression that finds in a file's name the day whose state it tells, its digits in one group:
    ``_(\d{8})`` in ``借据表_20200708.txt``; or a cell or column of its tables that tells it. An older file that comes
    late then changes nothing.
    """

    pattern: str
    mappings: tuple[Mapping, ...]
    sheets: str = "*"
    separator: str = ","
    quoted: bool = True
    headings: tuple[str, ...] = ()
    archive: str = ""
    only_last: bool = False
    share: bool = False
    as_of: str | CellAbove | DayColumn = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it stood when it was looked at; any difference means somebody is writing it."""

    size: int
    modified: int
    inode: int

    @staticmethod
    def of(path: Path) -> _Seen:
        try:
            stat = path.stat()
        except OSError:
            raise not_whole(path.name, "was taken away while it was looked at") from None
        return _Seen(stat.st_size, stat.st_mtime_ns, stat.st_ino)


def names_of(form: FileForm, names: Sequence[str], agency: Agency) -> tuple[list[str], list[str]]:
    """The bare files and the archives of a form among a folder's ``names``.

    Raises ``SourceError`` if there is neither, or one of them is still open or being copied.
    """
    wanted = (form.pattern, form.archive)
    for name in names:
        open_name, whole_name = name.removeprefix("~$"), name.rpartition(".")[0]
        if name.startswith("~$") and _fits(open_name, wanted):
            raise not_whole(open_name, "is open in a spreadsheet program")
        if name.lower().endswith(_UNFINISHED) and _fits(whole_name, wanted):
            raise not_whole(whole_name, "is still being copied")
    names = [name for name in names if not name.lower().endswith(tuple(_CHECKSUMS))]
    bare = [name for name in names if _fits(name, (form.pattern,))]
    archives = [name for name in names if _fits(name, (form.archive,))]
    if not bare and not archives:
        raise _missing(form, agency)
    if form.only_last:
        *older, last = sorted(bare + archives)
        if older:
            _log.info("%s holds everything; older files are not read: %s", last, ", ".join(older[-_MOST_NAMED:]))
        bare, archives = ([last], []) if last in bare else ([], [last])
    return sorted(bare), sorted(archives)


def checksum_names(name: str) -> tuple[str, ...]:
    """The names under which an agency may drop a file's checksum beside it."""
    return tuple(name + ending for ending in _CHECKSUMS)


class FolderConnector:
    """One agency's folder.

    ``settle_seconds``: a file must stay unchanged this long before it counts as whole. One that is older than that when
    a run begins is looked at for a moment only; a copy over a network may well stand still for seconds.
    """

    def __init__(self, agency: Agency, folder: Path, forms: tuple[FileForm, ...], settle_seconds: float = 5.0) -> None:
        self.agency = agency
        self._folder = folder
        self._forms = forms
        self._settle_seconds = settle_seconds

    def deliveries(self, due: Due) -> Iterator[Delivery]:
        """One delivery per file, by form and then by name.

        Raises ``SourceError`` if the folder is not there, a form that is due has no file, or a file is not whole.
        """
        names = self._names()
        if unknown := sorted(name for name in names if not _belongs(name, self._forms)):
            _log.warning("in the folder of %s, and no form's: %s", self.agency, ", ".join(unknown[:_MOST_NAMED]))
        due_forms = [(form, mappings) for form in self._forms if (mappings := wanted(form.mappings, due))]
        found = [(mappings, form, *names_of(form, names, self.agency)) for form, mappings in due_forms]
        due_files = {self._folder / name for _, _, bare, archives in found for name in bare + archives}
        self._check_whole(due_files, due.moment)
        for mappings, form, bare, archives in sorted(found, key=lambda item: place(item[0])):
            for path, member in self._files(form, bare, archives):
                yield FileDelivery(path, form, mappings, member)

    def _names(self) -> list[str]:
        try:
            return [path.name for path in self._folder.iterdir() if path.is_file()]
        except OSError as failure:
            raise SourceError(
                "SOURCE_FOLDER_UNREADABLE",
                f"The folder of {self.agency} cannot be read ({failure.strerror}).",
                f"Check {told_by(self.agency, 'folder')} and the rights of the account the hub runs under.",
            ) from None

    def _files(self, form: FileForm, bare: Iterable[str], archives: Iterable[str]) -> list[_File]:
        files: list[_File] = [(self._folder / name, None) for name in bare]
        for name in archives:
            held = members(self._folder / name)
            fitting = [member for member in held if _fits(member.base_name, (form.pattern,))]
            files += [(self._folder / name, member) for member in fitting]
            if others := len(held) - len(fitting):
                _log.info("%s: %d files in it are not named like %s", name, others, form.pattern)
        if not files:
            raise _missing(form, self.agency)
        return files

    def _check_whole(self, paths: set[Path], moment: datetime | None) -> None:
        before = {path: _Seen.of(path) for path in sorted(paths)}
        for path, seen in before.items():
            if not seen.size:
                raise not_whole(path.name, "is empty")
        time.sleep(self._wait_seconds([seen.modified for seen in before.values()], moment))
        for path, seen in before.items():
            if _Seen.of(path) != seen:
                raise not_whole(path.name, "is still being written")

    def _wait_seconds(self, modified: Sequence[int], moment: datetime | None) -> float:
        """Until the youngest file is old enough; a run that has no ``moment`` loads nothing and need not wait."""
        shortest = min(_SHORTEST_WAIT_SECONDS, self._settle_seconds)
        if moment is None or not modified:
            return shortest
        age = moment.timestamp() - max(modified) / 1e9
        return min(max(self._settle_seconds - age, shortest), self._settle_seconds)


class FileDelivery:
    """One file: that at ``path`` itself, or one ``member`` of the archive it is."""

    kind = Kind.FILE

    def __init__(self, path: Path, form: FileForm, mappings: tuple[Mapping, ...], member: Member | None = None) -> None:
        self._path = path
        self._member = member
        self._form = form
        self._mappings = mappings
        self._digest = ""
        self._day: date | None = None

    @property
    def name(self) -> str:
        """The file's name without its folder; below its archive's, if it came in one."""
        return f"{self._path.name}/{self._member.name}" if self._member else self._path.name

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that are due and stand in it."""
        return datasets_of(self._mappings)

    @property
    def as_of(self) -> datetime | None:
        """The last second of the day that it tells of, in Beijing time; None where its form does not say.

        Raises ``SourceError`` SOURCE_DAY_MISSING where its name or a table of it tells none, SOURCE_DAYS_DIFFER where
        its tables tell several.
        """
        if not self._form.as_of:
            return None
        if self._day is None:
            self._day = self._named_day() if isinstance(self._form.as_of, str) else self._told_day(self._form.as_of)
        return datetime.combine(self._day, _LAST_SECOND, _CITY_TIME)

    def _told_day(self, by: CellAbove | DayColumn) -> date:
        seen = _Seen.of(self._path)
        with self._bare() as path:
            days = {day_told(grid, self._reading(where), by) for grid, where in self._grids(path)}
        if _Seen.of(self._path) != seen:
            raise not_whole(self.name, "changed while it was read")
        if len(days) != 1:
            raise SourceError(
                "SOURCE_DAYS_DIFFER" if days else "SOURCE_DAY_MISSING",
                f"The tables of {self.name} tell of {len(days)} days.",
                "A delivery tells the state of one day; ask the agency for one file for each.",
            )
        return days.pop()

    def _named_day(self) -> date:
        assert isinstance(self._form.as_of, str)  # noqa: S101  # for the type checker; the caller looked
        found = re.search(self._form.as_of, self.name)
        digits = re.sub(r"\D", "", found[1] or "") if found else ""
        try:
            return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=_CITY_TIME).date()
        except ValueError:
            raise SourceError(
                "SOURCE_DAY_MISSING",
                f"The name {self.name} does not say which day it tells of.",
                f"Names of this form are to fit {self._form.as_of}, a day of eight digits. Rename the file.",
            ) from None

    @property
    def expected_rows(self) -> int | None:
        """Unknown before the file is read."""
        return None

    @property
    def digest(self) -> str:
        """SHA-256 of the file's bytes; empty until it is read."""
        return self._digest

    def batches(self) -> Iterator[Batch]:
        """The rows, sheet by sheet. Raises ``SourceError`` for a broken file or one that changes while it is read."""
        seen = _Seen.of(self._path)
        check_sum(self._path)
        with self._bare() as path:
            digest = _digest(path)
            for grid, where in self._grids(path):
                reading = self._reading(where)
                for batch in read_grid(self._of_its_day(grid, reading), reading):
                    yield replace(batch, part=replace(batch.part, share=True)) if self._form.share else batch
        if _Seen.of(self._path) != seen:
            raise not_whole(self.name, "changed while it was read")
        self._digest = digest

    def _reading(self, where: str) -> Reading:
        return Reading(self._mappings, where, self._form.headings)

    def _of_its_day(self, grid: Grid, reading: Reading) -> Grid:
        by = self._form.as_of
        if not isinstance(by, DayColumn) or self.as_of is None:
            return grid
        return OfOneDay(grid, reading, by, self.as_of.date())

    @contextmanager
    def _bare(self) -> Iterator[Path]:
        """The file itself, or what its archive holds in a folder of its own."""
        if self._member is None:
            yield self._path
            return
        with Spool() as spool:
            path = spool.path / self._member.base_name
            unpack(self._path, self._member, path)
            yield path

    def _grids(self, path: Path) -> Iterator[tuple[Grid, str]]:
        if path.suffix.lower() not in _WORKBOOKS:
            yield DelimitedGrid(path, self._form.separator, quoted=self._form.quoted), self.name
            return
        with Workbook(path, self._form.sheets) as workbook:
            if workbook.hidden:
                _log.warning("%s: hidden sheets are not read: %s", self.name, ", ".join(workbook.hidden))
            if not workbook.wanted:
                raise SourceError(
                    "SOURCE_SHEET_MISSING",
                    f"{self.name} has no visible sheet named like {self._form.sheets}.",
                    f"It has {', '.join(workbook.visible) or 'none'}.",
                )
            for name in workbook.wanted:
                grid = workbook.grid(name)
                if not grid.is_empty:
                    yield grid, f"{self.name}, sheet {name}"


def check_sum(path: Path) -> None:
    """Hold a file against the checksum that its agency dropped beside it, if there is one; else ``SourceError``."""
    for ending, algorithm in _CHECKSUMS.items():
        beside = path.with_name(path.name + ending)
        if beside.is_file():
            stated = beside.read_text("utf-8", "replace").split()
            if not stated or stated[0].lower() != _digest(path, algorithm):
                raise SourceError(
                    "SOURCE_FILE_BROKEN",
                    f"{path.name} is not what its checksum {beside.name} says.",
                    "Nothing was loaded. Copy both again; if it stays so, ask the agency to export the file again.",
                )


def _digest(path: Path, algorithm: str = "sha256") -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name is like one of ``patterns``; capitals do not matter: a file named ….XLSX is not left out."""
    return any(pattern and fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)


def _belongs(name: str, forms: Iterable[FileForm]) -> bool:
    """Whether a file is of some form, or a checksum of one, or on its way to be one."""
    bare = name.removeprefix("~$")
    stem = bare.rpartition(".")[0] if bare.lower().endswith((*_UNFINISHED, *_CHECKSUMS)) else bare
    return name.startswith(".") or any(_fits(stem, (form.pattern, form.archive)) for form in forms)


def _missing(form: FileForm, agency: Agency) -> SourceError:
    within = f", bare or in an archive named like {form.archive}" if form.archive else ""
    return SourceError(
        "SOURCE_FILE_MISSING",
        f"The folder of {agency} has no file named like {form.pattern}{within}.",
        f"It should hold {', '.join(datasets_of(form.mappings))}; ask the agency whether it was delivered.",
    )


def not_whole(name: str, state: str) -> SourceError:
    """The refusal of a file that somebody is still at work on."""
    return SourceError(
        "SOURCE_FILE_UNFINISHED",
        f"The file {name} {state}.",
        "Nothing was loaded. Run the sync again when the file is complete and closed.",
    )
