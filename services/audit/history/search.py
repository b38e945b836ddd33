"""Finds a case by what people have in their hands: its number, its receipt, or the code of one of its referrals.

Receipts and codes follow from ids and are stored nowhere, so that all ids are looked through: an auditor's search, a
few a day, and none of anybody else.
"""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.audit.trace.projections import READ
from services.chassis.database import Database
from services.chassis.ids import parse_uuid, receipt_as_typed, receipt_of, short_code

RECEIPT = re.compile(r"[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{4}")
CODE = re.compile(r"[2-9A-Z]{4}")
MOST = 50
"""Cases that one search shows: a code of four characters may be several referrals'."""

OPENED = """
select id, stream, case_id, recorded_at from intake.event
where version = 1 and topic like 'intake.case\\_opened.v%'
"""
PROPOSED = """
select stream as id, stream, case_id, recorded_at from referral.event
where version = 1 and topic like 'referral.proposed.v%'
"""
BY_ID = "select id, stream, case_id, recorded_at from {log}.event where stream = $1 and version = 1"
TRACED = "select exists (select from trace where case_id = $1)"


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case that was found, and the referral by which it was, if it was by one."""

    case: UUID
    recorded_at: datetime | None = None
    referral: UUID | None = None


async def find_cases(database: Database, written: str) -> list[FoundCase] | None:
    """The cases that a number, a receipt or a code stands for, the newest first; ``None``: it is none of these."""
    text = written.strip()
    try:
        return await _by_number(database, parse_uuid(text))
    except ValueError:
        pass
    if CODE.fullmatch(text.upper()):
        return await _scanned(database, PROPOSED, short_code, text.upper(), by_referral=True)
    receipt = receipt_as_typed(text)
    if RECEIPT.fullmatch(receipt):
        return await _scanned(database, OPENED, receipt_of, receipt, by_referral=False)
    return None


async def _by_number(database: Database, number: UUID) -> list[FoundCase]:
    """By the number of the case, or of anything that is recorded in a stream of its own: a referral, an alert."""
    async with database.reading() as connection:
        if await connection.fetchval(TRACED, number):
            return [FoundCase(number)]
        for log in READ:
            row = await connection.fetchrow(BY_ID.format(log=log), number)
            if row is not None and row["case_id"] is not None:
                return [FoundCase(row["case_id"])]
    return []


async def _scanned(
    database: Database, query: str, said: Callable[[UUID], str], wanted: str, *, by_referral: bool
) -> list[FoundCase]:
    async with database.reading() as connection:
        rows = await connection.fetch(query)
    chosen = await asyncio.to_thread(_those, rows, said, wanted)
    newest = sorted(chosen, key=lambda row: row["recorded_at"], reverse=True)[:MOST]
    return [FoundCase(row["case_id"], row["recorded_at"], row["stream"] if by_referral else None) for row in newest]


def _those(rows: Iterable[Any], said: Callable[[UUID], str], wanted: str) -> list[Any]:
    return [row for row in rows if said(row["id"]) == wanted]
