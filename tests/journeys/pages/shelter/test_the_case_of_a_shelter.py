"""A shelter sees what became of its case, silence included, and records what the person decides."""

import re
from datetime import timedelta

import httpx2

from events.vocabulary import Role
from services.chassis.clock import system_clock
from tests.support.builders.slips import arrives, slip_of, takes_back
from tests.support.people.case_pages import LIST, after, case_page, case_words, forms_to, page_of, sends
from tests.support.people.page_forms import PageForm, form_to, forms_of
from tests.support.people.page_reading import headers, read, words_of
from tests.support.people.people import SHELTER, Programme, a_child_alone, an_adult, consent_to, taken
from tests.support.people.shelter_work import NAME, PHONE, somebody
from tests.support.system.system import eventually

BY_STAFF = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
OTHER = "ALB-TAP-01"


async def about(client: httpx2.AsyncClient, case: str, agency: str) -> PageForm:
    """The form of a decision about the agency whose referral waits."""
    forms = await forms_to(client, case, "consentimiento")
    (form,) = [one for one in forms if one.fields["recipient"] == agency]
    return form


async def test_a_worker_sees_who_has_not_answered_and_that_a_desk_acknowledged(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await programme.told(case, referral, "requested")
    seen = await case_words(programme.shelter, case)
    assert "ACNUR todavía no acusa recibo. ◷ plazo:" in seen
    assert "Falta preguntar a la persona si OIM puede recibir su caso." in seen
    assert "Preguntar a la persona" in seen
    await taken(await programme.desk("ACNUR"), referral, "acknowledge")
    await programme.told(case, referral, "acknowledged")
    seen = await case_words(programme.shelter, case)
    assert "ACNUR ya la vio; falta que decida." in seen
    assert "ACNUR : La mesa acusó recibo. oficial · ACNUR" in seen
    listed = await read(programme.shelter, f"{LIST}?recibo={await receipt_of(programme, case)}")
    assert "ACNUR ya la vio" in listed
    assert "Preguntar a la persona" in listed
    assert "ACNUR has seen it and is still to decide." in await case_words(programme.shelter, case, "en")


async def receipt_of(programme: Programme, case: str) -> str:
    items = (await programme.shelter.get("/api/v1/cases", params={"limit": 200})).json()["items"]
    (receipt,) = [one["receipt"] for one in items if one["case_id"] == case]
    return str(receipt)


async def test_the_list_says_nothing_about_the_person_and_finds_what_waits(programme: Programme) -> None:
    waits = await programme.flag(somebody())
    await programme.told(waits, await programme.referral_to("ACNUR", waits), "blocked_consent")
    refused = await programme.flag(somebody(*(consent_to(one, "refused") for one in ("ACNUR", "OIM"))))
    await programme.told(refused, await programme.referral_to("ACNUR", refused), "blocked_consent")
    page = (await programme.shelter.get(f"{LIST}?espera=si", headers=headers())).text
    assert page_of(waits) in page
    assert page_of(refused) not in page
    everything = await read(programme.shelter, LIST)
    assert "La persona dijo que no a ACNUR; no se le vuelve a preguntar." in everything
    for hidden in (NAME, PHONE, "temor", "robo", "w-035"):
        assert hidden not in everything
    assert page_of(waits) not in (await programme.shelter.get(f"{LIST}?recibo=NADA-0000", headers=headers())).text


class TestWhatThePersonDecides:
    async def test_a_yes_is_recorded_once_however_often_it_is_sent(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        await programme.told(case, await programme.referral_to("ACNUR", case), "blocked_consent")
        form = await about(programme.shelter, case, "ACNUR")
        answers = [await sends(programme.shelter, form, decision="granted") for _ in range(2)]
        assert "Quedó anotado lo que la persona decidió." in await after(programme.shelter, answers[0])
        assert answers[1].status_code == 303
        await programme.referral_to("ACNUR", case, state="requested", basis="consent")
        consents = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"]
        assert [(one["recipient"], one["decision"], one["wording_version"]) for one in consents] == [
            ("ACNUR", "granted", "es-2")
        ]

    async def test_wanting_time_is_an_answer_with_its_end(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        waiting = await programme.referral_to("ACNUR", case)
        await programme.told(case, waiting, "blocked_consent")
        form = await about(programme.shelter, case, "ACNUR")
        refused = await sends(programme.shelter, form, decision="wants_time")
        assert refused.status_code == 422
        assert "Hasta cuándo: falta" in words_of(refused.text)
        again = next(one for one in forms_of(refused.text) if one.fields.get("decision") == "wants_time")
        until = (system_clock() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
        await after(programme.shelter, await sends(programme.shelter, again, until=until))
        await programme.referral_to("ACNUR", case, reason="wants_time")
        assert "La persona quiere pensarlo: ACNUR." in await seen_later(programme, case, "quiere pensarlo: ACNUR")

    async def test_a_consent_is_taken_back(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        await programme.referral_to("ACNUR", case, state="requested")
        page = await case_page(programme.shelter, case)
        (form,) = [one for one in forms_of(page) if one.button == "Retirar el consentimiento"]
        for _ in range(2):
            await after(programme.shelter, await sends(programme.shelter, form))
        await programme.referral_to("ACNUR", case, state="withdrawn")

    async def test_of_a_page_that_has_grown_old_nothing_is_recorded_and_what_was_chosen_stays(
        self, programme: Programme
    ) -> None:
        case = await programme.flag(an_adult())
        await programme.told(case, await programme.referral_to("ACNUR", case), "blocked_consent")
        old = await about(programme.shelter, case, "ACNUR")
        assert (await programme.consent(case, consent_to("ACNUR", "refused"))).status_code == 201
        late = await sends(programme.shelter, old, decision="granted", purpose="legal")
        assert late.status_code == 409
        assert "Alguien más actuó primero." in words_of(late.text)
        assert [form.fields for form in forms_of(late.text) if form.fields.get("purpose") == "legal"]
        consents = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"]
        assert [one["decision"] for one in consents] == ["refused"]


async def seen_later(programme: Programme, case: str, words: str) -> str:
    """What can be read on the page once it says this."""

    async def look() -> str | None:
        seen = await case_words(programme.shelter, case)
        return seen if words in seen else None

    found = await eventually(look)
    assert found is not None
    return found


class TestWhoThePersonIs:
    async def test_is_opened_for_a_purpose_and_each_opening_is_in_the_history(self, programme: Programme) -> None:
        case = await programme.flag(somebody(safe_contact="voice"))
        (form,) = await forms_to(programme.shelter, case, "datos")
        assert form.choices["purpose"] == ["contact", "accompany", "correct", "hand_over"]
        assert (await sends(programme.shelter, form)).status_code == 422
        opened = await sends(programme.shelter, form, purpose="contact")
        assert opened.status_code == 200
        assert opened.headers["cache-control"] == "no-store"
        assert "content-encoding" not in opened.headers
        assert NAME in words_of(opened.text)
        assert 'data-closes-after="300"' in opened.text
        seen = await case_words(programme.shelter, case)
        assert NAME not in seen
        assert "Alguien del albergue vio nombre y teléfono, para ponerse en contacto con la persona." in seen

    async def test_is_not_opened_to_call_whoever_must_not_be_called(self, programme: Programme) -> None:
        case = await programme.flag(somebody(safe_contact="do_not_contact"))
        (form,) = await forms_to(programme.shelter, case, "datos")
        refused = await sends(programme.shelter, form, purpose="contact")
        assert refused.status_code == 409
        assert NAME not in refused.text


class TestCorrectingAnswers:
    async def opens(self, client: httpx2.AsyncClient, case: str) -> PageForm:
        (button,) = await forms_to(client, case, "corregir")
        answer = await sends(client, button)
        assert answer.status_code == 200, words_of(answer.text)[:400]
        form = form_to(answer.text, "/guardar")
        marked = set(re.findall(r'id="([a-z_]+\.[a-z_0-9]+)" name="[^"]+" value="si" checked', answer.text))
        boxes = {name for name in form.fields if "." in name}
        form.fields = {name: value for name, value in form.fields.items() if name not in boxes - marked}
        return form

    async def test_keeps_what_is_not_corrected_and_runs_the_rules_again(self, programme: Programme) -> None:
        document = an_adult(consent_to("ACNUR")) | {"withhold_from": ["OIM"]}
        case = await programme.flag(document)
        await programme.referral_to("OIM", case, reason="withheld")
        client = programme.shelter
        form = await self.opens(client, case)
        assert form.fields["fear_of_return"] == "yes"
        written = {"danger_now": "yes", "harm_kind": "threats", "harm_when": "ongoing", "worker": "w-041"}
        answers = [await sends(client, form, **written) for _ in range(2)]
        assert "Las respuestas quedaron corregidas." in await after(client, answers[0])
        assert answers[1].status_code == 303
        await programme.referral_to("ACNUR", case, urgency="U0")
        told = (await programme.shelter.get(f"/api/v1/cases/{case}/answers")).json()["answers"]
        assert told["harm_events"] == [{"kind": "robbery", "when": "72h"}, {"kind": "threats", "when": "ongoing"}]
        kept = {
            name: value for name, value in document["screening"].items() if name not in {"danger_now", "harm_events"}
        }
        assert {name: told[name] for name in kept} == kept
        assert (await programme.referral_to("OIM", case))["reason"] == "withheld", "an exclusion is not lifted by it"
        history = await programme.history(case)
        assert [one["name"] for one in history].count("intake.answers_amended") == 1
        assert "Se corrigieron o agregaron respuestas. personal del albergue" in await case_words(client, case)

    async def test_what_does_not_go_together_comes_back_and_is_not_stored(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        form = await self.opens(programme.shelter, case)
        refused = await sends(programme.shelter, form, age_band="12-14", worker="w-035")
        assert refused.status_code == 422
        seen = words_of(refused.text)
        assert "Todavía no se guardó nada:" in seen
        again = form_to(refused.text, "/guardar")
        assert again.fields["age_band"] == "12-14"
        assert again.fields["orden"] == form.fields["orden"]
        told = (await programme.shelter.get(f"/api/v1/cases/{case}/answers")).json()["answers"]
        assert told["age_band"] == "25-59"

    async def test_of_answers_that_somebody_else_corrected_meanwhile_nothing_is_written_over(
        self, programme: Programme
    ) -> None:
        document = an_adult()
        case = await programme.flag(document)
        form = await self.opens(programme.shelter, case)
        document["screening"]["language"] = "mam"
        assert (await programme.amend(case, document)).status_code == 200
        late = await sends(programme.shelter, form, danger_now="unsure", worker="w-035")
        assert late.status_code == 409
        told = (await programme.shelter.get(f"/api/v1/cases/{case}/answers")).json()["answers"]
        assert (told["language"], told["danger_now"]) == ("mam", "no")

    async def test_takes_no_harm_by_staff_out_and_shows_none(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), harm_events=[BY_STAFF]))
        await programme.referral_to("PEAS", case, state="requested")
        (button,) = await forms_to(programme.shelter, case, "corregir")
        shown = await sends(programme.shelter, button)
        form = await self.opens(programme.shelter, case)
        assert "checked" in shown.text
        await after(programme.shelter, await sends(programme.shelter, form, danger_now="yes", worker="w-035"))
        await programme.referral_to("PEAS", case, urgency="U0")


class TestTheSlip:
    async def test_is_shown_once_and_revoked(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(harm_events=[], fear_of_return="no"))
        await programme.told(case, await programme.referral_to("OIM", case), "blocked_consent")
        (form,) = await forms_to(programme.shelter, case, "hoja")
        form.fields.pop("override")
        short = await sends(programme.shelter, form, word="sol")
        assert "La palabra: debe tener de 4 a 60 letras" in words_of(short.text)
        slip = await sends(programme.shelter, form, word="girasol")
        assert slip.status_code == 201
        assert "canaliza" not in slip.text.lower()
        assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", slip.text)
        again = await sends(programme.shelter, form, word="girasol")
        assert again.status_code == 409
        assert "girasol" not in again.text
        (revoke,) = await forms_to(programme.shelter, case, "hoja/anular")
        assert "La hoja ya no sirve." in await after(programme.shelter, await sends(programme.shelter, revoke))
        assert "Se anuló la hoja." in await case_words(programme.shelter, case)

    async def test_a_withdrawal_with_it_is_checked(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        await programme.referral_to("ACNUR", case, state="requested")
        slip = await slip_of(programme.shelter, case)
        assert (await takes_back(programme.shelter, slip, recipient="ACNUR")).status_code == 202
        seen = await case_words(programme.shelter, case)
        assert "Alguien pidió con la hoja que ACNUR no reciba más datos" in seen
        assert not await forms_to(programme.shelter, case, "corregir")
        (form,) = await forms_to(programme.shelter, case, "retiro")
        await after(programme.shelter, await sends(programme.shelter, form, answer="confirmed"))
        await programme.referral_to("ACNUR", case, state="withdrawn")
        assert "El retiro se comprobó" in await case_words(programme.shelter, case)


class TestWhoMaySee:
    async def test_another_shelters_case_does_not_exist(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        other = await programme.system.signed_in(Role.SHELTER_WORKER, OTHER)
        for path in (page_of(case), f"{page_of(case)}/datos", f"{page_of(case)}/autoridad"):
            assert (await other.get(path, headers=headers())).status_code == 404
        form = (await forms_to(programme.shelter, case, "datos"))[0]
        form.fields.pop("quien")
        assert (await sends(other, form, purpose="contact")).status_code == 404
        assert page_of(case) not in (await other.get(LIST, headers=headers())).text

    async def test_a_shelter_that_handed_it_over_reads_that_it_did_and_nothing_else(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), self_declared=["lgbtiq"]))
        await programme.referral_to("ACNUR", case, state="requested")
        slip = await slip_of(programme.shelter, case)
        next_one = await programme.system.signed_in(Role.SHELTER_WORKER, OTHER)
        arrived = await arrives(next_one, slip, consent={"fields": ["language"]})
        assert arrived.status_code == 201, arrived.text
        seen = await case_words(programme.shelter, case)
        assert "Este albergue lo entregó." in seen
        assert "ACNUR" not in seen
        assert OTHER not in seen
        assert page_of(case) not in (await programme.shelter.get(LIST, headers=headers())).text
        there = await case_words(next_one, case)
        assert "este albergue recibió el caso" in there
        assert SHELTER not in there
        assert "Se registró" not in there
        for hidden in ("LGBTIQ", "temor de regresar"):
            assert hidden not in there

    async def test_nothing_differs_where_a_report_about_the_shelter_is_hidden(self, programme: Programme) -> None:
        by_a_stranger = {"kind": "assault", "when": "72h", "perpetrator": "unknown"}
        plain = an_adult(consent_to("ACNUR"), harm_events=[by_a_stranger])
        told = an_adult(consent_to("ACNUR"), consent_to("PEAS"), harm_events=[BY_STAFF])
        cases = [await programme.flag(one) for one in (plain, told)]
        report = await programme.referral_to("PEAS", cases[1], state="requested")
        await taken(await programme.desk("PEAS"), report, "acknowledge")
        pages = []
        for case in cases:
            await programme.told(case, await programme.referral_to("ACNUR", case, state="requested"), "requested")
            await programme.has_caught_up(case)
            receipt = await receipt_of(programme, case)
            seen = await case_words(programme.shelter, case) + await read(programme.shelter, f"{LIST}?recibo={receipt}")
            pages.append(re.sub(r"\d[\d:/]*", "#", seen.replace(receipt, "…")))
        assert pages[0] == pages[1]


async def test_an_authority_is_contacted_only_by_the_word_of_two(programme: Programme) -> None:
    case = await programme.flag(an_adult())
    here = f"{page_of(case)}/autoridad"
    form = form_to((await programme.shelter.get(here, headers=headers())).text, "/autoridad")
    answers = [await sends(programme.shelter, form, recipient="CONSULADO", purpose="legal") for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    seen = await read(programme.shelter, here)
    assert "Su consulado" in seen
    assert "por autorizar" in seen
    assert "Su consulado" not in await case_words(programme.shelter, case)
    in_charge = await programme.system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
    authorise = form_to((await in_charge.get(here, headers=headers())).text, "/autorizar")
    assert "Quedó autorizado." in await after(in_charge, await sends(in_charge, authorise))
    assert not [
        one
        for one in forms_of((await programme.shelter.get(here, headers=headers())).text)
        if one.action.endswith("/autorizar")
    ]


async def test_first_steps_come_before_anything_else(programme: Programme) -> None:
    case = await programme.flag(a_child_alone(medical_now="yes", danger_now="yes"))
    page = await case_page(programme.shelter, case)
    assert 'href="tel:911"' in page
    assert page.index('href="tel:911"') < page.index("Canalizaciones</h2>")
    assert "Procuradur" in page


async def test_a_desks_question_is_answered_and_help_confirmed_from_the_case(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    desk = await programme.desk("ACNUR")
    referral = await programme.referral_to("ACNUR", case, state="requested")
    referral = await taken(desk, referral, "request-info", question="¿Puede viajar?")
    await programme.told(case, referral, "info_requested")
    page = await case_page(programme.shelter, case)
    assert "ACNUR preguntó algo y espera nuestra respuesta." in words_of(page)
    there = f"/mesa/canalizaciones/{referral['referral_id']}"
    assert f'<a class="button" href="{there}">Leer la pregunta y contestar</a>' in page
    shown = (await programme.shelter.get(there, headers=headers())).text
    assert f'href="{page_of(case)}">Volver al caso</a>' in shown
    assert "Casos</a>" in shown, "the doors are a shelter's, not a desk's"
    messages = await sends(programme.shelter, form_to(shown, "/mensajes"))
    assert "¿Puede viajar?" in words_of(messages.text)
    answer = await sends(programme.shelter, form_to(shown, "/supply-info"), answer="Sí, con su hermana.")
    assert answer.status_code == 303
    for step, said in (("accept", {}), ("deliver", {"outcome": "service_delivered"})):
        referral = await taken(desk, await programme.referral_to("ACNUR", case), step, **said)
    await programme.told(case, referral, "delivered")
    assert "Decir si la ayuda llegó" in await case_words(programme.shelter, case)
    confirm = form_to((await programme.shelter.get(there, headers=headers())).text, "/confirm")
    assert (await sends(programme.shelter, confirm, confirmation="yes")).status_code == 303
    await programme.told(case, referral, "loop_closed")
    seen = await case_words(programme.shelter, case)
    assert "ACNUR: terminó." in seen
    assert "Sí, con su hermana" not in seen
