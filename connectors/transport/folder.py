"""Files dropped into a folder: which belongs to which form, whole or still being written, read and digested."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from connectors.mapping import Mapping
from connectors.reader.delimited import DelimitedGrid
from connectors.reader.sheet import Grid, Reading, read_grid
from connectors.reader.workbook import Workbook
from connectors.source import datasets_of, place, wanted
from hub.catalog.dataset import Agency
from hub.errors import SourceError
from hub.sync.connector import Delivery
from hub.sync.handover import Batch, Due, Kind

_log = logging.getLogger(__name__)

_WORKBOOKS = {".xlsx", ".xlsm", ".xls"}
_UNFINISHED = {".tmp", ".part", ".partial", ".crdownload", ".filepart"}


@dataclass(frozen=True, slots=True)
class FileForm:
    """One kind of file an agency drops.

    ``pattern`` is a file name with ``*``. A workbook's sheets are all read, or those whose name fits ``sheets``.
    ``separator`` and ``quoted`` are for delimited text; ``headings`` for a file that has no header, in its order.
    """

    pattern: str
    mappings: tuple[Mapping, ...]
    sheets: str = "*"
    separator: str = ","
    quoted: bool = True
    headings: tuple[str, ...] = ()


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
            raise _not_whole(path.name, "was taken away while it was looked at") from None
        return _Seen(stat.st_size, stat.st_mtime_ns, stat.st_ino)


class FolderConnector:
    """One agency's folder. ``settle_seconds``: a file must stay unchanged this long before it counts as whole."""

    def __init__(self, agency: Agency, folder: Path, forms: tuple[FileForm, ...], settle_seconds: float = 0.2) -> None:
        self.agency = agency
        self._folder = folder
        self._forms = forms
        self._settle_seconds = settle_seconds

    def deliveries(self, due: Due) -> Iterator[Delivery]:
        """One delivery per file, by form and then by name.

        Raises ``SourceError`` if the folder is not there, a form that is due has no file, or a file is not whole.
        """
        files = self._files()
        due_forms = [(form, mappings) for form in self._forms if (mappings := wanted(form.mappings, due))]
        found = [(mappings, form, self._of_form(files, form)) for form, mappings in due_forms]
        self._check_whole([path for _, _, paths in found for path in paths])
        for mappings, form, paths in sorted(found, key=lambda item: place(item[0])):
            for path in paths:
                yield FileDelivery(path, form, mappings)

    def _files(self) -> list[Path]:
        try:
            return sorted(path for path in self._folder.iterdir() if path.is_file())
        except OSError as failure:
            raise SourceError(
                "SOURCE_FOLDER_UNREADABLE",
                f"The folder of {self.agency} cannot be read ({failure.strerror}).",
                "Check the setting 'folder' and the rights of the account the hub runs under.",
            ) from None

    def _of_form(self, files: list[Path], form: FileForm) -> list[Path]:
        for path in files:
            open_name, whole_name = path.name.removeprefix("~$"), path.name.removesuffix(path.suffix)
            if path.name.startswith("~$") and fnmatchcase(open_name, form.pattern):
                raise _not_whole(open_name, "is open in a spreadsheet program")
            if path.suffix.lower() in _UNFINISHED and fnmatchcase(whole_name, form.pattern):
                raise _not_whole(whole_name, "is still being copied")
        paths = [path for path in files if fnmatchcase(path.name, form.pattern)]
        if not paths:
            raise SourceError(
                "SOURCE_FILE_MISSING",
                f"The folder of {self.agency} has no file named like {form.pattern}.",
                f"It should hold {', '.join(datasets_of(form.mappings))}; ask the agency whether it was delivered.",
            )
        return paths

    def _check_whole(self, paths: list[Path]) -> None:
        before = {path: _Seen.of(path) for path in paths}
        for path, seen in before.items():
            if not seen.size:
                raise _not_whole(path.name, "is empty")
        time.sleep(self._settle_seconds)
        for path, seen in before.items():
            if _Seen.of(path) != seen:
                raise _not_whole(path.name, "is still being written")


class FileDelivery:
    """One file."""

    kind = Kind.FILE

    def __init__(self, path: Path, form: FileForm, mappings: tuple[Mapping, ...]) -> None:
        self._path = path
        self._form = form
        self._mappings = mappings
        self._digest = ""

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self._path.name

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that are due and stand in it."""
        return datasets_of(self._mappings)

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
        digest = _digest(self._path)
        for grid, where in self._grids():
            yield from read_grid(grid, Reading(self._mappings, where, self._form.headings))
        if _Seen.of(self._path) != seen:
            raise _not_whole(self.name, "changed while it was read")
        self._digest = digest

    def _grids(self) -> Iterator[tuple[Grid, str]]:
        if self._path.suffix.lower() not in _WORKBOOKS:
            yield DelimitedGrid(self._path, self._form.separator, quoted=self._form.quoted), self.name
            return
        with Workbook(self._path) as workbook:
            if workbook.hidden:
                _log.warning("%s: hidden sheets are not read: %s", self.name, ", ".join(workbook.hidden))
            names = [name for name in workbook.visible if fnmatchcase(name, self._form.sheets)]
            if not names:
                raise SourceError(
                    "SOURCE_SHEET_MISSING",
                    f"{self.name} has no visible sheet named like {self._form.sheets}.",
                    f"It has {', '.join(workbook.visible) or 'none'}.",
                )
            for name in names:
                grid = workbook.grid(name)
                if not grid.is_empty:
                    yield grid, f"{self.name}, sheet {name}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _not_whole(name: str, state: str) -> SourceError:
    return SourceError(
        "SOURCE_FILE_UNFINISHED",
        f"The file {name} {state}.",
        "Nothing was loaded. Run the sync again when the file is complete and closed.",
    )
