"""A shelter registers by a plain form: faults at their questions, what was written stays, and it is one case."""

from typing import Any
from uuid import uuid4

import pytest

from events.vocabulary import Role
from tests.support.builders.filled_forms import A_CHILD_ALONE, AN_ADULT
from tests.support.people.page_forms import form_to
from tests.support.people.page_reading import headers, looked_at, words_of
from tests.support.people.people import SHELTER, Programme

HERE = "/albergue/registrar"
CANARY = "Xʼmaʼ CANARIO"


async def begun(programme: Programme, **written: str) -> dict[str, str]:
    """What a browser sends of the page that it was shown."""
    form = form_to(await looked_at(programme.shelter, HERE), HERE)
    drawn = {name: form.fields[name] for name in ("orden", "iniciado", "shelter", "quien")}
    return drawn | {"kind": "person"} | written


async def sent(programme: Programme, fields: dict[str, str], language: str = "es") -> Any:
    return await programme.shelter.post(HERE, data=fields, headers=headers(language))


async def test_a_child_is_registered_once_however_often_the_button_is_tapped(programme: Programme) -> None:
    fields = await begun(programme, **A_CHILD_ALONE, name=CANARY)
    answers = [await sent(programme, fields) for _ in range(3)]
    assert [one.status_code for one in answers] == [303, 303, 303]
    (place,) = {one.headers["location"] for one in answers}
    case = place.removeprefix("/albergue/casos/").partition("?")[0]
    assert (await programme.referral_to("UNICEF", case))["case_id"] == case


@pytest.mark.parametrize("language", ["es", "en"])
async def test_what_is_wrong_is_said_at_its_question_and_what_was_written_stays(
    programme: Programme, language: str
) -> None:
    fields = await begun(programme, **AN_ADULT, name=CANARY, birth_date="ayer", **{"needs-legal": "si"})
    del fields["safe_contact"]
    answer = await sent(programme, fields, language)
    assert answer.status_code == 422
    assert {"es": "Falta algo", "en": "Something is missing"}[language] in words_of(answer.text)
    assert '<a href="#safe_contact">' in answer.text
    assert '<a href="#birth_date">' in answer.text
    again = form_to(answer.text, HERE)
    assert again.fields["name"] == CANARY
    assert again.fields["orden"] == fields["orden"]
    assert 'id="needs-legal" name="needs-legal" value="si" checked' in answer.text
    mended = await sent(programme, fields | {"safe_contact": "none", "birth_date": "1998"})
    assert mended.status_code == 303


async def test_the_same_form_with_other_answers_is_a_conflict_and_no_second_case(programme: Programme) -> None:
    fields = await begun(programme, **AN_ADULT)
    first, second = await sent(programme, fields), await sent(programme, fields | {"language": "quc"})
    assert (first.status_code, second.status_code) == (303, 409)


async def test_what_was_begun_at_one_shelter_is_not_taken_from_another_ones_staff(programme: Programme) -> None:
    fields = await begun(programme, **AN_ADULT)
    other = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-02")
    answer = await other.post(HERE, data=fields | {"quien": ""}, headers=headers())
    assert answer.status_code in {403, 409}
    del fields["quien"]
    assert (await other.post(HERE, data=fields, headers=headers())).status_code == 403


async def test_the_form_that_a_telephone_keeps_names_nobody_and_needs_no_session(programme: Programme) -> None:
    for language in ("es", "en"):
        answer = await programme.shelter.get(
            f"/albergue/sin-red/registrar?idioma={language}", headers={"Authorization": ""}
        )
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in answer.text
        assert SHELTER not in answer.text
        assert "Salir" not in answer.text


async def test_the_form_takes_what_its_script_asked_about_consent(programme: Programme) -> None:
    said = '[{"recipient":"ACNUR","decision":"refused","purpose":"legal","given_by":"self"}]'
    fields = await begun(programme, **AN_ADULT, consentimientos=said)
    place = (await sent(programme, fields)).headers["location"]
    case = place.removeprefix("/albergue/casos/").partition("?")[0]
    assert (await programme.referral_to("ACNUR", case))["state"] == "blocked_consent"


async def test_what_a_form_needs_is_given_again_only_if_it_changed(programme: Programme) -> None:
    for path in ("/api/v1/consent-wordings?language=en", "/api/v1/code-lists"):
        first = await programme.shelter.get(path)
        assert first.status_code == 200
        again = await programme.shelter.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = await programme.shelter.get(path, headers={"If-None-Match": f'"{uuid4()}"'})
        assert other.status_code == 200
