"""The alarms that matter most go off on a real system in trouble, and end when the trouble does."""

from datetime import timedelta
from typing import Any

from events.notifications import AlertDelivered, AlertNotDelivered
from events.vocabulary import Role
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.reactions import BatchHandler, HandledBatch
from services.system import Installation
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.fakes.mailbox import mailed, open_mailbox
from tests.support.people.alerts import SHELTER, a_child_alone, flag, some
from tests.support.rules import alerts, firing
from tests.support.system.health import until_failing, until_flowing
from tests.support.system.metrics import measured, samples_in, text_of
from tests.support.system.system import System, eventually, running

IN_TIME = {"CanalizaSecurityAlarm", "CanalizaErrors", "CanalizaSlow", "CanalizaNoLeader", "CanalizaTwoLeaders"}
"""Rules that need what Prometheus has stored, or its sums; a scrape alone does not decide them."""


def a_child_who_is_hurt() -> dict[str, Any]:
    child = a_child_alone()
    return child | {"screening": child["screening"] | {"medical_now": "yes"}}


async def gone_off(system: System) -> set[str]:
    scrape = samples_in(await text_of(system))
    return {name for name in alerts() if name not in IN_TIME and firing(name, scrape)}


async def until_gone_off(system: System, *names: str) -> None:
    async def look() -> bool:
        return set(names) <= await gone_off(system)

    await eventually(look)


async def until_quiet(system: System) -> None:
    async def look() -> bool:
        return not await gone_off(system)

    await eventually(look)


async def test_an_alert_that_does_not_leave_and_a_u0_that_nobody_answers_are_alarms(installation: Installation) -> None:
    clock = AdjustableClock()
    with open_mailbox() as mailbox:
        async with running(measured(mailed(installation, mailbox)), clock) as system:
            await until_flowing(system)
            await until_quiet(system)
            mailbox.refusing = 550
            shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
            await flag(shelter, a_child_who_is_hurt())
            await some(system, AlertNotDelivered)
            assert "CanalizaU0Unacknowledged" not in await gone_off(system)
            clock.ahead += timedelta(minutes=16)
            await until_gone_off(system, "CanalizaU0Unacknowledged", "CanalizaAlertUndelivered")

            mailbox.refusing = None
            clock.ahead += timedelta(minutes=30)
            await some(system, AlertDelivered)
            officer = await system.signed_in(Role.OFFICER, "UNICEF")
            for referral in (await officer.get("/api/v1/referrals")).json()["items"]:
                taken = await officer.post(
                    f"/api/v1/referrals/{referral['referral_id']}/acknowledge",
                    json={"command_id": referral["referral_id"], "expected_version": referral["version"]},
                )
                assert taken.status_code == 200, taken.text

            async def answered() -> bool:
                return "CanalizaU0Unacknowledged" not in await gone_off(system)

            await eventually(answered)


class CannotReadError(Exception):
    """A program that does not know some form of a value."""


async def test_a_parked_case_and_a_log_that_is_halted_are_alarms(installation: Installation) -> None:
    def unable(handle: BatchHandler) -> BatchHandler:
        async def unable_handle(entries: list[LogEntry]) -> HandledBatch:
            if any(entry.name == "intake.case_opened" for entry in entries):
                raise CannotReadError
            return await handle(entries)

        return unable_handle  # type: ignore[return-value]  # a list is a sequence

    async with running(measured(installation), handlers={"referral": unable}) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        await flag(shelter, a_child_alone())
        await until_failing(system, ("referral", "parked", None))
        await until_gone_off(system, "CanalizaParked")

        system.service("referral").log.halt("log_lost_its_end")
        await until_gone_off(system, "CanalizaLogHalted")
        [(labels, _)] = firing("CanalizaLogHalted", samples_in(await text_of(system)))
        assert (labels["service"], labels["about"]) == ("referral", "log_lost_its_end")
