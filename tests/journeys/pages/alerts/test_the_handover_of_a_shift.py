"""The page of a shift: who has the desk, what is open, and one tap that hands it over, however many look at it."""

from events.notifications import AlertRaised, DeskHandedOver
from events.vocabulary import Role
from tests.journeys.pages.alerts.forms import browser_of, forms, shown, text_of
from tests.support.people.alerts import facts, some
from tests.support.people.people import Programme, an_adult, consent_to
from tests.support.system.system import System

PATH = "/avisos/turno/ACNUR-CHP"


async def test_a_desk_is_handed_over_with_what_is_open_and_two_taps_are_one_handover(
    programme: Programme, system: System
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await some(system, AlertRaised)
    gives = await browser_of(system, Role.OFFICER, "ACNUR", "p-013")
    takes = await browser_of(system, Role.OFFICER, "ACNUR", "p-014")
    page = await shown(gives, "/avisos/turno")
    text = text_of(page)
    assert "Entrega de turno de ACNUR-CHP" in text, "her own desk comes first"
    assert "p-013 (usted)" in text
    assert "1 canalización, la más urgente primero" in text
    assert f"/mesa/canalizaciones/{referral['referral_id']}" in page
    assert "Esta mesa no se ha entregado todavía." in text
    (form,) = forms(page, PATH)
    for _ in range(2):
        answer = await gives.post(PATH, data=form | {"recibe": "p-014"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?hecho=shift_handed_over")
    after = text_of(await shown(takes, PATH))
    assert "p-014 (usted)" in after
    assert "p-013 entregó a p-014 con 1 canalización abierta" in after
    assert len(await facts(system, DeskHandedOver)) == 1


async def test_who_is_not_on_duty_takes_the_desk_by_one_button(system: System) -> None:
    takes = await browser_of(system, Role.OFFICER, "ACNUR", "p-014")
    page = await shown(takes, PATH)
    assert "Recibir la mesa de p-013" in text_of(page)
    (form,) = forms(page, PATH)
    assert (form["entrega"], form["recibe"]) == ("p-013", "p-014")
    assert (await takes.post(PATH, data=form)).status_code == 303
    (fact,) = await facts(system, DeskHandedOver)
    assert (fact.event.given_by, fact.event.taken_by) == ("p-013", "p-014")


async def test_an_old_page_hands_nothing_over_and_shows_who_has_the_desk_now(system: System) -> None:
    gives = await browser_of(system, Role.OFFICER, "ACNUR", "p-013")
    supervisor = await browser_of(system, Role.SUPERVISOR, "ACNUR", "p-011")
    (old,) = forms(await shown(gives, PATH), PATH)
    (new,) = forms(await shown(supervisor, PATH), PATH)
    moved = await supervisor.post(PATH, data=new | {"entrega": "p-013", "recibe": "p-015"})
    assert moved.status_code == 303
    late = await gives.post(PATH, data=old | {"recibe": "p-014"})
    assert late.status_code == 409
    text = text_of(late.text)
    assert "la mesa cambió de manos" in text
    assert "Tiene la mesa p-015" in text
    assert len(await facts(system, DeskHandedOver)) == 1


async def test_what_is_refused_keeps_what_was_chosen_and_says_why(system: System) -> None:
    supervisor = await browser_of(system, Role.SUPERVISOR, "ACNUR", "p-011")
    (form,) = forms(await shown(supervisor, PATH), PATH)
    same = await supervisor.post(PATH, data=form | {"entrega": "p-013", "recibe": "p-013"})
    assert same.status_code == 422
    assert "dos personas activas de la agencia" in text_of(same.text)
    assert '<option value="p-013" selected>' in same.text
    assert (await supervisor.post(PATH, data={"entrega": "p-013"})).status_code == 422
    other = await browser_of(system, Role.OFFICER, "ACNUR", "p-999")
    assert "no está en la lista de guardia" in text_of(await shown(other, PATH))
    stranger = await browser_of(system, Role.OFFICER, "UNICEF")
    assert (await stranger.get(PATH)).status_code == 404
    assert (await stranger.post(PATH, data=form)).status_code == 404
    assert not await facts(system, DeskHandedOver)
