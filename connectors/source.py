"""What a connector says about itself, and the questions all of them ask about what is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from connectors.mapping import Mapping as FieldMapping
from hub.catalog.dataset import Agency
from hub.errors import SettingError
from hub.sync.connector import Connector
from hub.sync.handover import Due
from schema import CATALOGUE

_ORDER = {dataset.name: place for place, dataset in enumerate(CATALOGUE)}


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing an operator tells a connector. A ``secret`` comes from a file or the environment and is never shown."""

    name: str
    about: str
    secret: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """An agency's connector: its datasets, the settings it needs, and how it is made from them."""

    agency: Agency
    about: str
    datasets: tuple[str, ...]
    settings: tuple[Setting, ...]
    connect: Callable[[Mapping[str, str]], Connector]


def told_by(agency: Agency, name: str) -> str:
    """Where an operator sets a connector's setting."""
    return f"HUB_{agency}_{name}".upper()


def checked(settings: Mapping[str, str], declared: Iterable[Setting], agency: Agency) -> dict[str, str]:
    """The given settings without empty ones. Raises ``SettingError`` for one that is missing or not declared."""
    given = {name: text for name, text in settings.items() if text}
    known = {setting.name for setting in declared}
    missing = [setting for setting in declared if setting.required and setting.name not in given]
    if missing:
        raise SettingError(
            "SETTING_SOURCE_MISSING",
            f"The connector of {agency} needs the setting {', '.join(setting.name for setting in missing)}.",
            "Set " + "; ".join(f"{told_by(agency, setting.name)}: {setting.about}" for setting in missing) + ".",
        )
    if unknown := sorted(set(given) - known):
        raise SettingError(
            "SETTING_SOURCE_UNKNOWN",
            f"The connector of {agency} has no setting {', '.join(unknown)}.",
            f"It has {', '.join(sorted(known))}.",
        )
    return given


def wanted(mappings: Iterable[FieldMapping], due: Due) -> tuple[FieldMapping, ...]:
    """The mappings whose datasets are due."""
    return tuple(mapping for mapping in mappings if mapping.dataset in due.datasets)


def datasets_of(mappings: Iterable[FieldMapping]) -> tuple[str, ...]:
    """The datasets of some mappings, each once, in the catalogue's order."""
    return tuple(sorted({mapping.dataset for mapping in mappings}, key=_ORDER.__getitem__))


def place(mappings: Iterable[FieldMapping]) -> int:
    """Where a delivery of these mappings stands: a dataset is delivered after those its rows are placed through."""
    return min(_ORDER[mapping.dataset] for mapping in mappings)


def whole_number(given: Mapping[str, str], name: str, default: int) -> int:
    """A setting that counts something, from 1 up. Raises ``SettingError`` for anything else."""
    text = given.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise SettingError(
            "SETTING_SOURCE_NUMBER", f"The setting '{name}' is not a whole number above 0.", f"For example {default}."
        )
    return int(text)
