"""Two processes share the file beside the key, each with its own copy of the database: one history is signed."""

from pathlib import Path

import pytest

from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.domain import Inconsistency, InconsistentLedgerError
from services.audit.ledger.keys import LedgerKeys
from services.audit.ledger.notes import Note
from services.audit.ledger.sealed_file import SealedFile

KEY = LedgerKeys("4f0c9a7be2d14c0f8b6a5d3e2c1b0a99", b"\x07" * 32).signer("intake")


def seal(size: int, history: bytes) -> Note:
    return Checkpoint(KEY.name, size, history * 32).signed(KEY)


async def test_a_seal_is_kept_only_after_the_one_that_it_was_proven_to_continue(tmp_path: Path) -> None:
    file = SealedFile.of(tmp_path / "sealed", KEY.verifier)
    first, ours = seal(10, b"\x01"), seal(15, b"\x02")
    await file.advance(first, after=None)
    for theirs in (seal(12, b"\x03"), seal(20, b"\x04"), seal(21, b"\x05")):
        before = await file.read()
        assert before is not None
        await file.advance(theirs, after=before)
        with pytest.raises(InconsistentLedgerError) as refused:
            await file.advance(ours, after=first)
        assert refused.value.found is Inconsistency.NOT_CONTINUED
        assert await file.read() == theirs
    with pytest.raises(InconsistentLedgerError):
        await file.advance(seal(30, b"\x06"), after=None)


async def test_a_seal_that_is_kept_already_is_kept_again(tmp_path: Path) -> None:
    file = SealedFile.of(tmp_path / "sealed", KEY.verifier)
    await file.advance(seal(10, b"\x01"), after=None)
    await file.advance(seal(10, b"\x01"), after=seal(10, b"\x01"))
    with pytest.raises(InconsistentLedgerError) as refused:
        await file.advance(seal(10, b"\x02"), after=seal(10, b"\x01"))
    assert refused.value.found is Inconsistency.OTHER_ROOT
