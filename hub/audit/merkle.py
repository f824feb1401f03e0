"""The Merkle tree of RFC 6962, section 2.1: roots, inclusion proofs, consistency proofs, and how both are checked.

A tree is read through ``Stored``: the hash of a complete subtree of 256^level leaves, by level and number; level 0
are the leaves' hashes. These are the tiles of C2SP tlog-tiles, so a proof reads at most 256 hashes of each level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes

TILE = 256
_TILE_HEIGHT = 8

Digest = Callable[[bytes], bytes]
Stored = Callable[[int, int], bytes]


def sha256(data: bytes) -> bytes:
    """SHA-256, the hash of RFC 6962."""
    return hashlib.sha256(data).digest()


def sm3(data: bytes) -> bytes:
    """SM3 (GB/T 32905); not every build of Python's own hashlib has it."""
    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()


def leaf_hash(entry: bytes, digest: Digest = sha256) -> bytes:
    """A leaf's hash; the prefix keeps a leaf from being taken for a node."""
    return digest(b"\x00" + entry)


def node_hash(left: bytes, right: bytes, digest: Digest = sha256) -> bytes:
    """The hash of two subtrees side by side."""
    return digest(b"\x01" + left + right)


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree of 256^level leaves, the ``number``-th of its level."""

    level: int
    number: int
    hash: bytes


class Frontier:
    """A growing tree as the roots of its complete subtrees, largest first: all that appending needs."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = (), digest: Digest = sha256) -> None:
        if size.bit_count() != len(peaks):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees, not {len(peaks)}")
        self.size = size
        self._peaks = list(peaks)
        self._digest = digest

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, largest first."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> list[Node]:
        """Add a leaf by its hash; the complete subtrees of 256, 256² … leaves that it closes."""
        digest, peaks = self._digest, self._peaks
        number, height, closed = self.size, 0, []
        while number & 1:
            leaf = digest(b"\x01" + peaks.pop() + leaf)
            number >>= 1
            height += 1
            if height % _TILE_HEIGHT == 0:
                closed.append(Node(height // _TILE_HEIGHT, number, leaf))
        peaks.append(leaf)
        self.size += 1
        return closed

    def root(self) -> bytes:
        """The tree's root as it is now."""
        if not self._peaks:
            return self._digest(b"")
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = self._digest(b"\x01" + peak + found)
        return found


def frontier_of(size: int, stored: Stored, digest: Digest = sha256) -> Frontier:
    """The frontier of the first ``size`` leaves of a stored tree."""
    peaks: list[bytes] = []
    first = 0
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            peaks.append(range_hash(first, first + (1 << bit), stored, digest))
            first += 1 << bit
    return Frontier(size, peaks, digest)


def range_hash(first: int, end: int, stored: Stored, digest: Digest = sha256) -> bytes:
    """MTH(D[first:end]) of a range that is a subtree of some tree of the log."""
    count = end - first
    if count.bit_count() == 1 and (count.bit_length() - 1) % _TILE_HEIGHT == 0 and first % count == 0:
        return stored((count.bit_length() - 1) // _TILE_HEIGHT, first // count)
    middle = first + _largest_power_below(count)
    return node_hash(range_hash(first, middle, stored, digest), range_hash(middle, end, stored, digest), digest)


def _largest_power_below(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, stored: Stored, digest: Digest = sha256) -> list[bytes]:
    """The hashes beside the way from leaf ``index`` up to the root of ``size`` leaves, lowest first."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    first, end = 0, size
    proof: list[bytes] = []
    while end - first > 1:
        middle = first + _largest_power_below(end - first)
        if index < middle:
            proof.append(range_hash(middle, end, stored, digest))
            end = middle
        else:
            proof.append(range_hash(first, middle, stored, digest))
            first = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, stored: Stored, digest: Digest = sha256) -> list[bytes]:
    """What shows that the first ``old`` of ``new`` leaves are the older tree; nothing if either is all or none."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves cannot be the beginning of one of {new}")
    if old in (0, new):
        return []
    first, end, proof = 0, new, []
    is_old_whole = True  # the older tree is the leftmost part still looked at, and its root is known
    while old != end:
        middle = first + _largest_power_below(end - first)
        if old <= middle:
            proof.append(range_hash(middle, end, stored, digest))
            end = middle
        else:
            proof.append(range_hash(first, middle, stored, digest))
            first, is_old_whole = middle, False
    if not is_old_whole:
        proof.append(range_hash(first, end, stored, digest))
    return proof[::-1]


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], digest: Digest = sha256) -> bytes:
    """The root that ``proof`` leads to (RFC 9162, 2.1.3.2); ``ValueError`` where it does not fit the tree."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    number, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ValueError("the proof is too long")
        if number & 1 or number == last:
            found = node_hash(sibling, found, digest)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, sibling, digest)
        number, last = number >> 1, last >> 1
    if last:
        raise ValueError("the proof is too short")
    return found


def is_consistent(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes], digest: Digest = sha256
) -> bool:
    """Whether ``proof`` shows the older tree to be the beginning of the newer one (RFC 9162, 2.1.4.2)."""
    if old > new or old < 0:
        return False
    if old in (new, 0):
        return not proof and (old_root == new_root if old == new else old_root == digest(b""))
    path = list(proof) if old.bit_count() > 1 else [old_root, *proof]
    if not path:
        return False
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            first, second = node_hash(sibling, first, digest), node_hash(sibling, second, digest)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            second = node_hash(second, sibling, digest)
        number, last = number >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
