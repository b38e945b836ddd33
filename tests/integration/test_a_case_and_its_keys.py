"""A case is committed with the keys it is sealed with; a key that is there is used, one that was destroyed stays so."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from events.intake import CaseOpened
from events.vocabulary import BoxClass, Role
from services.chassis.access import Principal
from services.chassis.boxes import Place, open_box
from services.chassis.clock import system_clock
from services.chassis.database import Database
from services.chassis.errors import LogHaltedError
from services.chassis.keyring import Keyring, key_id
from services.chassis.log import Log
from services.chassis.programme import shelters
from services.chassis.secrets import Secrets
from services.intake.commands import Intake, SubmissionConflictError, SubmissionRefusedError
from services.intake.domain import case_of, subject_of
from services.intake.projections import project
from services.intake.refusals import Refusals
from services.intake.wordings import Use, wordings
from tests.harness.logs import answers, as_admin, database_of, opened
from tests.harness.system import sample_day

WORKER = Principal(Role.SHELTER_WORKER, "ALB-IXT-01", "w-1")


@dataclass(frozen=True)
class Desk:
    """Intake on its own log, without NATS."""

    intake: Intake
    log: Log
    keyring: Keyring
    dsn: str

    async def opened(self, submission: UUID) -> Any:
        (fact,) = (await self.log.streams([case_of(submission)]))[case_of(submission)]
        return fact

    async def keys_of(self, submission: UUID) -> dict[UUID, bytes]:
        return await self.keyring.load(key_id(subject_of(submission), kind) for kind in BoxClass)

    async def holds(self, submission: UUID) -> list[Any]:
        """What both boxes of the case hold, opened with the keys that are in the vault."""
        fact, keys = await self.opened(submission), await self.keys_of(submission)
        boxes = {"identity": fact.event.identity, "screening": fact.event.screening}
        return [open_box(box, Place(fact.stream, 1, CaseOpened.NAME, name), keys) for name, box in boxes.items()]

    async def in_the_vault(self) -> int:
        async with as_admin(self.dsn) as admin:
            count: int = await admin.fetchval("select count(*) from vault.key")
            return count


@pytest.fixture
async def desk(database: str, secrets: Secrets) -> AsyncIterator[Desk]:
    own: Database = database_of(database, secrets)
    keyring = Keyring(own, epoch_keys_of(secrets), system_clock)
    keyring.start()
    async with opened(database, secrets, projections=[project]) as log:
        refusals = Refusals(log=log, keyring=keyring, clock=system_clock)
        intake = Intake(
            log=log,
            keyring=keyring,
            database=own,
            clock=system_clock,
            shelters=shelters(),
            wordings=wordings(Use.CONSENT),
            refusals=refusals,
            index_key=bytes(32),
        )
        yield Desk(intake, log, keyring, database)
    await keyring.stop()
    await own.close()


def epoch_keys_of(secrets: Secrets) -> dict[BoxClass, bytes]:
    return {kind: base64.b64decode(secrets.epoch_keys[kind]) for kind in BoxClass}


def a_child() -> dict[str, Any]:
    return sample_day()[5] | {"submission_id": str(uuid4())}


def as_json(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


async def test_a_case_and_its_keys_are_one_transaction(desk: Desk) -> None:
    children = [a_child() for _ in range(20)]
    await answers(*(desk.intake.submit(as_json(child), WORKER) for child in children))
    async with as_admin(desk.dsn) as admin:
        written = "select xmin::text from intake.event union select xmin::text from vault.key"
        assert len(await admin.fetch(written)) == 1
    for child in children:
        identity, screening = await desk.holds(UUID(child["submission_id"]))
        assert identity == child["person"]
        assert screening["screening"] == child["screening"]


@pytest.mark.parametrize("kinds", [[BoxClass.IDENTITY], list(BoxClass)], ids=["a refused one's key", "both keys"])
async def test_a_key_that_is_there_is_used_and_the_neighbours_are_opened_with_theirs(
    desk: Desk, kinds: list[BoxClass]
) -> None:
    """Made when something was refused, or by a version that stopped before it opened the case."""
    child, neighbours = a_child(), [a_child() for _ in range(20)]
    submission = UUID(child["submission_id"])
    there = {key.id: key.secret for key in (await desk.keyring.obtain(subject_of(submission), kinds)).values()}
    got = await answers(*(desk.intake.submit(as_json(each), WORKER) for each in (*neighbours, child)))
    assert [taken.new for taken in got] == [True] * 21
    assert there.items() <= (await desk.keys_of(submission)).items()
    for each in (child, *neighbours):
        assert (await desk.holds(UUID(each["submission_id"])))[0] == each["person"]
    async with as_admin(desk.dsn) as admin:
        assert await admin.fetchval("select count(distinct xmin::text) from intake.event") == 2


async def test_a_refused_child_is_opened_under_the_key_that_their_refusal_is_kept_with(desk: Desk) -> None:
    child = a_child()
    with pytest.raises(SubmissionRefusedError):
        await desk.intake.submit(as_json(child | {"worker": "dos palabras"}), WORKER)
    assert (await desk.intake.submit(as_json(child), WORKER)).new
    assert (await desk.holds(UUID(child["submission_id"])))[0] == child["person"]
    assert await desk.in_the_vault() == 2


async def test_keys_that_were_destroyed_are_not_made_again_by_a_repeat(desk: Desk) -> None:
    child = a_child()
    first = await desk.intake.submit(as_json(child), WORKER)
    async with as_admin(desk.dsn) as admin:
        await admin.execute("delete from vault.key")
    changed = a_child() | {"submission_id": child["submission_id"], "worker": "w-2"}
    again = await answers(*(desk.intake.submit(as_json(each), WORKER) for each in (child, changed, child)))
    assert [(taken.case, taken.receipt, taken.new) for taken in again] == [(first.case, first.receipt, False)] * 3
    assert await desk.in_the_vault() == 0
    assert await desk.holds(UUID(child["submission_id"])) == [None, None]


async def test_of_the_same_sent_at_once_one_opens_the_case_and_makes_its_keys(desk: Desk) -> None:
    child = a_child()
    got = await answers(*(desk.intake.submit(as_json(child), WORKER) for _ in range(10)))
    assert sorted(taken.new for taken in got) == [False] * 9 + [True]
    assert len({taken.receipt for taken in got}) == 1
    assert await desk.in_the_vault() == 2


async def test_other_content_under_an_id_is_a_conflict_and_changes_no_key(desk: Desk) -> None:
    child = a_child()
    await desk.intake.submit(as_json(child), WORKER)
    keys = await desk.keys_of(UUID(child["submission_id"]))
    with pytest.raises(SubmissionConflictError):
        await desk.intake.submit(as_json(child | {"worker": "w-2"}), WORKER)
    assert await desk.keys_of(UUID(child["submission_id"])) == keys
    assert (await desk.holds(UUID(child["submission_id"])))[0] == child["person"]


async def test_a_halted_log_takes_nothing_in_but_still_says_what_became_of_what_it_took(desk: Desk) -> None:
    child, other = a_child(), a_child()
    first = await desk.intake.submit(as_json(child), WORKER)
    desk.log.halt("log_lost_its_end")
    assert (await desk.intake.submit(as_json(child), WORKER)).receipt == first.receipt
    with pytest.raises(LogHaltedError):
        await desk.intake.submit(as_json(other), WORKER)
    assert await desk.in_the_vault() == 2
