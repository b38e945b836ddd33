"""After a kill between sending and recording, the same message is sent again."""

import asyncio
import os
import signal
from pathlib import Path

import asyncpg
import pytest

from events.vocabulary import Role
from services.chassis.names import SERVICES
from services.chassis.runtime.application import application
from services.chassis.runtime.server import listen, served, url_of
from services.system import Installation
from tests.support.fakes.mailbox import Mailbox, mailed
from tests.support.people.alerts import SHELTER, UNICEF, a_child_alone, flag
from tests.support.system.notifying import notifying
from tests.support.system.system import HANG, System, eventually, until_attached


@pytest.mark.slow
async def test_after_a_kill_between_sending_and_recording_the_same_message_is_sent_again_for_one_alert(
    installation: Installation, mailbox: Mailbox, tmp_path: Path
) -> None:
    here = mailed(installation, mailbox)
    listener = listen("127.0.0.1", 0)
    app = application([here.service(name) for name in SERVICES if name != "notifications"])
    async with served(app, listener):
        system = System(here, url_of(listener), list(app.state.services))
        await until_attached(system.services)
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        async with notifying(here, tmp_path) as victim:
            mailbox.on_mail = lambda mail: os.kill(victim.pid, signal.SIGKILL) if UNICEF in mail.to else None
            await flag(shelter, a_child_alone())
            assert await asyncio.to_thread(victim.wait, HANG) == -signal.SIGKILL
        mailbox.on_mail = None
        assert here.settings.postgres_dsn is not None
        admin = await asyncpg.connect(here.settings.postgres_dsn.get_secret_value())
        try:
            desk = "select topic from notifications.event where stream = $1 order by position"
            raised = await admin.fetchval("select alert_id from notifications.alert where about = 'referral'")
            before = [row["topic"] for row in await admin.fetch(desk, raised)]
            assert before == ["notifications.alert_raised.v1"], "its delivery was not recorded"
            minute = "update notifications.delivery set leased_until = leased_until - interval '1 minute'"
            await admin.execute(minute)  # as if it had passed

            async def recorded() -> bool:
                return any("delivered" in row["topic"] for row in await admin.fetch(desk, raised))

            async with notifying(here, tmp_path):
                await eventually(recorded)
            assert [row["topic"] for row in await admin.fetch(desk, raised)] == [
                "notifications.alert_raised.v1",
                "notifications.alert_delivered.v1",
            ]
        finally:
            await admin.close()
            await system.close()
    first, again = mailbox.to(UNICEF)
    assert (first.message_id, first.text) == (again.message_id, again.text)
