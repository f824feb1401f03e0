"""The disclosure log: proofs, verification, keys, witnesses, retention."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.command import command

if TYPE_CHECKING:
    from uuid import UUID

    from hub.audit.disclosure import ByHand
    from hub.audit.standing import Standing
    from hub.audit.verify import Findings
    from hub.audit.witness import Witness
    from hub.settings import Settings

_WHO = typer.Option("--as", help="Your name or staff number, for the log; the system's name for you if left out.")
_PURPOSE = typer.Option(help="What you do it for, for the log.")
audit_command = typer.Typer(no_args_is_help=True, help="Prove and verify the disclosure log.")
command.add_typer(audit_command, name="audit")


@audit_command.command()
def prove(
    entry: Annotated[str, typer.Argument(help="An entry's id, or a file with an answer or a receipt.")],
    *,
    output: Annotated[Path | None, typer.Option(help="File to write; standard output if left out.")] = None,
    who: Annotated[str | None, _WHO] = None,
    purpose: Annotated[str, _PURPOSE] = "audit",
) -> None:
    """Print what proves an entry without the hub: the entry, its place in the tree, a signed checkpoint."""
    import json

    from hub.disclosing import note_proof
    from hub.observe.output import whole_file
    from hub.proving import proof_of
    from hub.settings import read_settings
    from hub.worker import open_server

    entry_id, receipt = _entry_of(entry)
    settings = read_settings()
    with open_server(settings) as server:
        bundle = proof_of(settings, server, entry_id)
        note_proof(settings, server, by_hand(who, purpose), bundle)
    if receipt is not None:
        bundle["receipt"] = receipt
    with whole_file(output) as file:
        file.write(json.dumps(bundle, ensure_ascii=False, indent=1).encode() + b"\n")


def _entry_of(text: str) -> tuple[UUID, object]:
    """The entry's id, and the receipt it stands in, if it was given one."""
    import json
    from uuid import UUID

    from hub.errors import LogError

    receipt = None
    try:
        if Path(text).is_file():
            receipt = json.loads(Path(text).read_text("utf-8"))
            receipt = receipt.get("extensions", {}).get("receipt", receipt)
            text = receipt["entry"]
        return UUID(text), receipt
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        raise LogError(
            "LOG_RECEIPT_UNREADABLE",
            "This is neither an entry's id nor a file with a receipt.",
            "Give extensions.receipt.entry of an answer, or the answer in a file.",
        ) from None


@audit_command.command()
def verify(
    *,
    since: Annotated[Path | None, typer.Option(help="File with a checkpoint up to which all was verified.")] = None,
    mirror: Annotated[Path | None, typer.Option(help="A witness's file of leaves, to name what it kept.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="Trust these keys instead of the data folder's.")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="Write the newest checkpoint here if all is well.")] = None,
    who: Annotated[str | None, _WHO] = None,
    purpose: Annotated[str, _PURPOSE] = "audit",
) -> None:
    """Recompute the whole log, and name what is not as it was signed."""
    from hub.disclosing import note_verification
    from hub.observe.progress import TerminalWatch
    from hub.proving import newest_note
    from hub.proving import verify as verify_log
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        with TerminalWatch("verify") as watch:
            found = verify_log(settings, server, watch, since=since, mirror=mirror, keys=tuple(key or ()))
        unnoted = note_verification(settings, server, by_hand(who, purpose), found)
        if unnoted is not None:
            print(f"This verification is not in the log: {unnoted}", file=sys.stderr)
        _show_findings(found)
        if checkpoint is not None and not found.first:
            checkpoint.write_text(newest_note(settings, server), "utf-8")


def _show_findings(found: Findings) -> None:
    import base64

    print(
        f"{found.entries:,} entries, {found.size:,} leaves, {found.checkpoints:,} checkpoints in {found.seconds:.1f} s"
    )
    if found.expired:
        print(f"{found.expired:,} leaves are of months that were dropped when their time was over.")
    if found.waiting:
        print(f"{found.waiting:,} entries wait for the sequencer.")
    print(f"root {base64.b64encode(found.root).decode()}")
    for fault in found.first.values():
        place = "" if fault.index is None else f" at index {fault.index}"
        entry = "" if fault.entry_id is None else f" entry {fault.entry_id}"
        more = found.counts[fault.kind] - 1
        print(f"FAULT {fault.kind}:{entry}{place}: {fault.detail}" + (f" (and {more:,} more)" if more else ""))
    if found.first:
        sys.exit(1)
    print("The log is as it was signed.")


@audit_command.command()
def key(
    *,
    add: Annotated[bool, typer.Option("--add", help="Make the next key; old ones go on signing beside it.")] = False,
    retire: Annotated[bool, typer.Option("--retire", help="Remove all private keys but the newest.")] = False,
) -> None:
    """Print the log's public keys, which witnesses and verifiers need; make the next, or retire the old."""
    from hub.audit.log_key import add_key, retire_keys
    from hub.proving import keys_folder, keys_of
    from hub.settings import read_settings

    settings = read_settings()
    keys_of(settings)
    if add:
        add_key(keys_folder(settings), settings.log_name)
    if retire:
        for retired in retire_keys(keys_folder(settings)):
            print(f"No longer signs; what it signed still verifies by: {retired}", file=sys.stderr)
    for known in keys_of(settings).known:
        print(known)


@audit_command.command("pseudonym-key")
def pseudonym_key(
    *, add: Annotated[bool, typer.Option("--add", help="Make the next key; old ones go on finding.")] = False
) -> None:
    """Show the keys that households' pseudonyms in the log are made with, or make the next."""
    from hub.audit.pseudonyms import add_key, known_keys
    from hub.proving import keys_folder
    from hub.settings import read_settings

    folder = keys_folder(read_settings())
    if add:
        add_key(folder)
    found = known_keys(folder)
    for number in found:
        print(f"{number}{' names households from the next start on' if number == found[-1] else ''}")
    if add:
        print("Restart `hub serve` and `hub work`; copy the key to every host, and back it up. Never remove one.")


@audit_command.command()
def sequence() -> None:
    """Take in and sign what there is, once; `hub work` does it all the time."""
    from hub.proving import sequence_now
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        show_log(settings, sequence_now(settings, server))


@audit_command.command()
def expire(
    *, dry_run: Annotated[bool, typer.Option(help="Show which months would go, and drop nothing.")] = False
) -> None:
    """Drop the entries of months older than HUB_LOG_YEARS; their leaves stay."""
    from hub.proving import expire as expire_months
    from hub.settings import read_settings
    from hub.worker import open_server

    settings = read_settings()
    with open_server(settings) as server:
        done = expire_months(settings, server, dry_run=dry_run)
    for month, entries in done:
        print(f"{month:%Y-%m}: {entries:,} entries {'would be' if dry_run else 'were'} dropped")
    if not done:
        print(f"No month is older than {settings.log_years} years.")


@audit_command.command()
def witness(
    hub: Annotated[str, typer.Option(help="The hub's address, such as https://hub.example.")],
    folder: Annotated[Path, typer.Option(help="Where the witness keeps its key and what it accepted.")],
    name: Annotated[str, typer.Option(help="The witness's name, such as bank.example/witness.")],
    key: Annotated[
        list[str], typer.Option(help="A key of the log, as `hub audit key` prints it; more than one may be.")
    ],
    *,
    every: Annotated[int, typer.Option(min=1, help="Seconds between looks.")] = 60,
    once: Annotated[bool, typer.Option("--once", help="Look once.")] = False,
    leaves: Annotated[bool, typer.Option(help="Keep every leaf's hash, so that a changed entry can be named.")] = True,
    show_key: Annotated[
        bool, typer.Option("--show-key", help="Print the witness's public key, and do nothing.")
    ] = False,
) -> None:
    """Run by an agency: keep the log's last checkpoint, cosign what continues it, object to anything else."""
    import httpx

    from hub.audit.note import parse_key
    from hub.audit.witness import Witness, witness_key

    own = witness_key(folder, name)
    print(own.public, flush=True)
    if show_key:
        return
    log_keys = [parse_key(text) for text in key]
    with httpx.Client(base_url=hub, timeout=30) as client:
        _watch(Witness(folder, own, (log_keys[0].name, log_keys), client, mirrors=leaves), every, once=once)


def _watch(witness: Witness, every: int, *, once: bool) -> None:
    import time

    from hub.clock import now
    from hub.errors import LogError

    while True:
        try:
            seen = witness.run_once()
            print(f"{now():%F %T}Z cosigned {seen.checkpoint.size} entries, {seen.added} new", flush=True)
        except LogError as error:
            if once:
                raise
            print(f"{now():%F %T}Z {error}", file=sys.stderr, flush=True)
        if once:
            return
        time.sleep(every)


def by_hand(who: str | None, purpose: str) -> ByHand:
    """Whoever is at the terminal."""
    from getpass import getuser

    from hub.audit.disclosure import ByHand

    return ByHand(who or getuser(), purpose)


def show_log(settings: Settings, standing: Standing) -> None:
    """How the log stands, as lines."""
    from hub.cli.moment import moment

    signed = moment(settings, standing.signed_at) or "never"
    print(
        f"disclosure log: {standing.size:,} entries in the tree, {standing.signed_size:,} signed, last {signed}, "
        f"lag {standing.lag.total_seconds():.0f} s"
    )
    for item in standing.witnesses:
        said = (
            "never cosigned"
            if item.size is None
            else f"cosigned {item.size:,} entries at {moment(settings, item.cosigned_at)}"
        )
        print(f"witness {item.name}: {said}")
        if item.disagreement is not None:
            at = (
                "" if item.disagreement.index is None else f" at index {item.disagreement.index}, entry {item.entry_id}"
            )
            print(f"ALARM witness {item.name} disagrees: {item.disagreement.code}{at}")
