"""A log that differs from its stream is halted before anything more is copied."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from services.chassis.errors import LogHaltedError
from services.chassis.replication import relay as relay_module
from services.chassis.replication.relay import DIVERGED, Relay
from services.chassis.secrets.installation import Secrets
from tests.support.system.logs import append, as_admin, entry, opened, outlet_of, some
from tests.support.system.relaying import Sample, at_work, copied, until_copied
from tests.support.system.system import HANG, eventually


class TestWhenPostgresqlWasRestoredFromAnOlderBackup:
    """An older clone of the database stands in for it."""

    @pytest.fixture
    async def restored(self, database: str, sample: Sample) -> AsyncIterator[str]:
        """The DSN of the older copy; the stream holds five entries more than it has."""
        await append(sample.log, *some(5))
        await sample.log.stop()
        await sample.log._database.close()
        name = f"t_{uuid4().hex[:12]}"
        own = database.rpartition("/")[2].partition("?")[0]
        admin = await asyncpg.connect(database, database="postgres")
        try:
            await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", own)
            await admin.execute(f"create database {name} template {own} strategy file_copy")
            sample.log.start()
            await append(sample.log, *some(5))
            async with at_work(sample.relay):
                await until_copied(sample.relay, 10)
            yield database.replace(f"/{own}?", f"/{name}?")
            await admin.execute(f"drop database {name} with (force)")
        finally:
            await admin.close()

    @pytest.mark.parametrize("appended_since", [0, 3, 5, 20], ids=["nothing", "less", "as much", "more"])
    async def test_and_since_written_to_the_log_is_halted(
        self, sample: Sample, restored: str, secrets: Secrets, appended_since: int
    ) -> None:
        before = await copied(sample.client, sample.names)
        async with opened(restored, secrets) as log:
            for _ in range(appended_since):
                await append(log, entry())
            relay = Relay(log, sample.client, "intake", outlet_of(secrets, sample.names))
            async with asyncio.timeout(HANG):
                await relay.run()
            assert log.halted == DIVERGED == "log_diverged_from_stream"
            with pytest.raises(LogHaltedError):
                await append(log, entry())
        assert await copied(sample.client, sample.names) == before

    async def test_the_log_it_was_before_goes_on(self, sample: Sample, restored: str) -> None:
        assert restored
        await append(sample.log, entry())
        async with at_work(sample.relay):
            await until_copied(sample.relay, 11)
        assert sample.log.halted is None


async def test_a_log_rewritten_behind_an_idle_relay_is_halted_before_anything_more_is_copied(
    sample: Sample, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CHECK_INTERVAL", 0.1)
    await append(sample.log, *some(5))
    async with at_work(sample.relay):
        await until_copied(sample.relay, 5)
        async with as_admin(database) as admin, admin.transaction():
            await admin.execute("alter table intake.event disable trigger user")
            await admin.execute("update intake.event set state = '{}' where position = 5")

        async def halted() -> bool:
            return sample.log.halted == DIVERGED

        await eventually(halted)
