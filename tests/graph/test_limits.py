"""Requests made to hurt are refused with a code before they can, and none reaches the database."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.hostile import HOSTILE, Hostile, code_of


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: str(case.name))
def test_a_hostile_request_is_refused_with_its_code(case: Hostile) -> None:
    assert asyncio.run(code_of(case.body)) == case.code


def test_a_harmless_one_is_answered() -> None:
    assert asyncio.run(code_of(b'{"query": "{ loans(first: 1) { totalCount } }"}')) == ""
