"""What an authority demands, and a person's own written wish to be spoken for: by forms, by two people."""

from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from tests.support.people.access_furniture import request_contact
from tests.support.people.page_forms import form_to, forms_of
from tests.support.people.page_reading import headers, looked_at, read, words_of
from tests.support.people.people import SHELTER, Programme, an_adult

WORK = "/albergue/trabajo"
DEMANDS = "/albergue/trabajo/requerimientos"


@pytest.fixture
async def in_charge(programme: Programme) -> httpx2.AsyncClient:
    return await programme.system.signed_in(Role.SHELTER_COORDINATOR, SHELTER, "c-001")


async def test_a_worker_records_a_demand_and_the_coordination_answers_it_once(
    programme: Programme, in_charge: httpx2.AsyncClient
) -> None:
    worker = programme.shelter
    page = await looked_at(worker, f"{DEMANDS}/anotar")
    assert "No tiene que decir quién está aquí" in words_of(page)
    form = form_to(page, DEMANDS)
    said = {"authority": "police", "demanded": "whereabouts", "court_order": "no", "received_at": "2013-06-12T10:00"}
    answers = [await worker.post(DEMANDS, data=form.fields | said, headers=headers()) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303], words_of(answers[0].text)
    assert "Quedó anotado. Responde la coordinación." in await read(worker, answers[0].headers["location"])
    assert (await worker.get(DEMANDS, headers=headers())).status_code == 403, "a worker records and does not see"
    register = await looked_at(in_charge, DEMANDS)
    assert "La policía: el paradero de alguien" in words_of(register)
    own = [one for one in forms_of(register) if one.action.endswith("/responder")]
    assert own
    assert all("complied_with_court_order" not in one.choices["answer"] for one in own), "no court ordered anything"
    first = own[-1]
    complied = await in_charge.post(
        first.action, data=first.fields | {"answer": "complied_with_court_order"}, headers=headers()
    )
    assert complied.status_code == 409
    given = [
        await in_charge.post(first.action, data=own[-1].fields | {"answer": "refused"}, headers=headers())
        for _ in range(2)
    ]
    assert [one.status_code for one in given] == [303, 303]
    after = await looked_at(in_charge, given[0].headers["location"])
    assert "Se negó" in words_of(after)
    assert first.action not in {one.action for one in forms_of(after)}


async def test_what_is_missing_is_asked_for_and_a_demand_is_nobody_elses(programme: Programme) -> None:
    form = form_to(await looked_at(programme.shelter, f"{DEMANDS}/anotar"), DEMANDS)
    said = {"authority": "police", "demanded": "CANARIO", "received_at": "ayer"}
    told = await programme.shelter.post(DEMANDS, data=form.fields | said, headers=headers())
    assert told.status_code == 422
    assert "no es una fecha y hora" in words_of(told.text)
    said |= {"received_at": "2013-06-12T10:00"}
    told = await programme.shelter.post(DEMANDS, data=form.fields | said, headers=headers())
    assert told.status_code == 422
    assert 'href="#demanded"' in told.text
    assert 'href="#court_order"' in told.text
    assert "CANARIO" not in words_of(told.text)
    said |= {"demanded": "other", "court_order": "no", "came_to": "ALB-TAP-01"}
    assert (await programme.shelter.post(DEMANDS, data=form.fields | said, headers=headers())).status_code == 403
    said |= {"came_to": SHELTER, "received_at": "2100-06-12T10:00"}
    late = await programme.shelter.post(DEMANDS, data=form.fields | said, headers=headers())
    assert late.status_code == 422
    assert "posterior a este momento" in words_of(late.text)


async def test_a_wish_waits_with_its_case_until_a_second_person_authorises_it(
    programme: Programme, in_charge: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult())
    contact = await request_contact(programme, case)
    path = f"/albergue/casos/{case}/autoridad"
    worker, second = [await looked_at(client, WORK) for client in (programme.shelter, in_charge)]
    assert path in worker
    assert "Falta que la coordinación lo autorice." in words_of(worker)
    assert path in second
    assert "Falta que una segunda persona lo autorice." in words_of(second)
    assert "migratoria" not in words_of(second), "with whom is sealed"
    stranger = await programme.system.signed_in(Role.SHELTER_COORDINATOR, "ALB-TAP-01")
    assert path not in await looked_at(stranger, WORK)
    route = f"/api/v1/cases/{case}/restricted-contacts/{contact}/authorise"
    assert (await in_charge.post(route, json={"command_id": str(uuid4())})).status_code == 200
    assert path not in await looked_at(in_charge, WORK)
