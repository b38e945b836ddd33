"""Records cases before they are shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from events.vocabulary import Agency, RiskCategory, ShownView
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.showings.domain import stretch_end, tells
from services.chassis.showings.recorder import ShowingRecorder
from services.intake.showings.domain import shown


class Referral(Protocol):
    """What a case's answer says of a referral."""

    @property
    def referral_id(self) -> UUID:
        """Its id."""

    @property
    def agency(self) -> Agency:
        """To whom it goes."""

    @property
    def categories(self) -> list[RiskCategory]:
        """What it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseShowings:
    """Records who is shown which cases."""

    recorder: ShowingRecorder
    clock: Clock
    remembered: timedelta
    """The stretch of time in which the same is recorded once."""

    async def may_show(
        self,
        view: ShownView,
        cases: Mapping[UUID, Sequence[Referral]],
        by: Principal,
        *,
        categories: bool = True,
    ) -> bool:
        """Records those of the cases whose referrals tell of a restricted category.

        ``categories``: whether they are shown; otherwise only the agencies are.

        Returns:
            ``False``: the log takes nothing, so nothing may be shown that tells.
        """
        until = stretch_end(self.clock(), self.remembered)
        told = {case: _telling(referrals, categories=categories) for case, referrals in cases.items()}
        found = [shown(view, case, referrals, by, until) for case, referrals in told.items() if referrals]
        return await self.recorder.is_recorded(found, by)


def _telling(referrals: Iterable[Referral], *, categories: bool) -> list[UUID]:
    return [one.referral_id for one in referrals if tells(one.categories if categories else (), one.agency)]
