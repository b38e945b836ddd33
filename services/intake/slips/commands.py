"""Issues and revokes slips, and authenticates a person by slip and word."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events.continuity import SlipAttacked, SlipIssued, SlipRevoked
from events.intake import AnswersAmended, CaseOpened
from events.vocabulary import CaseKind, Watched
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError, NotFoundError, ServiceError
from services.chassis.eventlog.commands import led_to
from services.chassis.ids import uuid5
from services.chassis.limits import Limit
from services.chassis.security.current import counts_as
from services.chassis.text import normalise
from services.chassis.throttle import Throttle
from services.chassis.vault.keyring import Keyring
from services.intake.cases.commands import CaseCommands, CaseDecision, answers_of
from services.intake.cases.domain import NO_SLIP_BY_DEFAULT, CaseState, shown_version
from services.intake.cases.errors import NoPersonError, SecondPersonNeededError
from services.intake.cases.schemas import CaseChanged
from services.intake.slips.credentials import Verifiers, lookup_of
from services.intake.slips.domain import MAX_WORD_LENGTH, MIN_WORD_LENGTH, in_groups, may_reissue, new_code, read_code
from services.intake.slips.policy import WRONG_WORDS_OF_AN_ATTACK, attack, limits_of_public, limits_of_staff
from services.intake.slips.queries import (
    StoredSlip,
    categories_of,
    delete_slips,
    find_slip,
    slip_row,
)
from services.intake.slips.schemas import IssuedSlip

ACTOR = "intake"


class SlipNotOfferedError(ServiceError):
    """Carrying a paper may endanger this person, or the case is not assessed yet. The worker may override it."""

    code = "slip_not_offered"
    status = 409


class SlipShownOnceError(ServiceError):
    """The slip of this command was already shown; its code is not stored, so it cannot be shown again."""

    code = "slip_shown_once"
    status = 409


class SlipMistypedError(ServiceError):
    """The check character is wrong (typing error); reveals nothing about existing slips."""

    code = "slip_mistyped"
    status = 422


class SlipNotAcceptedError(ServiceError):
    """No such slip, a wrong word, a replaced slip or an erased person; the answer does not say which."""

    code = "slip_not_accepted"
    status = 403


@dataclass(frozen=True, slots=True)
class NewSlip:
    """A slip just issued. Its code is known only now."""

    case: UUID
    slip: UUID
    code: str = field(repr=False)
    """In groups, as printed."""
    language: str | None = field(repr=False)

    def answer(self) -> IssuedSlip:
        """The body that shows it, once."""
        return IssuedSlip(case_id=self.case, slip_id=self.slip, code=self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipCommands:
    """Issues, revokes and authenticates slips."""

    commands: CaseCommands
    database: Database
    keyring: Keyring
    clock: Clock
    lookup_key: bytes = field(repr=False)
    throttle: Throttle
    verifiers: Verifiers = field(default_factory=Verifiers)

    async def issue(self, case: UUID, command: UUID, word: str, by: Principal, *, override: bool) -> NewSlip:
        """Issues a slip for the person, in place of an earlier one.

        Raises:
            NotFoundError: no such case, or another shelter's.
            ErasedError: the person's data were erased.
            NoPersonError: the case is of an incident.
            SecondPersonNeededError: after a withdrawal, it was not checked yet, or by the same person.
            SlipNotOfferedError: a slip may be a danger for the case's categories, and ``override`` is not set.
            SlipShownOnceError: the command was carried out before; its slip was shown then.
            MalformedRequestError: the word is too short or too long.
        """
        remembered = normalise(word)
        if not MIN_WORD_LENGTH <= len(remembered) <= MAX_WORD_LENGTH:
            raise MalformedRequestError(faults=[{"field": "body.word", "code": "length"}])
        code, slip = new_code(), uuid5(command, f"slip:{case}")
        language: str | None = None

        async def decide(state: CaseState) -> CaseDecision:
            nonlocal language
            if state.opened.event.kind is not CaseKind.PERSON:
                raise NoPersonError
            if not may_reissue(state, by):
                raise SecondPersonNeededError
            language = (await answers_of(state, self.keyring)).get("screening", {}).get("language")
            discouraged = await self._discouraged(case)
            if discouraged and not override:
                raise SlipNotOfferedError
            answered = state.answered.event
            assert isinstance(answered, CaseOpened | AnswersAmended)  # noqa: S101 - as ``fold`` keeps no other
            key = answered.screening.key
            verifier = await self.verifiers.of(code, remembered)
            return CaseDecision(
                events=[
                    SlipIssued(
                        shelter=state.shelter,
                        slip=slip,
                        replaces=state.slip,
                        override=discouraged,
                        issued_by=by.label,
                    )
                ],
                side_rows=slip_row(slip, key, case, lookup_of(self.lookup_key, code), verifier, self.clock()),
                in_transaction=lambda connection: delete_slips(connection, case, replacement=slip),
            )

        same = led_to(SlipIssued) if override else led_to(SlipIssued, override=False)
        done = await self.commands.carry_out(case, command, by.actor, _may(by), decide, same)
        if done.repeated:
            raise SlipShownOnceError
        return NewSlip(case, slip, in_groups(code), language)

    async def revoke(self, case: UUID, by: Principal) -> CaseChanged:
        """Revokes the slip. A repetition raises NotFoundError, because there is no slip any more.

        Raises:
            NotFoundError: no such case, another shelter's, or no slip.
        """

        async def decide(state: CaseState) -> CaseDecision:
            if state.slip is None:
                raise NotFoundError
            event = SlipRevoked(shelter=state.shelter, slip=state.slip, revoked_by=by.label)
            return CaseDecision(events=[event], in_transaction=lambda connection: delete_slips(connection, case))

        history = (await self.commands.log.streams([case]))[case]
        command = uuid5(history[-1].id if history else case, "slip revoked")
        done = await self.commands.carry_out(case, command, by.actor, _may(by), decide, led_to(SlipRevoked))
        return CaseChanged(case_id=case, version=shown_version(done.work.history(case), done.facts[-1]))

    async def authenticate(self, written: str, word: str, place: str) -> StoredSlip:
        """The stored slip, if code and word are right, for a person without an account at ``place``.

        Every call counts as an attempt; see ``policy`` for what guessing would need.

        Raises:
            SlipMistypedError: the check character is wrong.
            TooManyAttemptsError: too many attempts from this place, with this code there, or with it everywhere.
            SlipNotAcceptedError: code or word is wrong; the answer does not say which.
        """
        code = _code_of(written)
        return await self._authenticate(code, word, limits_of_public(code, place))

    async def authenticate_for_staff(self, written: str, word: str, shelter: str) -> StoredSlip:
        """The same for a person who stands before a shelter's staff, whose attempts are counted apart.

        Raises:
            SlipMistypedError: the check character is wrong.
            TooManyAttemptsError: too many attempts of this shelter's, at all or with this code.
            SlipNotAcceptedError: code or word is wrong; the answer does not say which.
        """
        code = _code_of(written)
        return await self._authenticate(code, word, limits_of_staff(code, shelter))

    async def _authenticate(self, code: str, word: str, limits: Sequence[Limit]) -> StoredSlip:
        counts_as(Watched.SLIP_GUESSES)
        admitted = await self.throttle.admit(limits, self.clock())
        found = await find_slip(self.database, lookup_of(self.lookup_key, code))
        fits = await self.verifiers.fits(None if found is None else found.verifier, code, normalise(word))
        if found is None or not fits:
            await self._count_wrong_word(code, found)
            raise SlipNotAcceptedError
        # Only failures stay counted, so that a family does not lock its shelter out, and nobody clears an attacker's.
        await self.throttle.give_back(admitted)
        return found

    async def _count_wrong_word(self, code: str, found: StoredSlip | None) -> None:
        """Counts a wrong word, and records once a day that a slip in force is attacked.

        Counted for a code that is nobody's, too, so that the answer takes as long.
        """
        now = self.clock()
        if await self.throttle.count(attack(code), now) != WRONG_WORDS_OF_AN_ATTACK or found is None:
            return

        async def decide(state: CaseState) -> CaseDecision:
            if state.slip != found.slip:
                return CaseDecision()
            return CaseDecision(events=[SlipAttacked(shelter=state.shelter, slip=found.slip)])

        command = uuid5(found.slip, f"attacked at {now.isoformat()}")
        await self.commands.carry_out(found.case, command, ACTOR, lambda _: True, decide, led_to(SlipAttacked))

    async def may_be_used_up(self, written: str) -> bool:
        """Whether the code may be that of a used slip: it is well-formed, and no slip has it now.

        Not throttled: only staff repeating their own command get here, a code cannot be guessed (``domain``), and it
        is worthless without the word, whose attempts are counted.
        """
        code = read_code(written)
        return code is not None and await find_slip(self.database, lookup_of(self.lookup_key, code)) is None

    async def _discouraged(self, case: UUID) -> bool:
        """Whether a slip may be a danger; also while the case is not assessed, since it may get such a category."""
        categories = await categories_of(self.database, case)
        return categories is None or not NO_SLIP_BY_DEFAULT.isdisjoint(categories)


def _code_of(written: str) -> str:
    code = read_code(written)
    if code is None:
        raise SlipMistypedError
    return code


def _may(by: Principal) -> Any:
    return lambda state: allowed(by, Action.ISSUE_SLIP, shelter=state.shelter)
