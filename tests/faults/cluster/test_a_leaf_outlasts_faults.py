"""A shelter sends through a leaf node: whatever fails meanwhile, every case arrives, once."""

import shutil
from pathlib import Path

import pytest

from services.chassis.names import Names
from services.chassis.private_files import private_folder
from services.chassis.secrets.installation import Secrets
from services.intake.leaf_nodes.monitor import SILENT
from services.local import PostgresServer
from tests.faults.cluster.arrivals import alarm_is, followed_to, link_of, logged, refusals, sent, taken_in
from tests.faults.cluster.conftest import Linked, linked_on
from tests.faults.cluster.load import balanced
from tests.support.system.system import eventually

# nats-py leaves the connection of an attempt that failed unclosed (a leaf or a hub that is just being started).
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:loop is closed:ResourceWarning"),
]


@pytest.mark.slow
async def test_a_shelter_goes_on_while_its_link_is_down_and_every_case_arrives_once(
    linked: Linked, caplog: pytest.LogCaptureFixture
) -> None:
    tapachula, ixtepec = linked.shelters
    cases = await sent(tapachula, 3)
    await taken_in(linked, 3)
    for shelter in linked.shelters:
        await alarm_is(linked, shelter, None)
    caplog.clear()
    tapachula.cut()
    cases |= await sent(tapachula, 12)
    cases |= await sent(ixtepec, 2)
    await taken_in(linked, 5)  # the other shelter's link is another one
    await alarm_is(linked, tapachula, SILENT)
    assert (await link_of(linked, tapachula))[0] == 200
    assert (await link_of(linked, ixtepec))[1]["alarm"] is None
    tapachula.mend()
    cases |= await sent(tapachula, 3)
    await taken_in(linked, 20)
    await balanced(linked.installation, cases)
    await alarm_is(linked, tapachula, None)
    assert logged(caplog, "alarm") == logged(caplog, "alarm_cleared") == [(SILENT, "ALB-TAP-01")]


@pytest.mark.faults
async def test_a_leaf_that_is_killed_while_its_link_is_lost_keeps_what_it_acknowledged(linked: Linked) -> None:
    tapachula = linked.tapachula
    cases = await sent(tapachula, 2)
    await taken_in(linked, 2)
    tapachula.cut()
    for wire in tapachula.wires:
        wire.drop()
    cases |= await sent(tapachula, 20)
    await alarm_is(linked, tapachula, SILENT)
    tapachula.leaf.kill()
    tapachula.leaf.start()
    async with tapachula.software():
        cases |= await sent(tapachula, 5)
        tapachula.mend()
        await taken_in(linked, 27, within=120)
    await balanced(linked.installation, cases)
    await alarm_is(linked, tapachula, None)


@pytest.mark.faults
async def test_a_node_of_the_hub_dies_while_shelters_send(linked: Linked) -> None:
    tapachula = linked.tapachula
    cases = await sent(tapachula, 5)
    leader = await linked.cluster.leader(Names().shelter_stream(tapachula.code))
    leader.kill()
    cases |= await sent(tapachula, 20)
    await taken_in(linked, 25, within=150)
    leader.start()
    cases |= await sent(tapachula, 5)
    await taken_in(linked, 30, within=150)
    await linked.cluster.healed()
    await balanced(linked.installation, cases)


@pytest.mark.faults
async def test_a_hub_that_lost_a_shelters_stream_has_it_again_and_no_case_twice(linked: Linked) -> None:
    tapachula, stream = linked.tapachula, Names().shelter_stream("ALB-TAP-01")
    cases = await sent(tapachula, 6)
    await taken_in(linked, 6)
    async with linked.cluster.administrator() as client:
        await client.jetstream().delete_stream(stream)
        cases |= await sent(tapachula, 4)
        await taken_in(linked, 10)

        async def whole() -> bool:
            info = await client.jetstream().stream_info(stream)
            return info.state.messages == 10 and info.config.num_replicas == 3

        await eventually(whole)
    await balanced(linked.installation, cases)
    await followed_to(linked, tapachula, 10)


@pytest.mark.faults
@pytest.mark.parametrize("hub_too", [True, False], ids=["with the hub's copy", "alone"])
async def test_a_leaf_that_lost_its_disk_counts_from_one_again_and_is_heard_all_the_same(
    linked: Linked,
    hub_too: bool,  # noqa: FBT001 - pytest's
) -> None:
    tapachula = linked.tapachula
    cases = await sent(tapachula, 6)
    await taken_in(linked, 6)
    await followed_to(linked, tapachula, 6)
    tapachula.leaf.kill()
    shutil.rmtree(tapachula.storage)
    if hub_too:
        async with linked.cluster.administrator() as client:
            await client.jetstream().delete_stream(Names().shelter_stream(tapachula.code))
    tapachula.leaf.start()
    async with tapachula.software():
        cases |= await sent(tapachula, 4)
        await taken_in(linked, 10, within=120)
    await balanced(linked.installation, cases)
    await followed_to(linked, tapachula, 4 if hub_too else 10)


@pytest.mark.faults
async def test_postgresql_is_away_and_what_came_meanwhile_is_taken_in_afterwards(tmp_path: Path) -> None:
    data = tmp_path / "data"
    private_folder(data)
    secrets = Secrets.load_or_create(data)
    postgres = PostgresServer(data, secrets)
    try:
        await postgres.start()
        async with linked_on(postgres.dsn, data, secrets, tmp_path) as linked:
            cases = await sent(linked.tapachula, 2)
            await taken_in(linked, 2)
            await postgres.stop()
            cases |= await sent(linked.tapachula, 8)
            async with linked.cluster.administrator() as client:

                async def arrived() -> bool:
                    info = await client.jetstream().stream_info(Names().shelter_stream("ALB-TAP-01"))
                    return info.state.messages == 10

                await eventually(arrived)
            await postgres.start()
            await taken_in(linked, 10)
            await balanced(linked.installation, cases)
            assert await refusals(linked) == []
    finally:
        await postgres.stop()
