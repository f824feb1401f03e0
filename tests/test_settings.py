from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import SettingError
from hub.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)


def test_the_environment_wins_over_the_working_directory_and_that_over_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/hub.toml").write_text('port = 1\nhost = "a"\ncounty = "111111"\n')
    (tmp_path / "hub.toml").write_text('port = 2\nhost = "b"\n')
    monkeypatch.setenv("HUB_PORT", "3")
    settings = read_settings()
    assert (settings.port, settings.host, settings.county) == (3, "b", "111111")


def test_a_secret_may_come_as_a_file_and_is_never_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("hush\n")
    monkeypatch.setenv("HUB_RELIEF_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    settings = read_settings()
    assert settings.source("RELIEF") == {"client_secret": "hush"}
    assert "hush" not in repr(settings)


def test_where_a_hub_listens_is_not_where_it_is_known() -> None:
    settings = Settings(port=8471, public_url="https://hub.example")
    assert (settings.address, settings.issuer) == ("http://127.0.0.1:8471", "https://hub.example")


def test_an_agency_s_settings_come_without_their_prefix_and_only_when_set() -> None:
    settings = Settings(bank_url="x://y", bank_schema="core")  # type: ignore[arg-type]
    assert settings.source("BANK") == {"url": "x://y", "schema": "core"}
    assert settings.source("FINANCE") == {}


@pytest.mark.parametrize(
    "name", ["HUB_TRUSTED_ONYL", "HUB_METRIC_TOKEN", "HUB_METRICS_TOKN_FILE", "HUB_CIVIL_SCHEDULE"]
)
def test_a_misspelt_variable_is_refused_by_name_with_the_right_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "hush")
    with pytest.raises(SettingError, match=name) as refusal:
        read_settings()
    assert (refusal.value.code, "hush" in str(refusal.value)) == ("SETTING_UNKNOWN", False)
    assert refusal.value.hint.startswith("Did you mean HUB_")


@pytest.mark.parametrize("name", ["HUB_TOKEN", "HUB_TEST_MARIADB_URL", "HUB_SERVICE_HOST", "HUB_PORT_8470_TCP"])
def test_another_program_s_variable_is_no_setting_of_the_hub(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    assert read_settings().port == Settings().port


def test_a_misspelt_setting_in_a_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("prot = 1\n")
    with pytest.raises(SettingError, match="PROT"):
        read_settings()


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("port: 1")
    with pytest.raises(SettingError, match=r"hub\.toml"):
        read_settings()
