"""Whether there is room, caravan mode and the telephones: said by forms, once, until a moment that was chosen."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from services.directory.phone_book import phone_book
from services.system import Installation
from tests.journeys.conftest import programme_of
from tests.support.people.alerts import Clock
from tests.support.people.page_forms import PageForm, form_to
from tests.support.people.page_reading import headers, looked_at, read, words_of
from tests.support.people.people import SHELTER, Programme
from tests.support.system.system import running

ROOM, ALL, CARAVANS = "/mesa/cupo", "/coordinacion/cupo", "/coordinacion/caravanas"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def in_time(installation: Installation, clock: Clock) -> AsyncIterator[Programme]:
    async with running(installation, clock) as system:
        yield await programme_of(system)


def fields(form: PageForm, **written: str) -> dict[str, str]:
    """What a browser sends of it: no box is ticked unless it is written."""
    kept = {name: value for name, value in form.fields.items() if not name.startswith(("estado-", "albergue-"))}
    return kept | written


async def test_a_desk_reports_its_room_until_a_moment_after_which_nobody_knows(
    in_time: Programme, clock: Clock
) -> None:
    officer = await in_time.desk("UNFPA")
    page = await looked_at(officer, ROOM)
    assert "Nadie ha anotado nada." in words_of(page)
    assert "ACNUR" not in words_of(page)
    form = form_to(page, "/UNFPA-CHP")
    until = form.choices["expires_at"][0]
    said = fields(form, capacity="no_capacity", expires_at=until)
    answers = [await officer.post(form.action, data=said, headers=headers()) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert "Quedó anotado el cupo." in await read(officer, answers[0].headers["location"])
    assert "▲ No hay lugar" in await read(officer, ROOM)
    assert "▲ No hay lugar" in await read(in_time.coordinator, ALL)
    seen = await read(in_time.coordinator, "/coordinacion")
    assert "1 sin lugar" in seen
    assert "UNFPA-CHP" in seen
    clock.now += timedelta(hours=5)
    later = await read(officer, ROOM)
    assert "▲ No hay lugar" not in later
    assert "Valía hasta" in later
    assert "0 sin lugar" in await read(in_time.coordinator, "/coordinacion")


async def test_a_page_of_two_days_ago_is_refused_with_what_was_chosen(in_time: Programme, clock: Clock) -> None:
    officer = await in_time.desk("UNFPA")
    form = form_to(await looked_at(officer, ROOM), "/UNFPA-CHP")
    clock.now += timedelta(days=2)
    said = fields(form, capacity="waitlist", expires_at=form.choices["expires_at"][0])
    answer = await officer.post(form.action, data=said, headers=headers())
    assert answer.status_code == 422
    assert "La vigencia debe terminar en el futuro" in words_of(answer.text)
    again = form_to(answer.text, "/UNFPA-CHP")
    assert again.fields["capacity"] == "waitlist"
    said = fields(again, expires_at=again.choices["expires_at"][0])
    assert (await officer.post(again.action, data=said, headers=headers())).status_code == 303


async def test_a_shelter_reports_its_beds_and_nobody_reports_anothers(programme: Programme) -> None:
    form = form_to(await looked_at(programme.shelter, ROOM), f"/{SHELTER}")
    said = fields(form, capacity="capacity", beds="6", expires_at=form.choices["expires_at"][1])
    assert (await programme.shelter.post(form.action, data=said, headers=headers())).status_code == 303
    assert "6 camas" in await read(programme.shelter, ROOM)
    officer = await programme.desk("UNFPA")
    unsigned = {name: value for name, value in said.items() if name != "quien"}
    for code in (SHELTER, "ACNUR-CHP", "UNFPA-XXX"):
        told = await officer.post(f"{ROOM}/{code}", data=unsigned | {"orden": str(uuid4())}, headers=headers())
        assert told.status_code == 404
    for wrong in ({"beds": "muchas"}, {"capacity": "CANARIO"}, {"expires_at": "mañana"}, {"expires_at": ""}):
        told = await programme.shelter.post(form.action, data=said | wrong, headers=headers())
        assert told.status_code == 422
        assert "CANARIO" not in words_of(told.text)
    assert "PEAS" not in await read(programme.shelter, ALL), "it refers nothing to them"
    assert (await programme.coordinator.get(ROOM, headers=headers())).status_code == 403


async def test_caravan_mode_is_turned_on_and_off_by_forms_as_recorded_acts(in_time: Programme) -> None:
    by = in_time.coordinator
    form = form_to(await looked_at(by, CARAVANS), CARAVANS)
    said = fields(form, reason="caravan", until=form.choices["until"][1], **{f"albergue-{SHELTER}": "si"})
    answers = [await by.post(CARAVANS, data=said, headers=headers()) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    seen = await read(by, answers[0].headers["location"])
    assert "El modo caravana está encendido." in seen
    assert "Llega una caravana" in seen
    assert f"Modo caravana encendido: {SHELTER}" in await read(by, "/coordinacion")
    again = await by.post(CARAVANS, data=said | {"orden": str(uuid4())}, headers=headers())
    assert again.status_code == 409
    assert "Ya hay un modo caravana encendido" in words_of(again.text)
    assert f'name="albergue-{SHELTER}" value="si" checked' in again.text, "what was chosen is kept"
    (mode,) = (await by.get("/api/v1/caravan-modes")).json()["items"]
    off = form_to(await looked_at(by, CARAVANS), "/terminar")
    other = form_to(await looked_at(by, CARAVANS), "/terminar")
    assert (await by.post(off.action, data=off.fields, headers=headers())).status_code == 303
    assert (await by.post(off.action, data=off.fields, headers=headers())).status_code == 303
    late = await by.post(other.action, data=other.fields, headers=headers())
    assert late.status_code == 409
    assert "Ese modo caravana ya terminó." in words_of(late.text)
    assert "se apagó" in await read(by, f"{CARAVANS}?terminados=true")
    assert mode["caravan_id"] in off.action


@pytest.mark.parametrize("wrong", [{}, {"albergue-ALB-XXX-99": "si"}, {"estado-MX-YUC": "si"}, {"until": "x"}])
async def test_caravan_mode_for_nobody_or_for_ever_is_refused(programme: Programme, wrong: dict[str, str]) -> None:
    form = form_to(await looked_at(programme.coordinator, CARAVANS), CARAVANS)
    where = {} if not wrong or "until" not in wrong else {f"albergue-{SHELTER}": "si"}
    said = fields(form, reason="other", until=form.choices["until"][0], **where) | wrong
    answer = await programme.coordinator.post(CARAVANS, data=said, headers=headers())
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


async def test_the_list_of_telephones_names_every_desk_and_leaves_a_blank(programme: Programme) -> None:
    seen = await read(programme.coordinator, "/coordinacion/telefonos")
    assert "EMERGENCIA: 911" in seen
    assert "ACNUR-24H" in seen
    assert "las 24 horas" in seen
    assert "____" in seen
    assert "24 hours" in await read(programme.coordinator, "/coordinacion/telefonos", "en")


def test_the_telephones_are_those_of_the_installation_and_a_spoilt_file_hides_no_desk(tmp_path: Path) -> None:
    contacts = tmp_path / "contacts.yaml"
    contacts.write_text("ACNUR-CHP: {phone: ['+52 962 000 0000']}\n", encoding="utf-8")
    book = phone_book(contacts)
    assert {one.desk: list(one.numbers) for one in book.desks("es")}["ACNUR-CHP"] == ["+52 962 000 0000"]
    contacts.write_text(": :", encoding="utf-8")
    assert len(book.desks("es")) == len(phone_book(None).desks("en")) > 20
    assert not any(one.numbers for one in book.desks("es"))
