"""The link in an alert leads to the page of its referral: no word about its person, and the next step by one tap."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx2

from events.notifications import AlertAnswered, AlertDelivered
from events.vocabulary import Role
from services.chassis.clock import MEXICO
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.accounts import account, browser, enrols, enters_first, who
from tests.support.people.alerts import Clock, some
from tests.support.people.page_forms import form_to, forms_of
from tests.support.people.people import Programme, an_adult, consent_to, taken
from tests.support.system.system import HANG, System

HTML = {"Accept": "text/html"}


async def link_in_the_mail(programme: Programme, system: System, mailbox: Mailbox) -> tuple[str, str]:
    """The referral and the path of its alert's link."""
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await some(system, AlertDelivered)
    return referral["referral_id"], "/c/" + mailbox.mails[0].text.rpartition("/c/")[2].strip()


@asynccontextmanager
async def officer(system: System, person: str, clock: Clock) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody of the desk with a browser, signed in."""
    code = await account(system.installation, person, Role.OFFICER, "ACNUR", clock)
    async with browser(system, **HTML) as client:
        assert (await enters_first(client, person, code)).is_success
        await enrols(client, clock)
        yield client


async def led_to(client: httpx2.AsyncClient, link: str) -> str:
    """The page that a link leads to."""
    answer = await client.get(link, headers=HTML)
    assert answer.status_code == 303
    shown = await client.get(answer.headers["location"], headers=HTML)
    assert shown.status_code == 200
    return shown.text


async def state_of(programme: Programme, referral: str) -> Any:
    answer = await programme.coordinator.get(f"/api/v1/referrals/{referral}")
    return answer.json()["state"]


async def test_one_tap_acknowledges_and_the_next_accepts(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral, link = await link_in_the_mail(programme, system, mailbox)
    path = f"/mesa/canalizaciones/{referral}"
    async with officer(system, "p-101", clock) as hers:
        page = await led_to(hers, link)
        assert "su mesa todavía no dice que la vio" in page
        first_button = next(form for form in forms_of(page) if form.action.startswith(path))
        assert (first_button.action, first_button.button) == (f"{path}/acknowledge", "Acusar recibo")
        first, again = [await first_button.sent_by(hers) for _ in range(2)]
        assert first.status_code == again.status_code == 303, "pressed twice it is one order"
        assert first.headers["location"] == again.headers["location"] == f"{path}?hecho=acknowledge"
        await some(system, AlertAnswered)
        page = await led_to(hers, link)
        assert "falta que decida si la toma" in page
        assert not [form for form in forms_of(page) if form.action.endswith("/acknowledge")]
        assert (await form_to(page, "/accept").sent_by(hers)).status_code == 303
        assert await state_of(programme, referral) == "accepted"
        over = await led_to(hers, link)
        assert not [form for form in forms_of(over) if form.action.endswith(("/acknowledge", "/accept"))]
        assert 'action="/entrar/salir"' in over  # one signs out from here, too
        assert (await hers.post("/entrar/salir")).status_code == 303
        assert await who(hers) == 401


async def test_the_slower_of_two_officers_sees_what_happened_and_changes_nothing(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral, link = await link_in_the_mail(programme, system, mailbox)
    async with officer(system, "p-101", clock) as hers, officer(system, "p-102", clock) as his:
        accept = form_to(await led_to(his, link), "/accept")
        assert (await form_to(await led_to(hers, link), "/acknowledge").sent_by(hers)).status_code == 303
        late = await accept.sent_by(his)
        assert late.status_code == 409
        assert "Alguien actuó antes sobre esta canalización" in late.text
        assert "Se adelantó: oficial · ACNUR" in late.text
        assert "p-101" not in late.text
        assert "falta que decida si la toma" in late.text
        assert await state_of(programme, referral) == "acknowledged"
        assert (await form_to(late.text, "/accept").sent_by(his)).status_code == 303
        assert await state_of(programme, referral) == "accepted"


async def test_a_deadline_that_a_question_has_paused_is_shown_as_it_is_after_the_pause(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral, link = await link_in_the_mail(programme, system, mailbox)
    desk = await programme.desk("ACNUR")
    now = (await desk.get(f"/api/v1/referrals/{referral}")).json()

    def said(item: dict[str, Any]) -> str:
        at = datetime.fromisoformat(item["deadlines"]["decide_by"])
        return f'datetime="{at.isoformat()}" title="{at.astimezone(MEXICO):%d/%m/%Y %H:%M:%S}'

    before = said(now)
    now |= await taken(desk, now, "acknowledge")
    assert before in await led_to(desk, link)
    now |= await taken(desk, now, "request-info", question="¿Dónde duerme?")
    clock.now += timedelta(minutes=40)
    await taken(programme.shelter, now, "supply-info", answer="En el albergue.")
    after = said((await desk.get(f"/api/v1/referrals/{referral}")).json())
    page = await led_to(desk, link)
    assert after != before
    assert after in page
    assert before not in page


async def test_anybody_else_is_refused_in_words(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral, link = await link_in_the_mail(programme, system, mailbox)
    step = f"/mesa/canalizaciones/{referral}/acknowledge"
    async with httpx2.AsyncClient(base_url=system.url, headers=HTML, timeout=HANG) as nobody:
        led = await nobody.get(link)
        assert (led.status_code, led.headers["location"]) == (303, f"/entrar?volver={quote(link, safe='')}")
    async with officer(system, "p-101", clock) as hers:
        cut_short = await hers.get("/c/%20")
        assert cut_short.status_code == 404
        assert "No se puede mostrar" in cut_short.text
        acknowledge = form_to(await led_to(hers, link), "/acknowledge").fields
        foreign = await hers.post(step, data=acknowledge, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403
        for wrong in (
            {},
            {"orden": acknowledge["orden"]},
            acknowledge | {"orden": "x"},
            acknowledge | {"version": "x"},
        ):
            assert (await hers.post(step, data=wrong)).status_code == 422
        assert (await hers.post(step + "x", data=acknowledge)).status_code == 404
        another = await hers.post(step, data=acknowledge | {"quien": "p-999"})
        assert another.status_code == 409
        assert "Este formulario lo abrió otra persona" in another.text
        clock.now += timedelta(days=3, seconds=1)
    stranger = await programme.desk("UNICEF")
    refused = await stranger.post(step, data={"orden": str(uuid4()), "version": "2"}, headers=HTML)
    assert refused.status_code == 404
    assert (await stranger.get(link, headers=HTML)).status_code == 404
    assert await state_of(programme, referral) == "requested"
    expired = await (await programme.desk("ACNUR")).get(link, headers=HTML)
    assert expired.status_code == 410
    assert "El enlace venció." in expired.text
