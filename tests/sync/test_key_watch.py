"""Keys that come twice are told from keys that do not, however many there are."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sync import duplicates


@given(batches=st.lists(st.lists(st.text(max_size=3), max_size=6), max_size=5), at_once=st.integers(1, 12))
def test_it_may_repeat_exactly_if_a_key_came_twice(batches: list[list[str]], at_once: int) -> None:
    keys = [key for batch in batches for key in batch]
    watch = duplicates.KeyWatch()
    for batch in batches:
        watch.note(pl.DataFrame({"key": batch}, schema={"key": pl.String}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_SORTED_AT_ONCE", at_once)
        assert watch.may_repeat() == (len(set(keys)) < len(keys))
        assert watch.may_repeat() == (len(set(keys)) < len(keys)), "asked again"
