"""What was never sent stays hidden from an agency, and a report about staff from its shelter."""

import json
from collections.abc import Collection
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
import pytest

from events.vocabulary import Agency, Role
from services.chassis.vault.link_codes import LinkCodes
from services.notifications.alerts.domain import code_of
from services.referral.lifecycle.schemas import BODIES
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, is_a_problem, step, taken
from tests.support.people.shelter_work import refusals, spoilt, with_refusal
from tests.support.system.lists import all_alerts

SAYS = {
    "reason": "duplicate",
    "note": "x",
    "question": "¿?",
    "answer": "x",
    "appointment_at": "2031-06-13T10:00:00-05:00",
    "outcome": "unknown",
    "confirmation": "no",
    "by": "person",
    "comment": "x",
    "to": "OIM",
}
"""Something for each field of the steps' bodies."""
BY_STAFF = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}


OF_NOBODY = {"/api/v1/code-lists", "/api/v1/rules", "/api/v1/directory"}
"""What a form needs: it says which codes and desks there are, whatever was registered."""


class TestWhatStaysHidden:
    async def is_invisible_to(self, programme: Programme, agency: str, case: str, referral: Item) -> None:
        for role in (Role.OFFICER, Role.SUPERVISOR):
            client = await programme.desk(agency, role)
            assert (await client.get("/api/v1/referrals", params={"case": case})).json()["items"] == []
            # by its code as well: an alert that hides its referral has no id
            shown = {alert[name] for alert in await all_alerts(client) for name in ("referral_id", "code")}
            assert not shown & {referral["referral_id"], code_of(UUID(referral["referral_id"]))}
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
        is_a_problem(await step(focal_point, report, "request-info", question="¿Quién?"), 409, "nobody_can_answer")
        for name, says in (
            ("accept", {}),
            ("schedule", {"appointment_at": "2031-06-13T10:00:00-05:00"}),
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

    async def test_no_route_at_all_tells_a_shelter_of_a_report_about_its_staff(self, programme: Programme) -> None:
        """Whatever routes there are: they are taken from the description of the API."""
        harm = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
        case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("PEAS"), harm_events=[harm]))
        report = await programme.referral_to("PEAS", case, state="requested")
        focal_point = await programme.desk("PEAS")
        report = await taken(focal_point, report, "decline", reason="no_capacity")
        assert report["state"] == "declined"
        await programme.has_caught_up(case)
        description = (await programme.shelter.get("/api/openapi.json")).json()
        ids = {"case_id": case, "referral_id": report["referral_id"], "receipt": case, "name": "intake"}
        ids |= {
            "refusal_id": case,
            "agency": "PEAS",
            "log": "referral",
            "event_id": report["referral_id"],
            "position": "1",
        }
        codes = LinkCodes(programme.system.installation.secrets.link_key or "")
        link = codes.code(UUID(report["referral_id"]), datetime(2100, 1, 1, tzinfo=UTC))
        ids |= {"code": link, "desk": "PEAS-REG", "access_id": report["referral_id"]}
        paths = [path for path in description["paths"] if path.startswith("/api/v1") and not path.endswith("/stream")]
        assert len(paths) > 20
        for role in (Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR, Role.INTEGRATOR):
            client = await programme.system.signed_in(role, SHELTER)
            for path in paths:
                if "get" in description["paths"][path]:
                    answer = await client.get(path.format_map(ids))
                    assert "PEAS" not in answer.text or path in OF_NOBODY, path
                    assert report["referral_id"] not in answer.text, path
                    if "{referral_id}" in path:
                        assert answer.status_code in {403, 404}, path
            for name, (body, _) in BODIES.items():
                says = {field: SAYS[field] for field in body.model_fields if field in SAYS}
                is_a_problem(await step(client, report, name, **says), 404, "not_found")

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

    async def test_a_correction_of_what_was_refused_takes_no_harm_by_staff_out_and_shows_none(
        self, programme: Programme
    ) -> None:
        by_staff = {"kind": "extortion", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
        whole = an_adult(consent_to("ACNUR"), harm_events=[by_staff, {"kind": "robbery", "when": "72h"}])
        assert (await programme.shelter.post("/api/v1/submissions", json=spoilt(whole))).status_code == 422
        (refused,) = await refusals(programme.shelter, whole["submission_id"])
        shown = (await with_refusal(programme.shelter, refused, "open")).json()["document"]
        assert "shelter_or_aid_worker" not in shown
        corrected = json.loads(shown)
        assert corrected["screening"]["harm_events"] == [{"kind": "robbery", "when": "72h"}]
        corrected["screening"] |= {"sex": "M", "needs": ["legal"]}
        sent = await with_refusal(programme.shelter, refused, "correct", submission=corrected)
        assert sent.status_code == 200, sent.text
        case = sent.json()["case_id"]
        await programme.referral_to("PEAS", case, state="requested")
        told = (await programme.shelter.get(f"/api/v1/cases/{case}/answers")).json()["answers"]
        assert told["harm_events"] == [{"kind": "robbery", "when": "72h"}]

    @pytest.mark.parametrize(
        "harm",
        [
            [BY_STAFF | {"kind": "zzz"}],
            [BY_STAFF | {"kind": ["assault"], "when": 7}],
            [BY_STAFF | {"where": "ZZ", "said": "Fue el guardia."}],
            [{"perpetrator": "shelter_or_aid_worker"}],
            [BY_STAFF | {"perpetrator": ["Shelter-or-aid worker"]}],
            BY_STAFF,
        ],
        ids=["kind", "wrong types", "extra keys", "missing keys", "perpetrator", "no list"],
    )
    async def test_a_report_whose_own_form_has_the_fault_is_not_lost_and_its_faults_tell_nobody_of_it(
        self, programme: Programme, harm: Any
    ) -> None:
        document = an_adult(consent_to("ACNUR"), harm_events=harm)
        software = await programme.system.signed_in(Role.INTEGRATOR, SHELTER)
        answer = await software.post("/api/v1/submissions", json=document)
        assert answer.status_code == 422
        assert "harm_events" in answer.text, "the software that sent it learns what to mend"
        assert "harm_events" not in (await programme.shelter.post("/api/v1/submissions", json=document)).text
        (refused,) = await refusals(programme.shelter, document["submission_id"])
        assert [(fault["field"], fault["code"]) for fault in refused["faults"]] == [("screening", "not_valid")]
        corrected = json.loads((await with_refusal(programme.shelter, refused, "open")).json()["document"])
        assert corrected["screening"]["harm_events"] == []
        sent = await with_refusal(programme.shelter, refused, "correct", submission=corrected)
        assert sent.status_code == 200, sent.text
        case = sent.json()["case_id"]
        await programme.referral_to("PEAS", case, state="requested")
        told = (await programme.shelter.get(f"/api/v1/cases/{case}/answers")).json()["answers"]
        assert told["harm_events"] == []

    async def test_a_report_is_not_lost_when_what_was_handed_back_is_sent_as_if_it_were_new(
        self, programme: Programme
    ) -> None:
        document = an_adult(consent_to("ACNUR"), harm_events=[BY_STAFF]) | {"worker": "nobody.by-this-name"}
        software = await programme.system.signed_in(Role.INTEGRATOR, SHELTER)
        assert (await software.post("/api/v1/submissions", json=document)).status_code == 422
        (refused,) = await refusals(programme.shelter, document["submission_id"])
        handed = json.loads((await with_refusal(programme.shelter, refused, "open")).json()["document"])
        assert handed["screening"]["harm_events"] == []
        case = await programme.flag(handed | {"worker": "w-009"})
        await programme.referral_to("PEAS", case, state="requested")
        told = (await programme.shelter.get(f"/api/v1/cases/{case}/answers")).json()["answers"]
        assert told["harm_events"] == []
        again = await programme.shelter.post("/api/v1/submissions", json=handed | {"worker": "w-009"})
        assert again.status_code == 200

    async def test_a_report_in_a_refused_amendment_is_not_lost_when_the_rest_is_sent_as_if_it_were_new(
        self, programme: Programme
    ) -> None:
        plain = an_adult(consent_to("ACNUR"))
        case = await programme.flag(plain)
        whole = {**plain, "screening": {**plain["screening"], "harm_events": [BY_STAFF]}}
        assert (await programme.amend(case, spoilt(whole))).status_code == 422
        (refused,) = await refusals(programme.shelter, plain["submission_id"])
        handed = json.loads((await with_refusal(programme.shelter, refused, "open")).json()["document"])
        assert handed["screening"]["harm_events"] == []
        handed["screening"] |= {"sex": "M", "needs": ["legal"]}
        for _ in range(2):  # amended once more, it goes on counting
            assert (await programme.amend(case, handed)).status_code == 200
            await programme.referral_to("PEAS", case, state="requested")
            told = (await programme.shelter.get(f"/api/v1/cases/{case}/answers")).json()["answers"]
            assert told["harm_events"] == []

    async def test_a_report_in_another_content_of_the_case_or_in_what_was_set_aside_is_not_lost_by_an_amendment(
        self, programme: Programme
    ) -> None:
        plain = an_adult(consent_to("ACNUR"))
        case = await programme.flag(plain)
        whole = {**plain, "screening": {**plain["screening"], "harm_events": [BY_STAFF]}}
        is_a_problem(await programme.shelter.post("/api/v1/submissions", json=whole), 409, "submission_conflict")
        (refused,) = await refusals(programme.shelter, plain["submission_id"])
        assert (await with_refusal(programme.shelter, refused, "discard")).status_code == 200
        assert (await programme.amend(case, plain | {"worker": "w-009"})).status_code == 200
        await programme.referral_to("PEAS", case, state="requested")

    @pytest.mark.parametrize("kind", ["community_incident", "shelter_threat"])
    @pytest.mark.parametrize("by", ["correction", "submission"])
    async def test_a_report_is_not_lost_when_the_shelter_calls_it_an_incident(
        self, programme: Programme, kind: str, by: str
    ) -> None:
        document = an_adult(consent_to("ACNUR"), harm_events=[BY_STAFF])
        assert (await programme.shelter.post("/api/v1/submissions", json=spoilt(document))).status_code == 422
        (refused,) = await refusals(programme.shelter, document["submission_id"])
        incident = {name: document[name] for name in ("submission_id", "shelter", "worker", "occurred_at")}
        incident |= {"kind": kind, "screening": {"danger_now": "no"}}
        if by == "correction":
            sent = await with_refusal(programme.shelter, refused, "correct", submission=incident)
            assert sent.status_code == 200, sent.text
            case = sent.json()["case_id"]
        else:
            case = await programme.flag(incident)
        report = await programme.referral_to("PEAS", case, state="requested")
        await self.sees_nothing_of_it((programme.shelter,), case, report)
        told = await programme.shelter.get(f"/api/v1/cases/{case}/answers")
        assert "harm_events" not in told.text
        assert (await programme.amend(case, incident | {"worker": "w-009"})).status_code == 200
        told = await programme.shelter.get(f"/api/v1/cases/{case}/answers")
        assert "harm_events" not in told.text

    async def test_a_fault_of_harm_that_is_handed_back_is_told_and_one_that_lies_in_hidden_harm_alone_is_not(
        self, programme: Programme
    ) -> None:
        harm = [BY_STAFF, {"kind": "robo", "when": "72h"}]
        document = an_adult(harm_events=harm)
        answer = await programme.shelter.post("/api/v1/submissions", json=document)
        assert [fault["field"] for fault in answer.json()["faults"]] == ["screening.harm_events.0.kind"]
        alone = an_adult(harm_events=[BY_STAFF], private="no")
        answer = await programme.shelter.post("/api/v1/submissions", json=alone)
        assert [fault["field"] for fault in answer.json()["faults"]] == ["screening"]
        case = await programme.flag(an_adult())
        amended = await programme.amend(case, document)
        assert amended.status_code == 422
        assert "harm_events.1" not in amended.text
