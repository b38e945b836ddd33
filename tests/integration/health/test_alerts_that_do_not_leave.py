"""When no alert leaves, somebody learns of it once, by another way than the one that fails."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from events.notifications import AlertNotDelivered
from events.operations import ChannelFailing, ChannelRecovered
from events.vocabulary import Duty, Role
from services.chassis.operations.rebuild import rebuild
from services.notifications.delivery.policy import notification_policy
from services.system import MODELS, Installation
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.fakes.mailbox import mailed, open_mailbox
from tests.support.people.alerts import SHELTER, a_child_alone, facts, flag, some
from tests.support.system.health import flow, ready, until_failing, until_flowing
from tests.support.system.system import System, eventually, running

OUTAGE = notification_policy().outage


def lines(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    said = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [one for one in said if one.get("event") == event]


async def a_case(system: System) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    await flag(shelter, a_child_alone())


async def test_a_mail_server_that_refuses_is_told_once_and_again_when_it_takes_mail(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    clock = AdjustableClock()
    with open_mailbox() as mailbox, caplog.at_level(logging.WARNING):
        mailbox.refusing = 550
        async with running(mailed(installation, mailbox), clock) as system:
            await a_case(system)
            await some(system, AlertNotDelivered)
            clock.ahead += OUTAGE.within
            (outage,) = await some(system, ChannelFailing)
            assert outage.event.channel == "email"
            assert outage.event.failed >= 1
            assert outage.event.waiting >= 1
            assert outage.event.whom == (Duty.COORDINATOR, Duty.OPERATOR)
            await until_failing(system, ("notifications", "channel", "email"))
            assert (await ready(system))[0] == 200
            for _ in range(3):
                failures = len(await facts(system, AlertNotDelivered))
                clock.ahead += timedelta(minutes=5)
                await some(system, AlertNotDelivered, at_least=failures + 1)
            assert len(await facts(system, ChannelFailing)) == 1
            assert [one["code"] for one in lines(caplog, "channel_failing")] == ["email"]

            refused = len(await facts(system, AlertNotDelivered))
            mailbox.refusing = None
            clock.ahead += timedelta(hours=1)
            (recovered,) = await some(system, ChannelRecovered)
            assert recovered.event == ChannelRecovered(channel="email", since=outage.event.since)
            await _until_flowing_again(system, clock, refused)
            assert len(await facts(system, ChannelFailing)) == 1
            assert lines(caplog, "channel_recovered")
        rebuilt = await rebuild(_dsn(installation), "notifications", MODELS["notifications"], swap=False)
        assert {rebuilt.differing[table] for table in ("channel_health", "channel_minute")} == {0}


async def _until_flowing_again(system: System, clock: AdjustableClock, refused: int) -> None:
    """Until everything goes all the way; what was refused on its way when the server changed is due again later."""

    async def told() -> bool:
        nonlocal refused
        if (now := len(await facts(system, AlertNotDelivered))) > refused:
            refused, clock.ahead = now, clock.ahead + timedelta(minutes=30)
        return (await flow(system))[0] == 200

    await eventually(told)


async def test_an_outage_outlasts_a_restart_and_is_not_told_a_second_time(installation: Installation) -> None:
    clock = AdjustableClock()
    with open_mailbox() as mailbox:
        mailbox.refusing = 550
        here = mailed(installation, mailbox)
        async with running(here, clock) as system:
            await a_case(system)
            await some(system, AlertNotDelivered)
            clock.ahead += OUTAGE.within
            await some(system, ChannelFailing)
        async with running(here, clock) as system:
            await until_failing(system, ("notifications", "channel", "email"))
            failures = len(await facts(system, AlertNotDelivered))
            clock.ahead += timedelta(minutes=5)
            await some(system, AlertNotDelivered, at_least=failures + 1)
            assert len(await facts(system, ChannelFailing)) == 1


async def test_an_installation_without_a_channel_says_so_at_its_start_and_when_an_alert_has_waited(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    clock = AdjustableClock()
    with open_mailbox() as mailbox, caplog.at_level(logging.WARNING):
        async with running(installation, clock) as system:

            async def said() -> bool:
                return bool(lines(caplog, "no_channel_configured"))

            await eventually(said)
            await until_flowing(system)
            await a_case(system)

            async def told() -> bool:
                clock.ahead += timedelta(seconds=30)
                return bool(await facts(system, ChannelFailing))

            await eventually(told)
            (outage,) = await facts(system, ChannelFailing)
            assert (outage.event.channel, outage.event.failed) == ("*", 0)
            assert outage.event.waiting >= 1
            await until_failing(system, ("notifications", "channel", "*"), ("notifications", "deliveries", None))
        async with running(mailed(installation, mailbox), clock) as system:
            (recovered,) = await some(system, ChannelRecovered)
            assert recovered.event.channel == "*"
            await until_flowing(system)


def _dsn(installation: Installation) -> str:
    assert installation.settings.postgres_dsn is not None
    return installation.settings.postgres_dsn.get_secret_value()
