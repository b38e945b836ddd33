"""What somebody wrote reads in its own direction, and a telephone with a wrong clock is told the right time."""

import re

from events.vocabulary import Role
from tests.support.browser.desk import AtTheDesk
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.visiting import Visiting
from tests.support.people.people import Programme, an_adult, consent_to, taken

SAID = {
    "rtl": "هي لا تتكلم الإسبانية، وتسأل عن أختها.",
    "ltr": "Atzun tkeʼ tjaqʼ twiʼ: «nya tiʼj», li pa ka tann ankò.",
}
"""In Arabic; and in Mam and Haitian Creole."""
LONG_AGO = "2001-01-01T00:00:00Z"


async def test_a_text_reads_in_its_own_direction(visiting: Visiting, programme: Programme) -> None:
    for direction, text in SAID.items():
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        desk = await programme.desk("ACNUR")
        asked = await taken(desk, referral, "request-info", question="¿Qué lengua habla?")
        await taken(programme.shelter, asked, "supply-info", answer=text)
        officer = AtTheDesk(await visiting.signed_in(Role.OFFICER, "ACNUR", SMALL_PHONE))
        await officer.opens(referral["referral_id"])
        await officer.form("mensajes").locator("button").click()
        said = officer.page.get_by_text(text)
        await said.wait_for(state="visible")
        assert await said.evaluate("(one) => getComputedStyle(one).direction") == direction


async def test_a_telephone_with_a_wrong_clock_shows_the_time_that_is_left(
    visiting: Visiting, programme: Programme
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    visitor = await visiting.signed_in(Role.OFFICER, "ACNUR", SMALL_PHONE)
    await visitor.page.clock.install(time=LONG_AGO)
    await AtTheDesk(visitor).opens(referral["referral_id"])
    await visitor.page.clock.run_for("05:00")
    left = await visitor.page.locator(".deadline .left").first.inner_text()
    assert re.fullmatch(r"\(quedan? \d+ (minutos?|horas?|días?)\)", left), left
