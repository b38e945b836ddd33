"""Records whether an agency that was asked in another's stead can help, and sends it the referral where it may."""

from dataclasses import dataclass
from uuid import UUID

from events.referral import HelpOffered, HelpUnavailable, ReferralRerouted
from events.vocabulary import Agency
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.commands import Decided, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.lifecycle.domain import fold
from services.referral.lifecycle.sending_on import SendingOn
from services.referral.lifecycle.transitions import OFFICERS
from services.referral.offers.domain import answer, check
from services.referral.offers.schemas import RecordedAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCommands:
    """Answers of the agencies that were asked."""

    log: Log
    clock: Clock
    sending_on: SendingOn

    async def record(self, referral: UUID, principal: Principal, *, command_id: UUID, can: bool) -> RecordedAnswer:
        """Records the answer; a repeated command returns its first result.

        Raises:
            NotFoundError: the agency was not asked about such a referral.
            NoLongerAskedError: the referral needs nobody else any more.
            CommandIdReusedError: the id was used for another command.
        """
        if principal.role not in OFFICERS or principal.org not in set(Agency):
            raise NotFoundError
        by = Agency(principal.org)

        async def admit(work: UnitOfWork) -> None:
            found = fold(work.history(referral))
            if found is None or by not in found.after.asked:
                raise NotFoundError

        async def decide(_: None, work: UnitOfWork) -> Decided:
            found = check(fold(work.history(referral)), by)
            event = answer(found, by, can=can)
            work.record(referral, event, case=found.case, actor=principal.actor, cause=command_id)
            if not can:
                return Decided()
            return Decided(in_transaction=await self.sending_on.to_whom_offered(found, by, command_id, work))

        kind = HelpOffered if can else HelpUnavailable
        done = await execute(
            self.log,
            self.clock,
            command_id,
            principal.actor,
            [referral],
            admit=admit,
            decide=decide,
            same=led_to(kind, by=by),
        )
        return RecordedAnswer(
            referral_id=referral,
            answer="offered" if can else "unavailable",
            rerouted=any(isinstance(fact.event, ReferralRerouted) for fact in done.facts),
        )
