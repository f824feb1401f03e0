"""Document → operation → compiled statement, each made once and kept: bounded, and by what it depends on alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    coerce_input_value,
    execute_sync,
    get_nullable_type,
    is_leaf_type,
    parse,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

from hub.errors import QueryError
from hub.graph.cost import cost_of, relations_followed
from hub.graph.face import Face
from hub.graph.limits import Limits, check_cost, check_document, check_reach, too_deep, too_many_tokens
from hub.graph.planner import EntitiesRoot, OutlineRoot, Planner
from hub.graph.variables import Path, PinNeeded, Shaping
from hub.query.plan import LedgerRoot, ListRoot, Plan, Root, SingleRoot

_K = TypeVar("_K")
_V = TypeVar("_V")
_DATABASE_ROOTS = (SingleRoot, ListRoot, LedgerRoot)
_NO_VARIABLES = VariableValues({}, {})


class RequestRefused(Exception):  # noqa: N818  # carries graphql-core's own errors
    """graphql-core's reasons why a document or its variables cannot be executed."""

    def __init__(self, errors: list[GraphQLError], code: str) -> None:
        super().__init__(code)
        self.errors = errors
        self.code = code


class Kept(Generic[_K, _V]):
    """The most recently used values, each made once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[_K, _V] = OrderedDict()

    def get(self, key: _K) -> _V | None:
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: _K, value: _V) -> None:
        self._held[key] = value
        if len(self._held) > self._most:
            self._held.popitem(last=False)

    def __len__(self) -> int:
        return len(self._held)

    def values(self) -> Iterable[_V]:
        """All that is held."""
        return self._held.values()


@dataclass(slots=True)
class Operation:
    """One operation of a valid document, with the plans made of it so far."""

    node: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    signatures: tuple[GraphQLVariableSignature, ...]  # of its variables, if all are single values; else none
    pins: frozenset[Path]
    compiled: Kept[tuple[object, ...], Any]


@dataclass(frozen=True, slots=True)
class Outline:
    """What the answer holds, root by root, and what of it the database is asked for."""

    roots: tuple[OutlineRoot, ...]
    plan: Plan


@dataclass(frozen=True, slots=True)
class Shaped:
    """Variables as a plan sees them, and as the statement is filled with them."""

    key: tuple[object, ...]
    symbolic: VariableValues
    values: Mapping[str, Any]
    coerced: VariableValues = _NO_VARIABLES
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])


def _asked(root: OutlineRoot) -> tuple[Root, ...]:
    """What of one root the database is asked for, in the order of its columns."""
    if isinstance(root, EntitiesRoot):
        return root.singles
    return (root,) if isinstance(root, _DATABASE_ROOTS) else ()


def _single_values(signatures: Sequence[GraphQLVariableSignature], given: Mapping[str, Any]) -> VariableValues | None:
    """What graphql-core makes of variables that are all given and right; it would look up their types every time.

    None wherever there is more to say about them: then it is asked itself.
    """
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for signature in signatures:
        value = given.get(signature.name, Undefined)
        found = Undefined if value is Undefined else coerce_input_value(value, signature.type)
        if found is Undefined:
            return None
        sources[signature.name] = VariableValueSource(signature, value)
        coerced[signature.name] = found
    return VariableValues(sources, coerced) if coerced else None


class Documents:
    """Valid documents by their text."""

    def __init__(self, face: Face, limits: Limits, most: int = 1000, most_plans: int = 200) -> None:
        self._face = face
        self._limits = limits
        self._held: Kept[str, dict[str | None, Operation]] = Kept(most)
        self._most_plans = most_plans

    @property
    def kept(self) -> dict[str, int]:
        """How many documents are held, and how many plans made of them."""
        operations = [item for held in self._held.values() for item in held.values()]
        return {"documents": len(self._held), "plans": sum(len(item.compiled) for item in operations)}

    def operation(self, text: str, name: str | None) -> Operation:
        """The operation called ``name``, or the only one; refuses a document that is not valid."""
        operations = self._held.get(text)
        if operations is None:
            operations = self._read(text)
            self._held.put(text, operations)
        if name is None and len(operations) == 1:
            return next(iter(operations.values()))
        found = operations.get(name)
        if found is None:
            raise QueryError(
                "QUERY_OPERATION_UNKNOWN",
                "The document has several operations, or none of the given name.",
                "Send operationName, spelled as in the document.",
                status=400,
            )
        return found

    def _read(self, text: str) -> dict[str | None, Operation]:
        document = self._parsed(text)
        check_document(document, self._limits)
        errors = validate(self._face.schema, document, max_errors=5)
        if errors:
            raise RequestRefused(errors, "QUERY_INVALID")
        fragments = {
            node.name.value: FragmentDetails(node)
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        return {
            node.name.value if node.name else None: Operation(
                node, fragments, self._signatures(node), frozenset(), Kept(self._most_plans)
            )
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
        }

    def _signatures(self, node: OperationDefinitionNode) -> tuple[GraphQLVariableSignature, ...]:
        found: list[GraphQLVariableSignature] = []
        for definition in node.variable_definitions or ():
            signature = get_variable_signature(self._face.schema, definition)
            if isinstance(signature, GraphQLError) or not is_leaf_type(get_nullable_type(signature.type)):
                return ()
            found.append(signature)
        return tuple(found)

    def _parsed(self, text: str) -> DocumentNode:
        try:
            return parse(text, max_tokens=self._limits.tokens, no_location=False)
        except GraphQLError as error:
            # graphql-core names these two only in its message.
            if "Document contains more than" in error.message:
                raise too_many_tokens(self._limits) from None
            if "nested too deeply" in error.message:
                raise too_deep(self._limits) from None
            raise RequestRefused([error], "QUERY_SYNTAX") from None

    # ---------------------------------------------------------------- one request

    def shaped(self, operation: Operation, given: Mapping[str, Any]) -> Shaped:
        """The variables, coerced and divided by what shapes a plan."""
        if not operation.node.variable_definitions:
            return Shaped((), _NO_VARIABLES, {})
        coerced = _single_values(operation.signatures, given) or get_variable_values(
            self._face.schema, operation.node.variable_definitions, dict(given), max_errors=5
        )
        if isinstance(coerced, list):
            raise RequestRefused(coerced, "QUERY_VARIABLE_INVALID")
        return self._shape(operation, coerced, given)

    def _shape(self, operation: Operation, coerced: VariableValues, given: Mapping[str, Any]) -> Shaped:
        key, symbolic = Shaping(operation.pins, self._limits.variables).shape(coerced.coerced)
        return Shaped(key, VariableValues(coerced.sources, symbolic), coerced.coerced, coerced, given)

    def outline(self, operation: Operation, shaped: Shaped) -> tuple[Outline, Shaped]:
        """The operation's outline for variables of this shape, which may become finer while planning."""
        while True:
            planner = Planner(self._face, self._limits, operation.node, operation.fragments, shaped.symbolic)
            try:
                roots = planner.outline()
            except PinNeeded as needed:
                operation.pins |= {needed.path}
                shaped = self._shape(operation, shaped.coerced, shaped.given)
                continue
            except GraphQLError as error:
                raise RequestRefused([error], "QUERY_INVALID") from None
            asked = tuple(part for root in roots for part in _asked(root))
            check_cost(sum(cost_of(root) for root in asked), self._limits)
            check_reach(sum(relations_followed(root) for root in asked), self._limits)
            return Outline(roots, Plan(asked)), shaped

    def introspect(
        self, operation: Operation, nodes: tuple[FieldNode, ...], variables: Mapping[str, Any], schema: GraphQLSchema
    ) -> dict[str, Any]:
        """What ``schema`` answers to ``__schema`` and ``__type``, by graphql-core itself; other roots it never sees."""
        reduced = OperationDefinitionNode(
            operation=operation.node.operation,
            name=operation.node.name,
            variable_definitions=operation.node.variable_definitions,
            directives=operation.node.directives,
            selection_set=SelectionSetNode(selections=nodes),
        )
        fragments = [details.definition for details in operation.fragments.values()]
        document = DocumentNode(definitions=(reduced, *fragments))
        result = execute_sync(schema, document, variable_values=dict(variables))
        if result.errors:
            raise RequestRefused(list(result.errors), "QUERY_INVALID")
        return result.data or {}
