"""What a shelter sent and was refused, by forms: read as a recorded act, corrected field by field, or set aside."""

from typing import Any
from uuid import UUID, uuid4

import httpx2

from events.intake import RefusalRead
from events.vocabulary import Role
from tests.support.people.page_forms import PageForm, form_to, forms_of
from tests.support.people.page_reading import headers, looked_at, read, words_of
from tests.support.people.people import Item, Programme, an_adult, consent_to
from tests.support.people.shelter_work import refusals, spoilt

HERE = "/albergue/trabajo/rechazos"


async def refused(programme: Programme, document: Item, **of: Any) -> Item:
    """The refusal of a document."""
    answer = await programme.shelter.post("/api/v1/submissions", json=document)
    assert answer.status_code == 422, answer.text
    (item,) = await refusals(programme.shelter, document["submission_id"], **of)
    return item


def path_of(refusal: Item) -> str:
    return f"{HERE}/{refusal['refusal_id']}"


async def opened(client: httpx2.AsyncClient, refusal: Item) -> str:
    """The page after somebody opened what was sent."""
    form = form_to(await looked_at(client, path_of(refusal)), "/abrir")
    answer = await client.post(form.action, data=form.fields, headers=headers())
    assert answer.status_code == 200, words_of(answer.text)
    return answer.text


def written(form: PageForm, **answers: str) -> dict[str, str]:
    """What a browser sends of a form: no box is ticked unless it is said."""
    boxes = {name for name, value in form.fields.items() if value == "si"}
    return {name: value for name, value in form.fields.items() if name not in boxes} | answers


async def test_it_says_what_is_wrong_field_by_field_and_nothing_that_was_sent(programme: Programme) -> None:
    refusal = await refused(programme, spoilt(an_adult()))
    listed = await looked_at(programme.shelter, HERE)
    assert path_of(refusal) in listed
    page = await read(programme.shelter, path_of(refusal))
    assert "Sexo: El valor no está en la lista." in page
    assert "Necesidades: El valor no está en la lista." in page
    assert "CANARIO" not in page
    assert "Sex: The value is not in the list." in await read(programme.shelter, path_of(refusal), "en")


async def test_what_was_sent_is_read_as_a_recorded_act_and_its_faulty_fields_are_answered_anew(
    programme: Programme,
) -> None:
    document = spoilt(an_adult(consent_to("ACNUR")))
    refusal = await refused(programme, document)
    page = await opened(programme.shelter, refusal)
    stream = UUID(refusal["refusal_id"])
    history = (await programme.system.service("intake").log.streams([stream]))[stream]
    assert [type(fact.event) for fact in history][1:] == [RefusalRead]
    seen = words_of(page)
    assert "CANARIO" in seen, "this is what was sent"
    assert "Temor de regresar" in seen
    form = form_to(page, "/corregir")
    assert form.choices["screening.sex"][1:] == ["F", "M", "X", "unknown"]
    still = await programme.shelter.post(form.action, data=written(form, **{"screening.sex": ""}), headers=headers())
    assert still.status_code == 303, "the sex may be left out, and there may be no needs"
    assert still.headers["location"].startswith("/albergue/casos/")
    case = still.headers["location"].removeprefix("/albergue/casos/").partition("?")[0]
    assert (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["submission_id"] == document["submission_id"]
    again = await programme.shelter.post(form.action, data=written(form, **{"screening.sex": ""}), headers=headers())
    assert (again.status_code, again.headers["location"]) == (303, still.headers["location"])
    settled = await looked_at(programme.shelter, path_of(refusal))
    assert "se corrigió y se envió" in words_of(settled)
    assert [one for one in forms_of(settled) if one.action.startswith(HERE)] == []


async def test_what_is_still_wrong_is_asked_for_with_what_was_answered_and_nothing_is_stored(
    programme: Programme,
) -> None:
    document = spoilt(an_adult())
    document["screening"] |= {"age_band": "tres", "safe_contact": "paloma"}
    refusal = await refused(programme, document)
    form = form_to(await opened(programme.shelter, refusal), "/corregir")
    said = {"screening.age_band": "6-11", "screening.safe_contact": "none", "screening.needs~legal": "si"}
    answer = await programme.shelter.post(form.action, data=written(form, **said), headers=headers())
    assert answer.status_code == 422
    seen = words_of(answer.text)
    assert "Todavía falta algo" in seen
    assert "Quién acompaña: Falta este dato obligatorio." in seen
    assert "Con quién viaja: No corresponde a esta edad" in seen
    assert "CANARIO" not in seen, "nothing was opened again"
    assert len(await refusals(programme.shelter, document["submission_id"])) == 1
    more = form_to(answer.text, "/corregir")
    assert more.fields["screening.age_band"] == "6-11"
    assert "-screening.travelling" in more.fields
    said |= {"screening.accompaniment": "parent_or_guardian", "-screening.travelling": "si"}
    sent = await programme.shelter.post(more.action, data=written(more, **said), headers=headers())
    assert sent.status_code == 303, words_of(sent.text)


async def test_a_consent_with_a_fault_is_taken_out_and_the_others_stay(programme: Programme) -> None:
    wrong = consent_to("OIM", wording_version="es-99")
    refusal = await refused(programme, an_adult(wrong, consent_to("ACNUR")))
    form = form_to(await opened(programme.shelter, refusal), "/corregir")
    answer = await programme.shelter.post(form.action, data=written(form, **{"-consent.0": "si"}), headers=headers())
    assert answer.status_code == 303, words_of(answer.text)
    case = answer.headers["location"].removeprefix("/albergue/casos/").partition("?")[0]
    consents = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"]
    assert [one["recipient"] for one in consents] == ["ACNUR"]


async def test_the_same_id_with_other_content_is_an_amendment_or_somebody_else(programme: Programme) -> None:
    first = an_adult()
    case = await programme.flag(first)
    other = {**first, "screening": {**first["screening"], "planned_departure": "today"}}
    told = await programme.shelter.post("/api/v1/submissions", json=other)
    assert told.status_code == 409
    (refusal,) = await refusals(programme.shelter, first["submission_id"])
    form = form_to(await opened(programme.shelter, refusal), "/corregir")
    assert form.choices["como"] == ["correccion", "nuevo"]
    undecided = {name: value for name, value in form.fields.items() if name != "como"}
    assert (await programme.shelter.post(form.action, data=undecided, headers=headers())).status_code == 409
    form = form_to(await opened(programme.shelter, refusal), "/corregir")
    sent = await programme.shelter.post(form.action, data=form.fields | {"como": "correccion"}, headers=headers())
    assert sent.status_code == 303, words_of(sent.text)
    assert case in sent.headers["location"]


async def test_it_is_set_aside_by_a_second_thought_and_found_among_the_settled(programme: Programme) -> None:
    refusal = await refused(programme, spoilt(an_adult()))
    form = form_to(await looked_at(programme.shelter, path_of(refusal)), "/apartar")
    answers = [await programme.shelter.post(form.action, data=form.fields, headers=headers()) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert "El envío quedó apartado." in await read(programme.shelter, answers[0].headers["location"])
    assert path_of(refusal) not in await looked_at(programme.shelter, HERE)
    assert path_of(refusal) in await looked_at(programme.shelter, f"{HERE}?resueltos=true")
    late = await programme.shelter.post(form.action, data={"orden": str(uuid4())}, headers=headers())
    assert late.status_code == 409


async def test_another_shelter_does_not_know_of_it_and_harm_by_staff_is_not_shown(programme: Programme) -> None:
    harm = [{"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}]
    refusal = await refused(programme, spoilt(an_adult(harm_events=harm)))
    stranger = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
    assert (await stranger.get(path_of(refusal), headers=headers())).status_code == 404
    for act in ("abrir", "corregir", "apartar"):
        told = await stranger.post(f"{path_of(refusal)}/{act}", data={"orden": str(uuid4())}, headers=headers())
        assert told.status_code == 404, act
    page = words_of(await opened(programme.shelter, refusal))
    assert "shelter_or_aid_worker" not in page
    assert "albergue o de ayuda" not in page
    form = form_to(await opened(programme.shelter, refusal), "/corregir")
    sent = await programme.shelter.post(form.action, data=written(form, **{"screening.sex": "M"}), headers=headers())
    assert sent.status_code == 303, words_of(sent.text)
    case = sent.headers["location"].removeprefix("/albergue/casos/").partition("?")[0]
    await programme.referral_to("PEAS", case)


async def test_what_was_never_a_document_is_shown_and_cannot_be_corrected_in_parts(programme: Programme) -> None:
    answer = await programme.shelter.post(
        "/api/v1/submissions", content=b"esto no es", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    items = (await programme.shelter.get("/api/v1/refusals")).json()["items"]
    (refusal,) = [one for one in items if one["submission_id"] is None and one["faults"][0]["code"] == "not_json"]
    page = await opened(programme.shelter, refusal)
    assert "esto no es" in words_of(page)
    assert [one for one in forms_of(page) if one.action.endswith("/corregir")] == []
