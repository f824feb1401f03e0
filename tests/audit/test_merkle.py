"""The tree against RFC 6962's own recursive words."""

from __future__ import annotations

import contextlib
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.audit.merkle import (
    Frontier,
    Stored,
    consistency_proof,
    frontier_of,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    root_of_inclusion,
    sm3,
)

# Sizes around the edges of tiles are where a mistake would hide.
SIZES = st.one_of(st.integers(0, 40), st.sampled_from([255, 256, 257, 511, 512, 513, 700]))


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


def mth(hashes: list[bytes]) -> bytes:
    """MTH of section 2.1, leaf for leaf."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b"\x01" + mth(hashes[:half]) + mth(hashes[half:])).digest()


def path(index: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(hashes) == 1:
        return []
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    if index < half:
        return [*path(index, hashes[:half]), mth(hashes[half:])]
    return [*path(index - half, hashes[half:]), mth(hashes[:half])]


def subproof(old: int, hashes: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if old == len(hashes):
        return [] if whole else [mth(hashes)]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    if old <= half:
        return [*subproof(old, hashes[:half], whole=whole), mth(hashes[half:])]
    return [*subproof(old - half, hashes[half:], whole=False), mth(hashes[:half])]


def grown(hashes: list[bytes]) -> tuple[Frontier, Stored]:
    """A tree grown leaf by leaf, and what the log would have stored of it."""
    frontier = Frontier()
    nodes: dict[tuple[int, int], bytes] = {}
    for number, leaf in enumerate(hashes):
        nodes[0, number] = leaf
        nodes.update({(node.level, node.number): node.hash for node in frontier.append(leaf)})
    return frontier, lambda level, number: nodes[level, number]


def test_the_empty_tree_and_the_first_leaf_have_the_published_hashes() -> None:
    assert Frontier().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_sm3_gives_the_standard_s_example() -> None:
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@given(SIZES)
@settings(max_examples=40)
def test_a_root_is_the_same_grown_leaf_by_leaf_or_by_the_recursive_definition(size: int) -> None:
    hashes = leaves(size)
    frontier, stored = grown(hashes)
    assert frontier.root() == mth(hashes) == frontier_of(size, stored).root()


@given(SIZES.filter(bool), st.data())
@settings(max_examples=60)
def test_an_inclusion_proof_is_the_rfc_s_and_leads_to_the_root(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    _, stored = grown(hashes)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, stored)
    assert proof == path(index, hashes)
    assert root_of_inclusion(hashes[index], index, size, proof) == mth(hashes)


@given(SIZES, st.data())
@settings(max_examples=60)
def test_a_consistency_proof_is_the_rfc_s_and_holds(new: int, data: st.DataObject) -> None:
    hashes = leaves(new)
    _, stored = grown(hashes)
    old = data.draw(st.integers(0, new))
    proof = consistency_proof(old, new, stored)
    if 0 < old < new:
        assert proof == subproof(old, hashes, whole=True)
    assert is_consistent(old, mth(hashes[:old]), new, mth(hashes), proof)


@given(st.integers(2, 300), st.data())
@settings(max_examples=60)
def test_a_proof_of_a_changed_history_never_holds(new: int, data: st.DataObject) -> None:
    hashes = leaves(new)
    old = data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    forged = [*hashes[:changed], leaf_hash(b"another entry"), *hashes[changed + 1 :]]
    _, stored = grown(forged)
    assert not is_consistent(old, mth(hashes[:old]), new, mth(forged), consistency_proof(old, new, stored))
    real = inclusion_proof(changed, new, grown(hashes)[1])
    assert root_of_inclusion(forged[changed], changed, new, real) != mth(hashes)


@given(st.integers(1, 64), st.integers(0, 64), st.lists(st.binary(min_size=32, max_size=32), max_size=9))
def test_made_up_proofs_never_hold_and_never_break_the_checker(new: int, old: int, proof: list[bytes]) -> None:
    hashes = leaves(new)
    if old > new or (0 < old < new and proof != consistency_proof(old, new, grown(hashes)[1])):
        assert not is_consistent(old, mth(hashes[: min(old, new)]), new, mth(hashes), proof)
    if old < new and proof != path(old, hashes):
        with contextlib.suppress(ValueError):
            assert root_of_inclusion(hashes[old], old, new, proof) != mth(hashes)


def test_a_proof_that_cannot_be_made_is_an_error() -> None:
    _, stored = grown(leaves(3))
    with pytest.raises(ValueError, match="leaf 3"):
        inclusion_proof(3, 3, stored)
    with pytest.raises(ValueError, match="4 leaves"):
        consistency_proof(4, 3, stored)
