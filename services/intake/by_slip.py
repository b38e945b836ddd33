"""What a person says with slip and word, without an account, and what staff then check.

The slip only takes in: it never tells anything back, whoever holds it. All that it answers is that it was heard.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.continuity import HelpConfirmed, WithdrawalChecked, WithdrawalFrozen
from events.contract import Event
from events.intake import ConsentWithdrawn
from events.vocabulary import Agency, HelpAnswer, WithdrawalAnswer
from services.chassis.access import Action, Principal, allowed
from services.chassis.errors import ServiceError
from services.chassis.identity import derived
from services.intake.case_commands import CaseCommands, Decided
from services.intake.continuity import Held, grants_frozen, is_frozen
from services.intake.slips import SlipNotAcceptedError, Slips

ACTOR = "person:slip"
HEARD = {"heard": True}


class NothingToCheckError(ServiceError):
    """No withdrawal waits: somebody checked it before."""

    code = "nothing_to_check"
    status = 409
    es = "No hay ningún retiro por comprobar: ya se hizo."
    en = "No withdrawal waits to be checked: it was done."


@dataclass(frozen=True, slots=True, kw_only=True)
class BySlip:
    """Hears the person, and lets staff check what was said in their name."""

    commands: CaseCommands
    slips: Slips

    async def withdraw(
        self, slip: str, word: str, command: UUID, recipient: Agency | None, place: str
    ) -> dict[str, bool]:
        """Takes consent back: nothing is sent or read any more until somebody has checked.

        Raises:
            SlipMistypedError, TooManyAttemptsError, SlipNotAcceptedError: see ``Slips.speaks``.
            CommandIdReusedError: the id was used for something else.
        """

        async def decide(found: Held) -> Decided:
            if is_frozen(found, recipient) or found.slip is None:
                return Decided()
            return Decided(events=[WithdrawalFrozen(shelter=found.shelter, slip=found.slip, recipient=recipient)])

        def same(event: Event) -> bool:
            return isinstance(event, WithdrawalFrozen) and event.recipient == recipient

        return await self._hear(slip, word, command, place, decide, same)

    async def confirm(
        self, slip: str, word: str, command: UUID, agency: Agency | None, answer: HelpAnswer, place: str
    ) -> dict[str, bool]:
        """Says whether help came; also of what is hidden from the shelter.

        Raises:
            SlipMistypedError, TooManyAttemptsError, SlipNotAcceptedError: see ``Slips.speaks``.
            CommandIdReusedError: the id was used for something else.
        """

        async def decide(found: Held) -> Decided:
            assert found.slip is not None  # noqa: S101 - it was just asked
            return Decided(events=[HelpConfirmed(slip=found.slip, agency=agency, confirmation=answer)])

        def same(event: Event) -> bool:
            return isinstance(event, HelpConfirmed) and (event.agency, event.confirmation) == (agency, answer)

        return await self._hear(slip, word, command, place, decide, same)

    async def check(self, case: UUID, command: UUID, answer: WithdrawalAnswer, by: Principal) -> dict[str, Any]:
        """Somebody spoke with the person: the withdrawals take their usual course, or the freeze ends.

        Raises:
            NotFoundError: no such case, or another shelter's.
            NothingToCheckError: none waits.
            CommandIdReusedError: the id was used for something else.
        """

        async def decide(found: Held) -> Decided:
            if not found.frozen:
                raise NothingToCheckError
            taken_back = grants_frozen(found) if answer is WithdrawalAnswer.CONFIRMED else []
            # The freeze ends last: whatever follows the log must not see it end while a grant still stands.
            return Decided(
                events=[
                    *(
                        ConsentWithdrawn(shelter=found.shelter, receipt=one.receipt, recipient=one.recipient)
                        for one in taken_back
                    ),
                    WithdrawalChecked(shelter=found.shelter, answer=answer, checked_by=by.label),
                ]
            )

        def may(found: Held) -> bool:
            return allowed(by, Action.CHECK_WITHDRAWAL, shelter=found.shelter)

        def same(event: Event) -> bool:
            return isinstance(event, WithdrawalChecked) and event.answer is answer

        done = await self.commands.carry_out(case, command, by.actor, may, decide, same)
        return {"case_id": str(case), "version": done.facts[-1].version}

    async def _hear(self, slip: str, word: str, command: UUID, place: str, decide: Any, same: Any) -> dict[str, bool]:
        found = await self.slips.speaks(slip, word, place)

        async def still(case: Held) -> Decided:
            if case.slip != found.slip:
                raise SlipNotAcceptedError  # it was replaced in this very moment
            decided: Decided = await decide(case)
            return decided

        own = derived(found.slip, str(command))  # nobody can use up, or find out, a command of another's
        await self.commands.carry_out(found.case, own, ACTOR, lambda _: True, still, same)
        return HEARD
