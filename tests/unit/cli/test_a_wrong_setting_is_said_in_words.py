"""Whatever is wrong with a setting, its sentence names it, in Spanish and English, without the value; the code is 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.chassis.settings import Settings
from services.cli.faults import named_files, of_settings

BAD = "«CANARIO»"
"""No number, address, code or truth value, and no file."""
FREE = {
    "data",
    "keys",
    "keys_backup",
    "host",
    "oidc_issuer",
    "oidc_client_id",
    "oidc_client_secret",
    "mail_url",
    "backups",
    "metrics_host",
    "otlp_endpoint",
}
"""Any text may be a folder, a password or an address that only its user can judge; of two that belong together another
test tells."""
FILES = {"contacts", "channels", "directory", "witnesses", "tls_cert", "tls_key"}


def said_of(monkeypatch: pytest.MonkeyPatch, **values: str) -> list[str]:
    for name in list(os.environ):
        if name.startswith("CANALIZA_"):
            monkeypatch.delenv(name)
    for name, value in values.items():
        monkeypatch.setenv(f"CANALIZA_{name.upper()}", value)
    try:
        return list(named_files(Settings()))
    except ValidationError as error:
        return of_settings(error) or []


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - FREE))
def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    pair = {"tls_cert": "tls_key", "tls_key": "tls_cert"}
    others = {pair[name]: "/gone"} if name in pair else {}
    sentences = said_of(monkeypatch, **{name: BAD}, **others)
    mine = [one for one in sentences if one.startswith(f"CANALIZA_{name.upper()}")]
    assert mine, sentences
    assert all(" · " in one for one in mine)
    if name not in FILES:
        assert not [one for one in sentences if "CANARIO" in one]


@pytest.mark.parametrize(("values", "names"), [
    ({"oidc_issuer": "https://a.example.org"}, "CANALIZA_OIDC_ISSUER, _CLIENT_ID"),
    ({"oidc_issuer": "https://a.example.org", "oidc_client_id": "a", "oidc_client_secret": "b"}, "CANALIZA_PUBLIC_URL"),
    ({"public_url": "http://a.example.org"}, "CANALIZA_PUBLIC_URL"),
    ({"tls_cert": "/a"}, "CANALIZA_TLS_CERT"),
    ({"host": "10.0.0.1"}, "CANALIZA_HOST"),
    ({"heartbeat": "60"}, "CANALIZA_HEARTBEAT"),
    ({"port": "99999"}, "CANALIZA_PORT: debe ser 65535 o menos · must be 65535 or less"),
    ({"log_level": "loud"}, "CANALIZA_LOG_LEVEL"),
])  # fmt: skip
def test_settings_that_do_not_go_together_are_named(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], names: str
) -> None:
    sentences = said_of(monkeypatch, **values)
    assert any(names in one and " · " in one for one in sentences), sentences


@pytest.mark.slow
def test_a_command_ends_with_2_and_no_traceback(tmp_path: Path) -> None:
    environment = {**os.environ, "CANALIZA_LOG_LEVEL": BAD, "CANALIZA_DATA": str(tmp_path / "var")}
    command = [sys.executable, "-c", "from services.cli import main; main()", "migrate"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "La configuración no sirve" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "var").exists()
