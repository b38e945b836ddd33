"""An installation from before there was a transit key gets one; whatever it had stays as it was."""

import json
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.chassis.secrets import KEYS_FILE, SECRETS_FILE, TRANSIT_FILE, Secrets, UnsafeSecrets
from services.chassis.settings import Settings


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """As the version before left it."""
    Secrets.load_or_create(tmp_path)
    (tmp_path / TRANSIT_FILE).unlink()
    return tmp_path


def test_a_new_installation_has_one_that_its_owner_alone_reads(tmp_path: Path) -> None:
    assert Secrets.load_or_create(tmp_path).transit_key is not None
    assert stat.S_IMODE((tmp_path / TRANSIT_FILE).stat().st_mode) == 0o600
    assert "transit" not in (tmp_path / SECRETS_FILE).read_text()


def test_an_old_one_gets_one_and_the_others_are_not_touched(old: Path) -> None:
    before = {name: ((old / name).read_bytes(), (old / name).stat()) for name in (SECRETS_FILE, KEYS_FILE)}
    assert Secrets.load(old).transit_key is None
    made = Secrets.load_or_create(old)
    assert made.transit_key is not None
    assert {name: ((old / name).read_bytes(), (old / name).stat()) for name in (SECRETS_FILE, KEYS_FILE)} == before
    assert stat.S_IMODE((old / TRANSIT_FILE).stat().st_mode) == 0o600


def test_it_is_made_once(old: Path) -> None:
    first, second = Secrets.load_or_create(old), Secrets.load_or_create(old)
    assert first.transit_key == second.transit_key == Secrets.load(old).transit_key


def test_one_that_others_can_read_is_refused(old: Path) -> None:
    Secrets.load_or_create(old)
    (old / TRANSIT_FILE).chmod(0o640)
    with pytest.raises(UnsafeSecrets, match=r"transit\.json is open to other users"):
        Secrets.load(old)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"transit_key": "c2hvcnQ="}', '{"transit_key": 7, "operator": 1}'])
def test_one_that_is_no_key_is_refused(old: Path, content: str) -> None:
    Secrets.load_or_create(old)
    (old / TRANSIT_FILE).write_text(content)
    with pytest.raises(UnsafeSecrets):
        Secrets.load_or_create(old)


def test_it_shows_in_no_representation(tmp_path: Path) -> None:
    secrets = Secrets.load_or_create(tmp_path)
    assert secrets.transit_key is not None
    assert secrets.transit_key not in repr(secrets)
    assert json.loads((tmp_path / TRANSIT_FILE).read_text()) == {"transit_key": secrets.transit_key}


def test_shelters_with_a_leaf_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANALIZA_LEAF_SHELTERS", "ALB-TAP-01, ALB-IXT-01,")
    assert Settings().leaf_shelters == ("ALB-TAP-01", "ALB-IXT-01")


@pytest.mark.parametrize("code", ["ALB.TAP", "*", "ALB >", "alb-tap-01", "-A", "A" * 40])
def test_a_code_that_would_mean_something_to_nats_is_refused(code: str) -> None:
    with pytest.raises(ValidationError):
        Settings(leaf_shelters=(code,))
