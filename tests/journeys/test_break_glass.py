"""Acceso excepcional: opened with a reason, for four hours, to one person; its owners are told, another one reviews."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.referral.break_glass import readings as access_readings
from services.referral.lifecycle.disclosed import latest_disclosure
from services.system import Installation
from tests.support.builders.slips import NEXT_SHELTER, arrives, checked, slip_of, takes_back
from tests.support.people.alerts import Clock
from tests.support.people.people import (
    SHELTER,
    Item,
    Programme,
    an_adult,
    consent_to,
    everything_stored,
    is_a_problem,
    taken,
)
from tests.support.system.system import HANG, System, eventually, running

WHY = "CANARIO: la persona está inconsciente y su agresor la busca."


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def programme(system: System) -> Programme:
    return await programme_of(system)


async def programme_of(system: System) -> Programme:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    return Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*", "coordinacion"))


async def opened(client: httpx2.AsyncClient, referral: Item, **says: Any) -> httpx2.Response:
    body = {"command_id": str(uuid4()), "basis": "imminent_danger_to_life", "justification": WHY} | says
    return await client.post(f"/api/v1/referrals/{referral['referral_id']}/break-glass", json=body)


async def read(client: httpx2.AsyncClient, access: Item) -> httpx2.Response:
    return await client.get(f"/api/v1/break-glass/{access['access_id']}/disclosure")


async def reviewed(client: httpx2.AsyncClient, access: Item, verdict: str) -> httpx2.Response:
    body = {"command_id": str(uuid4()), "verdict": verdict}
    return await client.post(f"/api/v1/break-glass/{access['access_id']}/review", json=body)


@pytest.fixture
async def referral(programme: Programme) -> Item:
    """Sent to ACNUR with consent; OIM's waits for one."""
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    return await programme.referral_to("ACNUR", case, state="requested")


@pytest.fixture
async def oim(programme: Programme) -> httpx2.AsyncClient:
    return await programme.system.signed_in(Role.OFFICER, "OIM", "guardia-1")


@pytest.fixture
async def access(oim: httpx2.AsyncClient, referral: Item) -> Item:
    answer = await opened(oim, referral)
    assert answer.status_code == 201, answer.text
    found: Item = answer.json()
    return found


async def test_it_opens_one_referral_to_one_person_and_every_reading_is_recorded(
    programme: Programme, oim: httpx2.AsyncClient, referral: Item, access: Item
) -> None:
    told = await read(oim, access)
    assert told.status_code == 200, told.text
    assert told.json()["disclosed"]["fear_of_return"] == "yes"
    for role, org, label in (
        (Role.OFFICER, "OIM", "guardia-2"),
        (Role.SUPERVISOR, "OIM", "guardia-1"),
        (Role.OFFICER, "ACNUR", "guardia-1"),
        (Role.PROGRAMME_COORDINATOR, "*", "guardia-1"),
    ):
        is_a_problem(await read(await programme.system.signed_in(role, org, label), access), 404, "not_found")
    history = await programme.history(referral["case_id"])
    (opening,) = [one for one in history if one["name"] == "referral.break_glass_opened"]
    assert opening["data"]["opened_for"] == "OIM"
    assert opening["data"]["justification"]["sealed"] is True
    assert "Acceso excepcional de OIM" in opening["es"]
    (reading,) = [one for one in history if one["name"] == "referral.disclosure_read"]
    assert (reading["data"]["override"], reading["data"]["access"]) == (
        "imminent_danger_to_life",
        access["access_id"],
    )
    assert reading["data"]["purpose"] == "emergency"
    assert not [place for place, state in (await everything_stored(programme.system)).items() if b"CANARIO" in state]


async def test_a_second_person_reviews_it_once_and_what_was_not_justified_closes(
    programme: Programme, oim: httpx2.AsyncClient, access: Item
) -> None:
    is_a_problem(await reviewed(oim, access, "justified"), 403, "not_allowed")
    opener = await programme.system.person(Role.OFFICER, "OIM", "guardia-1")
    await programme.system.becomes(opener, Role.SUPERVISOR)
    is_a_problem(await reviewed(oim, access, "justified"), 409, "same_person")
    await programme.system.becomes(opener, Role.OFFICER)
    token_of_nobody = await programme.system.nobody_in_particular(Role.SUPERVISOR, "ACNUR")
    is_a_problem(await reviewed(token_of_nobody, access, "justified"), 403, "needs_a_person")
    stranger = await programme.desk("UNODC", Role.SUPERVISOR)
    is_a_problem(await reviewed(stranger, access, "justified"), 404, "not_found")
    supervisor = await programme.desk("ACNUR", Role.SUPERVISOR)
    why = await supervisor.get(f"/api/v1/break-glass/{access['access_id']}/justification")
    assert why.json()["justification"] == WHY
    assert (await reviewed(supervisor, access, "not_justified")).json()["verdict"] == "not_justified"
    is_a_problem(await reviewed(programme.coordinator, access, "justified"), 409, "already_reviewed")
    is_a_problem(await read(oim, access), 410, "access_over")


async def test_the_same_order_twice_opens_once(oim: httpx2.AsyncClient, referral: Item) -> None:
    command = str(uuid4())
    first = await opened(oim, referral, command_id=command)
    assert (await opened(oim, referral, command_id=command)).json() == first.json()
    other = await opened(oim, referral, command_id=command, basis="cannot_consent")
    is_a_problem(other, 409, "command_id_reused")
    is_a_problem(await opened(oim, referral, justification="corto"), 422, "malformed_request")


class TestWhatIsRespected:
    async def test_a_capable_adults_refusal_of_the_agency_that_asks(
        self, programme: Programme, oim: httpx2.AsyncClient
    ) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM", "refused")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        for basis in ("imminent_danger_to_life", "cannot_consent", "child_best_interests"):
            is_a_problem(await opened(oim, referral, basis=basis), 409, "override_refused")

    async def test_one_that_is_said_after_it_was_opened(
        self, programme: Programme, oim: httpx2.AsyncClient, referral: Item, access: Item
    ) -> None:
        assert (await read(oim, access)).status_code == 200
        await programme.consent(referral["case_id"], consent_to("OIM", "refused"))
        is_a_problem(await read(oim, access), 409, "override_refused")

    async def test_what_is_reported_about_staff_is_opened_to_nobody(
        self, programme: Programme, oim: httpx2.AsyncClient
    ) -> None:
        harm = [{"kind": "threats", "when": "72h", "perpetrator": "shelter_or_aid_worker"}]
        case = await programme.flag(an_adult(consent_to("ACNUR"), harm_events=harm))
        referral = await programme.referral_to("PEAS", case, state="requested")
        for client in (oim, programme.coordinator, await programme.desk("UNICEF", Role.SUPERVISOR)):
            is_a_problem(await opened(client, referral), 404, "not_found")
        is_a_problem(await opened(programme.shelter, referral), 403, "not_allowed")

    async def test_what_was_sent_to_nobody_has_nothing_to_open(
        self, programme: Programme, oim: httpx2.AsyncClient, referral: Item
    ) -> None:
        waiting = await programme.referral_to("OIM", referral["case_id"], state="blocked_consent")
        is_a_problem(await opened(oim, waiting), 404, "not_found")
        is_a_problem(await opened(oim, waiting, release=True), 403, "not_allowed")


class TestWhatWaitsForConsent:
    async def test_is_sent_by_a_coordinator_with_the_least_that_helps_until_the_person_says_no(
        self, programme: Programme, referral: Item
    ) -> None:
        case = referral["case_id"]
        waiting = await programme.referral_to("OIM", case, state="blocked_consent")
        answer = await opened(programme.coordinator, waiting, basis="cannot_consent", release=True)
        assert answer.status_code == 201, answer.text
        sent = await programme.referral_to("OIM", case, state="requested")
        assert sent["basis"] == "cannot_consent"
        desk = await programme.desk("OIM")
        where = f"/api/v1/referrals/{sent['referral_id']}/disclosure"
        told = (await desk.get(where)).json()["disclosed"]
        assert "harm_events" not in told
        assert told["age_band"] == "25-59"
        again = await opened(programme.coordinator, waiting, basis="cannot_consent", release=True)
        is_a_problem(again, 409, "illegal_step")
        await programme.consent(case, consent_to("OIM", "refused"))
        is_a_problem(await desk.get(where), 410, "disclosure_closed")

    async def test_stays_where_it_is_when_the_person_refused(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM", "refused")))
        waiting = await programme.referral_to("OIM", case, state="blocked_consent")
        answer = await opened(programme.coordinator, waiting, release=True)
        is_a_problem(answer, 409, "override_refused")


async def test_what_an_adult_took_back_nobody_opens_exceptionally(
    programme: Programme, oim: httpx2.AsyncClient, referral: Item, access: Item
) -> None:
    case = referral["case_id"]
    (given,) = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"]
    assert (await programme.withdraw(case, given["receipt"])).status_code == 200
    await programme.referral_to("ACNUR", case, state="withdrawn")
    is_a_problem(await read(oim, access), 409, "override_refused")
    for client in (oim, await programme.desk("ACNUR"), programme.coordinator):
        is_a_problem(await opened(client, referral), 409, "override_refused")


async def test_while_a_withdrawal_by_slip_waits_to_be_checked_nothing_is_read_by_it(
    programme: Programme, oim: httpx2.AsyncClient, referral: Item, access: Item
) -> None:
    case = referral["case_id"]
    code = await slip_of(programme.shelter, case)
    async with httpx2.AsyncClient(base_url=programme.system.url, timeout=HANG) as anybody:
        assert (await takes_back(anybody, code)).status_code == 202
    is_a_problem(await read(oim, access), 409, "override_refused")
    assert (await checked(programme.coordinator, case, "dismissed")).status_code == 200
    assert (await read(oim, access)).status_code == 200


class TestInASystemOfItsOwn:
    """Where the clock is moved, or all accesses are counted."""

    @pytest.fixture
    async def programme(self, installation: Installation, clock: Clock) -> AsyncIterator[Programme]:
        async with running(installation, clock) as system:
            yield await programme_of(system)

    async def test_the_shelter_and_the_agency_that_hold_it_are_told_at_once_without_content(
        self, programme: Programme, referral: Item, access: Item
    ) -> None:
        async def shelter_knows() -> list[Item]:
            status = (await programme.shelter.get(f"/api/v1/cases/{referral['case_id']}")).json()
            found: list[Item] = status["exceptional_accesses"]
            return found

        (shown,) = await eventually(shelter_knows)
        assert (shown["agency"], shown["opened_for"], shown["verdict"]) == ("ACNUR", "OIM", None)
        desk = await programme.desk("ACNUR")

        async def agency_knows() -> list[Item]:
            items: list[Item] = (await desk.get("/api/v1/alerts")).json()["items"]
            return [one for one in items if one["about"] == "access"]

        (alert,) = await eventually(agency_knows)
        assert alert["text"] == f"Hubo un acceso excepcional por revisar, código {alert['code']}"
        assert alert["referral_id"] is None
        for client in (programme.shelter, desk):
            (listed,) = (await client.get("/api/v1/break-glass")).json()["items"]
            assert (listed["access_id"], listed["opened_as"]) == (access["access_id"], "officer:OIM")
        other = await programme.system.signed_in(Role.SHELTER_COORDINATOR, "ALB-TAP-01")
        assert (await other.get("/api/v1/break-glass")).json()["items"] == []

    async def test_it_ends_by_itself_after_four_hours_also_for_a_reading_under_way(
        self, clock: Clock, oim: httpx2.AsyncClient, access: Item, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock.now += timedelta(hours=3, minutes=59)
        assert (await read(oim, access)).status_code == 200
        found = latest_disclosure

        def slowly(history: Any) -> Any:
            clock.now += timedelta(minutes=2)  # between the question and the record
            return found(history)

        with monkeypatch.context() as slow:
            slow.setattr(access_readings, "latest_disclosure", slowly)
            is_a_problem(await read(oim, access), 410, "access_over")
        is_a_problem(await read(oim, access), 410, "access_over")

    async def test_what_nobody_reviewed_in_a_day_is_told_to_the_coordinator(
        self, programme: Programme, clock: Clock, referral: Item, access: Item
    ) -> None:
        clock.now += timedelta(hours=24)

        async def told() -> list[Item]:
            items = (await programme.coordinator.get("/api/v1/break-glass")).json()["items"]
            return [one for one in items if one["access_id"] == access["access_id"] and one["escalated_at"]]

        assert await eventually(told)
        history = await programme.history(referral["case_id"])
        assert [one["name"] for one in history].count("referral.break_glass_unreviewed") == 1
        assert (await reviewed(programme.coordinator, access, "justified")).status_code == 200

    async def test_after_a_handover_the_next_shelter_sees_the_accesses_and_the_earlier_one_none(
        self, programme: Programme, oim: httpx2.AsyncClient
    ) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        acnur = await programme.desk("ACNUR")
        sent = await programme.referral_to("ACNUR", case, state="requested")
        ended = await taken(acnur, await taken(acnur, sent, "accept"), "fail", outcome="no_show")
        next_one = await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")
        assert (await arrives(next_one, await slip_of(programme.shelter, case))).status_code == 201
        done = await opened(oim, {**sent, **ended})
        assert done.status_code == 201, done.text
        listed = (await next_one.get("/api/v1/break-glass")).json()["items"]
        assert [one["access_id"] for one in listed] == [done.json()["access_id"]]
        assert (await programme.shelter.get("/api/v1/break-glass")).json()["items"] == []
