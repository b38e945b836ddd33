"""Reads what is counted of each shelter and day, and compares it with the logs and with intake's stream."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from services.audit.reconciliation.domain import DayCounts, DeviceState, Gap, LogCount, Record, gaps_of
from services.audit.reconciliation.schemas import CountsPage
from services.audit.trace.projections import LOGS
from services.audit.trace.stream_copies import StreamCopies, StreamUnreadableError
from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.web.cursors import Cursors, not_a_cursor

MAX_PAGE_SIZE = 100
LIST = "audit_counts"
MAX_COMPARED = 20_000
"""Messages of the stream that are read for one page; beyond, the stream is not counted."""
MAX_RECORDS = 20_000
"""Records of devices that are compared at once: a caravan's days have more, and none may go unread."""

DAYS = """
select shelter, day, sum(by_device_day)::bigint as by_device_day, sum(opened)::bigint as opened,
  sum(numbered)::bigint as numbered, sum(refused)::bigint as refused, sum(corrected)::bigint as corrected
from (
  select shelter, day, 0 as by_device_day, 1 as opened, (device_sequence is not null)::int as numbered, 0 as refused,
    0 as corrected
  from counted_case where day between $2 and $3
  union all
  select shelter, device_day, 1, 0, 0, 0, 0 from counted_case where device_day between $2 and $3
  union all
  select shelter, day, 0, 0, 0, 1, (corrected is true)::int from counted_refusal where day between $2 and $3
) as counted
where ($1::text is null or shelter = $1) and ($4::date is null or (day, shelter) < ($4, $5::text))
group by shelter, day order by day desc, shelter desc limit $6
"""
OF_ROWS = """unnest($1::text[], $2::date[]) as asked (shelter, day) cross join lateral (
  select * from {table} as one where one.shelter = asked.shelter and one.day = asked.day offset 0) as c"""
"""No shelter's day is asked for twice. ``offset 0``: each is looked up by an index; the table is never read whole."""
OF_CASES = OF_ROWS.format(table="counted_case")
OF_REFUSALS = OF_ROWS.format(table="counted_refusal")
ASSESSED = f"""
select c.shelter, c.day, a.outcome, count(*) as cases
from {OF_CASES} join counted_assessment a using (case_id) group by 1, 2, 3
"""
IN_LOG = f"""
select c.shelter, c.day, count(*) as events, count(*) filter (where e.position is null) as missing
from {OF_CASES} join trace t on t.case_id = c.case_id and t.log = $3
cross join lateral unnest(t.positions) as p
left join lateral (
  select position from {{log}}.event where event.position = p and event.case_id = c.case_id offset 0) as e on true
group by 1, 2
"""
POSITIONS = f"""
select c.shelter, c.day, c.case_id, p as position
from {OF_CASES} join trace t on t.case_id = c.case_id and t.log = 'intake'
cross join lateral unnest(t.positions) as p
order by p limit $3
"""
NUMBERED = """
with numbered as not materialized (
  select shelter, device, device_sequence as number, recorded_at, day, true as opened, null::boolean as corrected
  from counted_case where device_sequence is not null
  union all
  select shelter, device, device_sequence, recorded_at, day, false, corrected
  from counted_refusal where device_sequence is not null)
"""
DEVICES = f"""
select shelter, device, min(number) as least, max(number) as most from (
  select c.shelter, c.device, c.device_sequence as number from {OF_CASES}
  union all
  select c.shelter, c.device, c.device_sequence from {OF_REFUSALS}) as numbered
where number is not null group by 1, 2
"""
AROUND = f"""{NUMBERED}
select n.* from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) as a (shelter, device, least, most)
cross join lateral (select max(number) as number from numbered l
  where l.shelter = a.shelter and l.device = a.device and l.number < a.least) as lower
cross join lateral (select min(number) as number from numbered h
  where h.shelter = a.shelter and h.device = a.device and h.number > a.most) as higher
cross join lateral (select coalesce(lower.number, a.least) as first, coalesce(higher.number, a.most) as last) as around
cross join lateral (select distinct on (number) * from (
  (select distinct on (device_sequence) shelter, device, device_sequence as number, recorded_at, day, true as opened,
    null::boolean as corrected
  from counted_case where shelter = a.shelter and device = a.device
    and device_sequence between around.first and around.last order by device_sequence, recorded_at)
  union all
  (select distinct on (device_sequence) shelter, device, device_sequence, recorded_at, day, false, corrected
  from counted_refusal where shelter = a.shelter and device = a.device
    and device_sequence between around.first and around.last
  order by device_sequence, corrected is true desc, recorded_at)) as each order by number, opened desc) as n
order by n.shelter, n.device, n.number limit $5
"""
"""The records of the days that are shown, and the next one of each device before and after them; of a number that came
more than once the record that counts (``gaps_of``)."""
STATES = """
select shelter, device, enrolled_at is not null as enrolled, revoked_at is not null as revoked,
  coalesce(waiting, 0) as waiting
from counted_device join unnest($1::text[], $2::text[]) as asked (shelter, device) using (shelter, device)
"""
Key = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Counts:
    """Reads the counts."""

    database: Database
    cursors: Cursors
    copies: StreamCopies

    async def page(
        self,
        viewer: Principal,
        *,
        shelter: str | None,
        first: date,
        last: date,
        cursor: str | None,
        limit: int,
        field: str = "cursor",
    ) -> CountsPage:
        """A page of the counts of the days from ``first`` to ``last``, newest first; ``None``: of every shelter.

        Raises:
            MalformedRequestError: the cursor was not issued by this list.
        """
        place = _place(self.cursors.read(cursor, LIST, viewer, field=field), field) if cursor else (None, None)
        async with self.database.reading() as connection:
            found = await connection.fetch(DAYS, shelter, first, last, *place, limit + 1)
            shown = found[:limit]
            keys = [(row["shelter"], row["day"]) for row in shown]
            rows = ([key[0] for key in keys], [key[1] for key in keys])
            assessed = await _assessed(connection, rows)
            logs = {log: await _in_log(connection, rows, log) for log in LOGS}
            positions = await connection.fetch(POSITIONS, *rows, MAX_COMPARED + 1)
            gaps = await _gaps(connection, rows)
        in_stream = await self._in_stream(positions)
        counts = [
            DayCounts(
                shelter=row["shelter"],
                day=row["day"],
                by_device_day=row["by_device_day"],
                opened=row["opened"],
                numbered=row["numbered"],
                refused=row["refused"],
                corrected=row["corrected"],
                **assessed[key],
                logs={log: logs[log].get(key, LogCount(0, 0)) for log in LOGS},
                in_stream=None if in_stream is None else in_stream.get(key, 0),
                gaps=tuple(gaps.get(key, ())),
            )
            for row, key in zip(shown, keys, strict=True)
        ]
        more = len(found) > limit
        after = self.cursors.issue(LIST, viewer, f"{keys[-1][1].isoformat()} {keys[-1][0]}") if more else None
        return CountsPage.of(counts, after)

    async def _in_stream(self, positions: Sequence[Any]) -> Mapping[Key, int] | None:
        """How many of these events intake's stream has, by shelter and day; ``None``: it cannot be told."""
        if not positions:
            return {}
        first, last = positions[0]["position"], positions[-1]["position"]
        if last - first >= MAX_COMPARED:
            return None
        sought = {(row["position"], row["case_id"]): (row["shelter"], row["day"]) for row in positions}
        found: defaultdict[Key, int] = defaultdict(int)
        try:
            async for entry in self.copies.entries("intake", first, last):
                key = sought.pop((entry.position, entry.case), None)
                if key is not None:
                    found[key] += 1
        except StreamUnreadableError:
            return None
        return found


async def _assessed(connection: asyncpg.Connection, rows: tuple[list[str], list[date]]) -> dict[Key, dict[str, int]]:
    counted: defaultdict[Key, dict[str, int]] = defaultdict(lambda: {"routed": 0, "nothing_fired": 0, "parked": 0})
    for row in await connection.fetch(ASSESSED, *rows):
        counted[row["shelter"], row["day"]][row["outcome"]] = row["cases"]
    return counted


async def _in_log(connection: asyncpg.Connection, rows: tuple[list[str], list[date]], log: str) -> dict[Key, LogCount]:
    found = await connection.fetch(IN_LOG.format(log=log), *rows, log)
    return {(row["shelter"], row["day"]): LogCount(row["events"], row["missing"]) for row in found}


async def _gaps(connection: asyncpg.Connection, rows: tuple[list[str], list[date]]) -> dict[Key, list[Gap]]:
    """The gaps that show on these days, by shelter and day."""
    devices = await connection.fetch(DEVICES, *rows)
    gaps: list[Gap] = []
    for part in _few(devices):
        asked = [[one[name] for one in part] for name in ("shelter", "device", "least", "most")]
        states = {
            (row["shelter"], row["device"]): DeviceState(row["enrolled"], row["revoked"], row["waiting"])
            for row in await connection.fetch(STATES, *asked[:2])
        }
        records: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
        for row in await connection.fetch(AROUND, *asked, MAX_RECORDS):
            records[row["shelter"], row["device"]].append(_record(row))
        least = {(one["shelter"], one["device"]): one["least"] for one in part}
        for whose, found in records.items():
            state, whole = states.get(whose, DeviceState()), found[0].number == least[whose]
            gaps += gaps_of(*whose, found, state, whole=whole)
    return _by_day(gaps)


def _few(devices: Iterable[Any]) -> Iterator[list[Any]]:
    """Devices that are compared together: as many as can have no more numbers than that, or one."""
    part: list[Any] = []
    numbers = 0
    for one in devices:
        more = one["most"] - one["least"] + 3  # with the one before and the one after
        if part and numbers + more > MAX_RECORDS:
            yield part
            part, numbers = [], 0
        part.append(one)
        numbers += more
    if part:
        yield part


def _record(row: Any) -> Record:
    return Record(row["number"], row["recorded_at"], row["day"], row["opened"], row["corrected"])


def _by_day(gaps: Iterable[Gap]) -> dict[Key, list[Gap]]:
    found: defaultdict[Key, list[Gap]] = defaultdict(list)
    for gap in gaps:
        found[gap.shelter, gap.day].append(gap)
    return found


def _place(written: str, field: str) -> tuple[date, str]:
    day, _, shelter = written.partition(" ")
    try:
        return date.fromisoformat(day), shelter
    except ValueError:
        raise not_a_cursor(field) from None
