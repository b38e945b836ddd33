"""The page of a referral tells each viewer what the API tells them, and nothing by the side."""

from copy import deepcopy
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Agency, Role
from services.chassis.clock import system_clock
from services.referral.deadlines.calendar import day_in_mexico
from tests.support.builders.canaries import leaks
from tests.support.people.asked import is_asked
from tests.support.people.page_forms import form_to, forms_of
from tests.support.people.people import SHELTER, Item, Programme, a_child_alone, an_adult, consent_to, taken
from tests.support.people.referral_states import in_state

HTML = {"Accept": "text/html"}
OURS = HTML | {"Sec-Fetch-Site": "same-origin"}
BY_STAFF = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}


def path_of(referral: Item) -> str:
    return f"/mesa/canalizaciones/{referral['referral_id']}"


async def page_of(client: httpx2.AsyncClient, referral: Item, language: str = "es") -> str:
    answer = await client.get(path_of(referral), headers=HTML | {"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


async def opened(client: httpx2.AsyncClient, referral: Item, what: str) -> httpx2.Response:
    form = form_to(await page_of(client, referral), f"/{what}")
    return await client.post(form.action, data=form.fields, headers=OURS)


class TestWhatTheAgencyWasNotTold:
    async def test_that_it_waited_for_consent_before_is_not_on_its_page(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR", "refused")))
        await programme.referral_to("ACNUR", case, state="blocked_consent")
        await programme.consent(case, consent_to("ACNUR"))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        over_all, desk = (
            await page_of(programme.coordinator, referral),
            await page_of(await programme.desk("ACNUR"), referral),
        )
        assert "Quedó en espera: la persona no consintió" in over_all
        assert "espera" not in desk
        assert "Las reglas la propusieron" not in desk

    async def test_a_category_that_no_consent_covers_is_not_on_its_page(self, programme: Programme) -> None:
        narrow = consent_to("ACNUR", purpose="legal")
        case = await programme.flag(an_adult(narrow, self_declared=["lgbtiq"]))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        assert referral["uncovered"] == ["LGBTIQ"]
        desk = await page_of(await programme.desk("ACNUR"), referral)
        assert "LGBTIQ" not in desk
        assert "LGBTIQ" in await page_of(programme.coordinator, referral)

    async def test_who_was_asked_instead_and_offered_is_not_told_to_the_desk(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), harm_events=[]))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await is_asked(programme.system, referral, Agency.OIM)
        offer = {"command_id": str(uuid4())}
        oim = await programme.desk("OIM")
        assert (await oim.post(f"/api/v1/referrals/{referral['referral_id']}/offer", json=offer)).status_code == 200
        assert "OIM ofreció ayudar." in await page_of(programme.coordinator, referral)
        assert "OIM ofreció ayudar." in await page_of(programme.shelter, referral)
        assert "ofreció ayudar" not in await page_of(await programme.desk("ACNUR"), referral)

    async def test_a_referral_that_follows_and_waits_is_not_told(self, programme: Programme) -> None:
        document = an_adult(consent_to("ACNUR"))
        case = await programme.flag(document)
        desk = await programme.desk("ACNUR")
        referral = await programme.referral_to("ACNUR", case, state="requested")
        receipt = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"][0]["receipt"]
        ended = await taken(desk, await _accepted(desk, referral), "fail", outcome="no_show")
        assert (await programme.withdraw(case, receipt)).status_code == 200
        worse = deepcopy(document)
        worse["screening"] |= {"danger_now": "yes", "self_declared": ["lgbtiq"]}
        assert (await programme.amend(case, worse)).status_code == 200
        await programme.referral_to("ACNUR", case, state="blocked_consent")
        assert "Otra la sigue" in await page_of(programme.coordinator, ended)
        shown = await page_of(desk, ended)
        assert "Otra la sigue" not in shown
        assert "Otras canalizaciones" not in shown


async def _accepted(desk: httpx2.AsyncClient, referral: Item) -> Item:
    return await taken(desk, referral, "accept")


class TestAReportAboutAShelter:
    async def test_has_no_page_for_the_shelter_and_leaves_no_trace_on_the_others(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), harm_events=[BY_STAFF]))
        report = await programme.referral_to("PEAS", case, state="requested")
        other = await programme.referral_to("ACNUR", case, state="requested")
        in_charge = await programme.system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
        for client in (programme.shelter, in_charge, await programme.desk("ACNUR")):
            assert (await client.get(path_of(report), headers=HTML)).status_code == 404
            shown = await page_of(client, other)
            assert "PEAS" not in shown
            assert report["referral_id"] not in shown
            assert report["code"] not in shown
        focal_point = await page_of(await programme.desk("PEAS"), report)
        assert not [form for form in forms_of(focal_point) if form.action.endswith(("/request-info", "/hito"))]


class TestOpening:
    async def test_shows_every_answer_in_words_and_is_recorded_once(self, programme: Programme) -> None:
        document = an_adult(
            consent_to("ACNUR"), language="mam", interpreter_needed=True, planned_departure="72h", removal_risk="yes"
        )
        case = await programme.flag(document)
        referral, desk = await programme.referral_to("ACNUR", case, state="requested"), await programme.desk("ACNUR")
        before = await page_of(desk, referral)
        assert "mam" not in before
        answer = await opened(desk, referral, "datos")
        assert answer.status_code == 200
        for said in ("Idioma", "mam", "Cuándo piensa salir", "en 72 horas", "de 25 a 59 años", "no hay manera segura"):
            assert said in answer.text
        for code in ("removal_risk", "planned_departure", "interpreter_needed", "hace menos de 72 horas"):
            assert code not in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert "content-encoding" not in answer.headers
        readings = [one for one in await programme.history(case) if one["name"] == "referral.disclosure_read"]
        assert [one["data"]["purpose"] for one in readings] == ["decide"]

    async def test_marks_what_was_corrected(self, programme: Programme) -> None:
        document = an_adult(consent_to("ACNUR"))
        case, desk = await programme.flag(document), await programme.desk("ACNUR")
        referral = await taken(desk, await programme.referral_to("ACNUR", case, state="requested"), "accept")
        corrected = deepcopy(document)
        corrected["screening"] |= {"language": "hat"}
        assert (await programme.amend(case, corrected)).status_code == 200
        referral = await programme.referral_to("ACNUR", case, version=referral["version"] + 1)
        assert "Se corrigió una respuesta" in await page_of(desk, referral)
        shown = (await opened(desk, referral, "datos")).text
        assert shown.count("nuevo</span>") == 1
        assert "criollo haitiano" in shown

    @pytest.mark.parametrize("who", ["shelter", "coordinator"])
    async def test_is_not_offered_to_whom_it_is_not_for(self, programme: Programme, who: str) -> None:
        referral, client = await in_state(programme, "requested"), getattr(programme, who)
        assert not [form for form in forms_of(await page_of(client, referral)) if form.action.endswith("/datos")]
        refused = await client.post(path_of(referral) + "/datos", data={}, headers=OURS)
        assert refused.status_code == 403

    async def test_messages_are_each_readers_own(self, programme: Programme) -> None:
        referral, desk = await in_state(programme, "requested"), await programme.desk("ACNUR")
        assert "/mensajes" not in await page_of(desk, referral)
        asked = await taken(desk, referral, "request-info", question="¿Puede viajar K’ulb’il?")
        answered = await taken(programme.shelter, asked, "supply-info", answer="Sí.\nViaja con محمد.")
        shown = (await opened(desk, answered, "mensajes")).text
        assert "¿Puede viajar K’ulb’il?" in shown
        assert '<p class="said" dir="auto">Sí.\nViaja con محمد.</p>' in shown
        declined = await taken(desk, answered, "decline", reason="other", note="CANARIO de la mesa.")
        assert "CANARIO" not in (await opened(programme.shelter, declined, "mensajes")).text
        assert "CANARIO" in (await opened(programme.coordinator, declined, "mensajes")).text

    async def test_what_was_opened_is_in_no_address_and_no_title(self, programme: Programme) -> None:
        referral, desk = await in_state(programme, "requested"), await programme.desk("ACNUR")
        answer = await opened(desk, referral, "datos")
        title = answer.text.partition("<title>")[2].partition("</title>")[0]
        assert title == f"Canalización {referral['code']} · canaliza"
        assert leaks({"headers": str(answer.headers).encode()}, {"an answer": "25-59"}) == []


class TestTheAgencyThatWasAsked:
    async def test_finds_a_question_with_a_code_and_nothing_else(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM"), harm_events=[]))
        referral, oim = await programme.referral_to("ACNUR", case, state="requested"), await programme.desk("OIM")
        assert (await oim.get(path_of(referral), headers=HTML)).status_code == 404
        await is_asked(programme.system, referral, Agency.OIM)
        led = await oim.get(path_of(referral), headers=HTML)
        assert led.status_code == 303
        page = (await oim.get(led.headers["location"], headers=HTML)).text
        assert f"¿Puede ayudar? {referral['code']}" in page
        for hidden in ("ACNUR", SHELTER, "temor", referral["case_id"]):
            assert hidden not in page
        yes = next(form for form in forms_of(page) if form.fields.get("puede") == "si")
        done = await oim.post(yes.action, data=yes.fields, headers=OURS)
        linked = await programme.referral_to("OIM", case, state="requested")
        assert done.headers["location"] == f"{path_of(linked)}?hecho=offered_and_sent"
        assert (await oim.get(led.headers["location"], headers=HTML)).status_code == 409  # it needs nobody any more

    async def test_may_say_no_and_nobody_else_finds_anything(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), harm_events=[]))
        referral, oim = await programme.referral_to("ACNUR", case, state="requested"), await programme.desk("OIM")
        await is_asked(programme.system, referral, Agency.OIM)
        path = f"/mesa/preguntas/{referral['referral_id']}"
        no = next(f for f in forms_of((await oim.get(path, headers=HTML)).text) if f.fields.get("puede") == "no")
        assert (await oim.post(no.action, data=no.fields, headers=OURS)).status_code == 303
        assert "Su agencia ya dijo que no puede." in (await oim.get(path, headers=HTML)).text
        for client in (await programme.desk("ACNUR"), await programme.desk("UNFPA")):
            assert (await client.get(path, headers=HTML)).status_code == 404
            theirs = {name: value for name, value in no.fields.items() if name != "quien"}
            assert (await client.post(path, data=theirs, headers=OURS)).status_code == 404


class TestTwoPeople:
    async def test_decide_by_the_page_and_neither_alone(self, programme: Programme) -> None:
        child = a_child_alone()
        case = await programme.flag(child)
        await programme.referral_to("UNICEF", case, state="requested")
        await programme.amend(case, child | {"withhold_from": ["UNICEF"]})
        referral = await programme.referral_to("UNICEF", case, version=3)
        supervisor = await programme.desk("UNICEF", Role.SUPERVISOR)
        assert "/decidir" not in await page_of(await programme.desk("UNICEF"), referral)

        async def decides(client: httpx2.AsyncClient, what: str) -> Any:
            forms = [one for one in forms_of(await page_of(client, referral)) if one.action.endswith("/decidir")]
            (form,) = [one for one in forms if one.fields["decision"] == what]
            return await client.post(form.action, data=form.fields, headers=OURS)

        assert (await decides(supervisor, "continue")).status_code == 303
        left = [one for one in forms_of(await page_of(supervisor, referral)) if one.action.endswith("/decidir")]
        assert [one.fields["decision"] for one in left] == ["end"], "whoever has decided does not decide the same twice"
        assert (await decides(programme.coordinator, "continue")).status_code == 303
        assert "Dos personas decidieron que siga." in await page_of(supervisor, referral)


async def test_a_milestone_is_recorded_by_its_form(programme: Programme) -> None:
    referral, desk = await in_state(programme, "accepted"), await programme.desk("ACNUR")
    form = form_to(await page_of(desk, referral), "/hito")
    said = form.fields | {"milestone": "claim_filed"}
    refused = await desk.post(form.action, data=said | {"on": "1999-01-01"}, headers=OURS)
    assert refused.status_code == 422
    assert "Ese día no puede ser" in refused.text
    assert 'value="1999-01-01"' in refused.text
    done = await desk.post(form.action, data=said | {"on": f"{day_in_mexico(system_clock())}"}, headers=OURS)
    assert done.status_code == 303, done.text
    names = {one["name"].partition(".")[2] for one in await programme.history(referral["case_id"])}
    assert "milestone_recorded" in names


async def test_it_is_whole_in_english_too(programme: Programme) -> None:
    referral, desk = await in_state(programme, "info_requested"), await programme.desk("ACNUR")
    shown = await page_of(desk, referral, "en")
    assert '<html lang="en">' in shown
    assert "What does this case ask, and what comes next?" in shown
    assert "Qué" not in shown
