"""ZIP archives as strangers send them: nothing unpacks to more than it says, no name leads out of a folder."""

from __future__ import annotations

import copy
import errno
import re
import stat
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hub.errors import SourceError

# More than any agency's year: what lies above is a bomb or a mistake, and would not fit in memory.
MOST_UNPACKED_BYTES = 2 * 1024**3
MOST_MEMBERS = 5_000

_BLOCK = 1 << 20
_ENCRYPTED = 0x1
_NAME_IS_UTF_8 = 0x800
_DRIVE = re.compile(r"^[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its whole name there as a reader sees it, and its entry."""

    name: str
    entry: zipfile.ZipInfo

    @property
    def base_name(self) -> str:
        """The name without folders."""
        return PurePosixPath(self.name).name


def checked_entries(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """The archive's entries. Raises ``SourceError`` where they say to be too many or too large."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_MEMBERS or unpacked > MOST_UNPACKED_BYTES:
        raise SourceError(
            "SOURCE_FILE_TOO_LARGE",
            f"{name} would unpack to {unpacked // 1024**2} MB in {len(entries)} files; at most "
            f"{MOST_UNPACKED_BYTES // 1024**2} MB in {MOST_MEMBERS} are read.",
            "Check that this is the right file; ask the agency to deliver it in parts or as delimited text.",
        )
    return entries


def content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Generator[bytes]:
    """The bytes of an entry. Raises ``zipfile.BadZipFile`` as soon as there are more than the archive says."""
    # Python stops reading where the stated size ends; one byte more shows an entry that lies.
    generous = copy.copy(entry)
    generous.file_size += 1
    count = 0
    with archive.open(generous) as file:
        while block := file.read(_BLOCK):
            count += len(block)
            if count > entry.file_size:
                raise zipfile.BadZipFile
            yield block
    if count != entry.file_size:
        raise zipfile.BadZipFile


def members(path: Path) -> list[Member]:
    """The files of an archive by name, folders left out.

    Raises ``SourceError`` for an archive that is damaged, locked or too large, or has a name that leads elsewhere.
    """
    with _opened(path) as archive:
        found = [Member(_readable(entry, path.name), entry) for entry in checked_entries(archive, path.name)]
        for member in found:
            _check(member, path.name)
    return sorted((member for member in found if not member.entry.is_dir()), key=lambda member: member.name)


def unpack(path: Path, member: Member, target: Path) -> None:
    """Write one member's bytes to ``target``. Raises ``SourceError`` if it is damaged or larger than it says."""
    with _opened(path) as archive, target.open("wb") as file:
        for block in content(archive, member.entry):
            file.write(block)


def refuse_without_room(failure: BaseException, name: str) -> None:
    """Raise ``SourceError`` SOURCE_NO_ROOM for a failure that is not the file's: this machine's disk is full."""
    if isinstance(failure, OSError) and failure.errno in (errno.ENOSPC, errno.EDQUOT):
        raise SourceError(
            "SOURCE_NO_ROOM",
            f"There is no room left in the temporary folder to read {name}.",
            "Nothing was loaded. Make room, or set TMPDIR to a folder on a larger disk, and run the sync again.",
        ) from None


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _DAMAGES as failure:
        refuse_without_room(failure, path.name)
        # Without its cause, whose text may hold names of the archive in any encoding.
        raise SourceError(
            "SOURCE_FILE_BROKEN",
            f"{path.name} is not a whole ZIP archive: it is half-written, damaged or not what it says.",
            "Copy the file again, under a temporary name first, and rename it when it is complete.",
        ) from None


def _readable(entry: zipfile.ZipInfo, archive: str) -> str:
    """The entry's name; without the mark of UTF-8 it was written by a Chinese Windows, not in code page 437."""
    if entry.flag_bits & _NAME_IS_UTF_8 or entry.filename.isascii():
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        raise SourceError(
            "SOURCE_ENCODING",
            f"{archive} holds a file whose name is neither UTF-8 nor GB18030.",
            "Ask the agency to pack it again.",
        ) from None


def _check(member: Member, archive: str) -> None:
    parts = member.name.replace("\\", "/").split("/")
    outside = ".." in parts or parts[0] == "" or bool(_DRIVE.match(member.name))
    link = stat.S_ISLNK(member.entry.external_attr >> 16)
    if outside or link or _CONTROL.search(member.name):
        raise SourceError(
            "SOURCE_ARCHIVE_UNSAFE",
            f"{archive} holds a link, or a file whose name leads out of the archive.",
            "Nothing of it was unpacked. Ask the agency who packed it; such names are made by attackers.",
        )
    if member.entry.flag_bits & _ENCRYPTED:
        raise SourceError(
            "SOURCE_FILE_LOCKED", f"{archive} is protected by a password.", "Ask the agency for it without one."
        )
