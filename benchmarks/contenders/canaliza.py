"""Canaliza itself: its four services, each in a process of its own, made as ``canaliza serve`` makes them."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from benchmarks.arrivals import offer
from benchmarks.cases import document, ids
from benchmarks.contenders import Contender, itself
from benchmarks.contenders.payload import Stamps
from benchmarks.contenders.profiling import Profiling
from benchmarks.processes import Orders, obey
from events.contract import Event, Recorded
from events.notifications import AlertRaised
from events.vocabulary import BoxClass, Role
from services.chassis import logging, web
from services.chassis.access import EVERYWHERE, Principal
from services.chassis.errors import ServiceError
from services.chassis.foundation import Foundation
from services.chassis.health import readiness
from services.chassis.programme import shelters
from services.chassis.service import Service
from services.chassis.serving import listen, served, url_of
from services.chassis.settings import Settings
from services.intake.commands import Intake
from services.intake.domain import case_of
from services.intake.person_index import PURPOSE
from services.intake.refusals import Refusals
from services.intake.wordings import Use, wordings
from services.system import FACTORIES

CANALIZA = Contender(
    name="canaliza",
    note="the real services, with sealing, rules, read models, audit's trace and the shelter's status",
    module="benchmarks.contenders.canaliza",
    roles=("notifications", "referral", "audit", "intake"),
    migrated=True,
    last_record="select position from notifications.head",
    records=f"""select case_id, count(*) from notifications.event
        where position > $1 and topic like '{AlertRaised.NAME}.v%' group by 1""",
    case_of=case_of,
    case_of_record=itself,
)

OPERATOR = Principal(Role.OPERATOR, EVERYWHERE, "bench")


class OneService:
    """A service as it is served, with a load put into it or its alerts stamped."""

    def __init__(self, name: str) -> None:
        """Nothing runs before ``start``."""
        self.name = name
        self.service: Service | None = None
        self.stamps = Stamps()
        self._stack = AsyncExitStack()
        self._profiling = Profiling()

    def orders(self) -> Orders:
        """What it can be told."""
        return {
            "start": self.start, "ready": self.ready, "offer": self.offer, "seen": self.stamps.count,
            "stamps": self.stamps.take, "stop": self.stop, "profile": self._profiling.start,
            "profiled": self._profiling.finish,
        }  # fmt: skip

    async def start(self, *, data: str, dsn: str, nats_url: str, namespace: str, **_: Any) -> str:
        """Serves it. Returns its URL once it is ready."""
        logging.configure("WARNING")
        settings = Settings(
            data=Path(data), postgres_dsn=SecretStr(dsn), nats_url=nats_url, namespace=namespace, port=0
        )
        service = self.service = FACTORIES[self.name](Foundation.of(settings, self.name))
        if self.name == "notifications":
            service.log.listen(self._stamp)
        listener = listen(settings.host, 0)
        await self._stack.enter_async_context(served(web.application([service]), listener))
        await self.ready(behind=False)
        return url_of(listener)

    async def ready(self, *, behind: bool) -> None:
        """Waits until it is ready; with ``behind`` until relay and followers have nothing left to do either."""
        assert self.service is not None  # noqa: S101 - told after start
        while True:
            is_ready, checks = await readiness(self.service)
            if is_ready or (not behind and checks["following"] and checks.get("stream") == "ok"):
                lag = sum(value for name, value in checks.items() if "behind" in name)
                if not behind or lag == 0:
                    return
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stops serving."""
        await self._stack.aclose()

    def _stamp(self, committed: Sequence[Recorded[Event]]) -> None:
        now = time.monotonic_ns()
        for fact in committed:
            if isinstance(fact.event, AlertRaised) and fact.case is not None:
                self.stamps.put(fact.case, now)

    async def offer(self, *, rate: float, count: int, seed: int) -> list[tuple[int, int | None]]:
        """Submits in this process, as the routes do. Returns when each was due and when it was acknowledged."""
        intake = self._intake()
        documents = [document(number, submission) for number, submission in enumerate(ids(seed, count))]

        async def send(number: int) -> bool:
            try:
                await intake.submit(documents[number], OPERATOR)
            except ServiceError:
                return False
            return True

        return [(one.scheduled, one.acknowledged) for one in await offer(rate, count, send)]

    def _intake(self) -> Intake:
        """The service's own command, on its own log and keys."""
        service = self.service
        assert service is not None  # noqa: S101 - told after start
        assert service.keyring is not None  # noqa: S101 - intake has one
        foundation = service.foundation
        return Intake(
            log=service.log,
            keyring=service.keyring,
            database=foundation.database,
            clock=foundation.clock,
            shelters=shelters(),
            wordings=wordings(Use.CONSENT),
            refusals=Refusals(log=service.log, keyring=service.keyring, clock=foundation.clock),
            index_key=foundation.derived_key(BoxClass.IDENTITY, PURPOSE),
        )


if __name__ == "__main__":
    obey(lambda name: OneService(name).orders())
