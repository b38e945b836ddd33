"""A rejected submission is stored sealed until it is corrected and sent again, so that nothing is lost."""

import asyncio
import json
import os
import subprocess
import zlib
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg
import httpx2
import nats
import pytest

from events.contract import Event, Recorded
from events.intake import CaseOpened, SubmissionRefused
from events.vocabulary import BoxClass, Role
from services.chassis.eventlog.log_entry import decode
from services.chassis.names import shelter_user
from services.chassis.throttle import Throttle
from services.chassis.vault.key_ids import key_id
from services.chassis.vault.sealing import Place, open_box
from services.intake.submissions.domain import subject_of
from services.intake.submissions.policy import DAY, REFUSED_AN_HOUR, limits_of_refused
from services.local.cluster import binary
from services.system import Installation
from tests.support.system.logs import signed_in
from tests.support.system.system import HANG, System, eventually, running, sample_day

E = TypeVar("E", bound=Event)

SHELTER = "ALB-IXT-01"
NAME = "Canario Refús-4t8m Ñandú"
VALUE = "canario-valor-2k6p"


@pytest.fixture
def system(own_system: System) -> System:
    """One of its own: these tests count what was kept."""
    return own_system


@pytest.fixture
async def shelter(system: System) -> httpx2.AsyncClient:
    return await system.signed_in(Role.SHELTER_WORKER, SHELTER)


def a_child_alone() -> dict[str, Any]:
    child = sample_day()[5] | {"submission_id": str(uuid4())}
    child["person"] = {**child["person"], "name": NAME}
    return child


def spoilt(document: dict[str, Any]) -> bytes:
    """With three faults, spaced as a device of its own would, and an accent."""
    wrong = {**document, VALUE: VALUE, "screening": {**document["screening"], "sex": VALUE, "needs": [VALUE]}}
    return json.dumps(wrong, ensure_ascii=False, indent=3).encode()


async def facts(system: System, kind: type[E]) -> list[Recorded[E]]:
    entries = await system.service("intake").log.entries(after=0, limit=10_000)
    recorded: list[Any] = [decode(entry) for entry in entries]
    return [one for one in recorded if isinstance(one.event, kind)]


async def opened(system: System, refused: Recorded[SubmissionRefused]) -> bytes | None:
    """What was sent, as the key shows it; nothing when that was destroyed."""
    keyring = system.service("intake").keyring
    assert keyring is not None
    box = refused.event.document
    place = Place(refused.stream, refused.version, SubmissionRefused.NAME, "document")
    content = open_box(box, place, await keyring.load([box.key]))
    return None if content is None else zlib.decompress(b64decode(content["zlib"]))


async def send(shelter: httpx2.AsyncClient, raw: bytes) -> tuple[int, str | None]:
    answer = await shelter.post("/api/v1/submissions", content=raw)
    return answer.status_code, answer.json().get("code")


async def test_an_invalid_submission_is_stored_sealed_exactly_as_it_was_sent(
    system: System, shelter: httpx2.AsyncClient
) -> None:
    child = a_child_alone()
    assert await send(shelter, spoilt(child)) == (422, "invalid_submission")
    (refused,) = await facts(system, SubmissionRefused)
    assert await opened(system, refused) == spoilt(child)
    event = refused.event
    assert (event.org, event.code) == (SHELTER, "invalid_submission")
    assert {(fault.field, fault.code) for fault in event.faults} == {
        ("$", "unknown_field"),
        ("screening.sex", "not_listed"),
        ("screening.needs.0", "not_listed"),
    }
    assert (event.subject, event.document.kind) == (subject_of(UUID(child["submission_id"])), BoxClass.IDENTITY)
    assert refused.case is None


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00\xff\xfe", '{"worker": "María'.encode(), b"[1, 2]", b'{"submission_id": 7}', b"[" * 5000],
    ids=["nothing", "bytes", "cut off", "a list", "an id that is none", "brackets"],
)
async def test_bytes_that_are_no_document_are_stored_as_well(
    system: System, shelter: httpx2.AsyncClient, raw: bytes
) -> None:
    assert await send(shelter, raw) == (422, "invalid_submission")
    (refused,) = await facts(system, SubmissionRefused)
    assert await opened(system, refused) == raw


async def test_a_submission_too_large_to_be_stored_is_refused_as_too_large(
    system: System, shelter: httpx2.AsyncClient
) -> None:
    noise = b64encode(os.urandom(60_000)).decode()  # cannot be compressed into one entry of the log
    assert await send(shelter, json.dumps(a_child_alone() | {"notes": noise}).encode()) == (413, "too_large")
    assert await facts(system, SubmissionRefused) == []


async def test_sent_again_it_is_stored_once_and_changed_it_is_stored_as_well(
    system: System, shelter: httpx2.AsyncClient
) -> None:
    child = a_child_alone()
    for _ in range(3):
        assert await send(shelter, spoilt(child)) == (422, "invalid_submission")
    assert len(await facts(system, SubmissionRefused)) == 1
    otherwise = spoilt(child | {"worker": "w-008"})
    at_once = await asyncio.gather(*(send(shelter, otherwise) for _ in range(5)))
    assert at_once == [(422, "invalid_submission")] * 5
    refused = await facts(system, SubmissionRefused)
    assert [await opened(system, one) for one in refused] == [spoilt(child), otherwise]


async def test_over_http_and_over_nats_it_is_stored_once(system: System, shelter: httpx2.AsyncClient) -> None:
    raw = spoilt(a_child_alone())
    assert await send(shelter, raw) == (422, "invalid_submission")
    names, secrets = system.installation.settings.names, system.installation.secrets
    client = await nats.connect(
        system.installation.settings.nats_url or "",
        user=names.user(shelter_user(SHELTER)),
        password=secrets.shelter_nats[SHELTER],
        inbox_prefix=names.inbox(shelter_user(SHELTER)).encode(),
    )
    try:
        headers = {"Authorization": shelter.headers["Authorization"]}
        answer = await client.request(names.submit(SHELTER), raw, timeout=HANG, headers=headers)
    finally:
        await client.close()
    assert (answer.headers or {})["status"] == "422"
    assert len(await facts(system, SubmissionRefused)) == 1


async def test_the_same_document_from_two_shelters_is_stored_for_both(
    system: System, shelter: httpx2.AsyncClient
) -> None:
    raw = spoilt(a_child_alone())
    other = await system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
    for sender in (shelter, other):
        assert await send(sender, raw) == (422, "invalid_submission")
    assert [one.event.org for one in await facts(system, SubmissionRefused)] == [SHELTER, "ALB-TAP-01"]


async def test_corrected_and_sent_again_it_opens_the_case_and_one_erasure_reaches_both(
    system: System, shelter: httpx2.AsyncClient
) -> None:
    child = a_child_alone()
    await send(shelter, spoilt(child))
    taken = await shelter.post("/api/v1/submissions", json=child)
    assert taken.status_code == 201
    (case,), (refused,) = await facts(system, CaseOpened), await facts(system, SubmissionRefused)
    assert str(case.stream) == taken.json()["case_id"]
    assert case.event.identity is not None
    assert case.event.subject == refused.event.subject
    assert case.event.identity.key == refused.event.document.key == key_id(case.event.subject, BoxClass.IDENTITY)
    officer = await system.signed_in(Role.OFFICER, "UNICEF")
    assert await system.referrals_of(officer, taken.json()["case_id"])

    assert system.installation.settings.postgres_dsn is not None
    admin = await asyncpg.connect(system.installation.settings.postgres_dsn.get_secret_value())
    try:
        await admin.execute("delete from vault.key where subject = $1", case.event.subject)
    finally:
        await admin.close()
    assert await opened(system, refused) is None


async def test_another_submission_under_the_id_of_a_case_is_stored_and_the_case_is_unchanged(
    system: System, shelter: httpx2.AsyncClient
) -> None:
    child = a_child_alone()
    taken = await shelter.post("/api/v1/submissions", json=child)
    before = await facts(system, CaseOpened)
    other = json.dumps({**child, "worker": "w-008"}).encode()
    for _ in range(2):
        assert await send(shelter, other) == (409, "submission_conflict")
    (refused,) = await facts(system, SubmissionRefused)
    assert await opened(system, refused) == other
    assert refused.event.code == "submission_conflict"
    assert [(fault.field, fault.code) for fault in refused.event.faults] == [("submission_id", "conflict")]
    assert await facts(system, CaseOpened) == before
    again = await shelter.post("/api/v1/submissions", json=child)
    assert (again.status_code, again.json()) == (200, taken.json())


async def test_nothing_of_it_is_in_clear_in_a_table_a_stream_or_an_answer(
    system: System, shelter: httpx2.AsyncClient
) -> None:
    child = a_child_alone()
    answers = [await shelter.post("/api/v1/submissions", content=spoilt(child))]
    await shelter.post("/api/v1/submissions", json=child)
    answers.append(await shelter.post("/api/v1/submissions", json={**child, "person": {"name": f"{NAME} {VALUE}"}}))
    assert [answer.status_code for answer in answers] == [422, 409]
    settings = system.installation.settings
    assert settings.postgres_dsn is not None
    command = [str(binary("pg_dump")), "--dbname", settings.postgres_dsn.get_secret_value(), "--inserts"]
    dump = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, timeout=HANG)
    places = {"dump": dump.stdout} | {f"answer {answer.status_code}": answer.content for answer in answers}

    async def copied() -> bool:
        relay = system.service("intake").relay
        return relay is not None and relay.copied == 3

    await eventually(copied)
    async with signed_in(settings.nats_url or "", system.installation.secrets, settings.names, "admin") as client:
        for position in (1, 2, 3):
            message = await client.jetstream().get_msg(settings.names.stream("intake"), position)
            places[f"message {position}"] = f"{message.subject} {message.headers}".encode() + (message.data or b"")
    assert SHELTER.encode().hex().encode() in places["dump"], "a blind search would find nothing either"
    assert b"submission_refused" in places["message 1"]
    for secret in (NAME, NAME.split()[1], VALUE):
        forms = [secret.encode(), json.dumps(secret)[1:-1].encode(), secret.encode().hex().encode()]
        assert [place for place, content in places.items() for form in forms if form in content] == []


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.PROGRAMME_COORDINATOR])
async def test_a_submission_by_somebody_who_may_not_submit_is_not_stored(system: System, role: Role) -> None:
    nobody = await system.signed_in(role, "UNICEF" if role is Role.OFFICER else "*")
    assert await send(nobody, spoilt(a_child_alone())) == (403, "not_allowed")
    assert await facts(system, SubmissionRefused) == []


NOW = datetime(2013, 6, 12, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "skew", "flagged"),
    [
        (None, None, False),
        (timedelta(0), 0, False),
        (timedelta(minutes=-5), 300, False),
        (timedelta(minutes=-5, seconds=-1), 301, True),
        (timedelta(minutes=5), -300, False),
        (timedelta(minutes=5, seconds=1), -301, True),
        (timedelta(days=-400), 400 * 86400, True),
    ],
)
async def test_a_device_whose_clock_is_off_by_more_than_five_minutes_is_flagged(
    installation: Installation, *, sent: timedelta | None, skew: int | None, flagged: bool
) -> None:
    async with running(installation, lambda: NOW) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        child = a_child_alone() | ({} if sent is None else {"sent_at": (NOW + sent).isoformat()})
        assert (await shelter.post("/api/v1/submissions", json=child)).status_code == 201
        (case,) = await facts(system, CaseOpened)
        assert (case.event.skew_seconds, case.event.skew_flagged) == (skew, flagged)
        assert case.recorded_at == NOW


@pytest.mark.parametrize(
    ("ahead", "skew", "flagged"),
    [
        (timedelta(minutes=5), None, False),
        (timedelta(minutes=5, seconds=1), -301, True),
        (timedelta(days=365 * 7000), -365 * 7000 * 86400, True),
    ],
)
async def test_a_device_that_registers_what_is_still_to_come_is_flagged_and_its_case_is_referred(
    installation: Installation, *, ahead: timedelta, skew: int | None, flagged: bool
) -> None:
    async with running(installation, lambda: NOW) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        child = a_child_alone() | {"occurred_at": (NOW + ahead).isoformat()}
        taken = await shelter.post("/api/v1/submissions", json=child)
        assert taken.status_code == 201
        (case,) = await facts(system, CaseOpened)
        assert (case.event.skew_seconds, case.event.skew_flagged) == (skew, flagged)
        officer = await system.signed_in(Role.OFFICER, "UNICEF")
        (referral,) = await system.referrals_of(officer, taken.json()["case_id"])
        assert datetime.fromisoformat(referral["deadlines"]["decide_by"]) <= NOW + timedelta(days=7)


@pytest.mark.parametrize(
    ("ago", "late"),
    [
        (timedelta(hours=1), 0),
        (timedelta(days=1), 0),
        (timedelta(days=1, seconds=1), 86401),
        (timedelta(days=30), 30 * 86400),
    ],
)
async def test_a_submission_more_than_a_day_late_is_accepted_and_says_how_late(
    installation: Installation, ago: timedelta, late: int
) -> None:
    async with running(installation, lambda: NOW) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        happened = NOW - ago
        child = a_child_alone() | {"occurred_at": happened.isoformat()}
        child["screening"] = child["screening"] | {"entry_date": "unknown"}
        taken = await shelter.post("/api/v1/submissions", json=child)
        assert taken.status_code == 201
        (case,) = await facts(system, CaseOpened)
        assert (case.event.late_seconds, case.occurred_at, case.recorded_at) == (late, happened, NOW)
        officer = await system.signed_in(Role.OFFICER, "UNICEF")
        assert await system.referrals_of(officer, taken.json()["case_id"])


async def test_beyond_an_hours_worth_nothing_more_is_kept_of_one_shelter_and_what_is_valid_goes_on(
    system: System, shelter: httpx2.AsyncClient
) -> None:
    known = spoilt(a_child_alone())
    assert (await shelter.post("/api/v1/submissions", content=known)).status_code == 422
    intake = system.service("intake").context
    throttle = Throttle(intake.database, intake.key("slips_key"), "refusal_attempt", DAY)
    for _ in range(REFUSED_AN_HOUR - 1):
        await throttle.admit(limits_of_refused(SHELTER), intake.clock())
    kept = len(await facts(system, SubmissionRefused))
    refused = await shelter.post("/api/v1/submissions", content=spoilt(a_child_alone()))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_refused")
    again = await shelter.post("/api/v1/submissions", content=known)
    assert (again.status_code, again.json()["code"]) == (422, "invalid_submission"), "it was kept before"
    assert (await shelter.post("/api/v1/submissions", json=a_child_alone())).status_code == 201
    assert len(await facts(system, SubmissionRefused)) == kept
    elsewhere = await system.signed_in(Role.SHELTER_WORKER, "ALB-TEN-01")
    assert (await elsewhere.post("/api/v1/submissions", content=spoilt(a_child_alone()))).status_code == 422
