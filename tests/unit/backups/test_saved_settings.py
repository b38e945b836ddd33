"""What is saved of the configuration beside the data opens no door."""

import json
from pathlib import Path

import pytest

from services.backups.saved_settings import FILE, FOLDER, save_open, save_secret
from services.chassis.settings import Settings


def test_an_address_with_a_password_in_it_is_saved_beside_the_keys_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANALIZA_NATS_URL", "nats://admin:word@127.0.0.1:4222")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setenv("CANALIZA_LOG_LEVEL", "INFO")
    settings = Settings()
    beside_data, beside_keys = tmp_path / "data", tmp_path / "keys"
    beside_data.mkdir(mode=0o700)
    beside_keys.mkdir(mode=0o700)
    save_open(settings, beside_data)
    save_secret(settings, beside_keys)
    told = json.loads((beside_data / FOLDER / FILE).read_text())
    assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
    assert told["CANALIZA_LOG_LEVEL"] == "INFO"
    assert "word" not in json.dumps(told)
    assert json.loads((beside_keys / FOLDER / FILE).read_text())["CANALIZA_NATS_URL"].startswith("nats://admin:word@")
