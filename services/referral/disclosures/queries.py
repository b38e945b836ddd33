"""Guard of a reading: referral and case are unchanged."""

from collections.abc import Callable

import asyncpg

from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.commands import InTransaction
from services.referral.lifecycle.domain import Referral

CHANGED = """
select (select max(version) from event where stream = $1) is distinct from $2
  or (select max(version) from intake.event where stream = $3) is distinct from $4
"""


def unchanged(
    referral: Referral, version: int, case_version: int, otherwise: Callable[[], None] = lambda: None
) -> InTransaction:
    """A guard that raises ``VersionConflictError`` if referral or case changed; ``otherwise`` may refuse, too."""

    async def look(connection: asyncpg.Connection) -> None:
        otherwise()
        if await connection.fetchval(CHANGED, referral.id, version, referral.case, case_version):
            raise VersionConflictError

    return look
