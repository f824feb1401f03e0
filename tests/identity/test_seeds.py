"""Seeds of second factors are sealed with a key outside the database; those of before at first use."""

from __future__ import annotations

from pathlib import Path

import pyotp
import pytest

from hub.errors import AccessError, SettingError
from hub.identity.desk import Desk
from hub.identity.login import Kept, Logins, draw
from hub.identity.register import Books
from hub.identity.seeds import Seeds
from hub.identity.typed import staff_of
from hub.storage.roles import DatabaseRole
from tests.support.database import COUNTY, Database

NAMES = ("first-officer", "other-officer")


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database.conninfo(DatabaseRole.IDENTITY), COUNTY)


@pytest.fixture
def drawn(desk: Desk, tmp_path: Path) -> dict[str, tuple[str, Kept]]:
    """Two people whose seeds lie in the database in clear, as they did before there was a key."""
    found = {}
    for name in NAMES:
        secrets, kept = draw(name, "https://hub")
        found[name] = (secrets.password, kept)
        staff = staff_of({"name": name, "role": "city-staff", "region": COUNTY}, name, ["audit"])
        Books(desk, Seeds(tmp_path / "none", desk)).add_staff(staff, None, None)
        write(desk, name, "password_hash", kept.password_hash)
        write(desk, name, "totp_secret", kept.totp_secret)
    return found


def write(desk: Desk, name: str, column: str, value: str) -> None:
    with desk.open() as connection:
        connection.execute(f"update identity.staff set {column} = %s where name = %s", (value, name))


def stored(desk: Desk) -> dict[str, str]:
    with desk.open() as connection:
        rows = connection.execute("select name, totp_secret from identity.staff").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def enter(desk: Desk, folder: Path, name: str, drawn: dict[str, tuple[str, Kept]]) -> str:
    password, kept = drawn[name]
    return Logins(desk, Seeds(folder, desk)).enter(name, password, pyotp.TOTP(kept.totp_secret).now())


def test_seeds_in_clear_are_sealed_at_first_use_and_still_good(
    desk: Desk, tmp_path: Path, drawn: dict[str, tuple[str, Kept]]
) -> None:
    folder = tmp_path / "keys"
    assert enter(desk, folder, NAMES[0], drawn) == NAMES[0]
    assert (folder / "seeds.key").stat().st_mode & 0o077 == 0
    for name, text in stored(desk).items():
        assert drawn[name][1].totp_secret not in text
        assert text.startswith("aes256gcm:")
    assert enter(desk, folder, NAMES[1], drawn) == NAMES[1]
    assert [path.name for path in folder.iterdir()] == ["seeds.key"]


def test_whoever_writes_the_database_alone_can_plant_no_seed(
    desk: Desk, tmp_path: Path, drawn: dict[str, tuple[str, Kept]]
) -> None:
    folder = tmp_path / "keys"
    enter(desk, folder, NAMES[0], drawn)
    kept = stored(desk)
    spoilt = kept[NAMES[1]][:-6] + ("AAAA" if kept[NAMES[1]][-6:-2] != "AAAA" else "BBBB") + kept[NAMES[1]][-2:]
    for planted in (drawn[NAMES[1]][1].totp_secret, kept[NAMES[0]], spoilt, "aes256gcm:", "aes256gcm:?"):
        write(desk, NAMES[1], "totp_secret", planted)
        with pytest.raises(AccessError) as caught:
            Seeds(folder, desk).open(NAMES[1], planted)
        assert caught.value.code == "LOGIN_SEED_UNREADABLE"
    with pytest.raises(AccessError, match="cannot be read"):
        enter(desk, folder, NAMES[1], drawn)


def test_a_lost_or_spoilt_key_is_said_and_not_replaced(
    desk: Desk, tmp_path: Path, drawn: dict[str, tuple[str, Kept]]
) -> None:
    folder = tmp_path / "keys"
    enter(desk, folder, NAMES[0], drawn)
    before = stored(desk)
    for spoil in (lambda: (folder / "seeds.key").write_bytes(b"short"), (folder / "seeds.key").unlink):
        spoil()
        with pytest.raises(SettingError) as caught:
            Seeds(folder, desk).seal("anybody", "seed")
        assert caught.value.code == "SETTING_KEY_UNUSABLE"
    assert not (folder / "seeds.key").exists()
    assert stored(desk) == before
