"""What was never sent stays hidden from an agency, and a report about staff from its shelter."""

from collections.abc import Collection
from copy import deepcopy
from datetime import UTC, datetime
from uuid import UUID

import httpx2

from events.vocabulary import Agency, Role
from services.chassis.link_codes import LinkCodes
from services.referral.bodies import BODIES
from tests.harness.people import SHELTER, Item, Programme, an_adult, consent_to, is_a_problem, step, taken

SAYS = {
    "reason": "duplicate",
    "note": "x",
    "question": "¿?",
    "answer": "x",
    "appointment_at": "2013-06-13T10:00:00-05:00",
    "outcome": "unknown",
    "confirmation": "no",
    "by": "person",
    "comment": "x",
    "to": "OIM",
}
"""Something for each field of the steps' bodies."""


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
        is_a_problem(await step(focal_point, report, "request-info", question="¿Quién?"), 409, "nobody_can_answer")
        for name, says in (
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
        codes = LinkCodes(programme.system.ground.secrets.link_key or "")
        link = codes.code(UUID(report["referral_id"]), datetime(2100, 1, 1, tzinfo=UTC))
        ids |= {"code": link, "desk": "PEAS-REG", "access_id": report["referral_id"]}
        paths = [path for path in description["paths"] if path.startswith("/api/v1") and not path.endswith("/stream")]
        assert len(paths) > 20
        for role in (Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR, Role.INTEGRATOR):
            client = await programme.system.signed_in(role, SHELTER)
            for path in paths:
                if "get" in description["paths"][path]:
                    answer = await client.get(path.format_map(ids))
                    assert "PEAS" not in answer.text, path
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
