"""Sends on what expired and cannot wait, where there is a basis for another agency (domain.md §6)."""

from dataclasses import dataclass, field
from uuid import UUID

import structlog

from events.vocabulary import ReferralState
from services.chassis.clock import Clock
from services.chassis.database import Database, is_outage
from services.chassis.errors import ServiceError
from services.chassis.eventlog.commands import Decided, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.referral.lifecycle.domain import fold
from services.referral.lifecycle.queries import expired_referrals
from services.referral.lifecycle.reconsidering import CANNOT_WAIT
from services.referral.lifecycle.sending_on import SendingOn

logger = structlog.get_logger(__name__)


@dataclass(kw_only=True)
class ExpiredReferrals:
    """A periodic job. Each expired referral is looked at once; what changes it makes a later version of it."""

    log: Log
    database: Database
    clock: Clock
    sending_on: SendingOn
    _looked_at: dict[UUID, int] = field(default_factory=dict)

    async def run_due(self) -> int:
        """Sends on what can be; returns how many were."""
        found = dict(await expired_referrals(self.database, CANNOT_WAIT))
        new = [one for one in found.items() if self._looked_at.get(one[0]) != one[1]]
        sent = sum([await self._send_on(referral, version) for referral, version in new])
        self._looked_at = found
        return sent

    async def _send_on(self, referral: UUID, version: int) -> bool:
        """One that cannot be read stays where it is, and holds up neither the others nor the other jobs."""
        try:
            return await self._decide_on(referral, version)
        except ServiceError:
            raise
        except Exception as error:
            if is_outage(error):
                raise
            logger.exception("expired_not_sent_on", referral=str(referral))
            return False

    async def _decide_on(self, referral: UUID, version: int) -> bool:
        command = uuid5(referral, f"after expiry/{version}")

        async def decide(_: None, work: UnitOfWork) -> Decided:
            now = fold(work.history(referral))
            if now is None or now.state is not ReferralState.EXPIRED:
                return Decided()  # its desk acted meanwhile
            return Decided(in_transaction=await self.sending_on.after_expiry(now, command, work))

        done = await execute(self.log, self.clock, command, None, [referral], decide=decide)
        return bool(done.facts) and not done.repeated
