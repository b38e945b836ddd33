"""A referral from the desk's answer to the end: help that comes, what a desk says, and who may not take a step."""

import json

from events.vocabulary import Role
from tests.support.people.people import (
    Programme,
    an_adult,
    consent_to,
    everything_stored,
    in_the_box,
    is_a_problem,
    step,
    taken,
)


class TestHelpThatComes:
    async def test_from_acceptance_to_the_shelters_word_each_step_is_told_to_the_shelter(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        officer = await programme.desk("ACNUR")
        steps = [
            ("accept", {}, "accepted"),
            ("schedule", {"appointment_at": "2031-06-13T10:00:00-05:00"}, "scheduled"),
            ("schedule", {"appointment_at": "2031-06-13T12:00:00-05:00"}, "scheduled"),
            ("start", {}, "in_service"),
            ("deliver", {"outcome": "service_delivered"}, "delivered"),
        ]
        for name, says, state in steps:
            before = referral["version"]
            referral = await taken(officer, referral, name, **says)
            assert (referral["state"], referral["version"], referral["linked"]) == (state, before + 1, None)
            assert (await programme.told(case, referral, state))["version"] >= before
        referral = await taken(programme.shelter, referral, "confirm", confirmation="partly")
        await programme.told(case, referral, "loop_closed")
        assert await programme.facts_of(referral) == [
            "proposed",
            "requested",
            "accepted",
            "service_scheduled",
            "service_scheduled",
            "service_started",
            "service_delivered",
            "loop_closed",
        ]
        said = {entry["name"]: entry["data"] for entry in await programme.history(case)}
        assert said["referral.service_delivered"]["clear_outcome"] is None
        assert said["referral.loop_closed"]["confirmation"] == "partly"
        problem = is_a_problem(await step(officer, referral, "deliver", outcome="unknown"), 409, "illegal_step")
        assert problem["state"] == "loop_closed"
        assert problem["legal_steps"] == ["mark-in-error", "reopen"]

    async def test_only_the_shelter_says_whether_help_came(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        officer = await programme.desk("ACNUR")
        referral = await taken(officer, referral, "accept")
        referral = await taken(officer, referral, "deliver", outcome="no_show")
        is_a_problem(await step(officer, referral, "confirm", confirmation="yes"), 403, "not_allowed")
        unconfirmed = await step(programme.shelter, referral, "confirm", confirmation="unconfirmed")
        is_a_problem(unconfirmed, 422, "malformed_request")
        assert (await taken(programme.shelter, referral, "confirm", confirmation="no"))["state"] == "loop_closed"

    async def test_help_that_cannot_be_given_ends_with_its_outcome(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        officer = await programme.desk("ACNUR")
        referral = await taken(officer, referral, "accept")
        referral = await taken(officer, referral, "fail", outcome="not_entitled")
        await programme.told(case, referral, "failed")


class TestWhatADeskSays:
    async def test_a_question_and_its_answer_are_sealed_and_are_not_lost(self, programme: Programme) -> None:
        question, answer = "CANARIO-PREGUNTA ¿viaja con alguien?", "CANARIO-RESPUESTA viaja con su hermana"
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        officer = await programme.desk("ACNUR")
        is_a_problem(await step(officer, referral, "request-info"), 422, "malformed_request")
        referral = await taken(officer, referral, "request-info", question=question)
        await programme.told(case, referral, "info_requested")
        is_a_problem(await step(officer, referral, "supply-info", answer=answer), 403, "not_allowed")
        referral = await taken(programme.shelter, referral, "supply-info", answer=answer)
        assert referral["state"] == "acknowledged"
        again = is_a_problem(await step(officer, referral, "request-info", question=question), 409, "illegal_step")
        assert "request-info" not in again["legal_steps"]
        await taken(officer, referral, "accept")
        stored = await everything_stored(programme.system)
        assert len(stored) > 8
        assert [place for place, state in stored.items() if b"CANARIO" in state] == []
        assert "CANARIO" not in json.dumps(await programme.history(case))
        for name, field, text in (
            ("referral.info_requested", "question", question),
            ("referral.info_supplied", "answer", answer),
        ):
            assert await in_the_box(programme.system, referral, name, field) == {"text": text}

    async def test_declining_for_another_reason_needs_a_note_which_is_sealed(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        officer = await programme.desk("ACNUR")
        for says in ({}, {"reason": "other"}, {"reason": "other", "note": ""}, {"reason": "CANARIO"}):
            answer = await step(officer, referral, "decline", **says)
            is_a_problem(answer, 422, "malformed_request")
            assert "CANARIO" not in answer.text
        referral = await taken(officer, referral, "decline", reason="other", note="CANARIO no hay quien traduzca")
        await programme.told(case, referral, "declined")
        assert not any(b"CANARIO" in state for state in (await everything_stored(programme.system)).values())
        note = await in_the_box(programme.system, referral, "referral.declined", "note")
        assert note == {"text": "CANARIO no hay quien traduzca"}

    async def test_declining_for_a_listed_reason_needs_no_note(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        supervisor = await programme.desk("ACNUR", Role.SUPERVISOR)
        assert (await taken(supervisor, referral, "decline", reason="not_eligible"))["state"] == "declined"


async def test_nobody_takes_a_step_that_is_anothers(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    officer = await programme.desk("ACNUR")
    wrong = [
        *((programme.shelter, name, {}) for name in ("acknowledge", "accept")),
        (programme.shelter, "decline", {"reason": "no_capacity"}),
        (programme.shelter, "request-info", {"question": "¿?"}),
        (programme.coordinator, "accept", {}),
        (officer, "mark-in-error", {"comment": "Error."}),
    ]
    for client, name, says in wrong:
        is_a_problem(await step(client, referral, name, **says), 403, "not_allowed")
    for role, org in ((Role.AUDITOR, "*"), (Role.ADMINISTRATOR, "*")):
        client = await programme.system.signed_in(role, org)
        is_a_problem(await step(client, referral, "accept"), 403, "not_allowed")
    assert await programme.facts_of(referral) == ["proposed", "requested"]
