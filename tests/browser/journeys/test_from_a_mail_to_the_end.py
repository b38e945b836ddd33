"""The whole way of a desk, without a line of JSON: a mail, a tap, signing in, and each step until help has arrived."""

from datetime import datetime, timedelta

import pyotp
import pytest
from playwright.async_api import Browser

from events.notifications import AlertDelivered
from events.vocabulary import Role
from tests.journeys.conftest import programme_of
from tests.support.browser.desk import PAGE, AtTheDesk
from tests.support.browser.devices import DESKTOP, MOTO_G4, Device
from tests.support.browser.signing_in import enters_by_the_pages
from tests.support.browser.visiting import visiting
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.accounts import account, browser, enrols, enters_first
from tests.support.people.alerts import Clock, some
from tests.support.people.people import SHELTER, an_adult, consent_to
from tests.support.system.system import System

OFFICER = "p-013"


async def with_a_telephone(system: System, clock: Clock) -> pyotp.TOTP:
    """The officer's authenticator, from the first sign-in on an earlier day."""
    code = await account(system.installation, OFFICER, Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client:
        assert (await enters_first(client, OFFICER, code)).is_success
        phone, _ = await enrols(client, clock)
    clock.now += timedelta(minutes=1)  # a code is good once
    return phone


@pytest.mark.parametrize("device", [MOTO_G4, DESKTOP], ids=lambda device: device.name)
async def test_an_officer_goes_from_the_mail_to_the_end(
    mailing_system: System, mailbox: Mailbox, clock: Clock, chromium: Browser, device: Device
) -> None:
    system = mailing_system
    programme = await programme_of(system)
    phone = await with_a_telephone(system, clock)
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = (await programme.referral_to("ACNUR", case, state="requested"))["referral_id"]
    await some(system, AlertDelivered)
    link = mailbox.mails[0].text.rpartition("https://canaliza.invalid")[2].strip()

    async with visiting(chromium, system) as visitors:
        visitor = await visitors.nobody(device)
        officer = AtTheDesk(visitor)
        await visitor.goes_to(link)
        await enters_by_the_pages(visitor.page, OFFICER, phone, clock)
        await officer.page.wait_for_url(f"**{PAGE.format(referral)}*")
        for step in ("acknowledge", "accept"):
            await officer.takes(step)
        tomorrow = datetime.fromisoformat("2026-11-25T10:00")
        await officer.takes("schedule", appointment_at=tomorrow.isoformat())
        await officer.takes("start")
        await officer.takes("deliver", outcome="service_delivered")

        worker = AtTheDesk(await visitors.signed_in(Role.SHELTER_WORKER, SHELTER, device))
        assert await worker.opens(referral) == 200
        await worker.takes("confirm", confirmation="yes", by="person")
        assert (await programme.referral_to("ACNUR", case))["state"] == "loop_closed"
        await officer.page.reload()
        assert "confirm" not in await officer.offered()
