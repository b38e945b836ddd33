"""A case is committed with its keys; an existing key is used, a destroyed one is not made again."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from events.intake import AnswersAmended, CaseOpened, DeviceDecision
from events.vocabulary import BoxClass, Role
from services.chassis.authorization.policy import Principal
from services.chassis.clock import system_clock
from services.chassis.database import Database
from services.chassis.errors import LogHaltedError
from services.chassis.eventlog.log import Log
from services.chassis.secrets.installation import Secrets
from services.chassis.throttle import Throttle
from services.chassis.vault.epochs import decoded
from services.chassis.vault.key_ids import key_id
from services.chassis.vault.keyring import Keyring
from services.chassis.vault.sealing import Place, open_box
from services.intake.cases.hidden_answers import with_kept_harm
from services.intake.restorations.commands import RestorationCommands
from services.intake.submissions.commands import SubmissionCommands, SubmissionConflictError, SubmissionRefusedError
from services.intake.submissions.domain import case_of, subject_of
from services.intake.submissions.policy import DAY
from services.intake.submissions.projections import project_submissions
from services.intake.submissions.rejections import RejectedSubmissions
from services.intake.wordings import Use, wordings
from services.programme.directory_file import shelters
from tests.support.system.logs import answers, as_admin, database_of, opened
from tests.support.system.system import sample_day

WORKER = Principal(Role.SHELTER_WORKER, "ALB-IXT-01", "w-1")
ELSEWHERE = Principal(Role.SHELTER_WORKER, "ALB-TAP-01", "w-2")


@dataclass(frozen=True)
class Desk:
    """SubmissionCommands on its own log, without NATS."""

    intake: SubmissionCommands
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
    async with opened(database, secrets, projections=[project_submissions]) as log:
        rejected = RejectedSubmissions(
            log=log,
            keyring=keyring,
            database=own,
            clock=system_clock,
            throttle=Throttle(own, b"k" * 32, "refusal_attempt", DAY),
            index_key=bytes(32),
        )
        restoring = RestorationCommands(log=log, keyring=keyring, clock=system_clock, index_key=bytes(32))
        intake = SubmissionCommands(
            log=log,
            keyring=keyring,
            database=own,
            clock=system_clock,
            shelters=shelters(),
            wordings=wordings(Use.CONSENT),
            rejected=rejected,
            index_key=bytes(32),
            restore=restoring.restore,
            keep=with_kept_harm,
        )
        yield Desk(intake, log, keyring, database)
    await keyring.stop()
    await own.close()


def epoch_keys_of(secrets: Secrets) -> dict[BoxClass, dict[int, bytes]]:
    return {kind: decoded(secrets.epoch_keys[kind]) for kind in BoxClass}


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
async def test_an_existing_key_is_used_and_other_cases_keep_theirs(desk: Desk, kinds: list[BoxClass]) -> None:
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


async def test_a_childs_case_uses_the_key_of_their_rejected_submission(desk: Desk) -> None:
    child = a_child()
    with pytest.raises(SubmissionRefusedError):
        await desk.intake.submit(as_json(child | {"worker": "dos palabras"}), WORKER)
    assert (await desk.intake.submit(as_json(child), WORKER)).new
    assert (await desk.holds(UUID(child["submission_id"])))[0] == child["person"]
    assert await desk.in_the_vault() == 2


async def test_what_a_telephone_decided_is_kept_but_not_of_answers_that_were_completed_here(desk: Desk) -> None:
    decided = DeviceDecision(rule_set="2013.2-0123456789ab", digest="0f" * 32)
    child, corrected = a_child(), a_child()
    harm = {"kind": "threats", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
    await desk.intake.submit(as_json(child), WORKER, decided=decided)
    await desk.intake.submit(
        as_json(corrected), WORKER, complete=lambda written: with_kept_harm(written, [harm]), decided=decided
    )
    assert (await desk.opened(UUID(child["submission_id"]))).event.decided == decided
    completed = await desk.opened(UUID(corrected["submission_id"]))
    assert completed.event.decided is None, "the telephone could not have decided on what it was not shown"
    assert harm in (await desk.holds(UUID(corrected["submission_id"])))[1]["screening"]["harm_events"]


async def test_destroyed_keys_are_not_made_again_by_a_repetition(desk: Desk) -> None:
    child = a_child()
    first = await desk.intake.submit(as_json(child), WORKER)
    async with as_admin(desk.dsn) as admin:
        await admin.execute("delete from vault.key")
    changed = a_child() | {"submission_id": child["submission_id"], "worker": "w-2"}
    again = await answers(*(desk.intake.submit(as_json(each), WORKER) for each in (child, changed, child)))
    assert [(taken.case, taken.receipt, taken.new) for taken in again] == [(first.case, first.receipt, False)] * 3
    assert await desk.in_the_vault() == 0
    assert await desk.holds(UUID(child["submission_id"])) == [None, None]


async def test_of_the_same_submission_sent_several_times_at_once_one_opens_the_case_and_makes_its_keys(
    desk: Desk,
) -> None:
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


async def test_a_halted_log_accepts_nothing_but_still_answers_for_accepted_submissions(desk: Desk) -> None:
    child, other = a_child(), a_child()
    first = await desk.intake.submit(as_json(child), WORKER)
    desk.log.halt("log_lost_its_end")
    assert (await desk.intake.submit(as_json(child), WORKER)).receipt == first.receipt
    with pytest.raises(LogHaltedError):
        await desk.intake.submit(as_json(other), WORKER)
    assert await desk.in_the_vault() == 2


class TestLostKeys:
    """Keys that a restored backup does not have: nobody destroyed them."""

    async def lose(self, desk: Desk) -> None:
        async with as_admin(desk.dsn) as admin:
            await admin.execute("delete from vault.key; delete from vault.erased")

    async def test_a_device_that_sends_again_makes_the_case_whole_once(self, desk: Desk) -> None:
        child = a_child()
        first = await desk.intake.submit(as_json(child), WORKER)
        await self.lose(desk)
        again = await desk.intake.submit(as_json(child), WORKER)
        assert (again.case, again.receipt, again.new) == (first.case, first.receipt, True)
        opened, restored = (await desk.log.streams([first.case]))[first.case]
        assert isinstance(restored.event, AnswersAmended)
        assert restored.event.restored
        assert restored.event.identity is not None
        boxes = {"identity": restored.event.identity, "screening": restored.event.screening}
        keys = await desk.keyring.load(box.key for box in boxes.values())
        place = Place(restored.stream, 2, AnswersAmended.NAME, "identity")
        assert open_box(restored.event.identity, place, keys) == child["person"]
        assert isinstance(opened.event, CaseOpened)
        assert opened.event.screening.key not in keys, "a lost key and its successor are two keys"
        assert not (await desk.intake.submit(as_json(child), WORKER)).new
        with pytest.raises(SubmissionConflictError):
            await desk.intake.submit(as_json(child | {"worker": "w-2"}), WORKER)

    async def test_of_several_devices_at_once_one_makes_it_whole(self, desk: Desk) -> None:
        child = a_child()
        await desk.intake.submit(as_json(child), WORKER)
        await self.lose(desk)
        got = await answers(*(desk.intake.submit(as_json(child), WORKER) for _ in range(5)))
        assert sorted(taken.new for taken in got) == [False] * 4 + [True]

    async def test_another_shelters_document_does_not_take_its_place(self, desk: Desk) -> None:
        child = a_child()
        first = await desk.intake.submit(as_json(child), WORKER)
        await self.lose(desk)
        with pytest.raises(SubmissionConflictError):
            await desk.intake.submit(as_json(child | {"shelter": ELSEWHERE.org}), ELSEWHERE)
        assert len((await desk.log.streams([first.case]))[first.case]) == 1


async def test_after_an_erasure_another_shelter_finds_the_id_as_if_it_had_never_been_used(desk: Desk) -> None:
    child = a_child()
    first = await desk.intake.submit(as_json(child), WORKER)
    async with as_admin(desk.dsn) as admin:
        await admin.execute("delete from vault.key")
    elsewhere = as_json(child | {"shelter": ELSEWHERE.org})
    fresh = await desk.intake.submit(elsewhere, ELSEWHERE)
    assert fresh.new
    assert {fresh.case, fresh.receipt}.isdisjoint({first.case, first.receipt})
    again = await desk.intake.submit(elsewhere, ELSEWHERE)
    assert (again.case, again.receipt, again.new) == (fresh.case, fresh.receipt, False)
    mine = await desk.intake.submit(as_json(child), WORKER)
    assert (mine.case, mine.new) == (first.case, False)
