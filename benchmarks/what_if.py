"""A period decided again by other rules: cases as the services recorded them, each under ids and a key of its own.

A copy's answers are opened and sealed anew for their place, as intake seals them; the ids that follow from others do.
"""

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
import orjson

from benchmarks.ground import Ground, Place
from benchmarks.stored import AN_ID, CHANGEABLE, COLUMNS, other
from events.intake import CaseOpened
from events.referral import assessment_stream
from events.sealed import Box
from events.vocabulary import Agency, BoxClass, Role
from services.chassis.authorization.policy import EVERYWHERE, Principal
from services.chassis.clock import MEXICO, system_clock
from services.chassis.eventlog.log import Log
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.vault.keyring import Key, Keyring
from services.chassis.vault.sealing import Place as Sealed
from services.chassis.vault.sealing import open_box, seal
from services.directory.desks import duty_desks
from services.referral.routing.policy import POLICY, load_rules
from services.referral.what_if.commands import Question, WhatIf

LOGS = ("intake", "referral")
BATCH = 2_000
"""Copies written in one transaction."""
OTHER_RULES = POLICY.read_bytes().replace(b"lead: ACNUR", b"lead: PNUD", 1)
KEY_COLUMNS = ("id", "subject", "class", "epoch", "wrapped", "created_at")


@dataclass(frozen=True, slots=True)
class RecordedCases:
    """The cases of a day as the services recorded them, and the policies that they were decided by."""

    templates: Sequence["Template"]
    policies: Sequence[tuple[Any, ...]]


async def recorded_cases(ground: Ground, source: Place) -> RecordedCases:
    """Reads the recorded day, and opens its answers with the referral service's keys."""
    context = _context(ground, source)
    columns = ", ".join(COLUMNS)
    rows: dict[UUID, dict[str, list[Any]]] = {}
    try:
        async with context.database.reading() as connection:
            for log in LOGS:
                query = f"select {columns} from {log}.event where case_id is not null order by position"
                for row in await connection.fetch(query):
                    rows.setdefault(row["case_id"], {log: [] for log in LOGS})[log].append(row)
            policies = await connection.fetch(f"select {columns} from referral.event where case_id is null")
        found = [
            one for one in rows.values() if one["intake"] and one["intake"][0]["topic"].startswith(CaseOpened.NAME)
        ]
        boxes = [_box(one["intake"][0]) for one in found]
        secrets = await context.keyring(BoxClass.SCREENING).load(box.key for box in boxes)
        templates = [Template(one, box, secrets) for one, box in zip(found, boxes, strict=True)]
    finally:
        await context.database.close()
    return RecordedCases(templates, [tuple(row) for row in policies])


async def measure(ground: Ground, day: RecordedCases, cases: int, step: Callable[[str], None]) -> dict[str, Any]:
    """Seconds for so many cases, on every core."""
    async with ground.place() as place:
        context = _context(ground, place)
        step(f"{cases:,} cases sealed and stored")
        try:
            await _store(context.keyring(BoxClass.SCREENING), place.dsn, day, cases)
            step(f"{cases:,} cases decided again")
            return await _replayed(context, cases)
        finally:
            await context.database.close()


async def _replayed(context: ServiceContext, cases: int) -> dict[str, Any]:
    log = Log(context.database)
    log.start()
    today = system_clock().astimezone(MEXICO).date()
    processes = os.cpu_count() or 1
    what_if = WhatIf(
        context=context,
        log=log,
        clock=system_clock,
        desks=duty_desks(),
        restricted=load_rules().policy.restricted,
        processes=processes,
    )
    try:
        began = time.perf_counter()
        question = Question(first_day=today.replace(day=1), last_day=today, rules=OTHER_RULES)
        begun = await what_if.begin(uuid4(), question, Principal(Role.OPERATOR, EVERYWHERE, "bench"))
        result = await what_if.run(begun)
        seconds = time.perf_counter() - began
    finally:
        await log.stop()
    if (result.compared, result.not_reproduced, result.lost) != (len(begun.cases), 0, 0):
        raise RuntimeError(f"{result.compared} of {len(begun.cases)} cases were compared")
    return {"cases": result.compared, "seconds": seconds, "rate": cases / seconds, "processes": processes}


def _context(ground: Ground, place: Place) -> ServiceContext:
    return ServiceContext.of(ground.settings(place), "referral", secrets=ground.servers.secrets.of("referral"))


async def _store(keyring: Keyring, dsn: str, day: RecordedCases, cases: int) -> None:
    """Copies the recorded cases until there are enough; then the logs say how long they are."""
    writer = await asyncpg.connect(dsn)
    at, draw = dict.fromkeys(LOGS, 0), random.Random(cases)  # noqa: S311 - the same copies every time
    turning = cycle(day.templates)
    try:
        await _copy(writer, "referral", day.policies, at)
        for first in range(0, cases, BATCH):
            made = [
                one.copied(draw.getrandbits(128) & CHANGEABLE) for one in islice(turning, min(BATCH, cases - first))
            ]
            wrapped = next(iter(keyring.rows(copy["key"] for copy in made).values()))
            records = [row[: len(KEY_COLUMNS)] for row in wrapped]  # the check value is for the vault to compare
            await writer.copy_records_to_table("key", schema_name="vault", columns=KEY_COLUMNS, records=records)
            for log in LOGS:
                await _copy(writer, log, [row for copy in made for row in copy[log]], at)
        for log in LOGS:
            await writer.execute(f"update {log}.head set position = (select max(position) from {log}.event)")
        await writer.execute("vacuum analyze")
    finally:
        await writer.close()


async def _copy(writer: Any, log: str, rows: Sequence[tuple[Any, ...]], at: dict[str, int]) -> None:
    """Appends rows at the log's next positions."""
    records = [(at[log] + number, *row[1:]) for number, row in enumerate(rows, start=1)]
    await writer.copy_records_to_table("event", schema_name=log, columns=COLUMNS, records=records)
    at[log] += len(records)


class Template:
    """One recorded case, and its answers."""

    def __init__(self, rows: Mapping[str, Sequence[Any]], box: Box, secrets: Mapping[UUID, bytes]) -> None:
        opened = rows["intake"][0]
        self.rows, self.box = rows, box
        self.case, self.opened = UUID(int=opened["stream"].int), UUID(int=opened["id"].int)
        answers = open_box(box, _place(self.case), secrets)
        if answers is None:
            raise RuntimeError("the answers of the recorded day cannot be opened")
        self.answers = answers

    def copied(self, mask: int) -> dict[str, Any]:
        """The rows of a case with other ids, and its key."""
        case, opened = other(self.case, mask), other(self.opened, mask)
        ids = {self.case: case, self.opened: opened, assessment_stream(self.case): assessment_stream(case)}
        ids |= {uuid5(self.opened, agency): uuid5(opened, agency) for agency in Agency}
        key = Key(other(self.box.key, mask), other(self.case, mask), BoxClass.SCREENING, os.urandom(32))
        box = seal(self.answers, key_id=key.id, key=key.secret, kind=BoxClass.SCREENING, place=_place(case))
        sealed = {self.box.sealed.encode(): box.sealed.encode(), self.box.commitment.encode(): box.commitment.encode()}

        def renamed(found: UUID) -> UUID:
            return ids.get(found) or other(found, mask)

        def in_text(state: bytes) -> bytes:
            for old, new in sealed.items():
                state = state.replace(old, new)
            return AN_ID.sub(lambda found: str(renamed(UUID(found[0].decode()))).encode(), state)

        copied: dict[str, Any] = {"key": key}
        for log, rows in self.rows.items():
            copied[log] = [
                (
                    0,
                    renamed(UUID(int=row["id"].int)),
                    renamed(UUID(int=row["stream"].int)),
                    row["version"],
                    row["topic"],
                    case,
                    row["recorded_at"],
                    in_text(row["state"]),
                )
                for row in rows
            ]
        return copied


def _place(case: UUID) -> Sealed:
    return Sealed(case, 1, CaseOpened.NAME, BoxClass.SCREENING.value)


def _box(opened: Any) -> Box:
    return Box.model_validate(orjson.loads(opened["state"])["data"]["screening"])
