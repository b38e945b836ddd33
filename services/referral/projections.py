"""The referral service's read models, updated with every append and rebuilt from the logs."""

from collections.abc import Callable, Sequence
from functools import cache, partial

import asyncpg

from events.contract import Event, Recorded
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.projections import Projector, ReadModel
from services.chassis.eventlog.reactions import HandledBatch
from services.referral.break_glass.projections import project_accesses
from services.referral.capacity.projections import CAPACITY_FACTS, project_capacity
from services.referral.caravans.projections import project_caravans
from services.referral.deadlines.policy import CountedHours
from services.referral.deadlines.ports import Desks
from services.referral.escalation.projections import TimerProjection
from services.referral.lifecycle.projections import project_referrals
from services.referral.obligations.projections import ObligationProjection
from services.referral.policies.loader import PolicySet, policies_in_force
from services.referral.policies.projections import project_policy
from services.referral.silence.projections import HEARTBEAT_FACTS, HeartbeatProjection


def policies_from_files() -> PolicySet:
    """The policies of the files, without a database to fall back on.

    Raises:
        PolicyFaultsError: one has a fault.
    """
    return policies_in_force(dict)


class ReferralProjections:
    """All projections of the service's log, in the order in which they depend on each other."""

    def __init__(self, desks: Callable[[], Desks], policies: Callable[[], PolicySet] = policies_from_files) -> None:
        """Both are called at the first batch: a rebuild describes its models before it needs them."""
        self._desks = desks
        self._policies = policies
        self._parts = cache(self._made)

    def _made(self) -> tuple[TimerProjection, HeartbeatProjection, ObligationProjection]:
        desks, policies = self._desks(), self._policies()
        timers = TimerProjection(policies.escalation, CountedHours(policies.clocks, desks))
        return timers, HeartbeatProjection(policies.silence, desks), ObligationProjection(policies.obligations)

    async def __call__(self, connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
        """Updates the read models by a batch of the service's own log."""
        timers, heartbeats, obligations = self._parts()
        desks = await heartbeats.desks_before(connection, batch)
        await project_referrals(connection, batch)
        await project_caravans(connection, batch)
        await project_accesses(connection, batch)
        await project_policy(connection, batch)
        await obligations(connection, batch)
        await timers(connection, batch)
        await heartbeats(connection, batch, desks)

    async def record_heartbeats(self, connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
        """Records the shelters' signs of life in a batch of intake's log."""
        _, heartbeats, _ = self._parts()
        await heartbeats.record_heartbeats(connection, batch)

    async def follow(self, entries: Sequence[LogEntry]) -> HandledBatch:
        """Handles a batch that the service follows in intake's log."""
        names = {event.NAME for event in HEARTBEAT_FACTS}
        facts = [decode(entry) for entry in entries if entry.name in names]
        return HandledBatch(in_transaction=partial(self.record_heartbeats, batch=facts)) if facts else HandledBatch()


def models(desks: Callable[[], Desks]) -> Sequence[ReadModel]:
    """The read models that can be rebuilt from the logs."""
    projecting = ReferralProjections(desks)
    fills = {
        "referral": Projector(project=projecting),
        "intake": Projector(project=projecting.record_heartbeats, reads=HEARTBEAT_FACTS),
    }
    return (
        ReadModel(
            tables=("referral", "assessment", "timer", "caravan", "watch", "access", "policy", "obligation"),
            fills=fills,
        ),
        ReadModel(tables=("capacity",), fills={"referral": Projector(project=project_capacity, reads=CAPACITY_FACTS)}),
    )
