"""Killed between sending and recording, it sends the same message again."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from events.vocabulary import Role
from services.chassis import web
from services.chassis.names import SERVICES
from services.chassis.serving import listen, served, url_of
from services.system import Ground
from tests.harness.alerts import SHELTER, UNICEF, a_child_alone, flag
from tests.harness.mailbox import Mailbox, mailed
from tests.harness.system import System, eventually

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def notifying(ground: Ground, folder: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    """The notification service in a process of its own."""
    settings = ground.settings
    assert settings.postgres_dsn is not None
    assert settings.mail_url is not None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
        "CANALIZA_DATA": str(settings.data),
        "CANALIZA_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
        "CANALIZA_NATS_URL": settings.nats_url or "",
        "CANALIZA_NAMESPACE": settings.namespace,
        "CANALIZA_MAIL_URL": settings.mail_url.get_secret_value(),
        "CANALIZA_PORT": "0",
    }
    with (folder / f"{uuid4()}.log").open("wb") as said:
        process = subprocess.Popen(  # noqa: ASYNC220 - only its start blocks, for a moment
            [sys.executable, "-c", "from services.cli import main; main()", "serve", "notifications"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    try:
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


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
