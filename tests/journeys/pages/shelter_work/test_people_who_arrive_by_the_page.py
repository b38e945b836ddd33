"""A person arrives with a slip and a word, by the form: taken over as far as they agree, once, and by nobody else."""

import httpx2
import pytest

from events.vocabulary import Role
from tests.support.builders.slips import NEXT_SHELTER, WORD, case_as, slip_of
from tests.support.people.page_forms import form_to
from tests.support.people.page_reading import headers, looked_at, read, words_of
from tests.support.people.people import Programme, an_adult

HERE = "/albergue/trabajo/llegada"


@pytest.fixture
async def next_one(programme: Programme) -> httpx2.AsyncClient:
    return await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")


async def sent(client: httpx2.AsyncClient, page: str, **written: str) -> httpx2.Response:
    """The form with what was written; of the boxes only those that are said."""
    form = form_to(page, HERE)
    fields = {name: value for name, value in form.fields.items() if not name.startswith("campo-")}
    return await client.post(form.action, data=fields | written, headers=headers())


async def test_what_the_person_agrees_to_is_read_to_them_and_the_case_is_here_however_often_it_is_sent(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult())
    slip = await slip_of(programme.shelter, case)
    page = await looked_at(next_one, HERE)
    assert "Este albergue se haría cargo de lo que usted empezó en otro." in words_of(page)
    assert "This shelter would take on what you began at another." in await read(next_one, HERE, "en")
    said = {"slip": slip.lower(), "word": WORD, "given_by": "self", "fields": "basic", "how": "signed"}
    form = form_to(page, HERE)
    fields = {name: value for name, value in form.fields.items() if not name.startswith("campo-")} | said
    answers = [await next_one.post(HERE, data=fields, headers=headers()) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303], words_of(answers[0].text)
    assert answers[0].headers["location"] == f"/albergue/casos/{case}?hecho=case_taken_over"
    assert answers[1].headers["location"] == answers[0].headers["location"]
    there = await case_as(next_one, case)
    assert there["shelter"] == NEXT_SHELTER
    answered = (await next_one.get(f"/api/v1/cases/{case}/answers")).json()
    assert "fear_of_return" not in str(answered), "it is not of the first day"
    assert (await case_as(programme.shelter, case))["handed_over"] is True


async def test_a_person_chooses_answers_one_by_one(programme: Programme, next_one: httpx2.AsyncClient) -> None:
    case = await programme.flag(an_adult())
    said = {"slip": await slip_of(programme.shelter, case), "word": WORD, "given_by": "self", "how": "signed"}
    page = await looked_at(next_one, HERE)
    nothing = await sent(next_one, page, **said, fields="some")
    assert nothing.status_code == 422, "to choose is to choose something"
    assert 'href="#fields"' in nothing.text
    page = await looked_at(next_one, HERE)
    taken = await sent(next_one, page, **said, fields="some", **{"campo-language": "si"})
    assert taken.status_code == 303, words_of(taken.text)
    assert "planned_departure" not in str((await next_one.get(f"/api/v1/cases/{case}/answers")).json())


async def test_a_wrong_word_is_refused_and_what_was_written_stays_but_for_the_word(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult())
    slip = await slip_of(programme.shelter, case)
    said = {"slip": slip, "word": "CANARIO", "given_by": "self", "fields": "all", "how": "verbal_witnessed"}
    refused = await sent(next_one, await looked_at(next_one, HERE), **said)
    assert refused.status_code == 403
    again = form_to(refused.text, HERE)
    assert again.fields["slip"] == slip
    assert again.fields["how"] == "verbal_witnessed"
    assert "CANARIO" not in refused.text
    assert (await case_as(programme.shelter, case))["handed_over"] is False
    mistyped = await sent(next_one, refused.text, **said | {"slip": "CANARIO"})
    assert mistyped.status_code == 422


async def test_a_family_comes_together_or_not_at_all(programme: Programme, next_one: httpx2.AsyncClient) -> None:
    mother, alone = [await programme.flag(an_adult(family_group=group)) for group in ("f-71", "f-72")]
    child = an_adult(family_group="f-71", age_band="6-11", accompaniment="parent_or_guardian")
    del child["screening"]["travelling"]
    child_case = await programme.flag(child)
    slips = [await slip_of(programme.shelter, case) for case in (mother, child_case, alone)]
    page = await looked_at(next_one, f"{HERE}?personas=2")
    said = {"slip": slips[0], "word": WORD, "given_by": "self", "fields": "all", "how": "signed"}
    second = {"word-2": WORD, "given_by-2": "guardian", "fields-2": "all"}
    stranger = await sent(next_one, page, **said, **second | {"slip-2": slips[2], "given_by-2": "self"})
    assert stranger.status_code == 409
    assert "Persona 2" in words_of(stranger.text)
    assert (await case_as(programme.shelter, mother))["handed_over"] is False
    taken = await sent(
        next_one, await looked_at(next_one, f"{HERE}?personas=2"), **said, **second, **{"slip-2": slips[1]}
    )
    assert taken.status_code == 303, words_of(taken.text)
    for case in (mother, child_case):
        assert (await case_as(programme.shelter, case))["handed_over"] is True


async def test_a_desk_and_the_coordination_of_the_programme_take_nobody_over(programme: Programme) -> None:
    for client in (await programme.desk("ACNUR"), programme.coordinator):
        assert (await client.get(HERE, headers=headers())).status_code == 403
