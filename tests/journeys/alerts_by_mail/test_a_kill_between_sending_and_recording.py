"""Killed between sending and recording, it sends the same message again."""

import asyncio
import os
import signal
from pathlib import Path

import asyncpg
import pytest

from events.vocabulary import Role
from services.chassis import web
from services.chassis.names import SERVICES
from services.chassis.serving import listen, served, url_of
from services.system import Ground
from tests.harness.alerts import SHELTER, UNICEF, a_child_alone, flag
from tests.harness.mailbox import Mailbox, mailed
from tests.harness.notifying import notifying
from tests.harness.system import System, eventually


@pytest.mark.slow
async def test_killed_between_sending_and_recording_it_sends_the_same_message_again_and_records_one_alert(
    ground: Ground, mailbox: Mailbox, tmp_path: Path
) -> None:
    here = mailed(ground, mailbox)
    listener = listen("127.0.0.1", 0)
    app = web.application([here.service(name) for name in SERVICES if name != "notifications"])
    async with served(app, listener):
        system = System(here, url_of(listener), list(app.state.services))
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        async with notifying(here, tmp_path) as victim:
            mailbox.on_mail = lambda _: os.kill(victim.pid, signal.SIGKILL)
            await flag(shelter, a_child_alone())
            assert await asyncio.to_thread(victim.wait, 30) == -signal.SIGKILL
        mailbox.on_mail = None
        assert here.settings.postgres_dsn is not None
        admin = await asyncpg.connect(here.settings.postgres_dsn.get_secret_value())
        try:
            topics = "select topic from notifications.event order by position"
            assert [row["topic"] for row in await admin.fetch(topics)] == ["notifications.alert_raised.v1"]
            minute = "update notifications.delivery set leased_until = leased_until - interval '1 minute'"
            await admin.execute(minute)  # as if it had passed

            async def recorded() -> bool:
                return len(await admin.fetch(topics)) >= 2

            async with notifying(here, tmp_path):
                await eventually(recorded, within=30)
            assert [row["topic"] for row in await admin.fetch(topics)] == [
                "notifications.alert_raised.v1",
                "notifications.alert_delivered.v1",
            ]
        finally:
            await admin.close()
            await system.close()
    first, again = mailbox.to(UNICEF)
    assert (first.message_id, first.text) == (again.message_id, again.text)
