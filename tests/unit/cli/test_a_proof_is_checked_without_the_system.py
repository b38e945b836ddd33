"""A proof of one fact is checked on any computer, with the public key alone."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from typer.testing import CliRunner

from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.growth import EMPTY, grown
from services.audit.ledger.tlog_proof import LogProof
from services.chassis.eventlog.log_entry import LogEntry
from services.cli import app
from tests.support.builders.pure_ledger import KEYS

KEY = KEYS.signer("referral")


def a_proof() -> LogProof:
    entry = LogEntry(
        originator_id=uuid4(),
        originator_version=1,
        topic="referral.accepted.v1",
        state=b'{"data": {"agency": "ACNUR"}}',
        id=uuid4(),
        case=uuid4(),
        recorded_at=datetime(2026, 3, 2, tzinfo=UTC),
        position=1,
    )
    edge, _ = grown(EMPTY, [entry.leaf_hash()])
    return LogProof(entry.leaf(), 0, (), Checkpoint(KEY.name, 1, edge.root()).signed(KEY))


def test_what_is_proven_is_shown_and_what_is_not_ends_with_one(tmp_path: Path) -> None:
    file = tmp_path / "hecho.tlog-proof"
    file.write_text(str(a_proof()), encoding="utf-8")
    run = CliRunner().invoke
    good = run(app, ["audit", "proof", "check", str(file), "--key", str(KEY.verifier)])
    assert good.exit_code == 0
    assert "referral.accepted.v1" in good.output
    other = run(app, ["audit", "proof", "check", str(file), "--key", str(KEYS.signer("intake").verifier)])
    assert other.exit_code == 1
    forged = LogProof(a_proof().entry, 0, (), a_proof().note)
    file.write_text(str(forged), encoding="utf-8")
    assert run(app, ["audit", "proof", "check", str(file), "--key", str(KEY.verifier)]).exit_code == 1
    file.write_bytes(b"\xff\x00")
    assert run(app, ["audit", "proof", "check", str(file), "--key", str(KEY.verifier)]).exit_code == 1
    assert run(app, ["audit", "proof", "check", str(tmp_path / "no"), "--key", str(KEY.verifier)]).exit_code == 2
