"""The relay of an instance that does not lead compares and copies nothing, so that both know of a log that differs."""

import asyncio

from services.chassis.replication.relay import DIVERGED, Relay
from services.chassis.secrets.installation import Secrets
from services.system import Installation
from tests.support.system.logs import append, opened, outlet_of, signed_in, some
from tests.support.system.relaying import at_work, copied, until_copied
from tests.support.system.system import HANG, eventually


class Looks:
    """Counts how often a relay has compared."""

    def __init__(self) -> None:
        self.count = 0

    async def begins(self) -> str:
        return ""

    async def agrees(self, _seen: str) -> None:
        self.count += 1

    async def differs(self) -> None: ...

    async def several(self) -> bool:
        """Between two looks a relay copies what there is."""
        return self.count >= 2


async def test_what_is_accepted_where_nobody_leads_is_copied_by_whoever_does(
    installation: Installation, secrets: Secrets
) -> None:
    settings, names = installation.settings, installation.settings.names
    assert settings.postgres_dsn is not None
    dsn, url = settings.postgres_dsn.get_secret_value(), settings.nats_url or ""
    leads, looks = False, Looks()
    async with (
        opened(dsn, secrets) as here,
        opened(dsn, secrets) as there,
        signed_in(url, secrets, names, "intake") as us,
    ):
        follower = Relay(here, us, "intake", outlet_of(secrets, names), leads=lambda: False, comparing=looks)
        leader = Relay(there, us, "intake", outlet_of(secrets, names), leads=lambda: leads)
        async with at_work(follower, leader):
            await append(here, *some(3))

            await eventually(looks.several)
            assert await copied(us, names) == []
            leads = True
            await until_copied(leader, 3)
            await until_copied(follower, 3)
            await append(here, *some(2))
            await until_copied(leader, 5)


async def test_an_instance_that_does_not_lead_takes_nothing_into_a_log_that_differs(
    installation: Installation, secrets: Secrets
) -> None:
    settings, names = installation.settings, installation.settings.names
    assert settings.postgres_dsn is not None
    dsn, url = settings.postgres_dsn.get_secret_value(), settings.nats_url or ""
    async with opened(dsn, secrets) as log, signed_in(url, secrets, names, "intake") as us:
        leader = Relay(log, us, "intake", outlet_of(secrets, names))
        await append(log, *some(3))
        async with at_work(leader):
            await until_copied(leader, 3)
        other = outlet_of(secrets, names)
        async with opened(dsn, secrets, "referral") as empty:
            asks = Relay(empty, us, "intake", other, leads=lambda: False)
            async with asyncio.timeout(HANG):
                await asks.run()
            assert empty.halted == DIVERGED
