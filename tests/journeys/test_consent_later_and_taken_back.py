"""Consent that is given after the case was flagged, and consent that is taken back."""

from uuid import UUID, uuid4, uuid5

from events.vocabulary import Role
from tests.support.people.people import Programme, a_child_alone, an_adult, consent_to, is_a_problem, step, taken


class TestConsentGivenLater:
    async def test_sends_what_waited_for_it_and_alerts_the_desk_once(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("OIM", "not_asked")))
        waiting = await programme.referral_to("OIM", case, state="blocked_consent", reason="consent_not_asked")
        given = consent_to("OIM", command_id=str(uuid4()))
        first = await programme.consent(case, given)
        assert first.status_code == 201
        sent = await programme.referral_to("OIM", case, state="requested")
        assert (sent["referral_id"], sent["basis"]) == (waiting["referral_id"], "consent")
        again = await programme.consent(case, given)
        assert (again.status_code, again.json()) == (201, first.json())
        assert (await programme.consent(case, consent_to("OIM"))).status_code == 201
        await programme.told(case, sent, "requested")
        await programme.has_caught_up(case)
        assert len(await programme.alerts(sent)) == 1
        # What the person says again is what it rests on from then on, and nobody is alerted of that.
        assert await programme.facts_of(sent) == ["proposed", "blocked", "requested", "disclosure_renewed"]
        officer = await programme.desk("OIM")
        sent = await programme.referral_to("OIM", case)
        assert (await taken(officer, sent, "accept"))["state"] == "accepted"

    async def test_to_one_agency_sends_nothing_to_another(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        await programme.consent(case, consent_to("OIM"))
        await programme.referral_to("OIM", case, state="requested")
        assert (await programme.referral_to("ACNUR", case))["state"] == "blocked_consent"

    async def test_a_refusal_is_recorded_and_sends_nothing(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        assert (await programme.consent(case, consent_to("OIM", "refused"))).status_code == 201
        await programme.referral_to("OIM", case, state="blocked_consent", reason="consent_refused")

    async def test_may_not_be_recorded_by_another_shelter_nor_for_an_authority(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        stranger = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
        body = consent_to("OIM", command_id=str(uuid4()))
        is_a_problem(await stranger.post(f"/api/v1/cases/{case}/consents", json=body), 404, "not_found")
        officer = await programme.desk("OIM")
        is_a_problem(await officer.post(f"/api/v1/cases/{case}/consents", json=body), 403, "not_allowed")
        is_a_problem(await programme.consent(case, consent_to("INM")), 422, "malformed_request")
        without_wording = {name: said for name, said in consent_to("OIM").items() if name != "wording_version"}
        is_a_problem(await programme.consent(case, without_wording), 422, "malformed_request")
        assert (await programme.referral_to("OIM", case))["state"] == "blocked_consent"

    async def test_an_order_id_serves_for_one_decision_only(self, programme: Programme) -> None:
        """A refusal sent under a used id must not be answered as if it had been recorded."""
        case = await programme.flag(an_adult())
        order = str(uuid4())
        assert (await programme.consent(case, consent_to("OIM"), command_id=order)).status_code == 201
        for other in (consent_to("OIM", "refused"), consent_to("ACNUR")):
            is_a_problem(await programme.consent(case, other, command_id=order), 409, "command_id_reused")


class TestConsentTakenBack:
    async def test_is_not_answered_as_done_because_somebody_used_its_id_for_something_else(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        receipt = (await programme.consent(case, consent_to("OIM"))).json()["receipt"]
        chosen = str(uuid5(UUID(receipt), "withdrawn"))
        assert (await programme.consent(case, consent_to("UNFPA"), command_id=chosen)).status_code == 201
        is_a_problem(await programme.withdraw(case, receipt), 409, "command_id_reused")

    async def test_withdraws_the_referral_that_rested_on_it(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        receipt = (await programme.consent(case, consent_to("OIM"))).json()["receipt"]
        referral = await programme.referral_to("OIM", case, state="requested")
        officer = await programme.desk("OIM")
        referral = await taken(officer, referral, "accept")
        first = await programme.withdraw(case, receipt)
        assert first.status_code == 200
        await programme.told(case, referral, "withdrawn")
        withdrawn = await programme.referral_to("OIM", case, state="withdrawn")
        again = await programme.withdraw(case, receipt)
        assert (again.status_code, again.json()) == (200, first.json())
        problem = is_a_problem(await step(officer, withdrawn, "start"), 409, "illegal_step")
        assert problem["state"] == "withdrawn"
        assert (await programme.referral_to("ACNUR", case))["state"] == "requested"
        await programme.has_caught_up(case)
        assert (await programme.facts_of(referral)).count("withdrawn") == 1

    async def test_withdraws_one_that_was_sent_on_the_submissions_own_receipt(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        (consent,) = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"]
        assert (consent["recipient"], consent["withdrawn_at"]) == ("ACNUR", None)
        assert (await programme.withdraw(case, consent["receipt"])).status_code == 200
        await programme.told(case, referral, "withdrawn")
        (consent,) = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"]
        assert consent["withdrawn_at"] is not None

    async def test_leaves_a_childs_referral_that_rests_on_its_best_interests(self, programme: Programme) -> None:
        case = await programme.flag(a_child_alone())
        referral = await programme.referral_to("UNICEF", case, state="requested", basis="best_interests")
        receipt = (await programme.consent(case, consent_to("UNICEF"))).json()["receipt"]
        assert (await programme.withdraw(case, receipt)).status_code == 200
        await programme.has_caught_up(case)
        assert (await programme.referral_to("UNICEF", case))["state"] == "requested"
        assert await programme.facts_of(referral) == ["proposed", "requested", "withdrawal_contested"]

    async def test_a_reopened_referral_does_not_rest_on_what_was_taken_back(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        receipt = (await programme.consent(case, consent_to("OIM"))).json()["receipt"]
        await programme.referral_to("OIM", case, state="requested")
        await programme.withdraw(case, receipt)
        withdrawn = await programme.referral_to("OIM", case, state="withdrawn")
        await taken(programme.coordinator, withdrawn, "reopen", comment="Pide otra vez ayuda.")
        await programme.referral_to("OIM", case, state="blocked_consent", reason="consent_refused")

    async def test_a_receipt_nobody_knows_is_not_found(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        other = await programme.flag(an_adult())
        receipt = (await programme.consent(other, consent_to("OIM"))).json()["receipt"]
        unknown = await programme.withdraw(case, str(uuid4()))
        is_a_problem(unknown, 404, "not_found")
        assert (await programme.withdraw(case, receipt)).json() == unknown.json()
        stranger = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
        theirs = await stranger.delete(f"/api/v1/cases/{other}/consents/{receipt}")
        assert (theirs.status_code, theirs.json()) == (404, unknown.json())
        assert (await programme.referral_to("OIM", other, state="requested"))["state"] == "requested"
