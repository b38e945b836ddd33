"""The silences in the referral service's log, as Spanish sentences."""

import asyncpg

from services.audit.prose import describe
from services.audit.prose.glossary import in_mexico
from services.chassis.eventlog.log_entry import decode
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row

SILENCES = f"""
select {ENTRY_COLUMNS} from referral.event
where topic like 'referral.desk\\_%' or topic like 'referral.shelter\\_%' order by position
"""


async def silence_lines(dsn: str) -> list[str]:
    """One line for each fact: its time in Mexico, then the sentence."""
    connection = await asyncpg.connect(dsn)
    try:
        facts = [decode(from_row(row)) for row in await connection.fetch(SILENCES)]
    finally:
        await connection.close()
    return [f"{in_mexico(fact.recorded_at)}  {describe(fact).es}" for fact in facts]
