"""Numbers that are told only where there is such a thing: a certificate, a leaf node, a telephone that told."""

from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, time
from uuid import uuid4

import pytest

from events.contract import Recorded
from events.intake import ShelterHeard
from services.backups.gauges import READ_AGAIN, BackupGauges
from services.backups.keeping import COMPLETE
from services.chassis.names import Names
from services.chassis.runtime.gauges import _certificate
from services.chassis.settings import Settings
from services.chassis.telemetry.exposition import families
from services.intake.heartbeats.gauges import REMEMBERED, Outboxes
from services.intake.leaf_nodes.gauges import LeafGauges
from services.intake.leaf_nodes.monitor import LeafMonitor
from tests.support.fakes.certificates import Authority


def test_when_the_servers_own_certificate_expires_is_told(tmp_path: Path) -> None:
    files = Authority(tmp_path).files("localhost")
    [sample] = _certificate(files.cert)
    assert sample.gauge.name == "certificate_expires_timestamp_seconds"
    assert sample.value > time()


def test_without_a_certificate_nothing_is_told_of_one(tmp_path: Path) -> None:
    assert list(_certificate(None)) == []
    assert list(_certificate(tmp_path / "gone.pem")) == []
    (tmp_path / "none.pem").write_text("none")
    assert list(_certificate(tmp_path / "none.pem")) == []


def test_a_leaf_nodes_link_is_told_by_its_shelter() -> None:
    monitor = LeafMonitor(["ALB-TAP-01"], names=Names(), patience=10)
    [link] = monitor._links
    link.record_status(monotonic() + 60, heard_at=None, lag=7)
    found = {sample.gauge.name: sample.value for sample in LeafGauges(monitor.details)()}
    assert found == {"leaf_silent_seconds": pytest.approx(0, abs=1), "leaf_lag_messages": 7, "leaf_alarm": 1}
    [family] = families({"intake": [LeafGauges(monitor.details)()[2]]})
    assert family.samples[0].labels == {"service": "intake", "shelter": "ALB-TAP-01"}


def test_a_folder_without_a_whole_backup_is_told_as_never(tmp_path: Path) -> None:
    """So the alarm goes off; without a folder there is nothing to be alarmed of."""
    found = {sample.gauge.name: sample.value for sample in BackupGauges(Settings(backups=tmp_path))()}
    assert found == {"backup_last_success_timestamp_seconds": 0, "backup_drill_passed_timestamp_seconds": 0}
    assert BackupGauges(Settings())() == ()


def test_the_last_whole_backup_is_told_and_read_again_after_a_while(tmp_path: Path) -> None:
    now = 0.0
    gauges = BackupGauges(Settings(backups=tmp_path), lambda: now)
    assert gauges()[0].value == 0
    made = tmp_path / f"{COMPLETE}2013-06-12T000000Z"
    made.mkdir()
    (made / "manifest.json").write_text('{"made_at": "2013-06-12T00:00:00+00:00"}')
    assert gauges()[0].value == 0
    now = READ_AGAIN
    assert gauges()[0].value == datetime(2013, 6, 12, tzinfo=UTC).timestamp()


def heard(shelter: str, waiting: int, oldest: int) -> Recorded[ShelterHeard]:
    at = datetime(2013, 6, 12, tzinfo=UTC)
    return Recorded(
        id=uuid4(), stream=uuid4(), version=1, case=None, occurred_at=at, recorded_at=at, actor="a", cause=None,
        event=ShelterHeard(shelter=shelter, waiting=waiting, oldest_seconds=oldest),
    )  # fmt: skip


def test_outboxes_are_told_all_together_and_forgotten_after_an_hour() -> None:
    now = 0.0
    outboxes = Outboxes(lambda: now)
    outboxes.listen([heard("ALB-TAP-01", 3, 600), heard("ALB-IXT-01", 0, 0), heard("ALB-TAP-01", 2, 900)])
    now = 100.0
    assert [sample.value for sample in outboxes.samples()] == [2, 2, 1000]
    assert all(sample.labels == () for sample in outboxes.samples())
    now = REMEMBERED + 1
    assert [sample.value for sample in outboxes.samples()] == [0, 0, 0]
