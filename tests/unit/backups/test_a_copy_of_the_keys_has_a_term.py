"""A copy of the keys is whole, is nobody else's to read, and does not outlive what it opens."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from events.vocabulary import BoxClass
from services.backups.key_copies import KeyCopies
from services.backups.places import check_apart, on_one_disk
from services.backups.refusals import RefusedError
from services.chassis.clock import system_clock
from services.chassis.secrets.epoch_files import EpochFiles
from services.chassis.secrets.folder import keys_folder
from services.chassis.secrets.installation import Secrets
from services.chassis.secrets.ledger import sealed_folder
from services.chassis.settings import Settings

TERM = timedelta(days=7)
NOW = system_clock()


@pytest.fixture
def own(tmp_path: Path) -> EpochFiles:
    data = tmp_path / "data"
    Secrets.load_or_create(data)
    seals = sealed_folder(keys_folder(data, None))
    seals.mkdir()
    (seals / "a-log.note").write_text("sealed")
    (seals / "a-log.note").chmod(0o600)
    return EpochFiles(keys_folder(data, None), tmp_path / "data-keys-backup")


def test_a_lost_folder_of_keys_comes_back_from_its_copy_as_it_was(own: EpochFiles, tmp_path: Path) -> None:
    copies, before = KeyCopies(tmp_path / "copies"), Secrets.load(tmp_path / "data")
    copies.save(own, NOW, TERM)
    found = copies.secrets(NOW, TERM)
    copies.install(tmp_path / "new-keys", found)
    assert Secrets.load(tmp_path / "new", tmp_path / "new-keys") == before
    assert (sealed_folder(tmp_path / "new-keys") / "a-log.note").read_text() == "sealed"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "copies").rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_the_copy_of_a_destroyed_epoch_lives_for_its_term_and_not_longer(own: EpochFiles, tmp_path: Path) -> None:
    copies = KeyCopies(tmp_path / "copies")
    copies.save(own, NOW, TERM)
    own.add(list(BoxClass))
    own.remove(dict.fromkeys(BoxClass, (1,)), NOW)
    assert copies.save(own, NOW + timedelta(days=6), TERM) == []
    assert set(copies.epochs(NOW + timedelta(days=6), TERM)[BoxClass.IDENTITY]) == {1, 2}
    assert copies.save(own, NOW + TERM, TERM) == [(BoxClass.IDENTITY, 1), (BoxClass.SCREENING, 1)]
    assert set(copies.epochs(NOW + TERM, TERM)[BoxClass.IDENTITY]) == {2}


def test_a_copy_that_nobody_renewed_loses_its_term_when_it_is_read(own: EpochFiles, tmp_path: Path) -> None:
    copies = KeyCopies(tmp_path / "copies")
    own.add(list(BoxClass))
    own.remove(dict.fromkeys(BoxClass, (1,)), NOW)
    copies.save(own, NOW, TERM)
    assert set(copies.epochs(NOW + timedelta(days=8), TERM)[BoxClass.SCREENING]) == {2}
    assert not list((tmp_path / "copies").rglob("epoch-*-1.json"))


def test_a_copy_that_missed_the_whole_term_of_an_epoch_does_not_begin_it_anew(own: EpochFiles, tmp_path: Path) -> None:
    copies = KeyCopies(tmp_path / "copies")
    copies.save(own, NOW, TERM)
    own.add(list(BoxClass))
    own.remove(dict.fromkeys(BoxClass, (1,)), NOW)
    own.destroy_copies(NOW + TERM, TERM)
    copies.save(own, NOW + TERM, TERM)
    assert set(copies.epochs(NOW + TERM, TERM)[BoxClass.IDENTITY]) == {2}


def test_a_copy_that_was_interrupted_is_not_used(own: EpochFiles, tmp_path: Path) -> None:
    copies = KeyCopies(tmp_path / "copies")
    copies.save(own, NOW, TERM)
    (tmp_path / "copies" / "copied-at").unlink()
    with pytest.raises(RefusedError):
        copies.secrets(NOW, TERM)


@pytest.mark.parametrize(
    ("to", "keys_to"),
    [
        ("backups", "backups"),
        ("backups", "backups/keys"),
        ("keys/backups", "keys"),
        ("data/backups", None),
        ("data-keys", None),
        ("backups", "data-keys-backup"),
        ("backups", "data"),
    ],
)
def test_nobody_who_takes_one_folder_gets_what_opens_it(tmp_path: Path, to: str, keys_to: str | None) -> None:
    settings = Settings(data=tmp_path / "data")
    with pytest.raises(RefusedError):
        check_apart(settings, tmp_path / to, None if keys_to is None else tmp_path / keys_to)


def test_folders_apart_on_one_disk_are_allowed_and_told(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    check_apart(settings, tmp_path / "backups", tmp_path / "keys")
    told = on_one_disk(settings, tmp_path / "backups", tmp_path / "keys")
    assert told == [("CANALIZA_DATA", "--to"), ("--to", "--keys-to")]
