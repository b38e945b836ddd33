"""For each state and role the page offers the steps that the API accepts, and each works by its form."""

from typing import Any

import httpx2
import pytest

from events.vocabulary import Role
from services.referral.lifecycle.schemas import BODIES
from tests.support.models.state_table import CELLS, told
from tests.support.people.page_forms import PageForm, forms_of
from tests.support.people.people import SHELTER, Item, Programme, step
from tests.support.people.referral_states import WAYS, in_state

HTML = {"Accept": "text/html"}
OURS = HTML | {"Sec-Fetch-Site": "same-origin"}
SAYS = {
    "reason": "no_capacity",
    "note": "Sin lugar hasta el lunes.",
    "question": "¿Cuántas personas son?",
    "answer": "Dos.",
    "appointment_at": "2031-06-13T10:00",
    "outcome": "unknown",
    "confirmation": "partly",
    "comment": "Así fue.",
    "to": "UNFPA",
}
SPENT = {("rerouted", "reopen")}
"""What the table allows and was taken already: it was replaced, and nothing replaces it twice."""
ALIKE = {
    "mark-in-error": {"requested"},
    "reopen": {"cancelled"},
    "no-contact": {"requested"},
    "cancel": {"in_service", "blocked_consent"},
}
"""Steps whose form is the same from wherever they are taken: tried from these states only."""
CAST = (
    (Role.OFFICER, "ACNUR"),
    (Role.SUPERVISOR, "ACNUR"),
    (Role.PROGRAMME_COORDINATOR, "*"),
    (Role.SHELTER_WORKER, SHELTER),
    (Role.SHELTER_COORDINATOR, SHELTER),
)


def path_of(referral: Item) -> str:
    return f"/mesa/canalizaciones/{referral['referral_id']}"


def steps_on(page: str) -> dict[str, PageForm]:
    """The forms of steps, by step."""
    found = {form.action.rpartition("/")[2]: form for form in forms_of(page)}
    return {name: form for name, form in found.items() if name in BODIES}


def offered_by_the_table(state: str, role: Role) -> set[str]:
    names = {name for name, from_state in CELLS if from_state == state and told(CELLS, name, state, role) == "yes"}
    return {name for name in names & BODIES.keys() if (state, name) not in SPENT}


async def everybody(programme: Programme) -> dict[Role, httpx2.AsyncClient]:
    return {role: await programme.system.signed_in(role, org) for role, org in CAST}


def is_hidden_from(role: Role, state: str) -> bool:
    return state == "blocked_consent" and role in {Role.OFFICER, Role.SUPERVISOR}


@pytest.mark.parametrize("state", WAYS)
async def test_the_page_offers_what_the_api_accepts_and_nothing_else(programme: Programme, state: str) -> None:
    referral, clients = await in_state(programme, state), await everybody(programme)
    for role, client in clients.items():
        page = await client.get(path_of(referral), headers=HTML)
        if is_hidden_from(role, state):
            assert page.status_code == 404
            continue
        assert page.status_code == 200
        shown = steps_on(page.text)
        assert shown.keys() == offered_by_the_table(state, role), (role, state)
        for name, (body, _) in BODIES.items():
            if name not in shown:  # whatever the page leaves out, the API refuses
                says: dict[str, Any] = {field: SAYS[field] for field in body.model_fields if field in SAYS}
                says |= {"appointment_at": "2031-06-13T10:00:00-05:00"} if "appointment_at" in says else {}
                refused = await step(client, referral, name, **says)
                assert refused.status_code in {403, 409}, (role, state, name, refused.text)


@pytest.mark.slow
@pytest.mark.parametrize("state", WAYS)
async def test_each_offered_step_works_by_its_form(programme: Programme, state: str) -> None:
    clients, tried = await everybody(programme), set[str]()
    for role, client in clients.items():
        for name in sorted(offered_by_the_table(state, role) - tried):
            if is_hidden_from(role, state) or state not in ALIKE.get(name, {state}):
                continue
            tried.add(name)
            referral = await in_state(programme, state)
            form = steps_on((await client.get(path_of(referral), headers=HTML)).text)[name]
            written = {field: SAYS[field] for field in form.fields | form.choices if field in SAYS}
            done = await client.post(form.action, data=form.fields | written, headers=OURS)
            assert (done.status_code, done.headers.get("location")) == (
                303,
                f"{path_of(referral)}?hecho={name}",
            ), (role, state, name, done.text)
            after = (await programme.coordinator.get(f"/api/v1/referrals/{referral['referral_id']}")).json()
            assert after["version"] > referral["version"]
            expected = CELLS[name, state].to
            assert after["state"] in {expected, "rerouted"} if name == "decline" else after["state"] == expected
            said = (await client.get(done.headers["location"], headers=HTML)).text
            assert 'class="notice good" role="status"' in said


def test_every_state_and_every_step_is_walked() -> None:
    assert {state for _, state in CELLS} - {"proposed"} == WAYS.keys()
    walked = {name for state in WAYS for role, _ in CAST for name in offered_by_the_table(state, role)}
    assert walked == BODIES.keys()
