"""Exceptional access by forms: opened with a reason, shown once, reviewed by somebody else, and never by accident."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from tests.support.people.page_forms import form_to, forms_of
from tests.support.people.page_reading import headers, looked_at, read, words_of
from tests.support.people.people import Item, Programme, an_adult, consent_to, everything_stored

HERE, OPEN = "/mesa/accesos", "/mesa/accesos/abrir"
WHY = "CANARIO: la persona está inconsciente y su agresor la busca."


@pytest.fixture
async def referral(programme: Programme) -> Item:
    """Sent to ACNUR with consent; OIM's waits for one."""
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    return await programme.referral_to("ACNUR", case, state="requested")


@pytest.fixture
async def oim(programme: Programme) -> httpx2.AsyncClient:
    """Another officer in each test: one person opens only so many."""
    return await programme.system.signed_in(Role.OFFICER, "OIM", str(uuid4()))


async def sends(client: httpx2.AsyncClient, path: str, fields: dict[str, str]) -> httpx2.Response:
    return await client.post(path, data=fields, headers=headers())


async def filled(client: httpx2.AsyncClient, referral: Item, **written: str) -> dict[str, str]:
    """The form as somebody at another desk fills it in: by what the shelter says on the telephone."""
    form = form_to(await looked_at(client, OPEN), OPEN)
    says = {
        "caso": referral["case_id"][:8].upper(),
        "agencia": referral["agency"],
        "basis": "imminent_danger_to_life",
        "justification": WHY,
    }
    return {name: value for name, value in form.fields.items() if name != "enviar"} | says | written


async def opened(client: httpx2.AsyncClient, referral: Item, **written: str) -> str:
    """The path of an access that was opened."""
    answer = await sends(client, OPEN, await filled(client, referral, **written))
    assert answer.status_code == 303, words_of(answer.text)
    return answer.headers["location"].partition("?")[0]


async def pressed(client: httpx2.AsyncClient, path: str, button: str, **written: str) -> httpx2.Response:
    """The answer to one of the forms of a page."""
    form = form_to(await looked_at(client, path), button)
    return await sends(client, form.action, form.fields | written)


async def test_it_is_opened_by_the_case_number_and_read_once_and_each_reading_is_recorded(
    programme: Programme, oim: httpx2.AsyncClient, referral: Item
) -> None:
    first = await read(oim, OPEN)
    assert "Si una persona adulta y capaz dijo que no, no se abre." in first
    assert "como máximo 6 en una hora y 20 en un día" in first
    path = await opened(oim, referral)
    seen = await read(oim, f"{path}?hecho=access_opened")
    assert "El acceso está abierto." in seen
    assert "Temor" not in seen
    answer = await pressed(oim, path, "/leer")
    assert answer.status_code == 200
    told = words_of(answer.text)
    assert "Se muestra una sola vez" in told
    assert "25 a 59 años" in told
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "25 a 59" not in await read(oim, path), "coming back opens nothing"
    history = await programme.history(referral["case_id"])
    readings = [one for one in history if one["name"] == "referral.disclosure_read"]
    assert [one["data"]["purpose"] for one in readings] == ["emergency"]
    assert not [place for place, state in (await everything_stored(programme.system)).items() if b"CANARIO" in state]


async def test_a_double_tap_opens_once_and_the_page_of_a_referral_needs_no_number(
    programme: Programme, referral: Item
) -> None:
    officer = await programme.system.signed_in(Role.OFFICER, "ACNUR", str(uuid4()))
    page = await looked_at(officer, f"{OPEN}?canalizacion={referral['referral_id']}")
    assert referral["code"] in words_of(page)
    form = form_to(page, OPEN)
    assert "caso" not in form.fields
    fields = form.fields | {"basis": "imminent_danger_to_life", "justification": WHY}
    answers = [await sends(officer, OPEN, fields) for _ in range(2)]
    assert {one.status_code for one in answers} == {303}
    assert len({one.headers["location"] for one in answers}) == 1


async def test_what_was_typed_is_kept_when_the_act_is_refused(
    programme: Programme, oim: httpx2.AsyncClient, referral: Item
) -> None:
    for written, field in (
        ({"justification": "corto"}, "justification"),
        ({"basis": "CANARIO"}, "basis"),
        ({"caso": ""}, "caso"),
        ({"agencia": ""}, "agencia"),
        ({"agencia": "INM"}, "agencia"),
    ):
        answer = await sends(oim, OPEN, await filled(oim, referral, **written))
        assert answer.status_code == 422, field
        assert f'href="#{field}"' in answer.text
        assert (WHY if field != "justification" else "corto") in words_of(answer.text)
    case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM", "refused")))
    respected = await programme.referral_to("ACNUR", case, state="requested")
    answer = await sends(oim, OPEN, await filled(oim, respected))
    assert answer.status_code == 409
    assert "Su negativa se respeta." in words_of(answer.text)
    assert WHY in words_of(answer.text)
    kept = form_to(answer.text, OPEN)
    assert kept.fields["basis"] == "imminent_danger_to_life"


async def test_a_number_tells_nothing_of_what_may_not_be_opened(
    programme: Programme, oim: httpx2.AsyncClient, referral: Item
) -> None:
    harm = [{"kind": "threats", "when": "72h", "perpetrator": "shelter_or_aid_worker"}]
    about_staff = await programme.referral_to(
        "PEAS", await programme.flag(an_adult(harm_events=harm)), state="requested"
    )
    waiting = await programme.referral_to("OIM", referral["case_id"], state="blocked_consent")
    answers = [
        await sends(oim, OPEN, await filled(oim, referral, **written))
        for written in (
            {"caso": str(uuid4())},
            {"caso": "0f8fad"},
            {"caso": "no es"},
            {"caso": about_staff["case_id"], "agencia": "OIM"},
            {"caso": waiting["case_id"], "agencia": "OIM"},
            {"agencia": "OIT"},
        )
    ]
    assert [one.status_code for one in answers] == [404] * 6
    sentences = {words_of(one.text).partition("Si una persona adulta")[0] for one in answers}
    assert len(sentences) == 1, "nothing tells the one from the other"
    hidden = await filled(oim, referral)
    direct = await sends(oim, OPEN, hidden | {"canalizacion": about_staff["referral_id"]})
    assert direct.status_code == 404
    sent = [
        await sends(oim, OPEN, await filled(oim, referral, enviar="si", **written))
        for written in ({"caso": str(uuid4())}, {"caso": waiting["case_id"], "agencia": "OIM"}, {"agencia": "OIT"}, {})
    ]
    assert [one.status_code for one in sent] == [403] * 4, "only the coordination sends, whatever there is to send"


async def test_whoever_has_opened_too_many_learns_nothing_more_of_a_number(
    oim: httpx2.AsyncClient, referral: Item
) -> None:
    for _ in range(6):
        await opened(oim, referral)
    answers = [
        await sends(oim, OPEN, await filled(oim, referral, **written)) for written in ({}, {"caso": str(uuid4())})
    ]
    assert [one.status_code for one in answers] == [429, 429]


async def test_what_was_opened_is_taken_off_a_screen_that_nobody_uses(oim: httpx2.AsyncClient, referral: Item) -> None:
    answer = await pressed(oim, await opened(oim, referral), "/leer")
    assert 'data-sealed data-closes-after="300"' in answer.text
    assert "/sealed.js" in answer.text
    assert '/leer">' not in answer.text, "no link leads to an address that only a form has"


class TestTheReview:
    async def test_is_by_somebody_else_who_has_read_why_and_closes_what_was_not_justified(
        self, programme: Programme, oim: httpx2.AsyncClient, referral: Item
    ) -> None:
        path = await opened(oim, referral)
        assert [form.action for form in forms_of(await looked_at(oim, path)) if "revisar" in form.action] == []
        supervisor = await programme.desk("ACNUR", Role.SUPERVISOR)
        assert referral["code"] in await read(supervisor, f"{HERE}?por_revisar=true")
        page = await looked_at(supervisor, path)
        assert [form.action for form in forms_of(page) if "revisar" in form.action] == [], "first comes the reason"
        why = await pressed(supervisor, path, "/motivo")
        assert WHY in words_of(why.text)
        judged = form_to(why.text, "/revisar")
        answer = await sends(supervisor, judged.action, judged.fields | {"verdict": "not_justified"})
        assert answer.status_code == 303
        assert "Quedó anotada la revisión." in await read(supervisor, answer.headers["location"])
        assert "No justificado" in await read(oim, path)
        assert [form for form in forms_of(await looked_at(oim, path)) if form.action.endswith("/leer")] == []
        late = await sends(oim, f"{path}/leer", {})
        assert late.status_code == 410
        assert "Este acceso excepcional terminó." in words_of(late.text)

    async def test_the_slower_of_two_sees_that_it_was_reviewed(
        self, programme: Programme, oim: httpx2.AsyncClient, referral: Item
    ) -> None:
        path = await opened(oim, referral)
        supervisor = await programme.desk("ACNUR", Role.SUPERVISOR)
        forms = [
            form_to((await pressed(one, path, "/motivo")).text, "/revisar")
            for one in (supervisor, programme.coordinator)
        ]
        first = await sends(supervisor, forms[0].action, forms[0].fields | {"verdict": "justified"})
        assert first.status_code == 303
        slower = await sends(programme.coordinator, forms[1].action, forms[1].fields | {"verdict": "not_justified"})
        assert slower.status_code == 409
        assert "Ya fue revisado." in words_of(slower.text)
        assert "✓ Justificado" in words_of(slower.text)
        again = await sends(supervisor, forms[0].action, forms[0].fields | {"verdict": "justified"})
        assert again.status_code == 303, "the same order twice is one"

    async def test_is_never_ones_own(self, programme: Programme, referral: Item) -> None:
        label = str(uuid4())
        coordinator = await programme.system.signed_in(Role.PROGRAMME_COORDINATOR, "*", label)
        path = await opened(coordinator, referral)
        answer = await sends(coordinator, f"{path}/revisar", {"orden": str(uuid4()), "verdict": "justified"})
        assert answer.status_code == 409
        assert "Debe revisarlo otra persona" in words_of(answer.text)


async def test_a_refusal_while_the_page_is_open_opens_nothing_more(
    programme: Programme, oim: httpx2.AsyncClient, referral: Item
) -> None:
    path = await opened(oim, referral)
    form = form_to(await looked_at(oim, path), "/leer")
    await programme.consent(referral["case_id"], consent_to("OIM", "refused"))
    answer = await sends(oim, form.action, form.fields)
    assert answer.status_code == 409
    assert "25 a 59" not in words_of(answer.text)


async def test_the_coordination_sends_what_waits_for_consent_by_the_same_form(
    programme: Programme, referral: Item
) -> None:
    waiting = await programme.referral_to("OIM", referral["case_id"], state="blocked_consent")
    coordinator = await programme.system.signed_in(Role.PROGRAMME_COORDINATOR, "*", str(uuid4()))
    answer = await sends(coordinator, OPEN, await filled(coordinator, waiting, basis="cannot_consent", enviar="si"))
    assert answer.status_code == 303, words_of(answer.text)
    assert (await programme.referral_to("OIM", referral["case_id"], state="requested"))["basis"] == "cannot_consent"


async def test_others_see_only_what_is_theirs_and_nobody_without_the_right_gets_a_form(
    programme: Programme, oim: httpx2.AsyncClient, referral: Item
) -> None:
    path = await opened(oim, referral)
    stranger = await programme.desk("UNODC", Role.SUPERVISOR)
    assert (await stranger.get(path, headers=headers())).status_code == 404
    assert referral["code"] not in await read(stranger, HERE)
    for end in ("leer", "motivo", "revisar"):
        told = await sends(stranger, f"{path}/{end}", {"orden": str(uuid4()), "verdict": "justified"})
        assert told.status_code == (404), end
    colleague = await programme.desk("OIM")
    assert (await sends(colleague, f"{path}/leer", {})).status_code == 404
    focal_point = await programme.desk("PEAS")
    assert "Abrir un acceso excepcional" not in await read(focal_point, HERE)
    assert (await programme.shelter.get(OPEN, headers=headers())).status_code == 403
    english = await read(oim, path, "en")
    assert "Exceptional access" in english
    assert "Imminent danger to life" in english


async def test_no_form_of_another_site_or_for_another_person_opens_anything(
    oim: httpx2.AsyncClient, referral: Item
) -> None:
    fields = await filled(oim, referral)
    other: dict[str, Any] = fields | {"quien": "p-000"}
    assert (await sends(oim, OPEN, other)).status_code == 409
    assert (
        await sends(oim, OPEN, {name: value for name, value in fields.items() if name != "orden"})
    ).status_code == 422
