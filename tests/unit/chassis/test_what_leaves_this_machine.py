"""Nothing of PostgreSQL or of a person's request leaves this machine in clear: the settings that would are refused."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.chassis.settings import Settings

PEM = Path("somewhere.pem")

IN_CLEAR = [
    "postgresql://u:p@10.0.0.1/db",
    "postgresql://u:p@10.0.0.1:5432/db?sslmode=require",
    "postgresql://u:p@10.0.0.1/db?sslmode=verify-ca",
    "postgresql://u:p@10.0.0.1/db?sslmode=prefer",
    "postgresql://u:p@127.0.0.1,10.0.0.1/db",
    "postgresql://u:p@127.0.0.1:5432,db.example.org:5432/db?sslmode=require",
    "postgresql://u:p@/db?host=db.example.org",
    "postgresql://u:p@127.0.0.1/db?host=/run/postgresql,db.example.org",
    "postgresql://u:127.0.0.1@10.0.0.1/db",
    "postgresql://[2001:db8::1]:5432/db",
    "postgresql://localhost.example.org/db",
    "postgresql:///db?service=elsewhere",
    "postgresql://10.0.0.1/db?sslmode=verify-full&sslmode=disable",
]
SAFE = [
    "postgresql://u:p@10.0.0.1/db?sslmode=verify-full",
    "postgresql://u:p@db.example.org,other.example.org/db?sslmode=verify-full&sslrootcert=/ca.pem",
    "postgresql://u:p@127.0.0.1:5432/db",
    "postgresql://u:p@[::1]:5432/db",
    "postgresql://localhost/db",
    "postgresql:///db?host=/run/postgresql",
    "postgresql://u:p@%2Frun%2Fpostgresql/db",
    "postgresql:///db",
]


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGSERVICE", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("dsn", IN_CLEAR)
def test_postgresql_on_another_machine_is_reached_by_tls_with_its_name_checked(dsn: str) -> None:
    with pytest.raises(ValidationError, match="CANALIZA_POSTGRES_DSN"):
        Settings(postgres_dsn=dsn)


@pytest.mark.parametrize("dsn", SAFE)
def test_postgresql_on_this_machine_needs_no_tls(dsn: str) -> None:
    Settings(postgres_dsn=dsn)


def test_what_the_address_does_not_say_is_taken_from_the_drivers_own_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here: Any = "postgresql:///db"
    monkeypatch.setenv("PGHOST", "db.example.org")
    with pytest.raises(ValidationError):
        Settings(postgres_dsn=here)
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    Settings(postgres_dsn=here)
    monkeypatch.delenv("PGSSLMODE")
    monkeypatch.setenv("PGHOST", "/run/postgresql")
    Settings(postgres_dsn=here)
    monkeypatch.delenv("PGHOST")
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    with pytest.raises(ValidationError):
        Settings(postgres_dsn=here)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "canaliza.example.org"])  # noqa: S104 - refused
def test_requests_of_other_machines_come_by_tls_or_through_a_proxy_that_is_named(host: str) -> None:
    with pytest.raises(ValidationError, match="CANALIZA_PROXIES"):
        Settings(host=host)
    assert Settings(host=host, tls_cert=PEM, tls_key=PEM).by_tls
    assert Settings(host=host, proxies=("10.0.0.7",)).proxies == ("10.0.0.7/32",)
    for half in ({"tls_cert": PEM}, {"tls_key": PEM}):
        with pytest.raises(ValidationError, match="go together"):
            Settings(host=host, proxies=("10.0.0.7",), **half)  # type: ignore[arg-type]  # a path or nothing


@pytest.mark.parametrize("written", ["*", "10.0.0.0/33", "proxy.example.org", "10.0.0.1/8"])
def test_a_proxy_is_an_address_or_a_network(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANALIZA_PROXIES", f"127.0.0.1, {written}")
    with pytest.raises(ValidationError):
        Settings()


EVERY_SECOND_EIGHTH = ", ".join(f"{first}.0.0.0/8" for first in range(1, 224, 2))


@pytest.mark.parametrize(
    "written",
    [
        *("0.0.0.0/0", "::/0", "127.0.0.1, ::/0", "0.0.0.0/0.0.0.0"),
        *("0.0.0.0/1, 128.0.0.0/1", "::/1, 8000::/1", "200.0.0.0/7", "2000::/15", "::ffff:0:0/96", "::ffff:0:0/97"),
        EVERY_SECOND_EIGHTH,
        ", ".join(f"8.{second}.0.0/15" for second in range(0, 256, 2)) + ", 9.0.0.0/32",
    ],
)
def test_networks_that_contain_nearly_everybody_are_no_proxys_and_a_sentence_says_so(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANALIZA_PROXIES", written)
    with pytest.raises(ValidationError, match=r"CANALIZA_PROXIES: redes con todas .* networks with every address"):
        Settings()


@pytest.mark.parametrize(
    "written",
    [
        "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16",
        "127.0.0.0/8",
        "fc00::/7, ::1",
        "8.0.0.0/8",
        "2000::/16",
        "::ffff:10.0.0.0/104",
    ],
)
def test_a_content_network_and_private_ones_are_a_proxys(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANALIZA_PROXIES", written)
    assert len(Settings().proxies) == len(written.split(","))


def test_whoever_starts_it_is_told_in_a_sentence_and_no_password_is_repeated() -> None:
    environment = {
        "CANALIZA_POSTGRES_DSN": "postgresql://somebody:canario@10.0.0.1/db",
        "CANALIZA_NATS_URL": "nats://127.0.0.1:4222",
        "CANALIZA_PORT": "many",
    }
    for command in (["serve", "intake"], ["migrate"], ["up"]):
        ran = subprocess.run(
            [sys.executable, "-c", "from services.cli import main; main()", *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 2
        assert "La configuración no sirve" in ran.stderr
        assert "CANALIZA_PORT" in ran.stderr
        assert "Traceback" not in ran.stderr
        assert "canario" not in ran.stderr
    ran = subprocess.run(
        [sys.executable, "-c", "from services.cli import main; main()", "migrate"],
        env={**environment, "CANALIZA_PORT": "8080"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, "verify-full" in ran.stderr, "canario" in ran.stderr) == (2, True, False)
