"""The agency that is asked in a silent desk's stead says that it can, or cannot, and learns nothing of the person."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Agency, Role
from services.system import Installation
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.asked import is_asked
from tests.support.people.people import Item, Programme, an_adult, consent_to, is_a_problem, step, taken
from tests.support.system.system import System, running


def who_only_fears_to_return(*asked: Item, **answers: str) -> Item:
    """ACNUR's alone: nothing leads to OIM."""
    return an_adult(*asked, harm_events=[], **answers)


async def asked_of_oim(programme: Programme, *consents: Item) -> tuple[Item, httpx2.AsyncClient]:
    case = await programme.flag(who_only_fears_to_return(*consents))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await is_asked(programme.system, referral, Agency.OIM)
    return referral, await programme.desk("OIM")


async def says(officer: httpx2.AsyncClient, referral: Item, what: str, **order: str) -> httpx2.Response:
    body = {"command_id": str(uuid4()), **order}
    return await officer.post(f"/api/v1/referrals/{referral['referral_id']}/{what}", json=body)


async def test_an_offer_with_the_persons_consent_gets_the_referral_at_once(programme: Programme) -> None:
    referral, oim = await asked_of_oim(programme, consent_to("ACNUR"), consent_to("OIM"))
    order = {"command_id": str(uuid4())}
    first, again = [await says(oim, referral, "offer", **order) for _ in range(2)]
    assert first.status_code == again.status_code == 200, first.text
    assert first.json() == again.json()
    assert first.json() == {"referral_id": referral["referral_id"], "answer": "offered", "rerouted": True}
    linked = await programme.referral_to("OIM", referral["case_id"], state="requested")
    assert (linked["replaces"], linked["categories"]) == (referral["referral_id"], ["ASILO"])
    assert (await taken(oim, linked, "accept"))["state"] == "accepted"
    is_a_problem(await step(await programme.desk("ACNUR"), referral, "accept"), 409, "stale_version")
    assert await programme.facts_of(referral) == ["proposed", "requested", "escalated", "help_offered", "rerouted"]


async def test_an_offer_without_a_basis_is_recorded_and_nothing_is_disclosed(programme: Programme) -> None:
    referral, oim = await asked_of_oim(programme, consent_to("ACNUR"))
    answer = await says(oim, referral, "offer")
    assert answer.json() == {"referral_id": referral["referral_id"], "answer": "offered", "rerouted": False}
    assert (await oim.get("/api/v1/referrals", params={"case": referral["case_id"]})).json()["items"] == []
    is_a_problem(await oim.get(f"/api/v1/referrals/{referral['referral_id']}"), 404, "not_found")
    assert (await programme.referral_to("ACNUR", referral["case_id"]))["state"] == "requested"


async def test_when_nobody_who_was_asked_can_the_fact_says_so(programme: Programme) -> None:
    referral, oim = await asked_of_oim(programme, consent_to("ACNUR"))
    assert (await says(oim, referral, "cannot")).json()["answer"] == "unavailable"
    history = await programme.history(referral["case_id"])
    (said,) = [entry for entry in history if entry["name"] == "referral.help_unavailable"]
    assert "OIM" in said["es"]
    assert "coordinación" in said["es"]


async def test_nobody_else_may_answer_and_for_them_there_is_nothing(programme: Programme) -> None:
    referral, _ = await asked_of_oim(programme, consent_to("ACNUR"), consent_to("OIM"))
    for client in (await programme.desk("UNFPA"), await programme.desk("ACNUR")):
        is_a_problem(await says(client, referral, "offer"), 404, "not_found")
    is_a_problem(await says(programme.shelter, referral, "offer"), 403, "not_allowed")
    unknown = {**referral, "referral_id": str(uuid4())}
    is_a_problem(await says(await programme.desk("OIM"), unknown, "offer"), 404, "not_found")


async def test_an_offer_after_somebody_took_it_or_after_the_reroute_says_only_that_it_is_not_needed(
    programme: Programme,
) -> None:
    referral, oim = await asked_of_oim(programme, consent_to("ACNUR"), consent_to("OIM"))
    now = (await programme.coordinator.get(f"/api/v1/referrals/{referral['referral_id']}")).json()
    await taken(await programme.desk("ACNUR"), now, "accept")
    problem = is_a_problem(await says(oim, referral, "offer"), 409, "no_longer_asked")
    assert not {"state", "version", "legal_steps"} & problem.keys()


class TestAnExpiredReferral:
    @pytest.fixture
    def clock(self) -> AdjustableClock:
        return AdjustableClock()

    @pytest.fixture
    async def system(self, installation: Installation, clock: AdjustableClock) -> AsyncIterator[System]:
        async with running(installation, clock) as everything:
            yield everything

    async def test_that_cannot_wait_goes_by_itself_where_the_person_consented(
        self, programme: Programme, clock: AdjustableClock
    ) -> None:
        document = who_only_fears_to_return(consent_to("ACNUR"), consent_to("OIM"), removal_risk="yes")
        case = await programme.flag(document)
        referral = await programme.referral_to("ACNUR", case, state="requested")
        assert referral["urgency"] == "U1"
        clock.ahead += timedelta(hours=3, seconds=1)
        linked = await programme.referral_to("OIM", case, state="requested")
        assert linked["replaces"] == referral["referral_id"]
        assert (await programme.referral_to("ACNUR", case))["state"] == "rerouted"

    async def test_stays_where_it_is_if_no_other_agency_may_be_told(
        self, programme: Programme, clock: AdjustableClock
    ) -> None:
        document = who_only_fears_to_return(consent_to("ACNUR"), removal_risk="yes")
        case = await programme.flag(document)
        await programme.referral_to("ACNUR", case, state="requested")
        clock.ahead += timedelta(hours=3, seconds=1)
        expired = await programme.referral_to("ACNUR", case, state="expired")
        desk = await programme.system.signed_in(Role.OFFICER, "ACNUR")
        assert (await taken(desk, expired, "accept"))["state"] == "accepted"

    async def test_a_desk_that_says_it_is_full_is_passed_over_for_what_cannot_wait(
        self, programme: Programme, clock: AdjustableClock
    ) -> None:
        officer = await programme.desk("ACNUR")
        until = (clock() + timedelta(hours=6)).isoformat()
        said = {"command_id": str(uuid4()), "capacity": "no_capacity", "expires_at": until}
        assert (await officer.put("/api/v1/capacity/agencies/ACNUR/desks/ACNUR-CHP", json=said)).status_code == 200
        for risk, desk in (("yes", "ACNUR-24H"), ("no", "ACNUR-CHP")):
            case = await programme.flag(who_only_fears_to_return(consent_to("ACNUR"), removal_risk=risk))
            assert (await programme.referral_to("ACNUR", case, state="requested"))["desk"] == desk
