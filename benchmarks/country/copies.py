"""Two years of cases: the played ones again and again, one set after the other, under other ids, days and keys.

What services write, a copy writes: every event of the logs in the order of its time, so that the cases of many weeks
lie between each other; a key of its own for each person and class; every box sealed anew for its place. A copy that
began late is still open at the end, as far as it had come.
"""

import hmac
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from operator import itemgetter
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.country.templates import Fact, Gap, PlayedKey, Sealed, Templates
from benchmarks.stored import CHANGEABLE, COLUMNS, LOGS, other
from services.chassis.ids import uuid5
from services.chassis.names import UPSTREAMS
from services.chassis.vault.keyring import Key, Keyring
from services.chassis.vault.sealing import commit, seal

DAYS = 730
KEY_COLUMNS = ("id", "subject", "class", "epoch", "wrapped", "created_at")
PROGRESS = "create table if not exists public.country_day (day integer primary key)"


@dataclass(frozen=True, slots=True)
class Moved:
    """When one set of copies begins: so many days after the first day of the two years."""

    number: int
    begins: int


def sets_of(cases: int, played: int, days: int = DAYS) -> list[Moved]:
    """As many sets as make so many cases, at equal distances in two years, the last one on the last day."""
    count = max(1, round(cases / played))
    return [Moved(number, round(number * (days - 1) / max(1, count - 1))) for number in range(count)]


@dataclass
class Copy:
    """One set of copies: what takes the place of each id, day, key and box."""

    of: Templates
    moved: Moved
    seed: int
    later: timedelta
    _days: dict[date, bytes] = field(default_factory=dict)
    _ids: dict[UUID, UUID] = field(default_factory=dict)
    _texts: dict[UUID, bytes] = field(default_factory=dict)

    @cached_property
    def mask(self) -> int:
        """The bits that are other ones in every id."""
        return Random(self.seed * 1_000_003 + self.moved.number).getrandbits(128) & CHANGEABLE  # noqa: S311 - no secret

    def id(self, old: UUID) -> UUID:
        """The id that takes the place of another."""
        if (found := self._ids.get(old)) is None:
            derived = self.of.derived.get(old)
            found = other(old, self.mask) if derived is None else uuid5(self.id(derived[0]), derived[1])
            self._ids[old] = found
        return found

    def secret(self, key: UUID) -> bytes:
        """The key of a copied person: the same when the copying goes on after an interruption."""
        return hmac.digest(f"{self.seed}/{self.moved.number}".encode(), key.bytes, "sha256")

    def key(self, played: PlayedKey) -> Key:
        """A person's key, for the vault."""
        return Key(self.id(played.id), self.id(played.subject), played.kind, self.secret(played.id))

    def row(self, fact: Fact) -> tuple[Any, ...]:
        """The columns of an event after its position."""
        filled = [self._filled(gap) for gap in fact.gaps]
        state = b"".join(text for pair in zip(fact.texts, [*filled, b""], strict=True) for text in pair)
        case = None if fact.case is None else self.id(fact.case)
        return (self.id(fact.id), self.id(fact.stream), fact.version, fact.topic, case, fact.at + self.later, state)

    def _filled(self, gap: Gap) -> bytes:
        if isinstance(gap, UUID):
            if (text := self._texts.get(gap)) is None:
                text = self._texts[gap] = str(self.id(gap)).encode()
            return text
        if isinstance(gap, date):
            if (day := self._days.get(gap)) is None:
                day = self._days[gap] = (gap + self.later).isoformat().encode()
            return day
        if isinstance(gap, Sealed):
            key = self.secret(gap.key)
            place = replace(gap.place, stream=self.id(gap.place.stream))
            box = seal(gap.content, key_id=self.id(gap.key), key=key, kind=gap.kind, place=place)
            return box.sealed.encode()
        found = self.of.commitments.get(gap)
        return gap if found is None else commit(self.secret(found)).encode()


@dataclass
class Copying:
    """Fills the logs of one database day by day, each in a transaction; interrupted, it goes on there."""

    of: Templates
    sets: Sequence[Moved]
    first: date
    """The day on which the two years begin."""
    played_first: datetime
    """The midnight before the first played case."""
    seed: int
    keyring: Keyring
    days: int = DAYS

    @cached_property
    def by_day(self) -> Mapping[int, Sequence[Fact]]:
        """The facts by the day of their life on which they happened."""
        found: dict[int, list[Fact]] = defaultdict(list)
        for fact in self.of.facts:
            found[(fact.at - self.played_first).days].append(fact)
        return found

    async def run(self, dsn: str, step: Callable[[str], None]) -> None:
        """Copies the days that are not there yet; then logs and followers say how far they are."""
        writer = await asyncpg.connect(dsn)
        try:
            await writer.execute(PROGRESS)
            done = await writer.fetchval("select coalesce(max(day), -1) from public.country_day")
            at = {log: await writer.fetchval(f"select coalesce(max(position), 0) from {log}.event") for log in LOGS}
            copies = dict[int, Copy]()
            for day in range(done + 1, self.days):
                async with writer.transaction():
                    if day == 0:
                        await self._before(writer, at)
                    await self._day(writer, day, at, copies)
                    await writer.execute("insert into public.country_day values ($1)", day)
                if day % 10 == 0:
                    step(f"day {day} of {self.days} · {sum(at.values()):,} events")
            await self._reached(writer)
        finally:
            await writer.close()

    async def _before(self, writer: Any, at: dict[str, int]) -> None:
        first = Copy(self.of, Moved(0, 0), self.seed, self._later(0))
        first.__dict__["mask"] = 0
        rows = [(fact.log, first.row(fact)) for fact in self.of.before]
        await self._append(writer, rows, at)

    async def _day(self, writer: Any, day: int, at: dict[str, int], copies: dict[int, Copy]) -> None:
        rows = list[tuple[datetime, int, str, tuple[Any, ...]]]()
        for moved in self.sets:
            facts = self.by_day.get(day - moved.begins, ())
            if moved.begins > day:
                break
            if day - moved.begins > max(self.by_day):
                copies.pop(moved.number, None)
                continue
            copy = copies.get(moved.number)
            if copy is None:
                copy = copies[moved.number] = Copy(self.of, moved, self.seed, self._later(moved.begins))
            if day == moved.begins:
                await self._begin(writer, copy)
            rows += [(fact.at + copy.later, moved.number, fact.log, copy.row(fact)) for fact in facts]
        rows.sort(key=itemgetter(0, 1))
        await self._append(writer, [(log, row) for _, _, log, row in rows], at)

    def _later(self, begins: int) -> timedelta:
        return timedelta(days=(self.first - self.played_first.date()).days + begins)

    async def _begin(self, writer: Any, copy: Copy) -> None:
        """The keys and the commands of a set."""
        made = {copy.id(one.id): one.at + copy.later for one in self.of.keys}
        wrapped = next(iter(self.keyring.rows(copy.key(one) for one in self.of.keys).values()))
        records = [(*row[:5], made[row[0]]) for row in wrapped]
        await writer.copy_records_to_table("key", schema_name="vault", columns=KEY_COLUMNS, records=records)
        for log, ids in self.of.commands.items():
            commands = [(copy.id(one), 1 + copy.moved.number, 1) for one in ids]
            await writer.copy_records_to_table(
                "command", schema_name=log, columns=("id", "first_position", "events"), records=commands
            )

    async def _append(self, writer: Any, rows: Sequence[tuple[str, tuple[Any, ...]]], at: dict[str, int]) -> None:
        for log in LOGS:
            records = list(_numbered(at[log], [row for where, row in rows if where == log]))
            await writer.copy_records_to_table("event", schema_name=log, columns=COLUMNS, records=records)
            at[log] += len(records)

    async def _reached(self, writer: Any) -> None:
        for log in LOGS:
            await writer.execute(f"update {log}.head set position = (select max(position) from {log}.event)")
        for service, upstreams in UPSTREAMS.items():
            for upstream in upstreams:
                query = f"""insert into {service}.tracking select $1, position from {upstream}.head
                    on conflict (upstream) do update set position = excluded.position"""
                await writer.execute(query, upstream)
        await writer.execute("vacuum analyze")


def _numbered(after: int, rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    return ((position, *row) for position, row in enumerate(rows, start=after + 1))
