"""Figures for whoever watches the hub, in Prometheus's text format (0.0.4). Labels name doors, codes and datasets only.

A process counts what it does itself; whoever runs several asks each of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Sample = tuple[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Family:
    """Samples under one name: values of ``labels``, and a number."""

    name: str
    about: str
    samples: Sequence[Sample]
    labels: tuple[str, ...] = ()
    kind: str = "gauge"


class Counter:
    """What only grows, by the values of its labels."""

    def __init__(self, name: str, about: str, *labels: str) -> None:
        self._name, self._about, self._labels = name, about, labels
        self._counts: dict[tuple[str, ...], int] = {}

    def add(self, *values: str, by: int = 1) -> None:
        """Count ``by`` more."""
        self._counts[values] = self._counts.get(values, 0) + by

    def family(self) -> Family:
        """As it stands now."""
        return Family(self._name, self._about, sorted(self._counts.items()), self._labels, "counter")


class Durations:
    """Seconds by one label, as a histogram."""

    def __init__(self, name: str, about: str, label: str) -> None:
        self._name, self._about, self._label = name, about, label
        self._held: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def add(self, value: str, seconds: float) -> None:
        """One more that took ``seconds``."""
        held = self._held.get(value)
        if held is None:
            held = self._held[value] = [0] * (len(_SECONDS) + 1)
        held[bisect_left(_SECONDS, seconds)] += 1
        self._sums[value] = self._sums.get(value, 0.0) + seconds

    def lines(self) -> Iterator[str]:
        """As it stands now."""
        yield from _head(self._name, self._about, "histogram")
        for value, held in sorted(self._held.items()):
            given, total = f'{self._label}="{_escaped(value)}"', 0
            for bound, count in zip((*map(_number, _SECONDS), "+Inf"), held, strict=True):
                total += count
                yield f'{self._name}_bucket{{{given},le="{bound}"}} {total}'
            yield f"{self._name}_sum{{{given}}} {_number(self._sums[value])}"
            yield f"{self._name}_count{{{given}}} {total}"


def lines_of(families: Iterable[Family]) -> Iterator[str]:
    """Families as they are sent."""
    for family in families:
        yield from _head(family.name, family.about, family.kind)
        for values, number in family.samples:
            named = ",".join(f'{label}="{_escaped(value)}"' for label, value in zip(family.labels, values, strict=True))
            yield f"{family.name}{{{named}}} {_number(number)}" if named else f"{family.name} {_number(number)}"


def single(name: str, about: str, value: float) -> Family:
    """A gauge without labels."""
    return Family(name, about, [((), value)])


def _head(name: str, about: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {about}", f"# TYPE {name} {kind}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
