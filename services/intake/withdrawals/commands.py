"""Carries out what a person reports with slip and word, without an account, and the check by staff.

The slip discloses nothing, because somebody else may have found it: every accepted report gets the same answer.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.continuity import HelpConfirmed, WithdrawalChecked, WithdrawalFrozen
from events.intake import ConsentWithdrawn
from events.vocabulary import Agency, HelpAnswer, WithdrawalAnswer
from services.chassis.authorization.policy import Action, Principal, Scope, allowed, scope_of
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.eventlog.commands import Same, led_to
from services.chassis.ids import uuid5
from services.intake.cases.commands import CaseCommands, CaseDecision
from services.intake.cases.domain import CaseState, frozen_grants, is_frozen, shown_version
from services.intake.cases.errors import SecondPersonNeededError
from services.intake.cases.schemas import CaseChanged
from services.intake.slips.commands import SlipCommands, SlipNotAcceptedError
from services.intake.slips.schemas import SlipHeard
from services.intake.withdrawals.domain import is_news, may_dismiss
from services.intake.withdrawals.queries import delivered_help

ACTOR = "person:slip"
RECEIVED = SlipHeard(heard=True)


class NothingToCheckError(ServiceError):
    """No withdrawal waits for a check; it was checked before."""

    code = "nothing_to_check"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalCommands:
    """Records withdrawals and confirmations by slip, and their check by staff."""

    commands: CaseCommands
    slips: SlipCommands
    database: Database

    async def withdraw(self, slip: str, word: str, command: UUID, recipient: Agency | None, place: str) -> SlipHeard:
        """Withdraws consent from one recipient, or from all: nothing is sent or read until staff have checked it.

        Raises:
            SlipMistypedError, TooManyAttemptsError, SlipNotAcceptedError: see ``SlipCommands.authenticate``.
            CommandIdReusedError: the id belongs to another command.
        """

        async def decide(state: CaseState) -> CaseDecision:
            if is_frozen(state, recipient) or state.slip is None:
                return CaseDecision()
            return CaseDecision(events=[WithdrawalFrozen(shelter=state.shelter, slip=state.slip, recipient=recipient)])

        return await self._carry_out(slip, word, command, place, decide, led_to(WithdrawalFrozen, recipient=recipient))

    async def confirm(
        self, slip: str, word: str, command: UUID, agency: Agency | None, answer: HelpAnswer, place: str
    ) -> SlipHeard:
        """Records whether help came, also from a referral that is hidden from the shelter.

        Only of help that an agency reported as given, and once: whoever has slip and word cannot fill the log. The
        answer is the same all the same.

        Raises:
            SlipMistypedError, TooManyAttemptsError, SlipNotAcceptedError: see ``SlipCommands.authenticate``.
            CommandIdReusedError: the id belongs to another command.
        """

        async def decide(state: CaseState) -> CaseDecision:
            assert state.slip is not None  # noqa: S101 - the slip was just authenticated
            given = [one for one in await delivered_help(self.database, state.case) if agency in (None, one.agency)]
            if not any(is_news(state, one.agency, one.at) for one in given):
                return CaseDecision()
            return CaseDecision(events=[HelpConfirmed(slip=state.slip, agency=agency, confirmation=answer)])

        same = led_to(HelpConfirmed, agency=agency, confirmation=answer)
        return await self._carry_out(slip, word, command, place, decide, same)

    async def check(self, case: UUID, command: UUID, answer: WithdrawalAnswer, by: Principal) -> CaseChanged:
        """Records that staff spoke with the person. The freeze ends; the consents end if the person confirmed.

        Anybody may confirm, which only closes. To dismiss is to overrule whoever holds slip and word.

        Raises:
            NotFoundError: no such case, or another shelter's.
            NothingToCheckError: no withdrawal waits for a check.
            SecondPersonNeededError: who issued the slip, or dismissed one before, wants to dismiss it.
            CommandIdReusedError: the id belongs to another command.
        """

        async def decide(state: CaseState) -> CaseDecision:
            if not (state.frozen if everywhere else state.frozen_to_shelter):
                raise NothingToCheckError
            if answer is WithdrawalAnswer.DISMISSED and not may_dismiss(state, by):
                raise SecondPersonNeededError
            withdrawn = frozen_grants(state) if answer is WithdrawalAnswer.CONFIRMED else []
            # The freeze ends last: no follower of the log may see it end while a withdrawn consent is still valid.
            return CaseDecision(
                events=[
                    *(
                        ConsentWithdrawn(shelter=state.shelter, receipt=one.receipt, recipient=one.recipient)
                        for one in withdrawn
                    ),
                    WithdrawalChecked(
                        shelter=state.shelter,
                        answer=answer,
                        checked_by=by.label,
                        recipient=None if state.frozen_to_shelter else Agency.PEAS,
                    ),
                ]
            )

        def may(state: CaseState) -> bool:
            return allowed(by, Action.CHECK_WITHDRAWAL, shelter=state.shelter)

        everywhere = scope_of(by, Action.CHECK_WITHDRAWAL) is Scope.ANY
        same = led_to(WithdrawalChecked, answer=answer)
        done = await self.commands.carry_out(case, command, by.actor, may, decide, same)
        return CaseChanged(case_id=case, version=shown_version(done.work.history(case), done.facts[-1]))

    async def _carry_out(self, slip: str, word: str, command: UUID, place: str, decide: Any, same: Same) -> SlipHeard:
        stored = await self.slips.authenticate(slip, word, place)

        async def require_current_slip(case: CaseState) -> CaseDecision:
            if case.slip != stored.slip:
                raise SlipNotAcceptedError  # replaced since it was authenticated
            decided: CaseDecision = await decide(case)
            return decided

        own = uuid5(stored.slip, str(command))  # so that nobody can use up or detect the command id of another
        await self.commands.carry_out(stored.case, own, ACTOR, lambda _: True, require_current_slip, same)
        return RECEIVED
