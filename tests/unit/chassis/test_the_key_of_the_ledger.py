"""The ledger's key is made once; what was signed with it is never orphaned without anybody's word."""

import json
from pathlib import Path

import pytest

from services.chassis.own_system import default_keys
from services.chassis.private_files import UnsafeSecretsError
from services.chassis.secrets.installation import Secrets
from services.chassis.secrets.ledger import begin_anew, sealed_folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


def without_its_key(data: Path) -> None:
    """The secrets as the version before the ledger wrote them."""
    path = default_keys(data) / "audit" / "service.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({name: value for name, value in content.items() if not name.startswith("ledger")}))


def test_an_installation_that_was_there_before_gets_one_at_its_next_start(data: Path) -> None:
    before = Secrets.load_or_create(data)
    without_its_key(data)
    assert Secrets.load(data).of("audit").ledger_key is None
    made = Secrets.load_or_create(data).of("audit")
    assert made.ledger_key is not None
    assert made.ledger_id is not None
    assert made.ledger_id != before.of("audit").ledger_id
    assert made.postgres == before.of("audit").postgres
    assert Secrets.load_or_create(data).of("audit") == made


def test_one_that_was_used_is_never_made_again(data: Path) -> None:
    Secrets.load_or_create(data)
    without_its_key(data)
    sealed = sealed_folder(default_keys(data))
    sealed.mkdir(mode=0o700)
    (sealed / "x-intake.note").write_text("a seal")
    with pytest.raises(UnsafeSecretsError, match="ledger_key"):
        Secrets.load_or_create(data)


def test_half_a_key_is_none(data: Path) -> None:
    Secrets.load_or_create(data)
    path = default_keys(data) / "audit" / "service.json"
    content = json.loads(path.read_text())
    del content["ledger_key"]
    path.write_text(json.dumps(content))
    with pytest.raises(UnsafeSecretsError, match="ledger_key"):
        Secrets.load_or_create(data)


def test_an_operator_gives_a_ledger_up_by_its_name(data: Path) -> None:
    before = Secrets.load_or_create(data).of("audit")
    assert before.ledger_id is not None
    made = begin_anew(default_keys(data), [before.ledger_id])
    after = Secrets.load_or_create(data).of("audit")
    assert after.ledger_id == made != before.ledger_id
    assert after.ledger_key != before.ledger_key
    assert after.ledgers_before == (before.ledger_id,)
    assert after.postgres == before.postgres
