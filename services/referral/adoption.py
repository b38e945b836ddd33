"""A rule set is adopted by an event, so that an auditor knows which rules were in force at any moment."""

import asyncio
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from uuid import UUID

from events.referral import RulesAdopted
from services.chassis.clock import Clock
from services.chassis.errors import ServiceError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.referral.ladder_policy import Ladders
from services.referral.sending import Policies

NAMESPACE = UUID("0c2f2a50-3a2b-5a53-8a54-0b6f4d1f7c02")
STREAM = derived(NAMESPACE, "rules")
PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Adoption:
    """Records, when the service starts, the policies it starts with, if they are not the last adopted."""

    log: Log
    clock: Clock
    policies: Policies
    ladders: Ladders

    async def run(self) -> None:
        """Tries until it is recorded, then only waits for the service to stop."""
        while True:
            try:
                await self._adopt()
                break
            except (ServiceError, VersionConflictError):
                await asyncio.sleep(PAUSE)
        await asyncio.Event().wait()

    async def _adopt(self) -> None:
        event = RulesAdopted(
            rule_set=self.policies.rules.version,
            deadlines=self.policies.clocks.version,
            rerouting=self.policies.rerouting.version,
            ladders=self.ladders.version,
            content=content_of_policy(),
            directory=self.policies.desks.version,
        )
        workspace = Workspace(self.log, self.clock)
        await workspace.load([STREAM])
        history = workspace.history(STREAM)
        if history and history[-1].event == event:
            return
        cause = derived(STREAM, f"{event.content}/{len(history)}")
        workspace.record(STREAM, event, case=None, actor="referral", cause=cause)
        await self.log.append(Append(entries=workspace.entries, command=cause))


def content_of_policy() -> str:
    """SHA-256 over the policy files, hex."""
    folder = files("services.referral") / "policy"
    whole = hashlib.sha256()
    for name in ("rules.yaml", "deadlines.yaml", "rerouting.yaml", "ladders.yaml"):
        whole.update((folder / name).read_bytes())
    return whole.hexdigest()
