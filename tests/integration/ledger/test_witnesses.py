"""Witnesses outside cosign what continues; one that fails costs itself alone; what it refuses is the loudest alarm."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from events.vocabulary import Watched
from services.audit.ledger.checkpoints import opened
from services.audit.ledger.notes import Note
from services.audit.verification.trust import Policy
from services.audit.witnesses import commands
from services.audit.witnesses.commands import WitnessFault
from services.audit.witnesses.domain import AddCheckpoint, cosignature_in
from services.audit.witnesses.policy import NOBODY, Witness, WitnessPolicy
from services.audit.witnesses.queries import standings, vouched_checkpoint
from services.audit.witnesses.record import WitnessRecord
from services.audit.witnesses.scheduler import WitnessSubmitter
from services.audit.witnesses.server import witness_application
from tests.support.builders.stored_ledger import KEYS, LOG, Ledger, cut_back
from tests.support.system.database_roles import As, not_refused

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)


class Outside:
    """One witness on another machine, and this installation's way to it."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self.ledger = ledger
        self.record = WitnessRecord.at(folder, "acnur.invalid/w1", {KEYS.origin(LOG): KEYS.verifiers()[LOG]})
        self.witness = Witness("acnur", self.record.key.verifier, "http://127.0.0.1:8770")
        self.policy = WitnessPolicy({"acnur": self.witness}, {}, "acnur")
        self.alarms: list[Watched] = []
        self.submitter = WitnessSubmitter(
            policy=self.policy,
            ledger=KEYS.id,
            database=ledger.database,
            clock=lambda: NOW,
            alarm=lambda watched, _number: self.alarms.append(watched),
        )

    async def asked(self, app: Any = None) -> bool:
        """Submits the last checkpoint, to the witness or to what answers in its place."""
        transport = httpx2.ASGITransport(app=app or witness_application(self.record))
        async with httpx2.AsyncClient(transport=transport) as client:
            return await self.submitter.attempt(self.witness, LOG, client)

    async def state(self) -> tuple[int | None, str | None, int | None]:
        """The size that the witness cosigned last, the fault, and the size with a quorum."""
        async with self.ledger.database.reading() as connection:
            (found,) = await standings(connection, [LOG], self.policy)
        (state,) = found.witnesses
        return state.size, state.fault, found.witnessed


@pytest.fixture
def outside(ledger: Ledger, tmp_path: Path) -> Outside:
    return Outside(ledger, tmp_path / "witness")


async def test_each_new_checkpoint_is_cosigned_and_the_cosignature_is_kept(ledger: Ledger, outside: Outside) -> None:
    assert await outside.state() == (None, None, None)
    for size in (300, 301, 900):
        await ledger.grows(size - await ledger.log.head())
        assert await outside.asked()
        assert await outside.state() == (size, None, size)
    async with ledger.database.reading() as connection:
        (found,) = await standings(connection, [LOG], outside.policy)
    assert found.last is not None
    (line,) = found.cosignatures.values()
    text = Note.parse(found.last.note.encode()).text
    assert cosignature_in(f"{line}\n", text, outside.witness.key)
    assert outside.alarms == []


async def test_what_is_handed_to_others_is_the_last_checkpoint_that_a_quorum_has_cosigned(
    ledger: Ledger, outside: Outside
) -> None:
    trusted = Policy.parse(outside.policy.text([KEYS.verifiers()[LOG]]))
    await ledger.grows(40)
    assert await outside.asked()
    await ledger.grows(5)  # sealed, and cosigned by nobody
    async with ledger.database.reading() as connection:
        handed = await vouched_checkpoint(connection, LOG, outside.policy)
        of_nobody = await vouched_checkpoint(connection, LOG, NOBODY)
    assert handed is not None
    assert handed.size == 40
    note = Note.parse(handed.note.encode())
    assert opened(note, KEYS.verifiers()[LOG]).size == 40
    assert trusted.has_quorum(trusted.cosigned(note))
    assert of_nobody is not None
    assert of_nobody.size == 45
    assert not trusted.has_quorum(trusted.cosigned(Note.parse(of_nobody.note.encode())))


async def test_a_cosignature_that_the_databases_owner_wrote_is_nobodys(ledger: Ledger, outside: Outside) -> None:
    await ledger.grows(30)
    assert await outside.asked()
    await ledger.grows(20)
    async with ledger.as_owner() as owner:
        forged = (
            "insert into audit.cosignature select ledger, log, witness, {}, line, now(), now() from audit.cosignature"
        )
        await owner.execute(forged.format(50))
        await owner.execute(forged.format("10 ^ 15") + " where size = 30")
    assert await outside.state() == (None, None, 30)
    async with ledger.database.reading() as connection:
        (found,) = await standings(connection, [LOG], outside.policy)
        handed = await vouched_checkpoint(connection, LOG, outside.policy)
    assert found.cosignatures == {}, "the page shows no line that nobody made"
    assert handed is not None
    assert handed.size == 30
    assert await outside.asked(), "it is asked nevertheless"
    assert [note.text.split("\n")[1] for _, note in outside.record.seen() if note is not None] == ["50"]


async def test_an_answer_that_was_lost_is_asked_for_again_from_where_the_witness_is(
    ledger: Ledger, outside: Outside
) -> None:
    await ledger.grows(40)
    outside.record.cosign(await a_request(ledger))
    await ledger.grows(30)
    assert await outside.asked()
    assert await outside.state() == (70, None, 70)


async def a_request(ledger: Ledger) -> AddCheckpoint:
    kept = await ledger.sealer().file.read()
    assert kept is not None
    return AddCheckpoint(0, (), kept)


async def test_a_history_that_the_databases_owner_wrote_anew_is_refused_by_the_witness(
    ledger: Ledger, outside: Outside, tmp_path: Path
) -> None:
    """Rows, tiles, checkpoints and the file beside the key: everything that one who has entered can reach."""
    await ledger.grows(100)
    assert await outside.asked()
    await cut_back(ledger, 60)
    async with ledger.as_owner() as owner:
        await owner.execute("delete from audit.cosignature")
        await owner.execute("delete from audit.checkpoint")
    another = ledger.sealer(folder=tmp_path / "no file")
    await ledger.grows(80, another)
    assert not await outside.asked()
    assert (await outside.state())[1] == WitnessFault.REFUSED
    assert outside.alarms == [Watched.WITNESS_REFUSED]


async def test_a_database_that_is_older_than_what_the_witness_saw_is_an_alarm_too(
    ledger: Ledger, outside: Outside, tmp_path: Path
) -> None:
    await ledger.grows(100)
    assert await outside.asked()
    await cut_back(ledger, 60)
    async with ledger.as_owner() as owner:
        await owner.execute("delete from audit.cosignature")
        await owner.execute("delete from audit.checkpoint")
    await ledger.grows(5, ledger.sealer(folder=tmp_path / "no file"))
    assert not await outside.asked()
    assert (await outside.state())[1] == WitnessFault.AHEAD
    assert outside.alarms == [Watched.WITNESS_REFUSED]


def answers(make: Callable[[], Response]) -> Starlette:
    async def answer(_request: Request) -> Response:
        return make()

    return Starlette(routes=[Route("/add-checkpoint", answer, methods=["POST"])])


async def hangs(_scope: Any, _receive: Any, _send: Any) -> None:
    await asyncio.Event().wait()


BAD: dict[str, tuple[Callable[[], Response], WitnessFault]] = {
    "garbage": (lambda: Response(b"\xff\xfe"), WitnessFault.UNUSABLE),
    "nothing": (lambda: Response(b""), WitnessFault.UNUSABLE),
    "huge": (lambda: Response(b"x" * 100_000), WitnessFault.UNUSABLE),
    "another's signature": (
        lambda: Response("— acnur.invalid/w1 " + "A" * 102 + "==\n"),
        WitnessFault.UNUSABLE,
    ),
    "a redirect": (lambda: Response(status_code=302, headers={"Location": "http://127.0.0.1/"}), WitnessFault.UNUSABLE),
    "a size that is none": (
        lambda: Response("-1\n", 409, media_type="text/x.tlog.size"),
        WitnessFault.UNUSABLE,
    ),
    "a size of another kind": (lambda: Response("0\n", 409), WitnessFault.UNUSABLE),
    "the same conflict for ever": (
        lambda: Response("7\n", 409, media_type="text/x.tlog.size"),
        WitnessFault.UNUSABLE,
    ),
    "a failure": (lambda: Response("no", 500), WitnessFault.UNUSABLE),
    "it knows nobody": (lambda: Response("no", 404), WitnessFault.UNKNOWN_LOG),
}


async def test_whatever_a_witness_answers_is_a_fault_of_its_own_and_nothing_is_believed(
    ledger: Ledger, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.grows(40)
    for what, (make, fault) in BAD.items():
        assert not await outside.asked(answers(make)), what
        assert await outside.state() == (None, fault.value, None), what
    monkeypatch.setattr(commands, "ANSWER_SECONDS", 0.05)
    assert not await outside.asked(hangs)
    assert await outside.state() == (None, "unreachable", None)
    assert outside.alarms == []
    monkeypatch.undo()
    assert await outside.asked()
    assert await outside.state() == (40, None, 40)


async def test_what_a_witness_said_cannot_be_taken_back_by_the_services_role(
    ledger: Ledger, outside: Outside, signed_in: As
) -> None:
    await ledger.grows(40)
    assert await outside.asked()
    async with signed_in("audit") as connection:
        changes = ["delete from audit.cosignature", "update audit.cosignature set line = ''"]
        assert await not_refused(connection, [*changes, "truncate audit.cosignature"]) == []
