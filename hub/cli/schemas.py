"""The schema as text."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.command import command

schema_command = typer.Typer(no_args_is_help=True, help="The GraphQL schema.")
command.add_typer(schema_command, name="schema")


@schema_command.command("print")
def print_schema(
    *, federation: Annotated[bool, typer.Option(help="As an Apollo Federation subgraph; see HUB_FEDERATION.")] = False
) -> None:
    """Print the GraphQL schema in SDL."""
    from hub.app import sdl

    print(sdl(federated=federation), end="")


@schema_command.command("reference")
def print_reference() -> None:
    """Print the catalogue's reference page in Markdown."""
    from hub.catalog.reference import reference_page
    from schema import CATALOGUE
    from schema.ledger import LEDGER

    print(reference_page(CATALOGUE, LEDGER), end="")


@schema_command.command("rules")
def print_rules() -> None:
    """Print the page of all rules in Markdown."""
    from hub.catalog.rule_page import rule_page
    from schema.policy import POLICY
    from schema.rules import RULES

    print(rule_page(RULES, POLICY), end="")


@schema_command.command("table")
def print_table(
    dataset: Annotated[str, typer.Argument(help="A dataset of the catalogue, such as loan.")],
) -> None:
    """Print the SQL that makes a dataset's tables with their walls, and its view, for its migration."""
    from hub.storage.creation import creation_statements
    from schema import CATALOGUE
    from schema.ledger import LEDGER

    for statement in creation_statements(CATALOGUE, LEDGER, dataset):
        print(f"{statement};")
