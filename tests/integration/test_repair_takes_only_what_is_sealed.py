"""A repair lists what it would import, and imports what the log's owner has sealed: nothing that was forged."""

from dataclasses import replace
from uuid import uuid4

import pytest

from events.intake import ShelterHeard
from services.chassis.eventlog.log_entry import EntryMapper, LogEntry
from services.chassis.operations.stream_reader import ForkedError
from services.chassis.replication.cloudevents import EXPECTED_LAST, EXPECTED_SEAL, Copy
from services.chassis.replication.outlet import SEAL
from services.chassis.replication.provenance import Provenance
from services.system import Installation, administrator
from services.upkeep import remake_stream, repairing
from tests.contract.golden_events import a_fact
from tests.support.system.logs import everything, opened, outlet_of
from tests.support.system.repairs import repair_log


def recorded(position: int) -> LogEntry:
    """An event of intake's as its log stores it."""
    entry = EntryMapper().to_stored_event(a_fact(ShelterHeard))
    return replace(
        entry, originator_id=uuid4(), originator_version=1, id=uuid4(), case=None, position=position, typed=None
    )


async def publish(installation: Installation, *entries: LogEntry, sealed: bool = True) -> None:
    """Into intake's stream: as its owner does, or as somebody who has everything but its key."""
    outlet = outlet_of(installation.secrets, installation.settings.names)
    async with administrator(installation.settings, installation.secrets) as jetstream:
        for entry in entries:
            copy = Copy.of(entry, outlet)
            headers = {
                name: value for name, value in copy.headers().items() if name not in {EXPECTED_LAST, EXPECTED_SEAL}
            }
            if not sealed:
                del headers[SEAL]
            await jetstream.publish(copy.subject, entry.state, headers=headers)


async def log_of(installation: Installation) -> list[LogEntry]:
    assert installation.settings.postgres_dsn is not None
    async with opened(installation.settings.postgres_dsn.get_secret_value(), installation.secrets) as log:
        return await everything(log)


async def repaired(installation: Installation, *, unsealed: bool = False) -> int:
    return (await repair_log(installation.settings, installation.secrets, "intake", unsealed=unsealed)).imported


async def last_sequence(installation: Installation) -> int:
    async with administrator(installation.settings, installation.secrets) as jetstream:
        return (await jetstream.stream_info(installation.settings.names.stream("intake"))).state.last_seq


async def test_what_would_be_imported_is_listed_and_nothing_is_changed(installation: Installation) -> None:
    lost = [recorded(1), recorded(2)]
    await publish(installation, *lost)
    async with repairing(installation.settings, installation.secrets, "intake") as repair:
        plan = await repair.plan()
    assert [(one.entry, one.provenance) for one in plan.missing] == [(one, Provenance.SEALED) for one in lost]
    assert plan.foreign == 0
    assert await log_of(installation) == []
    assert await repaired(installation) == 2
    assert await log_of(installation) == lost


async def test_a_forged_event_is_listed_as_such_and_does_not_become_history(installation: Installation) -> None:
    true, forged = recorded(1), recorded(2)
    await publish(installation, true)
    await publish(installation, forged, sealed=False)
    async with repairing(installation.settings, installation.secrets, "intake") as repair:
        plan = await repair.plan()
    assert [one.provenance for one in plan.missing] == [Provenance.SEALED, Provenance.UNSEALED]
    assert await repaired(installation) == 1
    assert await repaired(installation) == 0
    assert await log_of(installation) == [true]


async def test_what_the_owner_sealed_counts_where_somebody_else_was_there_first(installation: Installation) -> None:
    forged, true = recorded(1), recorded(1)
    await publish(installation, forged, sealed=False)
    await publish(installation, true)
    assert await repaired(installation) == 1
    assert await log_of(installation) == [true]


async def test_what_an_earlier_version_did_not_seal_is_imported_on_explicit_demand(installation: Installation) -> None:
    earlier = [recorded(1), recorded(2)]
    await publish(installation, *earlier, sealed=False)
    assert await repaired(installation) == 0
    assert await repaired(installation, unsealed=True) == 2
    assert await log_of(installation) == earlier


async def test_an_answer_that_was_written_into_the_stream_is_passed_over(installation: Installation) -> None:
    first, second = recorded(1), recorded(2)
    await publish(installation, first)
    async with administrator(installation.settings, installation.secrets) as jetstream:
        outlet = outlet_of(installation.secrets, installation.settings.names)
        await jetstream.publish(outlet.subject("intake.shelter_heard"), b'{"status": 401}')
    await publish(installation, second)
    async with repairing(installation.settings, installation.secrets, "intake") as repair:
        assert (await repair.plan()).foreign == 1
    assert await repaired(installation) == 2
    assert await log_of(installation) == [first, second]


async def test_two_sealed_histories_are_never_mixed(installation: Installation) -> None:
    await publish(installation, recorded(1), recorded(1))
    with pytest.raises(ForkedError):
        await repaired(installation)
    assert await log_of(installation) == []


async def test_an_entry_that_is_missing_before_a_sealed_one_is_said(installation: Installation) -> None:
    await publish(installation, recorded(1), recorded(1), sealed=False)
    await publish(installation, recorded(3))
    with pytest.raises(ForkedError, match="position 2"):
        await repaired(installation, unsealed=True)
    assert await log_of(installation) == []


async def test_a_stream_is_made_anew_only_when_the_log_has_everything_in_it(installation: Installation) -> None:
    await publish(installation, recorded(1))
    plan = await remake_stream(installation.settings, installation.secrets, "intake")
    assert len(plan.missing) == 1
    assert await last_sequence(installation) == 1
    await repaired(installation)
    assert not (await remake_stream(installation.settings, installation.secrets, "intake")).missing
    assert await last_sequence(installation) == 0
