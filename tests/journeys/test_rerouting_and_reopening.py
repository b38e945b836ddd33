"""A referral that another agency takes over, and one that is taken back or taken up again."""

import asyncio
from copy import deepcopy
from uuid import uuid4

from events.vocabulary import Role
from tests.support.people.people import (
    SHELTER,
    Item,
    Programme,
    an_adult,
    consent_to,
    everything_stored,
    in_the_box,
    is_a_problem,
    step,
    taken,
)
from tests.support.system.system import eventually


class TestReroutingToAnotherAgency:
    async def declined(self, programme: Programme, document: Item) -> tuple[str, Item]:
        """For a reason that a person decides about."""
        case = await programme.flag(document)
        referral = await programme.referral_to("ACNUR", case, state="requested")
        return case, await taken(await programme.desk("ACNUR"), referral, "decline", reason="not_eligible")

    async def test_is_the_programme_coordinators_and_makes_a_linked_referral(self, programme: Programme) -> None:
        case, referral = await self.declined(programme, an_adult(consent_to("ACNUR"), consent_to("PNUD")))
        officer = await programme.desk("ACNUR")
        for client in (officer, programme.shelter):
            is_a_problem(await step(client, referral, "reroute", to="PNUD"), 403, "not_allowed")
        order = {"command_id": str(uuid4()), "to": "PNUD"}
        first = await step(programme.coordinator, referral, "reroute", **order)
        assert (first.status_code, first.json()["state"]) == (200, "rerouted")
        again = await step(programme.coordinator, referral, "reroute", **order)
        assert (again.status_code, again.json()) == (200, first.json())
        linked = await programme.referral_to("PNUD", case, state="requested")
        assert linked["referral_id"] == first.json()["linked"]
        assert (linked["basis"], linked["categories"]) == ("consent", ["ASILO"])
        await programme.told(case, referral, "rerouted")
        await programme.told(case, linked, "requested")
        assert len(await eventually(lambda: programme.alerts(linked))) == 1
        new_desk = await programme.desk("PNUD")
        assert (await taken(new_desk, linked, "accept"))["state"] == "accepted"
        old = {**referral, **first.json()}
        is_a_problem(await step(officer, old, "accept"), 409, "illegal_step")

    async def test_never_leads_to_an_agency_that_has_the_case_open_already(self, programme: Programme) -> None:
        case, referral = await self.declined(programme, an_adult(consent_to("ACNUR"), consent_to("OIM")))
        held = await programme.referral_to("OIM", case, state="requested")
        is_a_problem(await step(programme.coordinator, referral, "reroute", to="OIM"), 409, "agency_has_it_already")
        officer = await programme.desk("OIM")
        await taken(officer, await taken(officer, held, "accept"), "fail", outcome="no_show")
        assert (await taken(programme.coordinator, referral, "reroute", to="OIM"))["state"] == "rerouted"

    async def test_joins_what_only_waits_for_consent_at_that_agency_which_was_never_told(
        self, programme: Programme
    ) -> None:
        case, referral = await self.declined(programme, an_adult(consent_to("ACNUR")))
        waiting = await programme.referral_to("OIM", case, state="blocked_consent")
        assert waiting["categories"] == ["DELITO"]
        answer = await taken(programme.coordinator, referral, "reroute", to="OIM")
        assert (answer["state"], answer["linked"]) == ("rerouted", waiting["referral_id"])
        joined = await programme.referral_to("OIM", case, state="blocked_consent")
        assert joined["categories"] == ["ASILO", "DELITO"]
        assert (await programme.consent(case, consent_to("OIM"))).status_code == 201
        sent = await programme.referral_to("OIM", case, state="requested")
        assert (sent["referral_id"], sent["categories"]) == (waiting["referral_id"], ["ASILO", "DELITO"])

    async def test_an_amendment_raises_what_came_there_and_makes_no_second_referral(self, programme: Programme) -> None:
        document = an_adult(consent_to("ACNUR"), consent_to("PNUD"))
        case, referral = await self.declined(programme, document)
        linked = (await taken(programme.coordinator, referral, "reroute", to="PNUD"))["linked"]
        await programme.referral_to("PNUD", case, state="requested")
        worse = deepcopy(document)
        worse["screening"] |= {"danger_now": "yes", "needs": ["legal"]}
        assert (await programme.amend(case, worse)).status_code == 200
        await programme.has_caught_up(case)
        items = (await programme.coordinator.get("/api/v1/referrals", params={"case": case})).json()["items"]
        open_ones = [one for one in items if one["state"] != "rerouted"]
        agencies = [one["agency"] for one in open_ones]
        assert sorted(set(agencies)) == sorted(agencies)
        assert linked in [one["referral_id"] for one in open_ones]

    async def test_waits_when_the_person_was_not_asked_about_that_agency(self, programme: Programme) -> None:
        case, referral = await self.declined(programme, an_adult(consent_to("ACNUR")))
        answer = await taken(programme.coordinator, referral, "reroute", to="PNUD")
        linked = await programme.referral_to("PNUD", case, state="blocked_consent", reason="consent_not_asked")
        assert linked["referral_id"] == answer["linked"]
        await programme.told(case, linked, "blocked_consent")
        officer = await programme.desk("PNUD")
        assert (await officer.get("/api/v1/referrals", params={"case": case})).json()["items"] == []
        is_a_problem(await step(officer, linked, "accept"), 404, "not_found")

    async def test_a_rerouted_referral_is_sent_when_the_person_consents_to_the_new_agency(
        self, programme: Programme
    ) -> None:
        case, referral = await self.declined(programme, an_adult(consent_to("ACNUR")))
        await taken(programme.coordinator, referral, "reroute", to="PNUD")
        linked = await programme.referral_to("PNUD", case, state="blocked_consent")
        assert (await programme.consent(case, consent_to("PNUD"))).status_code == 201
        sent = await programme.referral_to("PNUD", case, state="requested")
        assert (sent["referral_id"], sent["basis"]) == (linked["referral_id"], "consent")
        assert len(await eventually(lambda: programme.alerts(linked))) == 1

    async def test_consent_to_the_first_agency_sends_nothing_to_the_second(self, programme: Programme) -> None:
        """Neither does an amendment: only the person's word about the second agency does."""
        document = an_adult(consent_to("ACNUR"))
        case, referral = await self.declined(programme, document)
        await taken(programme.coordinator, referral, "reroute", to="PNUD")
        linked = await programme.referral_to("PNUD", case, state="blocked_consent")
        assert (await programme.consent(case, consent_to("ACNUR"))).status_code == 201
        more_urgent = deepcopy(document)
        more_urgent["screening"]["removal_risk"] = "yes"
        assert (await programme.amend(case, more_urgent)).status_code == 200
        await programme.referral_to("PNUD", case, urgency="U1")
        await programme.has_caught_up(case)
        assert (await programme.referral_to("PNUD", case))["state"] == "blocked_consent"
        assert "requested" not in await programme.facts_of(linked)
        officer = await programme.desk("PNUD")
        assert (await officer.get("/api/v1/referrals", params={"case": case})).json()["items"] == []
        is_a_problem(await officer.get(f"/api/v1/cases/{case}"), 404, "not_found")

    async def test_taking_back_the_consent_to_the_new_agency_withdraws_the_new_referral(
        self, programme: Programme
    ) -> None:
        case, referral = await self.declined(programme, an_adult(consent_to("ACNUR")))
        receipt = (await programme.consent(case, consent_to("PNUD"))).json()["receipt"]
        await programme.has_caught_up(case)
        await taken(programme.coordinator, referral, "reroute", to="PNUD")
        await programme.referral_to("PNUD", case, state="requested")
        assert (await programme.withdraw(case, receipt)).status_code == 200
        await programme.referral_to("PNUD", case, state="withdrawn")

    async def test_carries_the_grounds_of_the_referral_that_was_declined(self, programme: Programme) -> None:
        """Also to an agency that had a referral of its own for something else, which has ended."""
        case, referral = await self.declined(programme, an_adult(consent_to("ACNUR"), consent_to("OIM")))
        own = await programme.referral_to("OIM", case)
        assert own["categories"] == ["DELITO"]
        oim = await programme.desk("OIM")
        await taken(oim, await taken(oim, own, "accept"), "fail", outcome="no_show")
        linked = (await taken(programme.coordinator, referral, "reroute", to="OIM"))["linked"]
        found = (await programme.coordinator.get(f"/api/v1/referrals/{linked}")).json()
        assert (found["agency"], found["categories"], found["state"]) == ("OIM", ["ASILO"], "requested")

    async def test_tells_the_new_desk_no_more_than_the_one_that_declined(self, programme: Programme) -> None:
        """OIM was told of the robbery too; UNODC was not, and so neither is whoever takes over from UNODC."""
        asked = [consent_to(agency) for agency in ("OIM", "UNODC", "PNUD")]
        case = await programme.flag(an_adult(*asked, smuggling_indicators=["held_for_payment"]))
        assert (await programme.referral_to("OIM", case))["categories"] == ["DELITO", "TRAFICO"]
        referral = await programme.referral_to("UNODC", case, state="requested")
        referral = await taken(await programme.desk("UNODC"), referral, "decline", reason="not_eligible")
        await taken(programme.coordinator, referral, "reroute", to="PNUD")
        linked = await programme.referral_to("PNUD", case, state="requested")
        assert (linked["categories"], linked["urgency"]) == (["TRAFICO"], "U0")
        where = ("referral.requested", "disclosure")
        told = await in_the_box(programme.system, linked, *where)
        assert told == await in_the_box(programme.system, referral, *where)
        assert "smuggling_indicators" in told
        assert "harm_events" not in told

    async def test_never_leads_to_the_focal_point_for_abuse_nor_to_the_same_desk_again(
        self, programme: Programme
    ) -> None:
        """What goes to PEAS needs no consent, so nobody may send a person's answers that way."""
        case, referral = await self.declined(programme, an_adult(consent_to("ACNUR")))
        for agency in ("PEAS", "ACNUR"):
            is_a_problem(await step(programme.coordinator, referral, "reroute", to=agency), 409, "not_reroutable")
        is_a_problem(await step(programme.coordinator, referral, "reroute", to="INM"), 422, "malformed_request")
        items = await programme.system.referrals_of(programme.coordinator, case)
        assert sorted(item["agency"] for item in items) == ["ACNUR", "OIM"]


class TestTakingAReferralBack:
    async def test_only_the_shelter_that_registered_it_cancels(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        is_a_problem(await step(await programme.desk("ACNUR"), referral, "cancel"), 403, "not_allowed")
        is_a_problem(await step(programme.coordinator, referral, "cancel"), 403, "not_allowed")
        stranger = await programme.system.signed_in(Role.SHELTER_COORDINATOR, "ALB-TAP-01")
        is_a_problem(await step(stranger, referral, "cancel"), 404, "not_found")
        referral = await taken(programme.shelter, referral, "cancel")
        await programme.told(case, referral, "cancelled")

    async def test_once_the_service_has_begun_only_the_agencys_supervisor_does(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        officer = await programme.desk("ACNUR")
        referral = await taken(officer, await taken(officer, referral, "accept"), "start")
        for client in (programme.shelter, officer):
            is_a_problem(await step(client, referral, "cancel"), 403, "not_allowed")
        supervisor = await programme.desk("ACNUR", Role.SUPERVISOR)
        assert (await taken(supervisor, referral, "cancel"))["state"] == "cancelled"

    async def test_a_cancelled_referral_is_reopened_as_a_linked_one_and_stays_cancelled(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        first = await programme.referral_to("ACNUR", case, state="requested")
        cancelled = await taken(programme.shelter, first, "cancel")
        for says in ({}, {"comment": ""}):
            is_a_problem(await step(programme.coordinator, cancelled, "reopen", **says), 422, "malformed_request")
        is_a_problem(await step(programme.shelter, cancelled, "reopen", comment="Volvió."), 403, "not_allowed")
        reopened = await taken(programme.coordinator, cancelled, "reopen", comment="CANARIO volvió al albergue")
        assert reopened["state"] == "cancelled"
        again = await programme.referral_to("ACNUR", case, state="requested")
        assert again["referral_id"] == reopened["linked"] != first["referral_id"]
        assert len(await eventually(lambda: programme.alerts(again))) == 1
        await programme.told(case, first, "cancelled")
        await programme.told(case, again, "requested")
        officer = await programme.desk("ACNUR")
        is_a_problem(await step(officer, reopened, "reopen", comment="Otra vez."), 409, "illegal_step")
        assert (await taken(officer, again, "accept"))["state"] == "accepted"
        assert not any(b"CANARIO" in state for state in (await everything_stored(programme.system)).values())

    async def test_it_is_not_reopened_while_its_agency_has_another_open_one_of_the_case(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM")))
        cancelled = await taken(programme.shelter, await programme.referral_to("ACNUR", case), "cancel")
        other = await programme.referral_to("OIM", case, state="requested")
        declined = await taken(await programme.desk("OIM"), other, "decline", reason="safety_conflict")
        assert (await taken(programme.coordinator, declined, "reroute", to="ACNUR"))["state"] == "rerouted"
        refused = await step(programme.coordinator, cancelled, "reopen", comment="Volvió.")
        is_a_problem(refused, 409, "agency_has_it_already")

    async def test_a_shelter_reports_that_the_person_left(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        referral = await taken(programme.shelter, referral, "no-contact", outcome="departed_onward")
        await programme.told(case, referral, "no_contact")

        async def quiet() -> bool:
            return [alert["state"] for alert in await programme.alerts(referral)] == ["answered"]

        await eventually(quiet)

    async def test_an_error_is_marked_by_whoever_answers_for_the_shelter_or_the_desk_and_says_why(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        in_charge = await programme.system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
        why = "CANARIO era otra persona"
        for client in (programme.shelter, await programme.desk("ACNUR"), programme.coordinator):
            is_a_problem(await step(client, referral, "mark-in-error", comment=why), 403, "not_allowed")
        is_a_problem(await step(in_charge, referral, "mark-in-error"), 422, "malformed_request")
        referral = await taken(in_charge, referral, "mark-in-error", comment=why)
        await programme.told(case, referral, "entered_in_error")
        assert not any(b"CANARIO" in state for state in (await everything_stored(programme.system)).values())
        said = await in_the_box(programme.system, referral, "referral.entered_in_error", "comment")
        assert said == {"text": why}
        supervisor = await programme.desk("ACNUR", Role.SUPERVISOR)
        is_a_problem(await step(supervisor, referral, "mark-in-error", comment=why), 409, "illegal_step")


async def test_two_orders_at_once_to_reopen_make_one_new_referral(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    cancelled = await taken(programme.shelter, referral, "cancel")
    officer = await programme.desk("ACNUR")
    answers = await asyncio.gather(
        *(step(client, cancelled, "reopen", comment="Volvió.") for client in (officer, programme.coordinator))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    items = await programme.system.referrals_of(programme.coordinator, case)
    assert sorted(item["state"] for item in items if item["agency"] == "ACNUR") == ["cancelled", "requested"]
