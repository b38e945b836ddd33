"""A rule set is adopted by an event, so that an auditor knows which rules were in force at any moment.

The files themselves are kept, too, to the letter: what was in force can be read, and stays when a file has a fault.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from uuid import UUID

from events.referral import PolicyKept, RulesAdopted
from services.chassis.clock import Clock
from services.chassis.errors import ServiceError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.referral.policy_in_force import NAMES, InForce

NAMESPACE = UUID("0c2f2a50-3a2b-5a53-8a54-0b6f4d1f7c02")
STREAM = derived(NAMESPACE, "rules")
PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Adoption:
    """Records, when the service starts, the policies it starts with, if they are not the last adopted."""

    log: Log
    clock: Clock
    policies: InForce
    directory: str | None
    """The version of the directory that they are used with."""

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
            ladders=self.policies.ladders.version,
            content=self.policies.content,
            directory=self.directory,
            silence=self.policies.silence.version,
        )
        workspace = Workspace(self.log, self.clock)
        await workspace.load([STREAM, *(kept_as(name) for name in NAMES)])
        history = workspace.history(STREAM)
        adopted = bool(history) and history[-1].event == event
        # Of an adoption that came back from a stream in part, what is missing gets the ids that it had.
        cause = derived(STREAM, f"{event.content}/{len(history) - adopted}")
        if not adopted:
            workspace.record(STREAM, event, case=None, actor="referral", cause=cause)
        for name in NAMES:
            self._keep(name, workspace, cause)
        if workspace.entries:
            # No command: the streams' versions tell another process that it was done, and one that was copied only in
            # part is not taken for done.
            await self.log.append(Append(entries=workspace.entries))

    def _keep(self, name: str, workspace: Workspace, cause: UUID) -> None:
        text = self.policies.texts[name]
        kept = PolicyKept(name=name, sha256=hashlib.sha256(text.encode()).hexdigest(), text=text)
        before = workspace.history(kept_as(name))
        if not before or before[-1].event != kept:
            workspace.record(kept_as(name), kept, case=None, actor="referral", cause=cause)


def kept_as(name: str) -> UUID:
    """The stream of a policy file's texts."""
    return derived(NAMESPACE, f"policy/{name}")
