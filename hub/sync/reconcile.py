"""Let the books balance: the source's own totals, and every row accounted for; or nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.catalog.dataset import Dataset
from hub.errors import SyncError
from hub.sync.handover import Balance, Merged, Staged
from hub.sync.tally import PartTally

_MODULUS = 1 << 64


def compare_totals(parts: Iterable[PartTally]) -> None:
    """Hold each control total (合计) against the sum of its column, quarantined rows included.

    A column with a cell that is no number can not be compared; that is noted with the total instead. Raises
    ``SyncError`` SYNC_TOTAL_DISAGREES, naming delivery, sheet and heading.
    """
    for tally in parts:
        for heading, total in tally.totals.items():
            unread = tally.unread[heading]
            note = f" (not compared: {unread} unreadable cells)" if unread else ""
            tally.compared.append(f"{heading}={total}{note}")
            if not unread and tally.sums[heading] != total:
                place = f"{tally.source}, sheet {tally.part.sheet}" if tally.part.sheet else tally.source
                raise SyncError(
                    "SYNC_TOTAL_DISAGREES",
                    f"The total of column {heading!r} in {place} is not the sum of its rows.",
                    "Ask the agency which is right; have the file corrected and delivered again.",
                )


def balance(staged: Staged, merged: Merged, milliseconds: int) -> Balance:
    """The dataset's counts, which add up; ``SyncError`` SYNC_UNBALANCED if a row got lost or came from nowhere."""
    read = staged.accepted + staged.quarantined == staged.fetched
    kept = merged.inserted + merged.changed + merged.unchanged == staged.accepted and merged.unchanged >= 0
    if not read or not kept:
        raise SyncError(
            "SYNC_UNBALANCED",
            f"The counts of {staged.dataset} do not add up: {staged.fetched} fetched, {staged.accepted} accepted, "
            f"{staged.quarantined} quarantined; {merged.inserted} inserted, {merged.changed} changed.",
            "Nothing was kept. This is a fault of the hub: report it with the run's number.",
        )
    return Balance(staged, merged, digest_of(merged.content), milliseconds)


def refuse_sudden_emptiness(dataset: Dataset, staged: Staged, merged: Merged, emptied: Mapping[str, int]) -> None:
    """``SyncError`` SYNC_DELIVERY_EMPTY where a delivery without a row would withdraw records.

    ``emptied``: by name, deliveries without a row beside others, and how many records they would withdraw.
    """
    if emptied or (staged.fetched == 0 and merged.withdrawn):
        name, withdrawn = next(iter(emptied.items()), ("The delivery", merged.withdrawn))
        raise SyncError(
            "SYNC_DELIVERY_EMPTY",
            f"{name} of {dataset.name} ({dataset.zh}) is empty, and would withdraw {withdrawn} records.",
            "Ask the agency; if it really holds none any more, take it by"
            f" `hub sync {dataset.agency.value.lower()}.{dataset.name} --accept-empty`.",
        )


def digest_of(content: int) -> str:
    """Sixteen hexadecimal digits for a sum of row hashes, whatever the order they were added in."""
    return f"{content % _MODULUS:016x}"


def content_of(digest: str) -> int:
    """A sum that has ``digest``; more rows can be added to it."""
    return int(digest, 16)
