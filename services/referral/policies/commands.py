"""Records the policies that the service starts with, so that an auditor knows which were in force at any moment.

The files' texts are stored, too: they can be read later, and used if a file has a fault.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from uuid import UUID

from events.referral import ADOPTION_STREAM, PolicyKept, RulesAdopted, policy_stream
from services.chassis.clock import Clock
from services.chassis.errors import ServiceError, VersionConflictError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.referral.policies.loader import NAMES, PolicySet

RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class PolicyAdoption:
    """Records, when the service starts, its policies if they are not the last adopted."""

    log: Log
    clock: Clock
    policies: PolicySet
    directory: str | None
    """Version of the directory used with them."""

    async def run(self) -> None:
        """Retries until the adoption is recorded, then waits for the service to stop."""
        while True:
            try:
                await self._adopt()
                break
            except (ServiceError, VersionConflictError):
                await asyncio.sleep(RETRY_SECONDS)
        await asyncio.Event().wait()

    async def _adopt(self) -> None:
        event = RulesAdopted(
            rule_set=self.policies.rules.version,
            deadlines=self.policies.clocks.version,
            rerouting=self.policies.rerouting.version,
            ladders=self.policies.escalation.version,
            content=self.policies.content,
            directory=self.directory,
            silence=self.policies.silence.version,
            duties=self.policies.obligations.version,
        )
        work = UnitOfWork(self.log, self.clock)
        await work.load([ADOPTION_STREAM, *(policy_stream(name) for name in NAMES)])
        history = work.history(ADOPTION_STREAM)
        adopted = bool(history) and history[-1].event == event
        # After a repair that restored only a part of an adoption, the rest gets the ids it had.
        cause = uuid5(ADOPTION_STREAM, f"{event.content}/{len(history) - adopted}")
        if not adopted:
            work.record(ADOPTION_STREAM, event, case=None, actor="referral", cause=cause)
        for name in NAMES:
            self._keep(name, work, cause)
        if work.entries:
            # No command id: the streams' versions show another process that it is done, and a part copied by a repair
            # is not taken for the whole.
            await self.log.append(Append(entries=work.entries))

    def _keep(self, name: str, work: UnitOfWork, cause: UUID) -> None:
        text = self.policies.texts[name]
        kept = PolicyKept(name=name, sha256=hashlib.sha256(text.encode()).hexdigest(), text=text)
        before = work.history(policy_stream(name))
        if not before or before[-1].event != kept:
            work.record(policy_stream(name), kept, case=None, actor="referral", cause=cause)
