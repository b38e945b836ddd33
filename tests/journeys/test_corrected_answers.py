"""Answers that are corrected run the rules again: more and more urgent, never less."""

from copy import deepcopy
from uuid import uuid4

import pytest

from events.vocabulary import Role
from services.intake.submissions.document import cross_field_rules
from tests.support.people.people import Programme, an_adult, consent_to, is_a_problem, taken


class TestCorrectedAnswers:
    async def test_add_a_referral_and_raise_an_urgency_and_keep_the_first_receipt(self, programme: Programme) -> None:
        document = an_adult(consent_to("ACNUR"))
        flagged = await programme.shelter.post("/api/v1/submissions", json=document)
        case = flagged.json()["case_id"]
        await programme.referral_to("ACNUR", case, state="requested", urgency="U2")
        corrected = deepcopy(document)
        corrected["screening"] |= {"removal_risk": "yes", "smuggling_indicators": ["held_for_payment"]}
        order = str(uuid4())
        first = await programme.amend(case, corrected, command_id=order)
        assert (first.status_code, first.json()) == (200, {"case_id": case, "version": 2})
        await programme.referral_to("ACNUR", case, state="requested", urgency="U1")
        await programme.referral_to("UNODC", case, state="blocked_consent", urgency="U0")
        await programme.referral_to("OIM", case, state="blocked_consent", categories=["DELITO", "TRAFICO"])
        again = await programme.amend(case, corrected, command_id=order)
        assert (again.status_code, again.json()) == (200, first.json())
        repeated = await programme.shelter.post("/api/v1/submissions", json=document)
        assert (repeated.status_code, repeated.json()) == (200, flagged.json())
        is_a_problem(await programme.shelter.post("/api/v1/submissions", json=corrected), 409, "submission_conflict")

    async def test_never_withdraw_a_referral_nor_lower_its_urgency(self, programme: Programme) -> None:
        document = an_adult(consent_to("ACNUR"), removal_risk="yes")
        case = await programme.flag(document)
        referral = await programme.referral_to("ACNUR", case, state="requested", urgency="U1")
        harmless = deepcopy(document)
        harmless["screening"] |= {"fear_of_return": "no", "removal_risk": "no", "harm_events": []}
        assert (await programme.amend(case, harmless)).status_code == 200
        milder = deepcopy(document)
        milder["screening"] |= {"removal_risk": "no", "stateless": "yes"}
        assert (await programme.amend(case, milder)).status_code == 200
        await programme.has_caught_up(case)
        found = await programme.referral_to("ACNUR", case)
        assert (found["state"], found["urgency"], found["categories"]) == ("requested", "U1", ["APATRIDA", "ASILO"])
        assert found["deadlines"] == referral["deadlines"]
        assert (await programme.referral_to("OIM", case))["state"] == "blocked_consent"
        assert await programme.facts_of(referral) == ["proposed", "requested", "disclosure_renewed", "reassessed"]

    async def test_need_an_order_id_of_their_own(self, programme: Programme) -> None:
        document = an_adult()
        case = await programme.flag(document)
        order = str(uuid4())
        assert (await programme.amend(case, document, command_id=order)).status_code == 200
        other = deepcopy(document)
        other["screening"]["danger_now"] = "yes"
        is_a_problem(await programme.amend(case, other, command_id=order), 409, "command_id_reused")
        is_a_problem(
            await programme.amend(case, document, command_id=document["submission_id"]), 409, "command_id_reused"
        )
        is_a_problem(await programme.consent(case, consent_to("OIM"), command_id=order), 409, "command_id_reused")

    async def test_leave_a_closed_referral_as_it_is_and_what_is_new_follows_it(self, programme: Programme) -> None:
        document = an_adult(consent_to("ACNUR"))
        case = await programme.flag(document)
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await taken(programme.shelter, referral, "cancel")
        corrected = deepcopy(document)
        corrected["screening"]["removal_risk"] = "yes"
        await programme.amend(case, corrected)
        following = await programme.referral_to("ACNUR", case, state="requested", urgency="U1")
        assert following["follows"] == referral["referral_id"]
        ended = await programme.shelter.get(f"/api/v1/referrals/{referral['referral_id']}")
        found = ended.json()
        assert (found["state"], found["urgency"]) == ("cancelled", "U2")
        assert found["linked"] == following["referral_id"]

    async def test_tell_the_agency_of_an_ended_one_nothing_of_what_follows_until_that_is_sent(
        self, programme: Programme
    ) -> None:
        document = an_adult(consent_to("ACNUR"))
        case = await programme.flag(document)
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await programme.consent(case, consent_to("ACNUR", decision="refused"))
        await programme.referral_to("ACNUR", case, state="withdrawn")
        corrected = deepcopy(document)
        corrected["screening"]["removal_risk"] = "yes"
        await programme.amend(case, corrected)
        following = await programme.referral_to("ACNUR", case, state="blocked_consent", urgency="U1")
        officer = await programme.system.signed_in(Role.OFFICER, "ACNUR")
        path = f"/api/v1/referrals/{referral['referral_id']}"
        assert (await programme.shelter.get(path)).json()["linked"] == following["referral_id"]
        assert (await officer.get(path)).json()["linked"] is None
        await programme.consent(case, consent_to("ACNUR"))
        await programme.referral_to("ACNUR", case, state="requested", urgency="U1")
        assert (await officer.get(path)).json()["linked"] == following["referral_id"]

    async def test_come_from_the_shelter_that_opened_the_case(self, programme: Programme) -> None:
        document = an_adult()
        case = await programme.flag(document)
        stranger = await programme.system.signed_in(Role.SHELTER_COORDINATOR, "ALB-TAP-01")
        body = {"command_id": str(uuid4()), "submission": document | {"shelter": "ALB-TAP-01"}}
        theirs = await stranger.post(f"/api/v1/cases/{case}/amendments", json=body)
        missing = await stranger.post(f"/api/v1/cases/{uuid4()}/amendments", json=body)
        is_a_problem(theirs, 404, "not_found")
        assert theirs.json() == missing.json()

    async def test_belong_to_the_submission_that_opened_the_case(self, programme: Programme) -> None:
        document = an_adult()
        case = await programme.flag(document)
        for other in (
            {"submission_id": str(uuid4())},
            {"shelter": "ALB-TAP-01"},
        ):
            is_a_problem(await programme.amend(case, document | other), 409, "submission_conflict")

    async def test_that_are_not_valid_are_answered_with_every_fault(self, programme: Programme) -> None:
        document = an_adult()
        case = await programme.flag(document)
        wrong = deepcopy(document)
        wrong["screening"] |= {"sex": "CANARIO", "fear_of_return": None}
        answer = await programme.amend(case, wrong)
        problem = is_a_problem(answer, 422, "invalid_submission")
        assert {fault["field"] for fault in problem["faults"]} == {"screening.sex", "screening.fear_of_return"}
        assert "CANARIO" not in answer.text

    async def test_with_an_entry_at_the_end_of_the_calendar_stop_nobodys_referrals(
        self, programme: Programme, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as in_earlier_times:  # it is a fault by now
            in_earlier_times.setattr(cross_field_rules, "_dates", lambda *_: ())
            case = await programme.flag(an_adult(consent_to("ACNUR"), entry_date="9999-12-31"))
        await programme.referral_to("ACNUR", case, state="requested")
        await programme.has_caught_up(case)
