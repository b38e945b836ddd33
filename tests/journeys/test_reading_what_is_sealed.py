"""An agency reads what it was told, people what was asked of them; who read is recorded, what was read is not."""

import asyncio
import json
from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest

from events.vocabulary import Role
from services.chassis.errors import StoreUnavailableError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, is_a_problem, taken


async def disclosure(client: Any, referral: Item) -> Any:
    return await client.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")


async def messages(client: Any, referral: Item) -> dict[str, str]:
    """The texts by their kinds."""
    answer = await client.get(f"/api/v1/referrals/{referral['referral_id']}/messages")
    assert answer.status_code == 200, answer.text
    return {item["kind"]: item["text"] for item in answer.json()["items"]}


async def readings(programme: Programme, case: str) -> list[Item]:
    return [entry for entry in await programme.history(case) if entry["name"] == "referral.disclosure_read"]


class TestWhatWasDisclosed:
    async def test_is_the_consented_fields_of_this_agency_and_nothing_else(self, programme: Programme) -> None:
        narrow = consent_to("OIM", fields=["age_band", "harm_events"])
        case = await programme.flag(an_adult(consent_to("ACNUR"), narrow))
        told: dict[str, Item] = {}
        for agency in ("ACNUR", "OIM"):
            referral = await programme.referral_to(agency, case, state="requested")
            answer = (await disclosure(await programme.desk(agency), referral)).json()
            assert (answer["agency"], answer["basis"], answer["refusal_shown"]) == (agency, "consent", False)
            told[agency] = answer["disclosed"]
        assert told["OIM"] == {"age_band": "25-59", "harm_events": [{"kind": "robbery", "when": "72h"}]}
        assert told["ACNUR"]["fear_of_return"] == "yes"
        assert "harm_events" not in told["ACNUR"]

    async def test_each_reading_is_in_the_history_with_who_what_and_why_but_never_what_was_read(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(an_adult(consent_to("OIM", fields=["age_band", "harm_events"])))
        referral = await programme.referral_to("OIM", case, state="requested")
        officer = await programme.desk("OIM")
        assert (await disclosure(officer, referral)).status_code == 200
        await taken(officer, referral, "accept")
        assert (await disclosure(await programme.desk("OIM", Role.SUPERVISOR), referral)).status_code == 200
        first, second = await readings(programme, case)
        assert first["actor"].startswith("officer:OIM")
        assert second["actor"].startswith("supervisor:OIM")
        assert [one["data"]["purpose"] for one in (first, second)] == ["decide", "serve"]
        assert first["data"]["fields"] == ["disclosure"]
        assert "se leyeron datos sellados para decidir: lo que se comunicó a la agencia. Los leyó OIM." in first["es"]
        assert "robbery" not in json.dumps([first, second])

    async def test_to_look_makes_no_step_stale(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("OIM")))
        referral = await programme.referral_to("OIM", case, state="requested")
        officer = await programme.desk("OIM")
        answers = await asyncio.gather(*(disclosure(officer, referral) for _ in range(5)))
        assert [answer.status_code for answer in answers] == [200] * 5
        assert len(await readings(programme, case)) == 5
        assert (await taken(officer, referral, "accept"))["state"] == "accepted"

    async def test_is_nobody_elses_to_read(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("OIM")))
        referral = await programme.referral_to("OIM", case, state="requested")
        in_charge = await programme.system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
        auditor = await programme.system.signed_in(Role.AUDITOR, "*")
        for client in (programme.shelter, in_charge, programme.coordinator, auditor):
            is_a_problem(await disclosure(client, referral), 403, "not_allowed")
        is_a_problem(await disclosure(await programme.desk("ACNUR"), referral), 404, "not_found")
        assert await readings(programme, case) == []

    async def test_does_not_exist_for_a_desk_that_was_not_told(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        waiting = await programme.referral_to("OIM", case, state="blocked_consent")
        is_a_problem(await disclosure(await programme.desk("OIM"), waiting), 404, "not_found")

    async def test_is_what_the_agency_was_told_last(self, programme: Programme) -> None:
        document = an_adult(consent_to("OIM"))
        case = await programme.flag(document)
        referral = await programme.referral_to("OIM", case, state="requested")
        worse = deepcopy(document)
        worse["screening"]["danger_now"] = "yes"
        assert (await programme.amend(case, worse)).status_code == 200
        referral = await programme.referral_to("OIM", case, urgency="U0")
        told = (await disclosure(await programme.desk("OIM"), referral)).json()["disclosed"]
        assert told["danger_now"] == "yes"

    async def test_is_closed_once_the_referral_is(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("OIM")))
        referral = await programme.referral_to("OIM", case, state="requested")
        await taken(programme.shelter, referral, "cancel", outcome="departed_onward")
        problem = is_a_problem(await disclosure(await programme.desk("OIM"), referral), 410, "disclosure_closed")
        assert problem["state"] == "cancelled"
        shown = await programme.referral_to("OIM", case)
        assert shown["outcome"] == "departed_onward"

    async def test_a_report_about_staff_tells_its_focal_point_nothing_of_the_person(self, programme: Programme) -> None:
        harm = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
        case = await programme.flag(an_adult(harm_events=[harm]))
        report = await programme.referral_to("PEAS", case, state="requested")
        told = (await disclosure(await programme.desk("PEAS"), report)).json()["disclosed"]
        assert set(told) <= {"shelter", "harm_events"}
        is_a_problem(
            await programme.shelter.get(f"/api/v1/referrals/{report['referral_id']}/messages"), 404, "not_found"
        )


class TestAConsentTakenBackClosesIt:
    @pytest.mark.parametrize("how", ["given back", "refused", "excluded"])
    async def test_at_once_whichever_way_the_person_says_so(self, programme: Programme, how: str) -> None:
        """Before the referral service has reacted to anything: the very next reading is refused."""
        document = an_adult(consent_to("ACNUR"))
        case = await programme.flag(document)
        receipt = (await programme.consent(case, consent_to("OIM"))).json()["receipt"]
        referral = await programme.referral_to("OIM", case, state="requested")
        officer = await programme.desk("OIM")
        assert (await disclosure(officer, referral)).status_code == 200
        if how == "given back":
            assert (await programme.withdraw(case, receipt)).status_code == 200
        elif how == "refused":
            assert (await programme.consent(case, consent_to("OIM", "refused"))).status_code == 201
        else:
            assert (await programme.amend(case, document | {"withhold_from": ["OIM"]})).status_code == 200
        is_a_problem(await disclosure(officer, referral), 410, "disclosure_closed")
        assert len(await readings(programme, case)) == 1
        acnur = await programme.referral_to("ACNUR", case, state="requested")
        assert (await disclosure(await programme.desk("ACNUR"), acnur)).status_code == 200

    async def test_also_for_whoever_is_just_reading(
        self, programme: Programme, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The consent is taken back after the desk's right was looked at, and before the reading is committed."""
        case = await programme.flag(an_adult())
        receipt = (await programme.consent(case, consent_to("OIM"))).json()["receipt"]
        referral = await programme.referral_to("OIM", case, state="requested")
        officer = await programme.desk("OIM")
        append, log = Log.append, programme.system.service("referral").log

        async def meanwhile(self: Log, request: Append) -> Any:
            if self is log and any(entry.name == "referral.disclosure_read" for entry in request.entries):
                monkeypatch.setattr(Log, "append", append)
                assert (await programme.withdraw(case, receipt)).status_code == 200
            return await append(self, request)

        monkeypatch.setattr(Log, "append", meanwhile)
        is_a_problem(await disclosure(officer, referral), 410, "disclosure_closed")
        assert await readings(programme, case) == []

    async def test_a_refusal_after_a_grant_withdraws_like_giving_the_receipt_back(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM")))
        referral = await programme.referral_to("OIM", case, state="requested")
        referral = await taken(await programme.desk("OIM"), referral, "accept")
        assert (await programme.consent(case, consent_to("OIM", "refused"))).status_code == 201
        ended = await programme.referral_to("OIM", case, state="withdrawn")
        assert ended["deletion"] is not None
        await programme.told(case, referral, "withdrawn")
        await programme.has_caught_up(case)
        assert (await programme.referral_to("ACNUR", case))["state"] == "requested"
        assert (await programme.facts_of(referral)).count("withdrawn") == 1


class TestWhatWasAskedAndSaid:
    async def test_a_question_is_for_the_shelter_and_its_answer_for_the_desk(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        officer = await programme.desk("ACNUR")
        assert await messages(programme.shelter, referral) == {}
        referral = await taken(officer, referral, "request-info", question="CANARIO ¿viaja con alguien?")
        assert await messages(programme.shelter, referral) == {"question": "CANARIO ¿viaja con alguien?"}
        referral = await taken(programme.shelter, referral, "supply-info", answer="CANARIO con su hermana")
        assert (await messages(officer, referral))["answer"] == "CANARIO con su hermana"
        assert await messages(programme.coordinator, referral) == {}
        stranger = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
        path = f"/api/v1/referrals/{referral['referral_id']}/messages"
        for client in (stranger, await programme.desk("PNUD")):
            is_a_problem(await client.get(path), 404, "not_found")
        by_shelter, by_desk = await readings(programme, case)
        assert (by_shelter["data"]["fields"], by_shelter["data"]["purpose"]) == (["question"], "answer")
        assert (by_desk["data"]["fields"], by_desk["data"]["purpose"]) == (["question", "answer"], "decide")
        assert "CANARIO" not in json.dumps(await programme.history(case))

    async def test_a_desks_note_is_for_whoever_decides_where_it_goes_and_never_for_the_shelter(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        officer = await programme.desk("ACNUR")
        referral = await taken(officer, referral, "decline", reason="other", note="No hay quien traduzca.")
        assert referral["state"] == "declined"
        assert await messages(programme.shelter, referral) == {}
        assert await messages(programme.coordinator, referral) == {"note": "No hay quien traduzca."}
        assert await messages(officer, referral) == {"note": "No hay quien traduzca."}

    async def test_a_comment_is_read_by_those_who_wrote_it(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        in_charge = await programme.system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
        referral = await taken(in_charge, referral, "mark-in-error", comment="Era otra persona.")
        assert await messages(in_charge, referral) == {"comment": "Era otra persona."}
        assert await messages(await programme.desk("ACNUR"), referral) == {}
        assert (await programme.referral_to("ACNUR", case))["outcome"] == "entered_in_error"

    async def test_what_the_shelter_answered_closes_for_the_desk_with_the_consent(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        receipt = (await programme.consent(case, consent_to("OIM"))).json()["receipt"]
        referral = await programme.referral_to("OIM", case, state="requested")
        officer = await programme.desk("OIM")
        referral = await taken(officer, referral, "request-info", question="¿Edad?")
        referral = await taken(programme.shelter, referral, "supply-info", answer="Treinta.")
        assert "answer" in await messages(officer, referral)
        await programme.withdraw(case, receipt)
        assert await messages(officer, referral) == {}
        assert (await messages(programme.shelter, referral))["answer"] == "Treinta."


async def test_what_cannot_be_recorded_is_not_handed_over(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await programme.flag(an_adult(consent_to("OIM")))
    referral = await programme.referral_to("OIM", case, state="requested")
    officer = await programme.desk("OIM")

    async def away(*_: object) -> None:
        raise StoreUnavailableError

    with monkeypatch.context() as broken:
        broken.setattr(Log, "append", away)
        answer = await disclosure(officer, referral)
    is_a_problem(answer, 503, "store_unavailable")
    assert "robbery" not in answer.text
    assert await readings(programme, case) == []


async def test_the_person_says_through_the_shelter_whether_help_came(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    officer = await programme.desk("ACNUR")
    referral = await taken(officer, await taken(officer, referral, "accept"), "deliver", outcome="service_delivered")
    referral = await taken(programme.shelter, referral, "confirm", confirmation="partly", by="person")
    shown = await programme.referral_to("ACNUR", case)
    assert (shown["outcome"], shown["confirmation"]) == ("service_delivered", "partly")
    (closed,) = [one for one in await programme.history(case) if one["name"] == "referral.loop_closed"]
    assert closed["data"]["by"] == "person"
    assert "lo dijo la persona" in closed["es"]


async def test_the_record_of_a_reading_is_the_same_whatever_the_person_answered(programme: Programme) -> None:
    """Which answers there are is an answer: a stolen log must not tell who was harmed, or who left a telephone."""
    recorded = []
    more: dict[str, Any] = {
        "harm_events": [{"kind": "robbery", "when": "72h"}],
        "pregnancy": {"pregnant": "yes"},
    }
    for answers in ({}, more):
        document = an_adult(consent_to("ACNUR"), **answers)
        if answers:
            document["person"] = {"name": "CANARIO", "phone": "+52 951 000 0000"}
        case = await programme.flag(document)
        referral = await programme.referral_to("ACNUR", case, state="requested")
        assert (await disclosure(await programme.desk("ACNUR"), referral)).status_code == 200
        assert (await programme.shelter.get(f"/api/v1/cases/{case}/answers")).status_code == 200
        opening = {"command_id": str(uuid4()), "purpose": "contact"}
        assert (await programme.shelter.post(f"/api/v1/cases/{case}/identity", json=opening)).status_code == 200
        names = {"intake.answers_read", "intake.identity_read", "referral.disclosure_read"}
        read = {one["name"]: one["data"] for one in await programme.history(case) if one["name"] in names}
        assert read.keys() == names
        recorded.append({name: {**data, "referral": None} for name, data in read.items()})
    assert recorded[0] == recorded[1]
