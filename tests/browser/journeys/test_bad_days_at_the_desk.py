"""What happens at a desk at three in the morning: two taps, two tabs, two officers, an ended session, a withdrawal."""

import re
from dataclasses import dataclass

import pytest
from playwright.async_api import expect

from events.vocabulary import Role
from tests.support.browser.desk import PAGE, AtTheDesk
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.signing_in import end_sessions, give_session
from tests.support.browser.visiting import PATIENCE, Visiting
from tests.support.people.people import Item, Programme, an_adult, consent_to
from tests.support.system.system import System

NOTE = "La persona pidió hablar antes con su hermana: «xtaj'ni'», ¿puede esperar?"


@dataclass(frozen=True, slots=True)
class Sent:
    """A referral to ACNUR's desk that nobody has acknowledged, and the consent that it rests on."""

    programme: Programme
    case: str
    receipt: str
    id: str

    async def now(self) -> Item:
        return await self.programme.referral_to("ACNUR", self.case)

    async def steps(self) -> list[str]:
        """The facts of the referral that a desk brings about, in order."""
        return [fact for fact in await self.programme.facts_of(await self.now()) if fact in FACTS]


FACTS = {"referral_acknowledged", "referral_accepted", "referral_declined", "acknowledged", "accepted", "declined"}


@pytest.fixture
async def sent(programme: Programme) -> Sent:
    case = await programme.flag(an_adult())
    receipt = (await programme.consent(case, consent_to("ACNUR"))).json()["receipt"]
    referral = await programme.referral_to("ACNUR", case, state="requested")
    return Sent(programme, case, receipt, referral["referral_id"])


async def officer(visiting: Visiting, sent: Sent, label: str = "prueba") -> AtTheDesk:
    """An officer who looks at the referral on a small telephone."""
    desk = AtTheDesk(await visiting.signed_in(Role.OFFICER, "ACNUR", SMALL_PHONE, label=label))
    assert await desk.opens(sent.id) == 200
    return desk


async def test_two_quick_taps_are_one_act(visiting: Visiting, sent: Sent) -> None:
    hers = await officer(visiting, sent)
    await hers.form("acknowledge").locator("button").dblclick()
    await expect(hers.form("acknowledge")).to_have_count(0, timeout=PATIENCE)
    assert await sent.steps() == ["acknowledged"]


async def test_two_quick_taps_are_one_act_without_scripts(visiting: Visiting, sent: Sent) -> None:
    hers = AtTheDesk(await visiting.signed_in(Role.OFFICER, "ACNUR", SMALL_PHONE, scripts=False))
    await hers.opens(sent.id)
    await hers.form("acknowledge").locator("button").dblclick()  # the second tap may cut off the answer to the first
    await expect(hers.form("acknowledge")).to_have_count(0, timeout=PATIENCE)
    assert await sent.steps() == ["acknowledged"]


async def test_the_slower_of_two_officers_sees_who_was_faster_and_keeps_what_she_wrote(
    visiting: Visiting, sent: Sent
) -> None:
    his = await officer(visiting, sent, label="él")
    hers = await officer(visiting, sent, label="ella")
    button = await hers.writes("decline", reason="other", note=NOTE)
    await his.takes("accept")
    async with hers.page.expect_navigation():
        await button.click()
    assert "Se adelantó: oficial · ACNUR" in await hers.reads()
    assert NOTE in await hers.page.locator("main").evaluate(TYPED)
    assert (await sent.now())["state"] == "accepted"


TYPED = "(main) => [...main.querySelectorAll('textarea')].map((one) => one.value).join()"


async def test_of_two_tabs_the_older_acts_on_nothing_that_has_moved_on(visiting: Visiting, sent: Sent) -> None:
    first = await officer(visiting, sent)
    second = AtTheDesk(first.visitor, await first.visitor.another_tab(PAGE.format(sent.id)))
    await first.takes("decline", reason="no_capacity")
    await second.takes("acknowledge")
    assert await sent.steps() == ["declined"]
    assert "acknowledge" not in await second.offered()


async def test_back_after_an_act_shows_the_page_as_it_is_now(visiting: Visiting, sent: Sent) -> None:
    hers = await officer(visiting, sent)
    await hers.takes("acknowledge")
    await hers.takes("accept")
    await hers.page.go_back()
    await hers.page.wait_for_load_state()
    assert {"acknowledge", "accept"}.isdisjoint(await hers.offered())
    assert await sent.steps() == ["acknowledged", "accepted"]


async def test_a_note_outlives_the_session_in_which_it_was_written(
    visiting: Visiting, sent: Sent, system: System
) -> None:
    hers = await officer(visiting, sent)
    button = await hers.writes("decline", reason="other", note=NOTE)
    hers.visitor.watched.expect("answer: 401 GET .*/mesa/")  # the open page may ask once more
    await end_sessions(system, hers.visitor.person)
    async with hers.page.expect_navigation():
        await button.click()
    assert await hers.page.locator("input[name=note]").input_value() == NOTE
    again = await give_session(hers.visitor.context, system, Role.OFFICER, "ACNUR")
    assert again == hers.visitor.person
    async with hers.page.expect_navigation():
        await hers.page.locator("form.act button").click()
    assert await sent.steps() == ["declined"]


async def test_what_was_sealed_leaves_the_screen_when_consent_is_taken_back(visiting: Visiting, sent: Sent) -> None:
    hers = await officer(visiting, sent)
    await hers.form("datos").locator("button").click()
    opened = hers.page.locator("#datos [data-sealed]")
    await opened.wait_for(state="visible")
    assert (await sent.programme.withdraw(sent.case, sent.receipt)).status_code == 200
    await opened.wait_for(state="detached")
    await hers.page.locator("[data-live-closed]").wait_for(state="visible")


async def test_a_stream_that_died_is_shown_with_its_age(visiting: Visiting, sent: Sent) -> None:
    visitor = await visiting.signed_in(Role.OFFICER, "ACNUR", SMALL_PHONE)
    visitor.watched.expect("/mesa/cambios|ERR_FAILED")
    await visitor.page.clock.install()
    await visitor.context.route("**/mesa/cambios*", lambda route: route.abort())
    await AtTheDesk(visitor).opens(sent.id)
    lost = visitor.page.locator("[data-live-lost]")
    await visitor.page.clock.run_for("03:00")
    await expect(lost).to_have_text(re.compile(r"desde hace \d+ min"), timeout=PATIENCE)
