"""Notes against C2SP's published examples, and against those who would forge them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.audit.log_key import add_key, known_keys, log_keys, retire_keys
from hub.audit.merkle import sm3
from hub.audit.note import (
    COSIGNATURE,
    LOG_SIGNATURE,
    Checkpoint,
    cosign,
    cosigned_at,
    parse_checkpoint,
    parse_key,
    parse_note,
    sign,
    sign_sm3,
    signed_by,
    signing_key,
    sm3_root,
    trusted_checkpoint,
)
from hub.errors import LogError

# From C2SP tlog-cosignature.
PUBLISHED = (
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
# The verifier key of Go's checksum database, as its documents print it.
GO_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

CHECKPOINT = Checkpoint("relief-credit-hub/522301", 7, bytes(range(32)))
KEY = signing_key(CHECKPOINT.origin, LOG_SIGNATURE, Ed25519PrivateKey.from_private_bytes(bytes(32)))
OTHER = signing_key(CHECKPOINT.origin, LOG_SIGNATURE, Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))


def signed() -> str:
    return f"{CHECKPOINT.text()}\n{sign(CHECKPOINT, KEY)}"


def test_a_published_checkpoint_is_read_and_written_back_as_it_was() -> None:
    note = parse_note(PUBLISHED)
    assert str(note) == PUBLISHED
    assert parse_checkpoint(note).size == 20852163
    # The time in the published cosignature.
    assert int.from_bytes(note.signatures[1].data[:8]) == 1679315147


def test_a_published_key_is_read_and_written_back_as_it_was() -> None:
    assert str(parse_key(GO_KEY)) == GO_KEY
    assert parse_key(GO_KEY).name == "sum.golang.org"
    with pytest.raises(LogError, match="id does not belong"):
        parse_key(GO_KEY.replace("033de0ae", "033de0af"))


def test_a_signature_holds_for_its_key_and_no_other() -> None:
    found, note = trusted_checkpoint(signed(), CHECKPOINT.origin, [KEY.public])
    assert (found, str(note)) == (CHECKPOINT, signed())
    with pytest.raises(LogError) as refusal:
        trusted_checkpoint(signed(), CHECKPOINT.origin, [OTHER.public])
    assert refusal.value.code == "LOG_KEY_UNKNOWN"
    with pytest.raises(LogError) as refusal:
        trusted_checkpoint(signed(), "another/log", [KEY.public])
    assert refusal.value.code == "LOG_ORIGIN_OTHER"


def test_a_changed_text_under_a_known_key_spoils_the_note() -> None:
    with pytest.raises(LogError) as refusal:
        signed_by(parse_note(signed().replace("\n7\n", "\n8\n")), [KEY.public])
    assert refusal.value.code == "LOG_SIGNATURE_WRONG"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        CHECKPOINT.text(),
        signed().replace("\n7\n", "\n07\n"),
        signed().replace("\n7\n", "\n-7\n"),
        signed().replace("\n7\n", "\n\u0667\n"),
        signed().replace("\n\n", "\nmore\n\n"),
        signed().replace("\u2014 ", "- "),
        signed()[:-1],
        signed().replace("\n7\n", "\n7\r\n"),
        signed() + "\u2014 x AAAA\n" * 100,
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(LogError) as refusal:
        parse_checkpoint(parse_note(text))
    assert refusal.value.code == "LOG_NOTE_MALFORMED"


def test_a_cosignature_says_when_and_holds_for_one_checkpoint_only() -> None:
    witness = signing_key("bank.example/witness", COSIGNATURE, Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32))
    note = parse_note(signed() + cosign(CHECKPOINT, witness, 1_700_000_000))
    assert cosigned_at(CHECKPOINT, note.signatures[1], witness.public) == 1_700_000_000
    assert cosigned_at(CHECKPOINT, note.signatures[0], witness.public) is None
    assert cosigned_at(Checkpoint(CHECKPOINT.origin, 8, CHECKPOINT.root), note.signatures[1], witness.public) is None
    # A witness's line is none of the log's keys', whatever its name says.
    assert signed_by(note, [KEY.public]) == [KEY.public]


def test_a_root_by_sm3_stands_beside_the_root_and_is_signed_with_it(tmp_path: Path) -> None:
    keys = log_keys(tmp_path, CHECKPOINT.origin)
    root = sm3(b"leaves")
    note = parse_note(
        f"{CHECKPOINT.text()}\n{sign(CHECKPOINT, keys.signing[0])}{sign_sm3(CHECKPOINT, root, keys.for_sm3)}"
    )
    assert sm3_root(CHECKPOINT, note.signatures[1], keys.known_for_sm3[0]) == root
    assert sm3_root(CHECKPOINT, note.signatures[0], keys.known_for_sm3[0]) is None
    assert signed_by(note, keys.known) == list(keys.known)


def test_keys_are_made_once_changed_and_retired(tmp_path: Path) -> None:
    first = log_keys(tmp_path, "a/log")
    assert log_keys(tmp_path, "a/log").known == first.known
    assert (tmp_path / "log-0001.pem").stat().st_mode & 0o077 == 0
    second = add_key(tmp_path, "a/log")
    both = known_keys(tmp_path)
    assert [key.public for key in both.signing] == [second, first.known[0]]
    assert retire_keys(tmp_path) == [first.known[0]]
    after = known_keys(tmp_path)
    assert [key.public for key in after.signing] == [second]
    assert set(after.known) == {second, first.known[0]}


def test_a_spoilt_key_file_is_refused_by_its_folder(tmp_path: Path) -> None:
    log_keys(tmp_path, "a/log")
    (tmp_path / "log-0001.pem").write_text("nothing")
    with pytest.raises(LogError) as refusal:
        known_keys(tmp_path)
    assert refusal.value.code == "LOG_KEY_UNUSABLE"
