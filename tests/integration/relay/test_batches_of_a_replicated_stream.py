"""A relay for a replicated stream stores its batches as a whole; where the stream takes none, one entry at a time."""

from contextlib import AsyncExitStack

import pytest

from services.chassis.replication.relay import Relay
from services.chassis.secrets.installation import Secrets
from services.system import Installation
from tests.support.system.logs import append, entry, everything, opened, outlet_of, signed_in
from tests.support.system.relaying import Sample, at_work, copied, is_a_copy, until_copied

BATCH, NAMED = "Nats-Batch-Id", "Nats-Expected-Last-Msg-Id"


async def takes_batches(installation: Installation, stream: str) -> None:
    """As ``canaliza migrate`` lets the streams of a cluster do; the server of this test is alone."""
    settings, secrets = installation.settings, installation.secrets
    async with signed_in(settings.nats_url or "", secrets, settings.names, "admin") as admin:
        jetstream = admin.jetstream()
        found = (await jetstream.stream_info(stream)).config
        await jetstream.update_stream(found.evolve(allow_atomic=True))


@pytest.mark.parametrize("allowed", [True, False], ids=["taken", "not taken"])
async def test_three_relays_at_once_copy_everything_once_in_order_and_name_no_message(
    installation: Installation,
    sample: Sample,
    secrets: Secrets,
    allowed: bool,  # noqa: FBT001 - pytest's
) -> None:
    settings = installation.settings
    assert settings.postgres_dsn is not None
    if allowed:
        await takes_batches(installation, settings.names.stream("intake"))
    await append(sample.log, *(entry() for _ in range(40)))
    async with AsyncExitStack() as stack:
        three = []
        for _ in range(3):
            log = await stack.enter_async_context(opened(settings.postgres_dsn.get_secret_value(), secrets))
            client = await stack.enter_async_context(
                signed_in(settings.nats_url or "", secrets, settings.names, "intake")
            )
            three.append(Relay(log, client, "intake", outlet_of(secrets, settings.names), replicas=3))
        async with at_work(*three):
            for _ in range(20):
                await append(sample.log, entry(), entry())
            await until_copied(three[0], 80)
        messages = await copied(sample.client, sample.names)
    is_a_copy(messages, await everything(sample.log))
    assert any(BATCH in message.headers for message in messages) == allowed
    assert not [message for message in messages if NAMED in message.headers]
