"""How large a question may be. One memoised pass over the document, before it is validated; and the plan's cost.

Each fragment is measured once, so a document whose fragments double each other is refused as fast as any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from hub.errors import QueryError


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may ask for at most."""

    body_bytes: int = 200_000
    tokens: int = 5_000
    depth: int = 15
    aliases: int = 50
    root_fields: int = 20
    fields: int = 2_000
    page_default: int = 50
    page_most: int = 1_000
    groups_complete: int = 1_000  # of a list; more are refused, unless first says how many are wanted
    groups_most: int = 10_000
    filter_relations: int = 20  # followed by all filters of an operation
    cost: int = 500_000  # attributes of all rows a page may hold, one inside the other
    variables: int = 1_000  # values in the variables


@dataclass(frozen=True, slots=True)
class _Measure:
    """A selection set with everything spread into it."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    top: int = 0  # fields on its first level


class _Measurer:
    """Measures the fragments of one document, each once."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, _Measure] = {}

    def selection(self, node: SelectionSetNode | None) -> _Measure:
        depth = fields = aliases = top = 0
        for item in node.selections if node else ():
            inner = self._item(item)
            if isinstance(item, FieldNode):
                is_meta = item.name.value.startswith("__")
                depth = max(depth, 1 if is_meta else inner.depth + 1)
                fields += inner.fields + 1
                aliases += inner.aliases + bool(item.alias)
                top += 1
            else:
                depth = max(depth, inner.depth)
                fields += inner.fields
                aliases += inner.aliases
                top += inner.top
        return _Measure(depth, fields, aliases, top)

    def _item(self, item: object) -> _Measure:
        if isinstance(item, FieldNode | InlineFragmentNode):
            return self.selection(item.selection_set)
        if isinstance(item, FragmentSpreadNode):
            return self._fragment(item.name.value)
        return _Measure()

    def _fragment(self, name: str) -> _Measure:
        if name not in self._known:
            # A fragment that reaches itself, or is missing, counts nothing here: validation refuses it.
            self._known[name] = _Measure()
            definition = self._fragments.get(name)
            if definition is not None:
                self._known[name] = self.selection(definition.selection_set)
        return self._known[name]


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document that is too deep or too broad, wherever in it that is."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    measurer = _Measurer(fragments)
    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
            continue
        found = measurer.selection(node.selection_set)
        _refuse_above(found.depth, _DEPTH, limits)
        _refuse_above(found.fields, _FIELDS, limits)
        _refuse_above(found.aliases, _ALIASES, limits)
        if isinstance(node, OperationDefinitionNode):
            _refuse_above(found.top, _ROOTS, limits)


def check_cost(cost: int, limits: Limits) -> None:
    """Refuse a plan that could return too much."""
    _refuse_above(cost, _COST, limits)


def check_reach(followed: int, limits: Limits) -> None:
    """Refuse filters that follow too many relations: each is a join the database has to order."""
    _refuse_above(followed, _REACH, limits)


def group_count(asked: int | None, limits: Limits) -> int:
    """How many groups an answer may have."""
    if asked is None:
        return limits.groups_complete
    if not 0 <= asked <= limits.groups_most:
        raise QueryError(
            "QUERY_GROUPS_INVALID",
            f"So many groups cannot be asked for: {named('groups_most')} allows 0 to {limits.groups_most}.",
            "Filter, group by something coarser, or add having.",
            status=400,
        )
    return asked


def page_size(asked: int | None, limits: Limits) -> int:
    """How many rows a page may have."""
    if asked is None:
        return limits.page_default
    if asked < 0:
        raise QueryError(
            "QUERY_PAGE_INVALID",
            "A page cannot have fewer than no rows.",
            "Set first or last to 0 or more.",
            status=400,
        )
    if asked > limits.page_most:
        raise QueryError(
            "QUERY_PAGE_TOO_LARGE",
            f"A page of {asked} rows is too large: {named('page_most')} allows {limits.page_most}.",
            "Ask for the next page with after: endCursor, or POST /export/… for all rows.",
            status=400,
        )
    return asked


def too_deep(limits: Limits) -> QueryError:
    """The refusal of a document that is nested too deeply to be read at all."""
    return QueryError(
        _DEPTH.code,
        f"The document is nested too deeply: {named(_DEPTH.limit)} allows {limits.depth} levels of fields.",
        _DEPTH.hint,
        status=400,
    )


def too_many_tokens(limits: Limits) -> QueryError:
    """The refusal of a document that is too long to be read at all."""
    return QueryError(
        "QUERY_TOO_LONG",
        f"The document is too long: {named('tokens')} allows {limits.tokens} tokens.",
        "Use fragments, or split it.",
        status=400,
    )


def named(limit: str) -> str:
    """The setting that holds ``limit``, so that a refusal says what an operator could change."""
    return f"HUB_LIMIT_{limit.upper()}"


@dataclass(frozen=True, slots=True)
class _Rule:
    """How one limit is refused."""

    limit: str
    code: str
    what: str
    hint: str


_DEPTH = _Rule("depth", "QUERY_TOO_DEEP", "nested too deeply", "Ask for less below each row.")
_FIELDS = _Rule("fields", "QUERY_TOO_WIDE", "asking for too many fields", "Ask for fewer.")
_ALIASES = _Rule("aliases", "QUERY_TOO_MANY_ALIASES", "using too many aliases", "Use a list's filter.")
_ROOTS = _Rule("root_fields", "QUERY_TOO_MANY_ROOTS", "asking too many questions at once", "Split it.")
_COST = _Rule("cost", "QUERY_TOO_COSTLY", "able to return too much", "Ask for smaller pages: set first or last.")
_REACH = _Rule(
    "filter_relations",
    "QUERY_FILTER_TOO_BROAD",
    "following too many relations in its filters",
    "Filter by fewer related rows, or ask twice.",
)


def _refuse_above(found: int, rule: _Rule, limits: Limits) -> None:
    most: int = getattr(limits, rule.limit)
    if found > most:
        message = f"The operation is {rule.what}: {found} where {named(rule.limit)} allows {most}."
        raise QueryError(rule.code, message, rule.hint, status=400)
