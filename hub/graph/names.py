"""The catalogue's snake_case names as GraphQL writes them."""

from __future__ import annotations


def camel(name: str) -> str:
    """``disbursed_on`` as ``disbursedOn``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def pascal(name: str) -> str:
    """``enterprise_use`` as ``EnterpriseUse``."""
    return "".join(part.capitalize() for part in name.split("_"))


def both_languages(about: str, zh: str) -> str:
    """A description that readers of either language can use."""
    return f"{about}\n\n{zh}"
