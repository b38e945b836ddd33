"""A person who wants time says until when; a consent that has run out is none; a new yes after a no is recorded."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from services.chassis.clock import system_clock
from tests.support.people.people import Item, Programme, an_adult, consent_to, is_a_problem

ASKED_AT = datetime.fromisoformat(an_adult()["occurred_at"])


def wants_time(recipient: str, until: datetime | None) -> Item:
    return consent_to(recipient, "wants_time", **({} if until is None else {"until": until.isoformat()}))


class TestWithTheSubmission:
    @pytest.mark.parametrize(
        ("after", "fault"),
        [
            (timedelta(hours=1), None),
            (timedelta(days=30), None),
            (None, "required"),
            (timedelta(0), "not_within_thirty_days"),
            (timedelta(days=30, seconds=1), "not_within_thirty_days"),
        ],
        ids=str,
    )
    async def test_until_is_within_thirty_days_of_the_question(
        self, programme: Programme, after: timedelta | None, fault: str | None
    ) -> None:
        """Of the question, not of the server's clock: what was noted offline is as valid when it comes later."""
        document = an_adult(wants_time("ACNUR", None if after is None else ASKED_AT + after))
        answer = await programme.shelter.post("/api/v1/submissions", json=document)
        if fault is None:
            assert answer.status_code == 201, answer.text
            status = (await programme.shelter.get(f"/api/v1/cases/{answer.json()['case_id']}")).json()
            (consent,) = status["consents"]
            assert consent["decision"] == "wants_time"
            assert after is not None
            assert datetime.fromisoformat(consent["until"]) == ASKED_AT + after
        else:
            problem = is_a_problem(answer, 422, "invalid_submission")
            assert [(one["field"], one["code"]) for one in problem["faults"]] == [("consent.0.until", fault)]

    async def test_nobody_else_says_until_when_and_no_grant_has_run_out_when_it_is_given(
        self, programme: Programme
    ) -> None:
        later, before = (ASKED_AT + timedelta(days=1)).isoformat(), ASKED_AT.isoformat()
        document = an_adult(
            consent_to("ACNUR", until=later),
            consent_to("OIM", "refused", until=later),
            consent_to("UNFPA", expires_at=before),
        )
        problem = is_a_problem(
            await programme.shelter.post("/api/v1/submissions", json=document), 422, "invalid_submission"
        )
        assert [(one["field"], one["code"]) for one in problem["faults"]] == [
            ("consent.0.until", "only_when_wants_time"),
            ("consent.1.until", "only_when_wants_time"),
            ("consent.2.expires_at", "expired_when_given"),
        ]


class TestLater:
    async def test_until_is_within_the_next_thirty_days(self, programme: Programme) -> None:
        case, now = await programme.flag(an_adult()), system_clock()
        for until in (now - timedelta(minutes=1), now + timedelta(days=31)):
            problem = is_a_problem(await programme.consent(case, wants_time("ACNUR", until)), 422, "malformed_request")
            assert problem["faults"] == [{"field": "body.until", "code": "not_within_thirty_days"}]
        is_a_problem(await programme.consent(case, wants_time("ACNUR", None)), 422, "malformed_request")
        wrong = consent_to("ACNUR", "refused", until=(now + timedelta(days=1)).isoformat())
        is_a_problem(await programme.consent(case, wrong), 422, "malformed_request")
        assert (await programme.consent(case, wants_time("ACNUR", now + timedelta(days=29)))).status_code == 201
        told = [entry["es"] for entry in await programme.history(case) if entry["name"] == "intake.consent_recorded"]
        assert len(told) == 1
        assert "pidió tiempo para decidir" in told[0]

    async def test_a_consent_that_has_run_out_is_not_recorded(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        gone = consent_to("ACNUR", expires_at=(system_clock() - timedelta(minutes=1)).isoformat())
        problem = is_a_problem(await programme.consent(case, gone), 422, "malformed_request")
        assert problem["faults"] == [{"field": "body.expires_at", "code": "expired_when_given"}]

    async def test_a_new_yes_after_a_withdrawal_is_recorded_beside_the_one_that_was_taken_back(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(an_adult())
        first = (await programme.consent(case, consent_to("ACNUR"))).json()["receipt"]
        await programme.referral_to("ACNUR", case, state="requested")
        assert (await programme.withdraw(case, first)).status_code == 200
        again = await programme.consent(case, consent_to("ACNUR"), command_id=str(uuid4()))
        assert again.status_code == 201, again.text
        status = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()
        taken_back = {one["receipt"]: one["withdrawn_at"] is not None for one in status["consents"]}
        assert taken_back == {first: True, again.json()["receipt"]: False}
        recorded = [entry["name"] for entry in await programme.history(case) if "consent" in entry["name"]]
        assert recorded == ["intake.consent_recorded", "intake.consent_withdrawn", "intake.consent_recorded"]
