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
from events.vocabulary import AlertAbout, Role
from services.chassis.authorization.policy import EVERYWHERE, Principal
from services.chassis.errors import ServiceError
from services.chassis.runtime import logging
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.health import Health
from services.chassis.runtime.server import listen, served, url_of
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings
from services.chassis.throttle import Throttle
from services.intake.cases.hidden_answers import with_kept_harm
from services.intake.restorations.commands import RestorationCommands
from services.intake.submissions.commands import SubmissionCommands
from services.intake.submissions.domain import case_of
from services.intake.submissions.policy import DAY
from services.intake.submissions.rejections import RejectedSubmissions
from services.intake.wordings import Use, wordings
from services.programme.directory_file import shelters
from services.system import FACTORIES

CANALIZA = Contender(
    name="canaliza",
    note="the real services, with sealing, rules, read models, audit's trace and the shelter's status",
    module="benchmarks.contenders.canaliza",
    roles=("notifications", "referral", "audit", "intake"),
    migrated=True,
    last_record="select position from notifications.head",
    records=f"""select case_id, count(*) from notifications.event
        where position > $1 and topic like '{AlertRaised.NAME}.v%'
          and convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'about' = '{AlertAbout.REFERRAL}'
        group by 1""",
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
        """The orders it takes."""
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
        service = self.service = FACTORIES[self.name](ServiceContext.of(settings, self.name))
        if self.name == "notifications":
            service.log.listen(self._stamp)
        listener = listen(settings.host, 0)
        await self._stack.enter_async_context(served(application([service]), listener))
        await self.ready(behind=False)
        return url_of(listener)

    async def ready(self, *, behind: bool) -> None:
        """Waits until it is ready; with ``behind`` until relay and followers have nothing left to do either."""
        assert self.service is not None  # noqa: S101 - ordered after start
        health = Health(self.service)
        while True:
            values = (await health.readiness()).values
            lag = sum(value for name, value in values.items() if "behind" in name)
            if self.service.attached and (not behind or lag == 0):
                return
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stops serving."""
        await self._stack.aclose()

    def _stamp(self, committed: Sequence[Recorded[Event]]) -> None:
        now = time.monotonic_ns()
        for fact in committed:
            # Of what the floor does, too: the alert of a desk. Shelters and tasks have alerts of their own.
            of_a_desk = isinstance(fact.event, AlertRaised) and fact.event.about is AlertAbout.REFERRAL
            if of_a_desk and fact.case is not None:
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

    def _intake(self) -> SubmissionCommands:
        """The service's own command, on its own log and keys."""
        service = self.service
        assert service is not None  # noqa: S101 - ordered after start
        assert service.keyring is not None  # noqa: S101 - intake has one
        context = service.context
        return SubmissionCommands(
            log=service.log,
            keyring=service.keyring,
            database=context.database,
            clock=context.clock,
            shelters=shelters(),
            wordings=wordings(Use.CONSENT),
            rejected=RejectedSubmissions(
                log=service.log,
                keyring=service.keyring,
                database=context.database,
                clock=context.clock,
                index_key=context.key("index_key"),
                throttle=Throttle(context.database, context.key("slips_key"), "refusal_attempt", DAY),
            ),
            index_key=context.key("index_key"),
            restore=RestorationCommands(
                log=service.log, keyring=service.keyring, clock=context.clock, index_key=context.key("index_key")
            ).restore,
            keep=with_kept_harm,
        )


if __name__ == "__main__":
    obey(lambda name: OneService(name).orders())
