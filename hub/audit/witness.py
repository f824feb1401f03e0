"""The agency's side: keep the last checkpoint, accept only what continues it, cosign, and object to anything else.

The folder holds the witness's key, what it accepted last, and, unless told otherwise, the hash of every leaf (32 bytes
for each entry): with them it can say which entry was changed, and `hub audit verify --mirror` can be run against them.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.audit.checkpoints import write_durably
from hub.audit.cosigning import Disagreement
from hub.audit.log_key import read_private, write_private
from hub.audit.merkle import TILE, Frontier, is_consistent
from hub.audit.note import (
    COSIGNATURE,
    Checkpoint,
    PublicKey,
    SigningKey,
    cosign,
    parse_checkpoint,
    parse_note,
    signing_key,
    trusted_checkpoint,
)
from hub.audit.tiles import tile_path
from hub.clock import now
from hub.errors import LogError

_HASH_BYTES = 32
_KEY = "witness.pem"
_STATE = "state.json"
MIRROR = "leaves"


def witness_key(folder: Path, name: str) -> SigningKey:
    """The witness's key under its name; made on first use."""
    if not (folder / _KEY).exists():
        write_private(folder / _KEY, Ed25519PrivateKey.generate())
    return signing_key(name, COSIGNATURE, read_private(folder / _KEY))


@dataclass(frozen=True, slots=True)
class Kept:
    """What the witness accepted last, and the tree it has of it if it keeps leaves."""

    text: str
    checkpoint: Checkpoint
    frontier: Frontier | None


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that was cosigned, and how many entries it has more than the last one."""

    checkpoint: Checkpoint
    added: int


class Witness:
    """One agency's witness of one log, reached through ``client`` whose base is the hub's address."""

    def __init__(
        self,
        folder: Path,
        key: SigningKey,
        log: tuple[str, Sequence[PublicKey]],
        client: httpx.Client,
        *,
        mirrors: bool,
    ) -> None:
        self._folder = folder
        self._key = key
        self._origin, self._log_keys = log
        self._client = client
        self._mirrors = mirrors

    def run_once(self) -> Witnessed:
        """Fetch, check, cosign, send.

        Raises ``LogError``: LOG_HUB_UNREACHABLE, and after the objection was sent LOG_SHRANK, LOG_FORKED, or what
        ``trusted_checkpoint`` raises.
        """
        kept = self._kept()
        text = self._get("checkpoint").text
        try:
            checkpoint, _ = trusted_checkpoint(text, self._origin, self._log_keys)
            frontier = self._accept(kept, checkpoint)
        except LogError as error:
            if error.code not in {"LOG_NOTE_MALFORMED", "LOG_HUB_UNREACHABLE", "LOG_HUB_REFUSED"}:
                raise self._object(error, kept, text) from None
            raise
        line = cosign(checkpoint, self._key, int(now().timestamp()))
        self._keep(text, frontier)
        self._post("cosignatures", f"{checkpoint.text()}\n{line}")
        return Witnessed(checkpoint, checkpoint.size - (kept.checkpoint.size if kept else 0))

    def _accept(self, kept: Kept | None, checkpoint: Checkpoint) -> Frontier | None:
        """The tree of ``checkpoint``, which continues what was kept."""
        if kept is not None:
            old = kept.checkpoint
            if checkpoint.size < old.size:
                raise LogError(
                    "LOG_SHRANK",
                    f"The log shows {checkpoint.size} entries, and {old.size} were signed before.",
                    "A backup was restored, or entries were removed.",
                )
            proof = [] if old.size in {0, checkpoint.size} else self._proof(old.size, checkpoint.size)
            if not is_consistent(old.size, old.root, checkpoint.size, checkpoint.root, proof):
                raise _forked()
        if not self._mirrors:
            return None
        frontier = kept.frontier if kept is not None and kept.frontier is not None else Frontier()
        self._extend(frontier, checkpoint.size)
        if frontier.root() != checkpoint.root:
            raise _forked()
        return frontier

    def _extend(self, frontier: Frontier, size: int) -> None:
        """Fetch the leaves that are new, and keep them before the checkpoint that covers them is."""
        path = self._folder / MIRROR
        path.touch()
        with path.open("r+b") as file:
            # A run that was cut may have left leaves that no kept checkpoint covers.
            file.truncate(frontier.size * _HASH_BYTES)
            file.seek(frontier.size * _HASH_BYTES)
            for hashes in self._leaf_tiles(frontier.size, size):
                for leaf in hashes:
                    frontier.append(leaf)
                file.write(b"".join(hashes))
            file.flush()
            os.fsync(file.fileno())

    def _leaf_tiles(self, first: int, size: int) -> Iterator[list[bytes]]:
        for tile in range(first // TILE, -(-size // TILE)):
            start = tile * TILE
            yield self._tile(0, tile, min(TILE, size - start))[max(first - start, 0) :]

    def _tile(self, level: int, number: int, width: int) -> list[bytes]:
        data = self._get(f"tile/{tile_path(level, number, width)}").content
        if len(data) != width * _HASH_BYTES:
            raise _refused("a tile of the wrong size")
        return [data[place : place + _HASH_BYTES] for place in range(0, len(data), _HASH_BYTES)]

    def _proof(self, old: int, new: int) -> list[bytes]:
        lines = self._get(f"consistency?from={old}&to={new}").text.split()
        try:
            return [base64.b64decode(line, validate=True) for line in lines]
        except binascii.Error:
            raise _refused("a proof that is none") from None

    def _object(self, error: LogError, kept: Kept | None, shown: str) -> LogError:
        """Tell the hub, keep the evidence, and name the entry if the kept leaves show it."""
        index = self._first_difference(kept, shown) if error.code in {"LOG_FORKED", "LOG_SHRANK"} else None
        seconds = int(now().timestamp())
        report = Disagreement(self._origin, seconds, error.code, index, kept.text if kept else "", shown)
        signed = report.signed(self._key)
        write_durably(self._folder / f"disagreement-{seconds}.note", signed.encode())
        place = "" if index is None else f" The first entry that differs is {index}."
        try:
            self._post("disagreements", signed)
        except LogError as unheard:  # a hub that rewrites its log need not listen either
            place += f" The hub has not taken the objection ({unheard.code})."
        return LogError(
            error.code,
            error.message + place,
            f"Nothing was cosigned; disagreement-{seconds}.note holds the evidence: tell the other agencies.",
        )

    def _first_difference(self, kept: Kept | None, shown: str) -> int | None:
        """The first kept leaf that the hub now serves otherwise, or no more."""
        if kept is None or kept.frontier is None:
            return None
        size = min(kept.checkpoint.size, parse_checkpoint(parse_note(shown)).size)
        try:
            return self._differing_leaf(size, kept.checkpoint.size)
        except LogError:
            return None

    def _differing_leaf(self, size: int, kept_size: int) -> int | None:
        with (self._folder / MIRROR).open("rb") as file:
            tiles = range(-(-size // TILE))
            for number in self._differing_tiles(size) or tiles:
                file.seek(number * TILE * _HASH_BYTES)
                width = min(TILE, size - number * TILE)
                for place, leaf in enumerate(self._tile(0, number, width)):
                    if file.read(_HASH_BYTES) != leaf:
                        return number * TILE + place
        return size if size < kept_size else None

    def _differing_tiles(self, size: int) -> list[int]:
        """The first complete tile whose root differs, found without fetching every leaf; then the incomplete one."""
        complete = size // TILE
        with (self._folder / MIRROR).open("rb") as file:
            for block in range(-(-complete // TILE)):
                served = self._tile(1, block, min(TILE, complete - block * TILE))
                for place, root in enumerate(served):
                    frontier = Frontier()
                    for _ in range(TILE):
                        frontier.append(file.read(_HASH_BYTES))
                    if frontier.root() != root:
                        return [block * TILE + place]
        return [complete] if size % TILE else []

    def _kept(self) -> Kept | None:
        path = self._folder / _STATE
        if not path.exists():
            return None
        try:
            state = json.loads(path.read_text("utf-8"))
            checkpoint = parse_checkpoint(parse_note(state["checkpoint"]))
            peaks = None if state["peaks"] is None else [bytes.fromhex(peak) for peak in state["peaks"]]
            frontier = None if peaks is None else Frontier(checkpoint.size, peaks)
        except (ValueError, KeyError, TypeError, OSError):
            raise _unreadable() from None
        if frontier is not None and frontier.root() != checkpoint.root:
            raise _unreadable()
        return Kept(state["checkpoint"], checkpoint, frontier)

    def _keep(self, text: str, frontier: Frontier | None) -> None:
        peaks = None if frontier is None else [peak.hex() for peak in frontier.peaks]
        write_durably(self._folder / _STATE, json.dumps({"checkpoint": text, "peaks": peaks}).encode())

    def _get(self, path: str) -> httpx.Response:
        return self._send("GET", path)

    def _post(self, path: str, text: str) -> None:
        self._send("POST", path, content=text.encode())

    def _send(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        try:
            answer = self._client.request(method, f"/log/{path}", content=content)
        except httpx.HTTPError:
            raise LogError(
                "LOG_HUB_UNREACHABLE", "The hub does not answer.", "Check --hub, and try again.", status=503
            ) from None
        if answer.status_code != 200:
            raise _refused(f"status {answer.status_code} for {method} /log/{path.partition('?')[0]}")
        return answer


def _forked() -> LogError:
    return LogError(
        "LOG_FORKED", "The log is no continuation of what was signed before.", "Entries were changed, added or moved."
    )


def _refused(what: str) -> LogError:
    return LogError(
        "LOG_HUB_REFUSED",
        f"The hub answered {what}.",
        "Check --hub, and that the witness's key is in the hub's HUB_LOG_WITNESSES.",
        status=502,
    )


def _unreadable() -> LogError:
    return LogError(
        "LOG_WITNESS_STATE_UNREADABLE",
        "What the witness accepted last cannot be read.",
        "Restore its folder from a backup; a new folder begins without a past.",
    )
