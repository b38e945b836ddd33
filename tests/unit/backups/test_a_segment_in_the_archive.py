"""One segment of WAL goes into the archive once, whole, and never over another server's."""

import gzip
import subprocess
from pathlib import Path

import pytest

from services.backups.wal import Segment, missing, prune, segment_at
from services.local.archiving import BROKEN, archive_command, fetch, restore_command, store

NAME = "0000000100000000000000A7"
CONF = Path(__file__).parents[3] / "deploy" / "postgres" / "archive.conf"


def segment(folder: Path, content: bytes = b"what happened") -> Path:
    path = folder / "segment"
    path.write_bytes(content)
    return path


def placed(command: str, path: Path, name: str) -> int:
    """What PostgreSQL does with such a setting."""
    return subprocess.run(["sh", "-c", command.replace("%p", str(path)).replace("%f", name)], check=False).returncode


def test_what_postgresql_is_told_brings_a_segment_there_and_back(tmp_path: Path) -> None:
    archive, back = tmp_path / "it's 100% ours" / "wal", tmp_path / "back"
    command = archive_command(archive)
    assert "100%% ours" in command
    assert placed(command.replace("%%", "%"), segment(tmp_path), NAME) == 0
    assert placed(restore_command(archive).replace("%%", "%"), back, NAME) == 0
    assert back.read_bytes() == b"what happened"
    assert placed(restore_command(archive).replace("%%", "%"), back, "0000000100000000000000A8") == 1


def test_a_segment_archived_twice_is_there_once_and_another_servers_is_never_replaced(tmp_path: Path) -> None:
    path = segment(tmp_path)
    assert (store(path, NAME, tmp_path / "wal"), store(path, NAME, tmp_path / "wal")) == (0, 0)
    assert store(segment(tmp_path, b"another history"), NAME, tmp_path / "wal") != 0
    assert fetch(NAME, tmp_path / "back", tmp_path / "wal") == 0
    assert (tmp_path / "back").read_bytes() == b"what happened"


@pytest.mark.parametrize(
    "damage", [b"", b"\x00" * 40, gzip.compress(b"another", mtime=0)], ids=("empty", "zeros", "other")
)
def test_a_damaged_segment_ends_the_recovery_and_is_not_taken_for_the_end(tmp_path: Path, damage: bytes) -> None:
    store(segment(tmp_path), NAME, tmp_path / "wal")
    (tmp_path / "wal" / f"{NAME}.gz").write_bytes(damage)
    assert fetch(NAME, tmp_path / "back", tmp_path / "wal") == BROKEN > 125
    assert missing(tmp_path / "wal", Segment(0xA7, 1)) == [NAME]


def test_a_missing_segment_is_called_by_its_name_and_the_end_is_no_gap(tmp_path: Path) -> None:
    for number in (0xFE, 0xFF, 0x101, 0x102):
        store(segment(tmp_path), Segment(number, 1).name, tmp_path)
    assert missing(tmp_path, Segment(0xFE, 1)) == ["000000010000000100000000"]
    assert missing(tmp_path, Segment(0x101, 1)) == []
    assert missing(tmp_path, Segment(0x103, 1)) == []


def test_a_history_that_went_on_after_a_restore_has_no_gap(tmp_path: Path) -> None:
    for one in (Segment(5, 1), Segment(6, 1), Segment(6, 2), Segment(7, 2)):
        store(segment(tmp_path), one.name, tmp_path)
    assert missing(tmp_path, Segment(5, 1)) == []


def test_segments_that_no_kept_backup_needs_go(tmp_path: Path) -> None:
    for number in (3, 4, 5):
        store(segment(tmp_path), Segment(number, 1).name, tmp_path)
    assert prune(tmp_path, [segment_at("0/5000028", 1), segment_at("0/4000028", 1)]) == 1
    assert sorted(path.name for path in tmp_path.glob("*.gz")) == [f"{Segment(one, 1).name}.gz" for one in (4, 5)]


def test_the_command_for_a_server_of_ones_own_makes_an_archive_that_can_be_restored(tmp_path: Path) -> None:
    (line,) = [one for one in CONF.read_text().splitlines() if one.startswith("archive_command")]
    command = line.partition("'")[2].rpartition("'")[0].replace("/var/backups/canaliza-wal", str(tmp_path / "wal"))
    (tmp_path / "wal").mkdir()
    path = segment(tmp_path)
    assert placed(command, path, NAME) == 0
    assert fetch(NAME, tmp_path / "back", tmp_path / "wal") == 0
    assert (tmp_path / "back").read_bytes() == b"what happened"
    assert placed(command, path, NAME) == 0
    assert placed(command, segment(tmp_path, b"another history"), NAME) != 0
    assert [path.name for path in (tmp_path / "wal").iterdir()] == [f"{NAME}.gz"]
