"""A number that came many times is one record of its device, as the plain rule has it."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from events.vocabulary import Role
from services.audit.reconciliation.domain import DeviceState, Record, gaps_of
from services.audit.reconciliation.queries import Counts
from services.audit.trace.stream_copies import StreamUnreadableError
from services.chassis.authorization.policy import Principal
from services.chassis.secrets.installation import Secrets
from services.chassis.web.cursors import Cursors
from tests.support.system.logs import as_admin
from tests.support.system.plain_statements import HERE, THERE, put, reader_of


class NoStream:
    """A stream that cannot be read."""

    async def entries(self, *_: Any) -> AsyncIterator[Any]:
        raise StreamUnreadableError
        yield


async def test_a_number_that_came_many_times_is_one_record_of_its_device(database: str, secrets: Secrets) -> None:
    draw, day = Random(5), date(2013, 6, 11)
    records = defaultdict[tuple[str, str], list[Record]](list)
    async with as_admin(database) as admin:
        for position in range(300):
            shelter, device, number = draw.choice((HERE, THERE)), draw.choice(("d-001", "d-002")), draw.randrange(1, 60)
            opened, corrected = draw.randrange(2) == 0, draw.choice((None, False, True))
            at = datetime(2013, 6, 11, 12, tzinfo=UTC) + timedelta(seconds=draw.randrange(9_000))
            row = {
                "position": position, "shelter": shelter, "device": device, "device_sequence": number,
                "recorded_at": at, "day": day,
            }  # fmt: skip
            if opened:
                await put(admin, "audit.counted_case", case_id=uuid4(), device_day=day, **row)
            else:
                await put(admin, "audit.counted_refusal", refusal=uuid4(), corrected=corrected, **row)
            records[shelter, device].append(Record(number, at, day, opened, None if opened else corrected))
    reader = reader_of(database, secrets, "audit")
    counts = Counts(database=reader, cursors=Cursors(bytes(64)), copies=NoStream())  # type: ignore[arg-type]
    auditor = Principal(Role.AUDITOR, "*", "a-000")
    try:
        page = await counts.page(auditor, shelter=None, first=day, last=day, cursor=None, limit=50)
    finally:
        await reader.close()
    found = {(one.shelter, gap.device, gap.first, gap.last, gap.why) for one in page.items for gap in one.gaps}
    wanted = [gap for whose, of in records.items() for gap in gaps_of(*whose, of, DeviceState())]
    assert found == {(gap.shelter, gap.device, gap.first, gap.last, gap.why) for gap in wanted}
    assert wanted
