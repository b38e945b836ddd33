"""Exports the whole history as one bundle. Nothing leaves before it is recorded who takes it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from uuid import UUID

from events.exports import BundleExported, SealedLog
from services.audit.bundles.domain import Head, ModelPart
from services.audit.bundles.packing import packed
from services.audit.bundles.queries import MODELS, Choose, Snapshot, snapshot
from services.audit.ledger.keys import LedgerKeys
from services.audit.ledger.queries import last_checkpoint
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.eventlog.commands import Decided, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork


class NothingSealedError(ServiceError):
    """No log was sealed yet, so there is nothing that could be proven."""

    code = "nothing_sealed"
    status = 409


class ExportRunningError(ServiceError):
    """Another bundle is being exported; each reads everything there is."""

    code = "export_running"
    status = 409


def unwitnessed(keys: LedgerKeys) -> str:
    """The trust policy of an installation without witnesses (C2SP tlog-policy)."""
    logs = "".join(f"log {key}\n" for key in keys.verifiers().values())
    return f"{logs}quorum none\n"


@dataclass(kw_only=True)
class BundleExports:
    """Exports bundles, one at a time."""

    log: Log
    database: Database
    clock: Clock
    keys: LedgerKeys
    seal: Callable[[], Awaitable[None]]
    """Gathers and seals what is there now."""
    choose: Choose = last_checkpoint
    """The checkpoint of each log that is exported."""
    policy: Callable[[LedgerKeys], str] = unwitnessed
    """The trust policy as the installation publishes it (C2SP tlog-policy)."""
    _running: bool = False

    @asynccontextmanager
    async def begin(self, export: UUID, by: Principal) -> AsyncIterator[AsyncIterator[bytes]]:
        """Seals, fixes the moment and records the export under a new id; the pieces are read inside the context.

        Raises:
            ExportRunningError: another one is running.
            NothingSealedError: there is no checkpoint.
            StoreUnavailableError: it could not be recorded; nothing leaves.
        """
        if self._running:
            raise ExportRunningError
        self._running = True
        try:
            await self.seal()
            async with snapshot(self.database, self.choose) as moment:
                head = await self._head(moment)
                await self._record(export, head, by)
                schemas = {topic: content for topic, content in _schemas().items() if topic in head.schemas}
                yield packed(head, self.policy(self.keys), schemas, moment, self.keys.bundle_signer())
        finally:
            self._running = False

    async def _head(self, moment: Snapshot) -> Head:
        logs = await moment.logs()
        if not logs:
            raise NothingSealedError
        return Head(
            format="canaliza-bundle/1",
            made_at=self.clock(),
            installation=self.keys.id,
            program=version("canaliza"),
            key=str(self.keys.bundle_signer().verifier),
            logs=logs,
            schemas=tuple(sorted(_schemas())),
            models=tuple(ModelPart(service=service, name=name) for service, name in sorted(MODELS)),
        )

    async def _record(self, export: UUID, head: Head, by: Principal) -> None:
        event = BundleExported(
            sizes=tuple(SealedLog.model_validate({"log": log.name, "size": log.size}) for log in head.logs)
        )

        async def decide(_: None, work: UnitOfWork) -> Decided:
            work.begin(export)
            work.record(export, event, case=None, actor=by.actor, cause=export)
            return Decided()

        await execute(self.log, self.clock, None, by.actor, [], decide=decide)


def _schemas() -> dict[str, bytes]:
    """The schema of every topic that this program knows."""
    folder = files("events") / "schemas"
    found = (one for one in folder.iterdir() if one.name.endswith(".json"))
    return {one.name.removesuffix(".json"): one.read_bytes() for one in found}
