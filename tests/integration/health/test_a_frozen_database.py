"""A frozen database accepts connections and answers nothing: questions about health are answered all the same."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.chassis.names import SERVICES
from services.chassis.private_files import private_folder
from services.chassis.secrets.installation import Secrets
from services.chassis.settings import Settings
from services.local import NatsServer, PostgresServer
from services.system import Installation, prepare
from tests.support.rules import firing
from tests.support.system.health import failing, flow, ready, until_flowing, until_ready
from tests.support.system.metrics import measured, samples_in, text_of
from tests.support.system.system import running

pytestmark = pytest.mark.slow

SOON = 12
"""Seconds, on however busy a machine: less than a statement's time-out and a pool's together."""


@asynccontextmanager
async def own_servers(data: Path) -> AsyncIterator[tuple[PostgresServer, Installation]]:
    private_folder(data)
    secrets = Secrets.load_or_create(data)
    postgres, nats = PostgresServer(data, secrets), NatsServer(data, secrets)
    try:
        await asyncio.gather(postgres.start(), nats.start())
        settings = Settings(data=data, postgres_dsn=SecretStr(postgres.dsn), nats_url=nats.url, port=0)
        yield postgres, await prepare(settings, secrets)
    finally:
        await nats.stop()
        await postgres.stop()


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process of this test and its children stand still, as on a machine whose disk hangs."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    everybody = [pid, *map(int, children)]
    for one in everybody:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in reversed(everybody):
            os.kill(one, signal.SIGCONT)


async def test_both_answers_come_while_the_database_is_frozen_and_say_so(tmp_path: Path) -> None:
    async with own_servers(tmp_path / "data") as (postgres, installation), running(measured(installation)) as system:
        await until_flowing(system)
        with frozen(postgres.pid):
            for _ in range(3):
                async with asyncio.timeout(SOON):
                    (status, services), (flows, _) = await asyncio.gather(ready(system), flow(system))
                assert (status, flows) == (503, 503)
                assert {(service.name, "postgres", None) for service in system.services} <= failing(services)
            async with asyncio.timeout(SOON):  # they share one question: nothing piles up
                scrapes = await asyncio.gather(*(text_of(system) for _ in range(5)))
            for scrape in scrapes:
                assert {labels["service"] for labels, _ in firing("CanalizaBlind", samples_in(scrape))} == {*SERVICES}
                assert firing("CanalizaNotReady", samples_in(scrape))
        await until_ready(system)
        await until_flowing(system)
