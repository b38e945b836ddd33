"""The compose file: each container has what it needs and nothing else. There is no Docker here: it is read, not run."""

from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from compose_spec import PyCompose

from services.chassis.names import SERVICES
from services.chassis.settings import Settings
from tests.support.system.compose import compose, mounts
from tests.support.system.proxying import DEPLOY

OURS = (*SERVICES, "secrets", "migrate", "keys")
"""Containers of the program's own image."""


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def test_a_file_that_compose_does_not_take_is_found() -> None:
    spoilt = compose() | {"services": {"intake": {"image": "canaliza:local", "restrat": "always"}}}
    with pytest.raises(ValueError, match="restrat"):
        PyCompose.from_yaml(yaml.safe_dump(spoilt))


def test_everything_of_the_installation_is_there() -> None:
    assert set(services()) == {*OURS, "postgres", "nats", "proxy"}


@pytest.mark.parametrize("name", [*OURS, "postgres", "nats", "proxy"])
def test_no_container_may_write_to_its_image_or_gain_a_right(name: str) -> None:
    found = services()[name]
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert not found.get("privileged")
    if name != "postgres":  # its image prepares the data as root and goes on as its own user
        assert found["user"].split(":")[0] not in {"0", "root", ""}
        assert "cap_add" not in found


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_its_own_folder_of_keys_and_no_other(service: str) -> None:
    keys = {place: found for place, found in mounts(service).items() if "keys" in found[0]}
    assert set(keys) == {f"/keys/{service}"}
    source, writes = keys[f"/keys/{service}"]
    assert source == f"./keys/{service}"
    assert writes is (service == "audit"), "audit alone writes there: the last seal of each log"
    assert not any("password" in source for source, _ in mounts(service).values())


def test_the_proxy_alone_is_reached_from_outside() -> None:
    assert {name for name, found in services().items() if found.get("ports")} == {"proxy"}
    reached = {name: set(found.get("networks", ())) for name, found in services().items()}
    assert {name for name, networks in reached.items() if "world" in networks} == {"proxy", "notifications"}
    assert "inside" not in reached["proxy"], "the proxy reaches neither PostgreSQL nor NATS"
    assert reached["postgres"] == reached["nats"] == {"inside"}
    assert [compose()["networks"][name]["internal"] for name in ("inside", "outside")] == [True, True]


def test_nothing_starts_before_what_it_stands_on() -> None:
    for service in SERVICES:
        needs = {name: how["condition"] for name, how in services()[service]["depends_on"].items()}
        assert needs["migrate"] == "service_completed_successfully"
        assert needs["postgres"] == "service_healthy"
    assert services()["nats"]["depends_on"]["secrets"]["condition"] == "service_completed_successfully"
    assert services()["migrate"]["depends_on"]["secrets"]["condition"] == "service_completed_successfully"
    assert set(services()["proxy"]["depends_on"]) == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_its_settings_are_taken_and_lead_to_servers_by_tls_only(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = services()[name]["environment"]
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    settings = Settings()
    assert set(environment) - {"SSL_CERT_FILE"} <= {f"CANALIZA_{field.upper()}" for field in Settings.model_fields}
    outside = ip_network(compose()["networks"]["outside"]["ipam"]["config"][0]["subnet"])
    assert [ip_network(each) for each in settings.proxies] == [outside]
    assert settings.by_tls


def test_no_secret_is_in_an_environment() -> None:
    for name, found in services().items():
        for variable, value in found.get("environment", {}).items():
            assert "PASSWORD" not in variable or variable.endswith("_FILE"), f"{name}: {variable}"
            assert "TOKEN" not in variable
            assert urlsplit(str(value)).password is None, f"{name}: {variable} has a password"


def test_every_file_that_is_mounted_is_in_the_repository_or_made_by_the_operator() -> None:
    own = {"keys", "keys-backup", "passwords", "tls"}
    for name in services():
        for source, _ in mounts(name).values():
            if source.startswith("./") and source.split("/")[1] not in own:
                assert (DEPLOY / source).exists(), f"{name}: {source}"
    ignored = (DEPLOY.parent / ".gitignore").read_text().splitlines()
    assert {f"deploy/{folder}/" for folder in own} <= set(ignored)


def test_each_service_may_stop_as_long_as_it_takes() -> None:
    for service in SERVICES:
        assert services()[service]["stop_grace_period"] == "30s"
        assert services()[service]["restart"] == "unless-stopped"
