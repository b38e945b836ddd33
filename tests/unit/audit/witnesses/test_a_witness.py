"""A witness cosigns what continues the history that it has seen, and nothing else, whatever happens to it."""

import stat
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.keys import LedgerKeys
from services.audit.ledger.notes import Note, NoteError
from services.audit.witnesses.domain import AddCheckpoint, RefusedError, checked, cosignature_in
from services.audit.witnesses.record import KEY_FILE, WitnessRecord
from services.audit.witnesses.server import witness_application
from services.chassis.private_files import UnsafeSecretsError, write_private
from tests.support.builders.pure_ledger import KEYS, PureLog

LOG, FORK = PureLog(), PureLog(forked=30)
SIZES = st.integers(0, 200)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "witness"


def witness(folder: Path, at: float = 1_772_463_845.9) -> WitnessRecord:
    made = WitnessRecord.at(folder, "acnur.invalid/w1", {LOG.key.name: LOG.key.verifier})
    return replace(made, clock=lambda: at)


def seen(record: WitnessRecord) -> int:
    note = record.last(LOG.key.name)
    return 0 if note is None else Checkpoint.parse(note.text).size


def status_of(call: Callable[[], object]) -> int:
    with pytest.raises(RefusedError) as refused:
        call()
    return refused.value.status


@given(SIZES, SIZES, SIZES)
def test_it_cosigns_what_continues_what_it_saw_and_only_that(last: int, old: int, size: int) -> None:
    before = LOG.checkpoint(last) if last else None
    if old > size:
        request = AddCheckpoint(old, (), LOG.note(size))
        assert status_of(lambda: checked(request, LOG.key.verifier, before)) == 400
    elif old != last:
        assert status_of(lambda: checked(LOG.request(old, size), LOG.key.verifier, before)) == 409
    else:
        assert checked(LOG.request(old, size), LOG.key.verifier, before) == LOG.checkpoint(size)
        if size > last > 0 and last & (last - 1):
            bare = AddCheckpoint(old, (), LOG.note(size))
            assert status_of(lambda: checked(bare, LOG.key.verifier, before)) == 422


@given(st.integers(31, 120), st.integers(0, 80))
def test_a_fork_is_refused_with_any_proof_that_can_be_made(last: int, more: int) -> None:
    for proof in (FORK.proof(last, last + more), LOG.proof(last, last + more), ()):
        call = partial(checked, AddCheckpoint(last, proof, FORK.note(last + more)), LOG.key.verifier)
        assert status_of(partial(call, LOG.checkpoint(last))) == 422


def test_who_is_not_the_log_is_refused() -> None:
    stranger = PureLog(keys=LedgerKeys(KEYS.id, b"\x08" * 32))
    assert status_of(lambda: checked(stranger.request(0, 5), LOG.key.verifier, None)) == 403
    assert status_of(lambda: checked(LOG.request(0, 5), None, None)) == 404
    note = LOG.note(5)
    (line,) = note.signatures
    spoilt = Note(note.text, (line, type(line)(line.name, line.key_id, line.blob[:-1] + b"x")))
    assert status_of(lambda: checked(AddCheckpoint(0, (), spoilt), LOG.key.verifier, None)) == 403
    known = note.with_signatures([stranger.note(5).signatures[0]])
    assert checked(AddCheckpoint(0, (), known), LOG.key.verifier, None).size == 5


def test_what_is_empty_has_the_empty_root_and_a_first_checkpoint_no_proof() -> None:
    assert checked(LOG.request(0, 0), LOG.key.verifier, None).size == 0
    false = Checkpoint(LOG.key.name, 0, b"\x01" * 32).signed(LOG.key)
    assert status_of(lambda: checked(AddCheckpoint(0, (), false), LOG.key.verifier, None)) == 422
    extra = AddCheckpoint(0, (b"\x00" * 32,), LOG.note(4))
    assert status_of(lambda: checked(extra, LOG.key.verifier, None)) == 422


@given(SIZES.flatmap(lambda size: st.tuples(st.integers(0, size), st.just(size))))
def test_a_request_comes_back_from_its_text(place: tuple[int, int]) -> None:
    request = LOG.request(*place)
    assert AddCheckpoint.parse(str(request).encode()) == request


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("old 40", "old 040"),
        lambda text: text.replace("old 40", "old"),
        lambda text: text.replace("old 40\n", "old 40\n" + "A" * 44 + "\n"),
        lambda text: text.replace("old 40\n", "old 40\n" + ("A" * 43 + "=\n") * 64),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text + "x" * 70_000,
        lambda _: "",
        lambda _: "\udcff",
    ],
)
def test_what_is_no_request_is_refused(change: Callable[[str], str]) -> None:
    raw = change(str(LOG.request(40, 90))).encode("utf-8", "surrogateescape")
    assert status_of(lambda: AddCheckpoint.parse(raw)) == 400


def test_its_key_is_made_once_and_nobody_else_reads_it(folder: Path) -> None:
    made = witness(folder)
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert witness(folder).key.verifier == made.key.verifier
    made.cosign(LOG.request(0, 3))
    (folder / KEY_FILE).unlink()
    with pytest.raises(UnsafeSecretsError):
        witness(folder)


def test_it_signs_the_text_and_the_time_and_keeps_both(folder: Path) -> None:
    record = witness(folder)
    line = record.cosign(LOG.request(0, 7))
    made = cosignature_in(f"{line}\n", LOG.note(7).text, record.key.verifier)
    assert made.at == 1_772_463_845
    with pytest.raises(NoteError):
        cosignature_in(f"{line}\n", LOG.note(8).text, record.key.verifier)
    kept = record.last(LOG.key.name)
    assert kept is not None
    assert kept == LOG.note(7).with_signatures([line])


class KilledError(BaseException):
    """kill -9."""


@pytest.mark.parametrize("written", [False, True])
def test_one_that_is_killed_before_its_answer_never_goes_back(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    written: bool,  # noqa: FBT001 - before the file, or after it
) -> None:
    witness(folder).cosign(LOG.request(0, 20))

    def killed(path: Path, text: str) -> None:
        if written:
            write_private(path, text)
        raise KilledError

    monkeypatch.setattr("services.audit.witnesses.record.write_private", killed)
    with pytest.raises(KilledError):
        witness(folder).cosign(LOG.request(20, 50))
    monkeypatch.undo()
    again = witness(folder)
    assert seen(again) == (50 if written else 20)
    assert status_of(lambda: again.cosign(LOG.request(10, 15))) == 409
    assert status_of(lambda: again.cosign(PureLog(forked=10).request(seen(again), 60))) == 422
    assert again.cosign(LOG.request(seen(again), 60))


def test_a_record_that_somebody_changed_cosigns_nothing(folder: Path) -> None:
    record = witness(folder)
    record.cosign(LOG.request(0, 20))
    (path,) = folder.glob("*.note")
    path.write_text(str(LOG.note(5)))
    with pytest.raises(UnsafeSecretsError):
        record.cosign(LOG.request(5, 9))


async def test_it_answers_as_the_protocol_says(folder: Path) -> None:
    record = witness(folder)
    transport = httpx2.ASGITransport(app=witness_application(record))
    async with httpx2.AsyncClient(transport=transport, base_url="http://witness") as client:

        async def asked(request: AddCheckpoint | bytes) -> httpx2.Response:
            body = request if isinstance(request, bytes) else str(request).encode()
            return await client.post("/add-checkpoint", content=body)

        first = await asked(LOG.request(0, 40))
        assert first.status_code == 200
        assert cosignature_in(first.text, LOG.note(40).text, record.key.verifier)
        conflict = await asked(LOG.request(0, 50))
        assert (conflict.status_code, conflict.text) == (409, "40\n")
        assert conflict.headers["content-type"] == "text/x.tlog.size"
        assert (await asked(FORK.request(40, 50))).status_code == 422
        assert (await asked(PureLog("intake").request(0, 5))).status_code == 404
        assert (await asked(PureLog(keys=LedgerKeys(KEYS.id, b"x" * 32)).request(40, 50))).status_code == 403
        assert (await asked(b"old 4")).status_code == 400
        assert (await asked(b"x" * 1_000_000)).status_code == 400
        assert (await asked(LOG.request(40, 50))).status_code == 200
        last = await client.get(f"/{sha256(LOG.key.name.encode()).hexdigest()}/checkpoint")
        assert Checkpoint.parse(Note.parse(last.content).text).size == 50
        assert (await client.get(f"/{'0' * 64}/checkpoint")).status_code == 404
        page = (await client.get("/")).text
        assert str(record.key.verifier) in page
        assert f"{LOG.key.name}: 50 hechos · events" in page
