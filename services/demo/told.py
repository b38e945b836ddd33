"""What the referral service's log tells of silences, in Spanish, as an auditor's tool would read it."""

import asyncpg

from services.audit.prose import tell
from services.audit.words import in_mexico
from services.chassis.entry import recorded_from
from services.chassis.log_sql import ENTRY_COLUMNS, entry_from

SILENCES = f"""
select {ENTRY_COLUMNS} from referral.event
where topic like 'referral.desk\\_%' or topic like 'referral.shelter\\_%' order by position
"""


async def silences_told(dsn: str) -> list[str]:
    """Each fact as a line: when, and the sentence."""
    connection = await asyncpg.connect(dsn)
    try:
        facts = [recorded_from(entry_from(row)) for row in await connection.fetch(SILENCES)]
    finally:
        await connection.close()
    return [f"{in_mexico(fact.recorded_at)}  {tell(fact).es}" for fact in facts]
