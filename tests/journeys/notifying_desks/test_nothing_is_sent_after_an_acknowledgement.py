"""After an acknowledgement nothing more is sent, whatever is queued, being retried, or killed in between."""

import asyncio
import os
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from events.notifications import AlertNotDelivered
from events.vocabulary import Role
from services.chassis.names import SERVICES
from services.chassis.runtime.application import application
from services.chassis.runtime.server import listen, served, url_of
from services.system import Installation
from tests.support.fakes.gateway import Gateway
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.alerts import Clock, some
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to, taken
from tests.support.system.notifying import notifying
from tests.support.system.system import HANG, System, eventually, running, until_attached


async def a_programme(system: System) -> Programme:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    return Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))


async def admin_of(installation: Installation) -> asyncpg.Connection:
    assert installation.settings.postgres_dsn is not None
    return await asyncpg.connect(installation.settings.postgres_dsn.get_secret_value())


async def test_an_acknowledgement_that_has_not_arrived_here_yet_stops_the_alert_too(
    here: Installation, clock: Clock, mailbox: Mailbox, gateway: Gateway
) -> None:
    mailbox.stop()
    gateway.status = 503
    async with running(here, clock) as system:
        programme = await a_programme(system)
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await some(system, AlertNotDelivered, at_least=3)
    sent = len(gateway.requests)
    others = application([here.service(name, clock) for name in SERVICES if name != "notifications"])
    listener = listen("127.0.0.1", 0)
    async with served(others, listener):
        system = System(here, url_of(listener), list(others.state.services))
        await until_attached(system.services)
        await taken(await system.signed_in(Role.OFFICER, "ACNUR"), referral, "acknowledge")
        await system.close()
    mailbox.start()
    gateway.status = 200
    clock.now += timedelta(minutes=10)
    alone = here.service("notifications", clock)  # its follower is not begun: it cannot have heard
    alone.log.start()
    (dispatching,) = [asyncio.create_task(run()) for run in alone.loops[:1]]
    admin = await admin_of(here)
    try:

        async def looked_at() -> bool:
            leased = "select bool_and(leased_until > $1) from notifications.delivery"
            return bool(await admin.fetchval(leased, clock.now))

        await eventually(looked_at)
        await asyncio.sleep(0.3)  # a mail would have left by now
        assert not mailbox.mails
        assert len(gateway.requests) == sent
    finally:
        dispatching.cancel()
        with suppress(asyncio.CancelledError):
            await dispatching
        await alone.log.stop()
        await alone.context.database.close()
        await admin.close()


@pytest.mark.slow
@pytest.mark.search
async def test_after_a_kill_once_sent_nothing_is_sent_again_if_somebody_has_acknowledged(
    here: Installation, mailbox: Mailbox, tmp_path: Path
) -> None:
    listener = listen("127.0.0.1", 0)
    others = application([here.service(name) for name in SERVICES if name != "notifications"])
    async with served(others, listener):
        system = System(here, url_of(listener), list(others.state.services))
        await until_attached(system.services)
        programme = await a_programme(system)
        async with notifying(here, tmp_path) as victim:
            mailbox.on_mail = lambda _: os.kill(victim.pid, signal.SIGKILL)
            case = await programme.flag(an_adult(consent_to("ACNUR"), danger_now="yes"))
            assert await asyncio.to_thread(victim.wait, HANG) == -signal.SIGKILL
        mailbox.on_mail = None
        mailbox.stop()  # what was on its way to it when the process died is there now, or never comes
        sent = len(mailbox.mails)
        mailbox.start()
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await taken(await programme.desk("ACNUR"), referral, "acknowledge")
        admin = await admin_of(here)
        try:
            await admin.execute("update notifications.delivery set leased_until = null")  # as if a minute had passed
            topics = "select count(*) from notifications.event where topic = 'notifications.alert_answered.v1'"

            async def answered() -> bool:
                return bool(await admin.fetchval(topics))

            async with notifying(here, tmp_path):
                await eventually(answered)
            assert await admin.fetchval("select count(*) from notifications.delivery") == 0
        finally:
            await admin.close()
            await system.close()
    assert len(mailbox.mails) == sent
