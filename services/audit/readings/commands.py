"""Records an auditor's looks before the answer leaves; what cannot be recorded is not shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from events.vocabulary import AuditView
from services.audit.readings.domain import looked
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.showings.domain import stretch_end
from services.chassis.showings.recorder import ShowingRecorder


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReadings:
    """Records who looked at what."""

    recorder: ShowingRecorder
    clock: Clock
    remembered: timedelta
    """The stretch of time in which the same is recorded once."""

    async def record(
        self,
        view: AuditView,
        by: Principal,
        *,
        case: UUID | None = None,
        referral: UUID | None = None,
        at: datetime | None = None,
    ) -> None:
        """Records one look, unless the same reader looked at least as far within this stretch of time.

        Raises:
            LogHaltedError: an alarm stopped the log; nothing may be shown.
            StoreUnavailableError: PostgreSQL is away; nothing may be shown.
        """
        await self.record_each(view, by, [(case, referral)], at=at)

    async def record_each(
        self,
        view: AuditView,
        by: Principal,
        things: Iterable[tuple[UUID | None, UUID | None]],
        *,
        at: datetime | None = None,
    ) -> None:
        """Records a look at each of several cases, or referrals of them, as ``record`` does, in one append.

        Raises:
            LogHaltedError: an alarm stopped the log; nothing may be shown.
            StoreUnavailableError: PostgreSQL is away; nothing may be shown.
        """
        until = stretch_end(self.clock(), self.remembered)
        await self.recorder.record(
            [looked(view, by, until, case=case, referral=referral, at=at) for case, referral in things], by
        )
