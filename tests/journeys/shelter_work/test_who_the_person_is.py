"""The shelter that holds a case opens name, telephone and notes for a purpose; each opening is recorded first."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.errors import StoreUnavailableError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from tests.support.builders.slips import arrives, slip_of, takes_back
from tests.support.people.people import SHELTER, Item, Programme, an_adult, everything_stored, is_a_problem
from tests.support.people.shelter_work import NAME, PHONE, WHO, erased, goes_on, opens, person_of, somebody
from tests.support.system.system import HANG


async def openings(programme: Programme, case: str) -> list[Item]:
    return [entry for entry in await programme.history(case) if entry["name"] == "intake.identity_read"]


class TestAnOpening:
    async def test_shows_what_was_asked_for_and_is_in_the_history_without_what_it_showed(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(somebody())
        assert await person_of(programme.shelter, case) == WHO
        asked = {"fields": ["phone", "document"]}
        assert await person_of(programme.shelter, case, "accompany", **asked) == {"phone": PHONE}
        whole, part = await openings(programme, case)
        assert whole["data"] == {
            "shelter": SHELTER,
            "purpose": "contact",
            "fields": ["name", "birth_date", "document", "phone", "notes"],
            "requested": ["name", "birth_date", "document", "phone", "notes"],
        }
        assert (part["data"]["purpose"], part["data"]["fields"]) == ("accompany", ["document", "phone"])
        worker = await programme.system.person(Role.SHELTER_WORKER, SHELTER)
        assert whole["actor"] == f"shelter_worker:{SHELTER}:{worker}"
        assert "para ponerse en contacto con la persona: nombre, " in whole["es"]
        stored = await everything_stored(programme.system)
        assert not [place for place, state in stored.items() if b"CANARIO" in state or PHONE.encode() in state]

    async def test_is_of_what_was_corrected_last(self, programme: Programme) -> None:
        document = somebody()
        case = await programme.flag(document)
        corrected = {"name": f"{NAME} López", "birth_date": "1990-04"}
        assert (await programme.amend(case, document | {"person": corrected})).status_code == 200
        assert await person_of(programme.shelter, case, "correct") == corrected
        without = {name: value for name, value in document.items() if name != "person"}
        without["screening"] = {**without["screening"], "sex": "F"}
        assert (await programme.amend(case, without)).status_code == 200
        assert await person_of(programme.shelter, case, "correct") == corrected

    async def test_that_is_repeated_is_recorded_again(self, programme: Programme) -> None:
        case, command = await programme.flag(somebody()), str(uuid4())
        for _ in range(3):
            assert await person_of(programme.shelter, case, command_id=command) == WHO
        assert len(await openings(programme, case)) == 3

    async def test_that_cannot_be_recorded_shows_nothing(
        self, programme: Programme, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case = await programme.flag(somebody())
        append = Log.append

        async def fails(self: Log, request: Append) -> Any:
            if any(entry.name == "intake.identity_read" for entry in request.entries):
                raise StoreUnavailableError
            return await append(self, request)

        with monkeypatch.context() as patch:
            patch.setattr(Log, "append", fails)
            answer = await opens(programme.shelter, case)
        is_a_problem(answer, 503, "store_unavailable")
        assert "CANARIO" not in answer.text
        assert await openings(programme, case) == []

    async def test_of_somebody_who_said_nothing_of_themselves_is_empty_and_recorded(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        assert await person_of(programme.shelter, case) == {}
        (opening,) = await openings(programme, case)
        assert opening["data"]["fields"] == opening["data"]["requested"], "that nothing is known is not told"
        assert "leyó lo que consta de la identidad" in opening["es"]


class TestWhatThePersonWants:
    async def test_whoever_asked_not_to_be_contacted_is_not_but_may_be_accompanied(self, programme: Programme) -> None:
        document = somebody(safe_contact="do_not_contact")
        case = await programme.flag(document)
        is_a_problem(await opens(programme.shelter, case), 409, "do_not_contact")
        for purpose in ("accompany", "correct", "hand_over"):
            assert await person_of(programme.shelter, case, purpose) == WHO
        changed = {**document, "screening": {**document["screening"], "safe_contact": "voice"}}
        assert (await programme.amend(case, changed)).status_code == 200
        assert await person_of(programme.shelter, case) == WHO

    async def test_a_withdrawal_that_waits_is_asked_about_and_nothing_else_is_opened(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(somebody())
        slip = await slip_of(programme.shelter, case)
        async with httpx2.AsyncClient(base_url=programme.system.url, timeout=HANG) as anybody:
            assert (await takes_back(anybody, slip)).status_code == 202
        assert await person_of(programme.shelter, case, "contact") == WHO
        for purpose in ("accompany", "correct", "hand_over"):
            is_a_problem(await opens(programme.shelter, case, purpose), 409, "frozen")

    async def test_an_erased_person_is_nobody_any_more(self, programme: Programme) -> None:
        document = somebody()
        case = await programme.flag(document)
        await erased(programme, document["submission_id"])
        is_a_problem(await opens(programme.shelter, case), 409, "erased")
        is_a_problem(await programme.amend(case, document), 409, "erased")

    async def test_an_incident_is_nobody(self, programme: Programme) -> None:
        threat = {
            "submission_id": str(uuid4()),
            "kind": "shelter_threat",
            "shelter": SHELTER,
            "worker": "w-035",
            "occurred_at": "2013-06-12T08:34:00-05:00",
            "screening": {"danger_now": "yes"},
        }
        is_a_problem(await opens(programme.shelter, await programme.flag(threat)), 409, "no_person")


class TestWhoseItIs:
    async def test_a_handover_does_not_hand_over_who_the_person_is(
        self, programme: Programme, next_one: httpx2.AsyncClient
    ) -> None:
        """As the text that the person agreed to says, whatever answers they let the next shelter know."""
        document = somebody()
        case = await programme.flag(document)
        is_a_problem(await opens(next_one, case), 404, "not_found")
        await goes_on(programme, next_one, case)
        is_a_problem(await opens(programme.shelter, case), 404, "not_found")
        assert await person_of(next_one, case) == {}
        told = {"name": "CANARIO otra vez"}
        here = document | {"shelter": "ALB-TAP-01", "person": told}
        body = {"command_id": str(uuid4()), "submission": here}
        assert (await next_one.post(f"/api/v1/cases/{case}/amendments", json=body)).status_code == 200
        assert await person_of(next_one, case) == told
        back = await arrives(programme.shelter, await slip_of(next_one, case))
        assert back.status_code == 201, back.text
        is_a_problem(await opens(next_one, case), 404, "not_found")
        assert await person_of(programme.shelter, case) == WHO

    async def test_is_nobody_elses(self, programme: Programme) -> None:
        case = await programme.flag(somebody())
        system = programme.system
        for role, org in (
            *((Role.OFFICER, "OIM"), (Role.SUPERVISOR, "OIM"), (Role.INTEGRATOR, SHELTER)),
            *((Role.PROGRAMME_COORDINATOR, "*"), (Role.AUDITOR, "*"), (Role.ADMINISTRATOR, "*")),
        ):
            is_a_problem(await opens(await system.signed_in(role, org), case), 403, "not_allowed")
        elsewhere = await system.signed_in(Role.SHELTER_COORDINATOR, "ALB-TAP-01")
        unknown = await opens(elsewhere, str(uuid4()))
        others = await opens(elsewhere, case)
        assert (others.status_code, others.content) == (404, unknown.content)
        assert await openings(programme, case) == []
        in_charge = await system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
        assert await person_of(in_charge, case) == WHO

    async def test_an_allegation_about_staff_changes_nothing_that_the_shelter_could_tell(
        self, programme: Programme
    ) -> None:
        abuse = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
        case = await programme.flag(somebody(harm_events=[abuse]))
        await programme.referral_to("PEAS", case, state="requested")
        assert await person_of(programme.shelter, case) == WHO
