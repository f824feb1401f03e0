"""The container files, as far as they can be checked where no container engine is at hand."""

import re
from typing import Any

import pytest
import yaml

from hub.storage.roles import DatabaseRole
from tests.architecture import house

REFUSED_IF_MISSING = re.compile(r"\$\{(HUB_[A-Z]+_PASSWORD):\?")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|_DATABASE_URL$")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((house.ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (house.ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_every_service_waits_for_what_it_needs(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"database", "migrate", "hub", "worker"}
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("hub", "worker"):
        assert services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["restart"] == "no", "a one-shot service must not be started again"
    for name in ("database", "hub"):
        assert services[name]["healthcheck"]["test"][0] == "CMD"


def test_services_run_commands_of_the_hub(compose: dict[str, Any]) -> None:
    commands = {name: service.get("command") for name, service in compose["services"].items()}
    assert commands == {"database": None, "migrate": ["migrate"], "hub": ["serve"], "worker": ["work"]}


def test_data_outlives_its_container(compose: dict[str, Any]) -> None:
    mounted = [volume.split(":")[0] for service in compose["services"].values() for volume in service["volumes"]]
    assert set(mounted) == set(compose["volumes"]) == {"database", "hub-home"}
    assert compose["services"]["database"]["image"] == "postgres:18"


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if SECRET.search(name):
                assert REFUSED_IF_MISSING.search(value), f"{name} must be refused when it is not given"
    logins = compose["configs"]["database-logins"]["content"].splitlines()
    assert logins
    assert all(REFUSED_IF_MISSING.search(line) for line in logins)


def test_every_login_of_the_hub_has_its_own_password(compose: dict[str, Any]) -> None:
    logins = compose["configs"]["database-logins"]["content"]
    environment = compose["services"]["hub"]["environment"]
    for role in DatabaseRole:
        setting = environment[f"HUB_{role.name}_DATABASE_URL"]
        secret = REFUSED_IF_MISSING.findall(setting)
        assert secret == [f"HUB_{role.name}_PASSWORD"]
        assert f"//{role}:" in setting
        assert f"create role {role} login noinherit password '${{{secret[0]}:?" in logins


def test_the_outside_world_is_not_let_in(compose: dict[str, Any]) -> None:
    assert "ports" not in compose["services"]["database"]
    assert all(port.startswith("127.0.0.1:") for port in compose["services"]["hub"]["ports"])


def test_the_image_installs_from_the_lock_and_runs_unprivileged(dockerfile: str) -> None:
    assert "--require-hashes" in dockerfile
    last_stage = dockerfile.rsplit("\nFROM ", maxsplit=1)[-1]
    assert re.search(r"^USER [1-9]\d*$", last_stage, re.MULTILINE), (
        "a number, so that an engine can tell it is not root"
    )


def test_the_image_copies_only_what_is_there(dockerfile: str) -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    assert {*house.PACKAGES} - {"bench"} <= sources
    allowed = (house.ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert sources <= {line.removeprefix("!") for line in allowed if line.startswith("!")}
