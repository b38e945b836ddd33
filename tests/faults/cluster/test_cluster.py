"""Three NATS nodes, one of which dies, freezes or is cut off while shelters go on flagging cases."""

import pytest

from services.chassis.names import Names
from tests.faults.cluster.conftest import Clustered
from tests.faults.cluster.load import Load, balanced, streams_equal_logs
from tests.support.system.system import eventually

# nats-py drops a connection that was accepted and never answered without closing it (by a frozen node's kernel).
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:loop is closed:ResourceWarning"),
]


async def everything_is_right(clustered: Clustered, load: Load) -> None:
    """Nothing lost, nothing twice, the streams equal the logs, the cluster is whole, and no alarm was raised."""
    await balanced(clustered.installation, load.acknowledged)
    await clustered.cluster.healed()
    await eventually(clustered.cluster.caught_up)
    async with clustered.cluster.administrator() as client:
        await streams_equal_logs(clustered.installation, client)
    for service in clustered.system.services:
        assert service.log.halted is None
        assert [follower.alarm for follower in service.followers] == [None] * len(service.followers)


async def copied(clustered: Clustered) -> int:
    """How much of intake's log its stream has."""
    relay = clustered.system.service("intake").relay
    assert relay is not None
    return relay.copied


async def is_copied_on(clustered: Clustered) -> None:
    """The other two nodes take over: what is flagged now reaches the stream."""
    before = await clustered.system.service("intake").log.head()

    async def beyond() -> bool:
        return await copied(clustered) > before

    await eventually(beyond)


def connected_to(clustered: Clustered) -> str:
    """The server that intake's connection is on."""
    client = clustered.system.service("intake").client
    assert client is not None
    assert client.connected_url is not None
    return client.connected_url.netloc


@pytest.mark.faults
async def test_the_node_that_leads_is_killed_and_comes_back(clustered: Clustered) -> None:
    load = Load(clustered.system)
    async with load.on():
        await load.more(20)
        leader = await clustered.cluster.leader(Names().stream("intake"))
        leader.kill()
        await load.more(20)
        await is_copied_on(clustered)
        leader.start()
        await load.more(20)
    await everything_is_right(clustered, load)


@pytest.mark.faults
@pytest.mark.parametrize("led", ["intake", "referral"])
async def test_the_node_that_leads_is_frozen_and_wakes_up_believing_that_it_still_leads(
    clustered: Clustered, led: str
) -> None:
    load = Load(clustered.system)
    async with load.on():
        await load.more(20)
        leader = await clustered.cluster.leader(Names().stream(led))
        leader.pause()
        await is_copied_on(clustered)
        await load.more(60)
        leader.resume()
        await load.more(40)
    await everything_is_right(clustered, load)


@pytest.mark.faults
@pytest.mark.parametrize("which", ["leads", "intake is connected to"])
async def test_the_node_that_is_cut_off_from_the_others_keeps_its_clients_and_loses_nothing(
    clustered: Clustered, which: str
) -> None:
    cluster, load = clustered.cluster, Load(clustered.system)
    async with load.on():
        await load.more(20)
        node = (
            await cluster.leader(Names().stream("intake"))
            if which == "leads"
            else cluster.node_at(connected_to(clustered))
        )
        cluster.isolate(node.name)
        await is_copied_on(clustered)  # by the other two, while the wires are cut
        assert cluster.node_at(connected_to(clustered)) is not node
        await load.more(20)
        cluster.rejoin()
        await load.more(20)
    await everything_is_right(clustered, load)


@pytest.mark.faults
async def test_each_node_in_turn_is_killed(clustered: Clustered) -> None:
    load = Load(clustered.system)
    async with load.on():
        for node in clustered.cluster.nodes:
            await load.more(10)
            node.kill()
            await load.more(10)
            node.start()
            await clustered.cluster.healed()
            await eventually(clustered.cluster.caught_up)
    await everything_is_right(clustered, load)


@pytest.mark.faults
async def test_with_two_nodes_away_cases_are_taken_in_and_arrive_when_one_is_back(clustered: Clustered) -> None:
    load = Load(clustered.system)
    async with load.on():
        await load.more(10)
        first, second, _ = clustered.cluster.nodes
        first.kill()
        second.kill()
        await load.more(40)
        first.start()
        await is_copied_on(clustered)
        second.start()
        await load.more(10)
    await everything_is_right(clustered, load)


@pytest.mark.faults
async def test_a_stream_that_was_lost_is_made_again_with_three_copies(clustered: Clustered) -> None:
    load, stream = Load(clustered.system), Names().stream("intake")
    async with load.on():
        await load.more(10)
        async with clustered.cluster.administrator() as client:
            await client.jetstream().delete_stream(stream)
        await load.more(10)
    await everything_is_right(clustered, load)
