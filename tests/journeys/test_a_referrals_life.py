"""A referral from the shelter's flag to its end, every way it may go; told to the shelter, hidden from strangers."""

import asyncio
import json
from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest

from events.vocabulary import Agency, BoxClass, Role
from services.chassis.boxes import Place, open_box
from services.chassis.foundation import Foundation
from tests.harness.system import System, eventually

SHELTER = "ALB-HUI-01"
Item = dict[str, Any]

WHAT_A_GRANT_SAYS = {"fields": ["all"], "how": "signed", "wording_version": "es-1"}


def consent_to(recipient: str, decision: str = "granted", **more: Any) -> Item:
    grant = WHAT_A_GRANT_SAYS if decision == "granted" else {}
    return {"recipient": recipient, "decision": decision, "purpose": "protection", "given_by": "self", **grant, **more}


def an_adult(*asked: Item, **answers: Any) -> Item:
    """A man who fears to return (ACNUR), was robbed (OIM), and leaves in a week."""
    screening = {
        "danger_now": "no",
        "medical_now": "no",
        "private": "yes",
        "age_band": "25-59",
        "age_certainty": "stated",
        "travelling": "alone",
        "sex": "M",
        "language": "es",
        "interpreter_needed": False,
        "fear_of_return": "yes",
        "harm_events": [{"kind": "robbery", "when": "72h"}],
        "planned_departure": "7d",
        "safe_contact": "none",
        "needs": ["legal"],
    }
    return {
        "submission_id": str(uuid4()),
        "shelter": SHELTER,
        "worker": "w-035",
        "occurred_at": "2013-06-12T08:34:00-05:00",
        "screening": screening | answers,
        "consent": list(asked),
    }


def a_child_alone(*asked: Item) -> Item:
    """A child who was heard: UNICEF may be told in its best interests."""
    child = an_adult(*asked, age_band="12-14", accompaniment="alone")
    del child["screening"]["travelling"]
    return child | {"best_interests": {"assent": "yes", "basis": "assessment_started"}}


@dataclass
class Programme:
    """Everybody who has to do with one case."""

    system: System
    shelter: httpx2.AsyncClient
    coordinator: httpx2.AsyncClient

    async def desk(self, agency: str, role: Role = Role.OFFICER) -> httpx2.AsyncClient:
        return await self.system.signed_in(role, agency)

    async def flag(self, document: Item) -> str:
        answer = await self.shelter.post("/api/v1/submissions", json=document)
        assert answer.status_code == 201, answer.text
        case: str = answer.json()["case_id"]
        await self.system.referrals_of(self.coordinator, case)
        return case

    async def referral_to(self, agency: str, case: str, **wanted: Any) -> Item:
        """The agency's last referral of the case, as the coordinator sees it, once it is as wanted."""

        async def look() -> Item | None:
            items = await self.system.referrals_of(self.coordinator, case)
            found = [item for item in items if item["agency"] == agency]
            there = found and all(found[-1][name] == value for name, value in wanted.items())
            return found[-1] if there else None

        found = await eventually(look)
        assert found is not None
        return found

    async def told(self, case: str, referral: Item, state: str) -> Item:
        """What the shelter reads of a referral, once it has come to this state."""

        async def look() -> Item | None:
            status = (await self.shelter.get(f"/api/v1/cases/{case}")).json()
            found: list[Item] = [
                one
                for one in status["referrals"]
                if one["referral_id"] == referral["referral_id"] and one["state"] == state
            ]
            return found[0] if found else None

        found = await eventually(look)
        assert found is not None
        return found

    async def consent(self, case: str, given: Item, **changes: Any) -> httpx2.Response:
        body = {"command_id": str(uuid4()), **given, **changes}
        return await self.shelter.post(f"/api/v1/cases/{case}/consents", json=body)

    async def withdraw(self, case: str, receipt: str) -> httpx2.Response:
        return await self.shelter.delete(f"/api/v1/cases/{case}/consents/{receipt}")

    async def amend(self, case: str, document: Item, **changes: Any) -> httpx2.Response:
        body = {"command_id": str(uuid4()), "submission": document, **changes}
        return await self.shelter.post(f"/api/v1/cases/{case}/amendments", json=body)

    async def history(self, case: str) -> list[Item]:
        auditor = await self.system.signed_in(Role.AUDITOR, "*")
        entries: list[Item] = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()["entries"]
        return entries

    async def facts_of(self, referral: Item) -> list[str]:
        entries = await self.history(referral["case_id"])
        return [entry["name"].partition(".")[2] for entry in entries if entry["stream"] == referral["referral_id"]]

    async def alerts(self, referral: Item) -> list[Item]:
        items: list[Item] = (await self.coordinator.get("/api/v1/alerts")).json()["items"]
        return [item for item in items if item["referral_id"] == referral["referral_id"]]

    async def has_caught_up(self, case: str) -> None:
        """Waits until every reaction to all that came before has been carried out.

        A later fact of the same log is reacted to later: when its effect has been seen, so has theirs.
        """
        marker = an_adult(consent_to("ACNUR"))
        other = await self.flag(marker)
        referral = await self.referral_to("ACNUR", other, state="requested")
        await eventually(lambda: self.alerts(referral))
        await self.told(other, referral, "requested")
        assert other != case


@pytest.fixture
async def programme(system: System) -> Programme:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    return Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))


async def step(client: httpx2.AsyncClient, referral: Item, name: str, **changes: Any) -> httpx2.Response:
    order = {"command_id": str(uuid4()), "expected_version": referral["version"]} | changes
    return await client.post(f"/api/v1/referrals/{referral['referral_id']}/{name}", json=order)


async def taken(client: httpx2.AsyncClient, referral: Item, name: str, **changes: Any) -> Item:
    """Takes a step that is allowed; the referral after it."""
    answer = await step(client, referral, name, **changes)
    assert answer.status_code == 200, answer.text
    return {**referral, **answer.json()}


def is_a_problem(answer: httpx2.Response, status: int, code: str) -> Item:
    problem: Item = answer.json()
    assert (answer.status_code, problem.get("code")) == (status, code), answer.text
    return problem


async def everything_stored(system: System) -> dict[str, bytes]:
    """The states of all logs, by place."""
    assert system.ground.settings.postgres_dsn is not None
    connection = await asyncpg.connect(system.ground.settings.postgres_dsn.get_secret_value())
    try:
        return {
            f"{log} {row['position']}": bytes(row["state"])
            for log in ("intake", "referral", "notifications")
            for row in await connection.fetch(f"select position, state from {log}.event")  # noqa: S608
        }
    finally:
        await connection.close()


async def in_the_box(system: System, referral: Item, name: str, field: str) -> Item:
    """Opens, with the key that only the referral service has, what an event keeps sealed."""
    foundation = next(service.foundation for service in system.services if service.name == "referral")
    assert isinstance(foundation, Foundation)
    log = system.service("referral").log
    assert log is not None
    streams = await log.streams([UUID(referral["referral_id"])])
    (fact,) = [one for one in streams[UUID(referral["referral_id"])] if name == one.event.NAME]
    box = getattr(fact.event, field)
    keys = await foundation.keyring(BoxClass.SCREENING).load([box.key])
    content = open_box(box, Place(fact.stream, fact.version, name, field), keys)
    assert content is not None
    return content


class TestHelpThatComes:
    async def test_from_acceptance_to_the_shelters_word_each_step_is_told_to_the_shelter(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        officer = await programme.desk("ACNUR")
        steps = [
            ("accept", {}, "accepted"),
            ("schedule", {"appointment_at": "2013-06-13T10:00:00-05:00"}, "scheduled"),
            ("schedule", {"appointment_at": "2013-06-13T12:00:00-05:00"}, "scheduled"),
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
        assert said["referral.service_delivered"]["outcome"] == "service_delivered"
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
        assert (await taken(supervisor, referral, "decline", reason="no_capacity"))["state"] == "declined"


class TestReroutingToAnotherAgency:
    async def declined(self, programme: Programme, document: Item) -> tuple[str, Item]:
        case = await programme.flag(document)
        referral = await programme.referral_to("ACNUR", case, state="requested")
        return case, await taken(await programme.desk("ACNUR"), referral, "decline", reason="no_capacity")

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

    async def test_waits_when_the_person_was_not_asked_about_that_agency(self, programme: Programme) -> None:
        case, referral = await self.declined(programme, an_adult(consent_to("ACNUR")))
        answer = await taken(programme.coordinator, referral, "reroute", to="PNUD")
        linked = await programme.referral_to("PNUD", case, state="blocked_consent", reason="consent_not_asked")
        assert linked["referral_id"] == answer["linked"]
        await programme.told(case, linked, "blocked_consent")
        officer = await programme.desk("PNUD")
        assert (await officer.get("/api/v1/referrals")).json()["items"] == []
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
        assert (await officer.get("/api/v1/referrals")).json()["items"] == []
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
        """Also to an agency that has a referral of its own for something else."""
        case, referral = await self.declined(programme, an_adult(consent_to("ACNUR"), consent_to("OIM")))
        own = await programme.referral_to("OIM", case)
        assert own["categories"] == ["DELITO"]
        linked = (await taken(programme.coordinator, referral, "reroute", to="OIM"))["linked"]
        found = (await programme.coordinator.get(f"/api/v1/referrals/{linked}")).json()
        assert (found["agency"], found["categories"], found["state"]) == ("OIM", ["ASILO"], "requested")

    async def test_tells_the_new_desk_no_more_than_the_one_that_declined(self, programme: Programme) -> None:
        """OIM was told of the robbery too; UNODC was not, and so neither is whoever takes over from UNODC."""
        asked = [consent_to(agency) for agency in ("OIM", "UNODC", "PNUD")]
        case = await programme.flag(an_adult(*asked, smuggling_indicators=["held_for_payment"]))
        assert (await programme.referral_to("OIM", case))["categories"] == ["DELITO", "TRAFICO"]
        referral = await programme.referral_to("UNODC", case, state="requested")
        referral = await taken(await programme.desk("UNODC"), referral, "decline", reason="outside_mandate")
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
        assert await programme.facts_of(sent) == ["proposed", "blocked", "requested"]
        officer = await programme.desk("OIM")
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
        assert await programme.facts_of(referral) == ["proposed", "requested"]

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
        assert await programme.facts_of(referral) == ["proposed", "requested", "reassessed"]

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

    async def test_leave_a_closed_referral_as_it_is(self, programme: Programme) -> None:
        document = an_adult(consent_to("ACNUR"))
        case = await programme.flag(document)
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await taken(programme.shelter, referral, "cancel")
        corrected = deepcopy(document)
        corrected["screening"]["removal_risk"] = "yes"
        await programme.amend(case, corrected)
        await programme.has_caught_up(case)
        found = await programme.referral_to("ACNUR", case)
        assert (found["state"], found["urgency"]) == ("cancelled", "U2")

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

    async def test_with_an_entry_at_the_end_of_the_calendar_stop_nobodys_referrals(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), entry_date="9999-12-31"))
        await programme.referral_to("ACNUR", case, state="requested")
        await programme.has_caught_up(case)


class TestWhatStaysHidden:
    async def is_invisible_to(self, programme: Programme, agency: str, case: str, referral: Item) -> None:
        for role in (Role.OFFICER, Role.SUPERVISOR):
            client = await programme.desk(agency, role)
            assert (await client.get("/api/v1/referrals")).json()["items"] == []
            assert (await client.get("/api/v1/alerts")).json()["items"] == []
            is_a_problem(await client.get(f"/api/v1/referrals/{referral['referral_id']}"), 404, "not_found")
            is_a_problem(await client.get(f"/api/v1/cases/{case}"), 404, "not_found")
            for name, says in (
                ("accept", {}),
                ("reopen", {"comment": "¿Qué es?"}),
                ("mark-in-error", {"comment": "x"}),
            ):
                is_a_problem(await step(client, referral, name, **says), 404, "not_found")

    async def test_a_referral_that_was_never_sent_stays_so_whatever_becomes_of_it(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        waiting = await programme.referral_to("OIM", case, state="blocked_consent")
        await self.is_invisible_to(programme, "OIM", case, waiting)
        cancelled = await taken(programme.shelter, waiting, "cancel")
        await programme.told(case, waiting, "cancelled")
        await self.is_invisible_to(programme, "OIM", case, cancelled)
        in_charge = await programme.system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
        marked = await taken(in_charge, cancelled, "mark-in-error", comment="No era.")
        await programme.told(case, waiting, "entered_in_error")
        await self.is_invisible_to(programme, "OIM", case, marked)

    async def sees_nothing_of_it(self, clients: Collection[httpx2.AsyncClient], case: str, report: Item) -> None:
        for client in clients:
            for path in (f"/api/v1/cases/{case}", "/api/v1/referrals", "/api/v1/referrals?agency=PEAS"):
                answer = await client.get(path)
                assert answer.status_code == 200
                assert "PEAS" not in answer.text
                assert report["referral_id"] not in answer.text
            is_a_problem(await client.get(f"/api/v1/referrals/{report['referral_id']}"), 404, "not_found")
            for name, says in (
                ("cancel", {}),
                ("confirm", {"confirmation": "no"}),
                ("no-contact", {"outcome": "unknown"}),
                ("mark-in-error", {"comment": "No es cierto."}),
                ("reopen", {"comment": "No es cierto."}),
            ):
                is_a_problem(await step(client, report, name, **says), 404, "not_found")

    async def test_a_report_about_the_shelters_staff_stays_hidden_from_it_to_the_end(
        self, programme: Programme
    ) -> None:
        harm = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
        document = an_adult(consent_to("ACNUR"), harm_events=[harm])
        case = await programme.flag(document)
        report = await programme.referral_to("PEAS", case, state="requested", basis="mandatory_report")
        in_charge = await programme.system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
        software = await programme.system.signed_in(Role.INTEGRATOR, SHELTER)
        staff = (programme.shelter, in_charge, software)
        focal_point = await programme.desk("PEAS")
        await self.sees_nothing_of_it(staff, case, report)
        for name, says in (
            ("request-info", {"question": "¿Quién?"}),
            ("accept", {}),
            ("schedule", {"appointment_at": "2013-06-13T10:00:00-05:00"}),
            ("start", {}),
        ):
            report = await taken(focal_point, report, name, **says)
            await self.sees_nothing_of_it(staff, case, report)
        worse = deepcopy(document)
        worse["screening"]["danger_now"] = "yes"
        assert (await programme.amend(case, worse)).status_code == 200
        report = {**report, **await programme.referral_to("PEAS", case, urgency="U0")}
        await self.sees_nothing_of_it(staff, case, report)
        taken_back = (await programme.consent(case, consent_to("PEAS"))).json()["receipt"]
        assert (await programme.withdraw(case, taken_back)).status_code == 200
        report = await taken(focal_point, report, "deliver", outcome="service_delivered")
        await programme.has_caught_up(case)
        await self.sees_nothing_of_it(staff, case, report)
        supervisor = await programme.desk("PEAS", Role.SUPERVISOR)
        report = await taken(supervisor, report, "mark-in-error", comment="Era del otro albergue.")
        report = await taken(focal_point, report, "reopen", comment="Sí era de este.")
        again = await programme.referral_to("PEAS", case, state="requested")
        assert again["referral_id"] == report["linked"]
        await programme.has_caught_up(case)
        await self.sees_nothing_of_it(staff, case, report)
        await self.sees_nothing_of_it(staff, case, again)

    async def test_a_report_about_the_shelters_staff_cannot_be_rerouted_into_its_sight(
        self, programme: Programme
    ) -> None:
        harm = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
        case = await programme.flag(an_adult(harm_events=[harm]))
        report = await programme.referral_to("PEAS", case, state="requested")
        report = await taken(await programme.desk("PEAS"), report, "decline", reason="outside_mandate")
        for agency in set(Agency) - {Agency.PEAS}:
            is_a_problem(await step(programme.coordinator, report, "reroute", to=agency), 409, "not_reroutable")
        await programme.has_caught_up(case)
        await self.sees_nothing_of_it((programme.shelter,), case, report)


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
