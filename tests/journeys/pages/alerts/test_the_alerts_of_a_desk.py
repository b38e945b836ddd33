"""The page of alerts: what waits, the most urgent first, what was answered, and nothing of another organisation."""

from uuid import UUID

import pytest

from events.notifications import AlertAnswered, AlertDelivered, AlertRaised
from events.vocabulary import Role
from services.chassis.ids import short_code
from services.notifications.alerts import inbox
from tests.journeys.pages.alerts.forms import browser_of, forms, shown, text_of
from tests.support.people.alerts import facts, some
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, taken
from tests.support.system.system import System, eventually


async def alerted(programme: Programme, system: System, agency: str = "ACNUR", **answers: object) -> Item:
    """A referral of which the agency's desk was alerted."""
    case = await programme.flag(an_adult(consent_to(agency), **answers))
    referral = await programme.referral_to(agency, case, state="requested")

    async def raised() -> bool:
        return any(str(fact.event.referral) == referral["referral_id"] for fact in await facts(system, AlertRaised))

    await eventually(raised)
    return referral


def code(referral: Item) -> str:
    return short_code(UUID(referral["referral_id"]))


async def test_what_waits_is_listed_with_its_way_and_leaves_the_list_when_the_desk_acts(
    programme: Programme, system: System
) -> None:
    referral = await alerted(programme, system)
    await some(system, AlertDelivered)
    hers = await browser_of(system, Role.OFFICER, "ACNUR", "p-013")
    page = await shown(hers, "/avisos")
    assert f'<a href="/mesa/canalizaciones/{referral["referral_id"]}">{code(referral)}</a>' in page
    text = text_of(page)
    assert "urgente" in text
    assert "una canalización" in text
    assert "correo: salió" in text
    assert "U2" not in text, "a class of urgency is told by its name"
    await taken(await programme.desk("ACNUR"), referral, "acknowledge")
    await some(system, AlertAnswered)
    assert "Nada espera respuesta." in text_of(await shown(hers, "/avisos"))
    answered = text_of(await shown(hers, "/avisos?ver=respondidos"))
    assert code(referral) in answered


async def test_the_most_urgent_comes_first_and_a_long_list_comes_in_pages(
    programme: Programme, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = [await alerted(programme, system) for _ in range(2)]
    urgent = await alerted(programme, system, removal_risk="yes")
    monkeypatch.setattr(inbox, "PAGE_SIZE", 2)
    hers = await browser_of(system, Role.OFFICER, "ACNUR", "p-013")
    first = await shown(hers, "/avisos")
    (early,) = [one for one in calm if code(one) in first]
    (late,) = [one for one in calm if one is not early]
    assert first.index(code(urgent)) < first.index(code(early))
    following = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = await shown(hers, following)
    assert code(late) in second
    assert code(early) not in second
    assert code(urgent) not in second
    his = await browser_of(system, Role.OFFICER, "UNICEF")
    foreign = await his.get(following)
    assert foreign.status_code == 422, "a place in somebody else's list is none"
    assert code(late) not in foreign.text


async def test_nobody_sees_anothers_alerts(programme: Programme, system: System) -> None:
    referral = await alerted(programme, system)
    for role, org in ((Role.OFFICER, "UNICEF"), (Role.SHELTER_WORKER, SHELTER)):
        page = await shown(await browser_of(system, role, org), "/avisos")
        assert code(referral) not in page
        assert referral["referral_id"] not in page
    everything = await shown(await browser_of(system, Role.PROGRAMME_COORDINATOR, "*"), "/avisos")
    assert code(referral) in everything
    auditor = await browser_of(system, Role.AUDITOR, "*")
    for path in ("/avisos", "/avisos/turno", "/avisos/canales"):
        assert (await auditor.get(path)).status_code == 403


async def test_what_asks_for_nothing_is_marked_as_read_by_one_tap_and_a_desks_alert_is_not(
    programme: Programme, system: System
) -> None:
    referral = await alerted(programme, system)
    (waiting,) = [
        fact for fact in await facts(system, AlertRaised) if str(fact.event.referral) == referral["referral_id"]
    ]
    hers = await browser_of(system, Role.OFFICER, "ACNUR", "p-013")
    seen = f"/avisos/{waiting.stream}/visto"
    assert forms(await shown(hers, "/avisos"), seen) == []
    refused = await hers.post(seen, data={"orden": str(waiting.id)})
    assert refused.status_code == 409
    assert "termina cuando se hace lo que pide" in text_of(refused.text)
    await taken(await programme.desk("ACNUR"), referral, "decline", reason="no_capacity")
    shelter = await browser_of(system, Role.SHELTER_WORKER, SHELTER)

    async def told() -> str:
        page = await shown(shelter, "/avisos")
        return page if "Ya lo leí" in page else ""

    page = await eventually(told)
    (action,) = {part.partition('"')[0] for part in page.split('action="/avisos/')[1:]}
    (form,) = forms(page, f"/avisos/{action}")
    first, again = [await shelter.post(f"/avisos/{action}", data=form) for _ in range(2)]
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == "/avisos?hecho=alert_seen"
    assert "Quedó como leído." in text_of(await shown(shelter, "/avisos?hecho=alert_seen"))
    stranger = await browser_of(system, Role.OFFICER, "UNICEF")
    assert (await stranger.post(f"/avisos/{action}", data=form)).status_code == 409, "drawn for somebody else"
    assert (await stranger.post(f"/avisos/{action}", data={"orden": form["orden"]})).status_code == 404
