"""The link in an alert opens a page of one referral: no word about its person, and one button for each step."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx2

from events.notifications import AlertAnswered, AlertDelivered
from events.vocabulary import Role
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.accounts import account, browser, enrols, enters_first, who
from tests.support.people.alerts import Clock, some
from tests.support.people.people import Programme, an_adult, consent_to, taken
from tests.support.system.system import HANG, System

HTML = {"Accept": "text/html"}
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


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


def forms(page: str) -> list[dict[str, str]]:
    """The fields that each button of a page for a step sends."""
    sent = [dict(HIDDEN.findall(form)) for form in page.split("<form")[1:]]
    return [fields for fields in sent if "paso" in fields]


async def state_of(programme: Programme, referral: str) -> Any:
    answer = await programme.coordinator.get(f"/api/v1/referrals/{referral}")
    return answer.json()["state"]


async def test_one_tap_acknowledges_and_the_next_accepts(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral, path = await link_in_the_mail(programme, system, mailbox)
    async with officer(system, "p-101", clock) as hers:
        page = (await hers.get(path)).text
        assert "Canalización U2" in page
        assert "Nadie ha acusado recibo todavía." in page
        acknowledge, accept = forms(page)
        assert (acknowledge["paso"], accept["paso"]) == ("acknowledge", "accept")
        first, again = [await hers.post(path, data=acknowledge) for _ in range(2)]
        assert first.status_code == again.status_code == 303, "pressed twice it is one order"
        assert first.headers["location"] == path
        await some(system, AlertAnswered)
        page = (await hers.get(path)).text
        assert "falta decidir" in page
        (accept,) = forms(page)
        assert (await hers.post(path, data=accept)).status_code == 303
        assert await state_of(programme, referral) == "accepted"
        over = (await hers.get(path)).text
        assert forms(over) == []
        assert 'action="/entrar/salir"' in over  # one signs out from here, too
        assert (await hers.post("/entrar/salir")).status_code == 303
        assert await who(hers) == 401


async def test_the_slower_of_two_officers_sees_what_happened_and_changes_nothing(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral, path = await link_in_the_mail(programme, system, mailbox)
    async with officer(system, "p-101", clock) as hers, officer(system, "p-102", clock) as his:
        _, accept = forms((await his.get(path)).text)
        acknowledge, _ = forms((await hers.get(path)).text)
        assert (await hers.post(path, data=acknowledge)).status_code == 303
        late = await his.post(path, data=accept)
        assert late.status_code == 409
        assert "Alguien actuó antes sobre esta canalización" in late.text
        assert "falta decidir" in late.text
        assert await state_of(programme, referral) == "acknowledged"
        (fresh,) = forms(late.text)
        assert (await his.post(path, data=fresh)).status_code == 303
        assert await state_of(programme, referral) == "accepted"


async def test_a_deadline_that_a_question_has_paused_is_not_shown(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral, path = await link_in_the_mail(programme, system, mailbox)
    desk = await programme.desk("ACNUR")
    now = (await desk.get(f"/api/v1/referrals/{referral}")).json()
    now |= await taken(desk, now, "acknowledge")
    async with officer(system, "p-101", clock) as hers:
        assert "Decisión a más tardar" in (await hers.get(path)).text
        now |= await taken(desk, now, "request-info", question="¿Dónde duerme?")
        await taken(programme.shelter, now, "supply-info", answer="En el albergue.")
        page = (await hers.get(path)).text
        assert "falta decidir" in page
        assert "Decisión a más tardar" not in page


async def test_anybody_else_is_refused_in_words(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral, path = await link_in_the_mail(programme, system, mailbox)
    async with httpx2.AsyncClient(base_url=system.url, headers=HTML, timeout=HANG) as nobody:
        led = await nobody.get(path)
        assert (led.status_code, led.headers["location"]) == (303, f"/entrar?volver={quote(path, safe='')}")
    async with officer(system, "p-101", clock) as hers:
        cut_short = await hers.get("/c/%20")
        assert cut_short.status_code == 404
        assert "No se puede mostrar" in cut_short.text
        acknowledge, _ = forms((await hers.get(path)).text)
        foreign = await hers.post(path, data=acknowledge, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403
        for wrong in ({}, acknowledge | {"paso": "decline"}, acknowledge | {"orden": "x"}):
            assert (await hers.post(path, data=wrong)).status_code == 422
        clock.now += timedelta(days=3, seconds=1)
    stranger = await programme.desk("UNICEF")
    refused = await stranger.post(path, data=acknowledge, headers=HTML)
    assert refused.status_code == 404
    assert await state_of(programme, referral) == "requested"
    expired = await (await programme.desk("ACNUR")).get(path, headers=HTML)
    assert expired.status_code == 410
    assert "El enlace venció." in expired.text
