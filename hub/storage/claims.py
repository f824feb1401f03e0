"""What policies and views ask of the claims of a transaction, as SQL."""

from __future__ import annotations


def dataset_claim(dataset: str) -> str:
    """True where the claims of the transaction name the dataset."""
    return f"strpos(current_setting('hub.datasets'), ',{dataset},') > 0"


def rule_claim(column: str) -> str:
    """True unless the claims of the transaction leave out the rule whose code ``column`` begins with."""
    return f"strpos(current_setting('hub.datasets'), ',-' || split_part({column}, '-', 1) || ',') = 0"
