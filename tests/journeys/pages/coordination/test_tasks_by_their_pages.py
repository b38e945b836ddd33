"""A desk's tasks by forms: what is due first, what became of each, and who said so before."""

from datetime import timedelta
from uuid import uuid4

from events.vocabulary import Role
from services.system import Installation
from tests.journeys.conftest import programme_of
from tests.support.people.alerts import Clock
from tests.support.people.page_forms import form_to, forms_of
from tests.support.people.page_reading import headers, looked_at, read, words_of
from tests.support.people.people import Item, Programme
from tests.support.people.tasks import a_child, says_done, tasks_of
from tests.support.system.system import running

HERE = "/mesa/tareas"


async def a_task(programme: Programme) -> tuple[str, Item]:
    """A case and the shelter's task of it."""
    case = await programme.flag(a_child())
    await programme.referral_to("UNICEF", case, basis="best_interests")
    (task,) = await tasks_of(programme.shelter, case)
    return case, task


async def test_it_is_finished_by_its_form_once_however_often_it_is_sent(programme: Programme) -> None:
    case, task = await a_task(programme)
    seen = await read(programme.shelter, f"{HERE}?caso={case}")
    assert "Dar aviso a la Procuraduría" in seen
    assert "a más tardar" in seen
    page = await looked_at(programme.shelter, f"{HERE}/{task['task_id']}")
    form = form_to(page, task["task_id"])
    assert form.choices["result"] == ["done", "not_needed", "not_possible", "refused"]
    answers = [
        await programme.shelter.post(form.action, data=form.fields | {"result": "done"}, headers=headers())
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [303, 303]
    assert "Quedó anotado qué pasó con la tarea." in await read(programme.shelter, answers[0].headers["location"])
    assert "No hay ninguna tarea abierta." in await read(programme.shelter, f"{HERE}?caso={case}")
    ended = await read(programme.shelter, f"{HERE}?terminadas=true&caso={case}")
    assert "Se hizo" in ended
    assert "trabajo social" in ended or "albergue" in ended
    after = await looked_at(programme.shelter, f"{HERE}/{task['task_id']}")
    assert [one for one in forms_of(after) if one.action.startswith(HERE)] == []


async def test_the_slower_of_two_sees_who_said_what(programme: Programme) -> None:
    _, task = await a_task(programme)
    form = form_to(await looked_at(programme.coordinator, f"{HERE}/{task['task_id']}"), task["task_id"])
    assert (await says_done(programme.shelter, task, "not_possible")).status_code == 200
    late = await programme.coordinator.post(form.action, data=form.fields | {"result": "done"}, headers=headers())
    assert late.status_code == 409
    seen = words_of(late.text)
    assert "No fue posible" in seen
    assert "ALB-HUI-01" in seen
    assert [one for one in forms_of(late.text) if one.action.startswith(HERE)] == []


async def test_an_answer_that_is_missing_is_asked_for_beside_its_question(programme: Programme) -> None:
    _, task = await a_task(programme)
    path = f"{HERE}/{task['task_id']}"
    form = form_to(await looked_at(programme.shelter, path), task["task_id"])
    for result in ({}, {"result": "CANARIO"}):
        fields = {name: value for name, value in form.fields.items() if name != "result"} | result
        answer = await programme.shelter.post(path, data=fields, headers=headers())
        assert answer.status_code == 422
        assert 'href="#result"' in answer.text
        assert "CANARIO" not in words_of(answer.text)


async def test_a_task_is_its_owners_and_the_coordinations(programme: Programme) -> None:
    case, task = await a_task(programme)
    for agency in ("UNICEF", "ACNUR"):
        stranger = await programme.desk(agency)
        assert "Procuraduría" not in await read(stranger, f"{HERE}?caso={case}")
        path = f"{HERE}/{task['task_id']}"
        assert (await stranger.get(path, headers=headers())).status_code == 404
        told = await stranger.post(path, data={"orden": str(uuid4()), "result": "done"}, headers=headers())
        assert told.status_code == 404
    assert "Dar aviso a la Procuraduría" in await read(programme.coordinator, f"{HERE}?caso={case}")
    assert "Notify" in await read(programme.coordinator, f"{HERE}/{task['task_id']}", "en")
    auditor = await programme.system.signed_in(Role.AUDITOR, "*")
    assert (await auditor.get(HERE, headers=headers())).status_code == 403


async def test_what_is_overdue_says_so_and_the_coordination_counts_it(installation: Installation) -> None:
    clock = Clock()
    async with running(installation, clock) as system:
        programme = await programme_of(system)
        await a_task(programme)
        clock.now += timedelta(days=3)
        assert "(hace 2 días)" in await read(programme.shelter, HERE)
        assert "1 tarea venció y sigue abierta." in await read(programme.coordinator, "/coordinacion")
