"""Records referrals before they are shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from events.vocabulary import ShownView
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.showings.domain import stretch_end
from services.chassis.showings.recorder import ShowingRecorder
from services.referral.showings.domain import Seen, shown, taken_out


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralShowings:
    """Records who is shown which referrals."""

    recorder: ShowingRecorder
    clock: Clock
    remembered: timedelta
    """The stretch of time in which the same is recorded once."""

    async def may_show(self, view: ShownView, found: Iterable[Seen], by: Principal) -> bool:
        """Records these referrals of a restricted category; ``False``: the log takes nothing, so they must not tell."""
        until = stretch_end(self.clock(), self.remembered)
        return await self.recorder.is_recorded([shown(view, one, by, until) for one in found], by)

    async def take_out(self, export: UUID, found: Iterable[Seen], by: Principal) -> None:
        """Records rows of a file, whatever their categories.

        Raises:
            LogHaltedError: an alarm stopped the log; no row may leave.
            StoreUnavailableError: PostgreSQL is away; no row may leave.
        """
        await self.recorder.record([taken_out(export, one, by) for one in found], by)
