"""The page of what waits for a shelter besides its cases: its own, counted, each with its way."""

from events.vocabulary import Role
from tests.support.builders.slips import slip_of, takes_back
from tests.support.people.page_forms import form_to
from tests.support.people.page_reading import headers, looked_at, read, words_of
from tests.support.people.people import Programme, an_adult, consent_to
from tests.support.people.shelter_work import spoilt

HERE = "/albergue/trabajo"


async def test_it_counts_what_waits_and_is_empty_for_a_shelter_of_which_nothing_is_known(
    own_programme: Programme,
) -> None:
    by = own_programme.shelter
    before = await read(by, HERE)
    assert "0 envíos por corregir" in before
    assert "pedidos" not in before, "a worker does not see the register"
    assert (await by.post("/api/v1/submissions", json=spoilt(an_adult()))).status_code == 422
    assert "1 envío por corregir" in await read(by, HERE)
    stranger = await own_programme.system.signed_in(Role.SHELTER_COORDINATOR, "ALB-TAP-01")
    theirs = await read(stranger, HERE)
    assert "0 envíos por corregir" in theirs
    assert "0 pedidos de autoridades sin respuesta" in theirs
    assert "Teléfonos del albergue" in theirs


async def test_a_withdrawal_made_with_a_slip_waits_there_with_its_case(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    slip = await slip_of(programme.shelter, case)
    assert f"/albergue/casos/{case}" not in await looked_at(programme.shelter, HERE)
    assert (await takes_back(programme.shelter, slip)).status_code == 202
    page = await looked_at(programme.shelter, HERE)
    assert "pidió detener el envío de sus datos" in words_of(page)
    assert f"/albergue/casos/{case}" in page
    stranger = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
    assert f"/albergue/casos/{case}" not in await looked_at(stranger, HERE)


async def test_a_withdrawal_from_whom_the_shelter_must_not_know_is_not_told_of(programme: Programme) -> None:
    harm = [{"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}]
    case = await programme.flag(an_adult(harm_events=harm))
    slip = await slip_of(programme.shelter, case)
    assert (await takes_back(programme.shelter, slip, recipient="PEAS")).status_code == 202
    assert f"/albergue/casos/{case}" not in await looked_at(programme.shelter, HERE)


async def test_somebody_says_that_they_are_there_as_often_as_they_like(programme: Programme) -> None:
    form = form_to(await looked_at(programme.shelter, HERE), "/senal")
    answers = [await programme.shelter.post(form.action, data=form.fields, headers=headers()) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert "El programa sabe que el albergue sigue ahí." in await read(
        programme.shelter, answers[0].headers["location"]
    )


async def test_what_others_have_too_keeps_the_shelters_doors(programme: Programme) -> None:
    for path in ("/mesa/tareas", "/mesa/cupo", "/mesa/accesos", "/coordinacion/cupo", "/coordinacion/telefonos"):
        page = await looked_at(programme.shelter, path)
        assert 'href="/albergue/trabajo" aria-current="page"' in page, path
        assert 'href="/mesa"' not in page, path
        assert 'href="/avisos/turno"' not in page, path
    officer = await programme.desk("ACNUR")
    assert "/albergue" not in await looked_at(officer, "/mesa/tareas")
