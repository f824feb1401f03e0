"""The variables of a request, divided into what shapes the statement and what only fills it.

Whoever plans sees a ``Slot`` in place of each value that can stay a parameter. Where a plan depends on the value
itself, such as a page's size, the planner asks for it to be pinned; it is then part of the plan's key.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from hub.errors import QueryError
from hub.graph.limits import named
from hub.query.plan import Slot

Path = tuple[str | int, ...]


class PinNeeded(Exception):  # noqa: N818  # a signal between planner and cache, no error
    """The plan depends on the value at ``path``."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


def pinned(value: Any) -> Any:
    """The value itself; asks for it to be pinned if it is a slot."""
    if isinstance(value, Slot):
        raise PinNeeded(value.path)
    return value


class Shaping:
    """Walks coerced variables once: ``key`` says which plan fits, ``symbolic`` is what that plan is made from."""

    def __init__(self, pins: frozenset[Path], most: int) -> None:
        self._pins = pins
        self._most = self._left = most
        self._key: list[object] = []

    def shape(self, variables: Mapping[str, Any]) -> tuple[tuple[object, ...], dict[str, Any]]:
        symbolic = {name: self._walk(value, (name,)) for name, value in variables.items()}
        return (*variables, *self._key), symbolic

    def _spend(self, values: int) -> None:
        self._left -= values
        if self._left < 0:
            raise QueryError(
                "QUERY_TOO_MANY_VALUES",
                f"The variables hold too many values: {named('variables')} allows {self._most}.",
                "Send fewer at once.",
                status=400,
            )

    def _walk(self, value: Any, path: Path) -> Any:
        self._spend(1)
        if value is None or isinstance(value, bool):
            self._key.append(value)
            return value
        if isinstance(value, dict):
            self._key.append(tuple(value))
            return {name: self._walk(item, (*path, name)) for name, item in value.items()}
        if isinstance(value, list):
            return self._walk_list(value, path)
        if path in self._pins:
            self._key.append(plain(value))
            return plain(value)
        self._key.append(Slot)
        return Slot(path)

    def _walk_list(self, value: list[Any], path: Path) -> Any:
        is_plain = bool(value) and not any(isinstance(item, dict | list) or item is None for item in value)
        if is_plain and path not in self._pins and (*path, 0) not in self._pins:
            self._spend(len(value))
            self._key.append(Slot)
            return Slot(path)
        self._key.append(len(value))
        return [self._walk(item, (*path, index)) for index, item in enumerate(value)]


def plain(value: Any) -> Any:
    """An enum's member as its code."""
    return value.value if isinstance(value, Enum) else value
