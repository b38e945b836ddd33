"""Each service has its secrets in a folder of its own, apart from the data, that only its owner reads."""

import base64
import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from events.vocabulary import BoxClass
from services.chassis import private_files
from services.chassis.names import SERVICES
from services.chassis.own_system import default_keys
from services.chassis.private_files import UnsafeSecretsError
from services.chassis.secrets import installation
from services.chassis.secrets.installation import Secrets
from services.chassis.secrets.service import ServiceSecrets
from services.local import Servers

NOBODY = 65534
ADDITIONS = ("transit_key", "accounts_key")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


def words(content: Any) -> set[str]:
    """Every text in a structure that is long enough to be a secret."""
    if isinstance(content, dict):
        return set().union(*map(words, content.values())) if content else set()
    return {content} if isinstance(content, str) and len(content) >= 20 else set()


def old_layout(data: Path, **more: str) -> dict[str, Any]:
    """The files of an installation whose secrets were in its data."""
    key = {name: base64.b64encode(os.urandom(32)).decode() for name in ("identity", "screening", *ADDITIONS)}
    content = {
        "postgres_admin": "the-administrator-of-postgres",
        "postgres": {name: f"the-postgres-word-of-{name}" for name in SERVICES},
        "nats": {name: f"the-nats-word-of-{name}" for name in ("admin", *SERVICES, "shelters")},
        "operator_token": f"czl_{'o' * 43}",
    }
    (data / "keys").mkdir(mode=0o700)
    files = {
        "secrets.json": content,
        "keys/keys.json": {kind: key[kind] for kind in ("identity", "screening")},
        "links.json": {"link_key": base64.b64encode(os.urandom(64)).decode()},
    } | {f"keys/{name.partition('_')[0]}.json": {name: key[name]} for name in ADDITIONS if more.get(name) != "none"}
    for name, each in files.items():
        (data / name).touch(mode=0o600)
        (data / name).write_text(json.dumps(each))
    return content | key


def test_they_are_made_once_and_kept_apart_from_the_data(data: Path) -> None:
    made = Secrets.load_or_create(data)
    assert Secrets.load_or_create(data) == made == Secrets.load(data)
    assert list(data.iterdir()) == []
    for path in (default_keys(data), *default_keys(data).rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_service_reads_its_own_folder_and_finds_nothing_of_another(data: Path, tmp_path: Path) -> None:
    made = Secrets.load_or_create(data)
    shared = {made.link_key, *made.epoch_keys[BoxClass.SCREENING].values()}
    for service in SERVICES:
        alone = tmp_path / f"only-{service}"
        alone.mkdir(mode=0o700)
        shutil.copytree(default_keys(data) / service, alone / service)
        found = ServiceSecrets.load(alone, service)
        assert found == made.of(service)
        others = set().union(*(words(made.of(other).model_dump()) for other in SERVICES if other != service))
        assert words(found.model_dump()) & others <= shared
        with pytest.raises(UnsafeSecretsError):
            Secrets.load(data, alone)


def test_only_who_opens_a_class_has_its_epoch_keys(data: Path) -> None:
    Secrets.load_or_create(data)
    opens = {service: set(ServiceSecrets.load(default_keys(data), service).epoch_keys) for service in SERVICES}
    assert opens == {"intake": set(BoxClass), "referral": {BoxClass.SCREENING}, "notifications": set(), "audit": set()}
    (default_keys(data) / "notifications" / "epochs.json").unlink(missing_ok=True)
    assert ServiceSecrets.load(default_keys(data), "notifications").epoch_keys == {}


@pytest.mark.parametrize("inside", ["keys", "postgres/keys", "."])
def test_keys_inside_the_data_are_refused(data: Path, inside: str) -> None:
    with pytest.raises(UnsafeSecretsError, match="apart from CANALIZA_DATA"):
        Secrets.load_or_create(data, data / inside)
    assert list(data.iterdir()) == []


def test_data_inside_the_keys_is_refused_and_a_link_into_the_data_too(data: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(data)
    for keys in (tmp_path, tmp_path / "link"):
        with pytest.raises(UnsafeSecretsError, match="apart from CANALIZA_DATA"):
            Secrets.load_or_create(data, keys)


@pytest.mark.parametrize("gone", ["installation.json", "intake/service.json", "intake/epochs.json", "audit"])
def test_what_is_missing_is_never_made_again_beside_the_rest(data: Path, gone: str) -> None:
    Secrets.load_or_create(data)
    path = default_keys(data) / gone
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    with pytest.raises(UnsafeSecretsError):
        Secrets.load_or_create(data)


@pytest.mark.parametrize("file", ["installation.json", "intake/service.json", "intake/epochs.json"])
def test_secrets_within_others_reach_are_refused(data: Path, file: str) -> None:
    Secrets.load_or_create(data)
    path = default_keys(data) / file
    path.chmod(0o640)
    with pytest.raises(UnsafeSecretsError, match="open to other users"):
        Secrets.load(data)
    path.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
        with pytest.raises(UnsafeSecretsError, match=f"belongs to user {NOBODY}"):
            Secrets.load(data)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"postgres": "x"}', '{"identity": {"1": "c2hvcnQ="}}'])
@pytest.mark.parametrize("file", ["intake/service.json", "intake/epochs.json", "installation.json"])
def test_damaged_secrets_are_refused_without_being_shown(data: Path, file: str, content: str) -> None:
    Secrets.load_or_create(data)
    (default_keys(data) / file).write_text(content)
    with pytest.raises(UnsafeSecretsError) as refused:
        Secrets.load_or_create(data)
    assert "c2hvcnQ" not in str(refused.value)


def test_a_changed_token_is_not_shown_in_the_refusal(data: Path) -> None:
    made = Secrets.load_or_create(data)
    file = default_keys(data) / "installation.json"
    file.write_text(file.read_text().replace("czl_", "xxx_"))
    with pytest.raises(UnsafeSecretsError) as refused:
        Secrets.load(data)
    assert made.operator_token[4:] not in str(refused.value)


def test_no_secret_shows_in_a_repr(data: Path) -> None:
    made = Secrets.load_or_create(data)
    shown = f"{made!r} {made} {made.services!r} {Servers('a-dsn-with-a-password', 'n', made, 1, 2)}"
    assert not [word for word in words(made.model_dump()) | {"a-dsn-with-a-password"} if word in shown]


def test_secrets_that_were_in_the_data_are_moved_out_of_it(data: Path) -> None:
    before = old_layout(data)
    made = Secrets.load_or_create(data)
    assert list(data.iterdir()) == []
    assert (made.postgres, made.nats, made.postgres_admin) == (
        before["postgres"],
        {user: word for user, word in before["nats"].items() if user != "shelters"},
        before["postgres_admin"],
    )
    assert made.epoch_keys == {kind: {1: before[kind]} for kind in BoxClass}
    assert (made.transit_key, made.operator_token) == (before["transit_key"], before["operator_token"])
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"canaliza person index v1")
    index_key = base64.b64encode(derivation.derive(base64.b64decode(before["identity"]))).decode()
    assert made.of("intake").index_key == index_key, "or the digests that are stored would match nobody"
    assert Secrets.load_or_create(data) == made


def test_a_key_that_an_older_version_did_not_have_is_made(data: Path) -> None:
    old_layout(data, transit_key="none")
    assert Secrets.load_or_create(data).transit_key is not None


def test_old_secrets_without_their_keys_are_refused(data: Path) -> None:
    old_layout(data)
    (data / "keys" / "keys.json").unlink()
    with pytest.raises(UnsafeSecretsError):
        Secrets.load_or_create(data)
    assert (data / "secrets.json").exists()


class MachineStoppedError(Exception):
    """The machine stopped here."""


@pytest.mark.parametrize("before", ["intake/epochs.json", "audit/service.json", "installation.json"])
@pytest.mark.parametrize("layout", [lambda _data: {}, old_layout])
def test_a_first_start_that_was_interrupted_begins_again(
    data: Path, monkeypatch: pytest.MonkeyPatch, before: str, layout: Callable[..., dict[str, Any]]
) -> None:
    kept = layout(data)
    write = private_files.write_private

    def stops(path: Path, text: str) -> None:
        if path == default_keys(data) / before:
            raise MachineStoppedError
        write(path, text)

    monkeypatch.setattr(installation, "write_private", stops)
    with pytest.raises(MachineStoppedError):
        Secrets.load_or_create(data)
    monkeypatch.setattr(installation, "write_private", write)
    made = Secrets.load_or_create(data)
    assert Secrets.load_or_create(data) == made
    assert made.postgres_admin == kept.get("postgres_admin", made.postgres_admin)
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("left", ["all", "keys/keys.json", "secrets.json"])
def test_the_folder_of_another_installation_never_costs_the_data_their_keys(
    data: Path, tmp_path: Path, left: str
) -> None:
    (tmp_path / "other").mkdir()
    of_another = Secrets.load_or_create(tmp_path / "other", tmp_path / "keys")
    old_layout(data)
    for path in [one for one in data.rglob("*.json") if left not in {"all", str(one.relative_to(data))}]:
        path.unlink()
    there = sorted(data.rglob("*.json"))
    assert Secrets.load_or_create(data, tmp_path / "keys") == of_another
    assert sorted(data.rglob("*.json")) == there


def test_what_the_version_before_made_in_the_data_after_an_upgrade_stops_nothing(data: Path) -> None:
    old_layout(data)
    made = Secrets.load_or_create(data)
    old_layout(data)
    assert Secrets.load_or_create(data) == made


def test_old_secrets_that_came_back_with_a_backup_of_the_data_are_removed_again(data: Path, tmp_path: Path) -> None:
    old_layout(data)
    shutil.copytree(data, tmp_path / "backup")
    made = Secrets.load_or_create(data)
    shutil.copytree(tmp_path / "backup", data, dirs_exist_ok=True)
    assert Secrets.load_or_create(data) == made
    assert list(data.iterdir()) == []
