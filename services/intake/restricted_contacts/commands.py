"""Carries out commands on contacts with authorities. Excluded recipients are read from the person's answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from events.authorities import (
    RestrictedContactAuthorised,
    RestrictedContactRequested,
    RestrictedContactWithdrawn,
)
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened
from events.sealed import Box
from events.vocabulary import ConsentPurpose, RestrictedRecipient
from services.chassis.authorization.permit import permit
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import ErasedError, NotFoundError
from services.chassis.eventlog.commands import Facts, Same, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.chassis.vault.keyring import Keyring
from services.intake.cases import domain as cases
from services.intake.cases.commands import answers_of
from services.intake.cases.domain import CaseState
from services.intake.restricted_contacts import domain
from services.intake.restricted_contacts.domain import LAPSES_AFTER, RestrictedContact, fold
from services.intake.restricted_contacts.schemas import RestrictedContactState
from services.intake.restricted_contacts.wishes import Wish, opened_wish, sealed_wish
from services.intake.wordings import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedContactCommands:
    """Records wishes and authorisations. Each command id takes effect once; nothing is sent to an authority."""

    log: Log
    keyring: Keyring
    clock: Clock

    async def request(
        self,
        case: UUID,
        command: UUID,
        recipient: RestrictedRecipient,
        purpose: ConsentPurpose,
        wording: Wording,
        by: Principal,
    ) -> RestrictedContactState:
        """Records the person's written wish.

        Raises:
            NotFoundError: no such case, or another shelter's.
            NoPersonError: the case is an incident without a person.
            RecipientWithheldError: the person excluded this authority.
            CommandIdReusedError: the id belongs to another command.
        """
        contact, wish = uuid5(command, f"restricted_contact:{case}"), Wish(recipient, purpose)

        async def decide(state: CaseState, withheld: list[str], _known: RestrictedContact | None) -> Event:
            return domain.request(
                kind=state.opened.event.kind,
                withheld=withheld,
                shelter=state.shelter,
                wish=wish,
                sealed=await self._sealed(wish, contact, state),
                wording=wording,
                by=by,
            )

        async def same(facts: Facts) -> bool:
            known = fold(facts)
            event = facts[0].event
            if known is None or not isinstance(event, RestrictedContactRequested):
                return False
            before = await self._opened(known, facts[0].stream)
            return event.wording_version == wording.version and before in (None, wish)

        return await self._carry_out(case, contact, command, by, Action.REQUEST_RESTRICTED_CONTACT, decide, same)

    async def authorise(self, case: UUID, contact: UUID, command: UUID, by: Principal) -> RestrictedContactState:
        """Authorises a wish, so that staff may make the contact.

        Raises:
            NotFoundError: no such wish of this case, or another shelter's.
            SamePersonError, ContactLapsedError, AlreadyAuthorisedError, RecipientWithheldError: see ``domain``.
            CommandIdReusedError: the id belongs to another command.
        """

        async def decide(state: CaseState, withheld: list[str], known: RestrictedContact | None) -> Event:
            if known is None or known.case != case:
                raise NotFoundError
            wish = await self._opened(known, contact)
            if wish is None:
                raise ErasedError
            kind, at = state.opened.event.kind, self.clock()
            return domain.authorise(known, wish=wish, kind=kind, withheld=withheld, by=by, at=at)

        same = led_to(RestrictedContactAuthorised)
        return await self._carry_out(case, contact, command, by, Action.AUTHORISE_RESTRICTED_CONTACT, decide, same)

    async def withdraw(self, case: UUID, contact: UUID, by: Principal) -> RestrictedContactState:
        """Withdraws a wish. A repetition changes nothing, and no sealed answers are opened.

        Raises:
            NotFoundError: no such wish of this case, or another shelter's.
        """
        command = uuid5(contact, "withdrawn")

        async def admit(work: UnitOfWork) -> RestrictedContact:
            wish, state = fold(work.history(contact)), cases.fold(work.history(case))
            if wish is None or wish.case != case or state is None:
                raise NotFoundError
            permit(by, Action.REQUEST_RESTRICTED_CONTACT, shelter=state.shelter)
            return wish

        async def decide(wish: RestrictedContact, work: UnitOfWork) -> None:
            if not wish.withdrawn:
                event = domain.withdraw(wish, by)
                work.record(contact, event, case=case, actor=by.actor, cause=command)

        done = await execute(self.log, self.clock, command, None, [contact, case], admit=admit, decide=decide)
        return _answer((done.facts or done.work.history(contact))[-1])

    async def _sealed(self, wish: Wish, contact: UUID, state: CaseState) -> Box:
        """The wish, sealed with the key of the person's answers.

        Raises:
            ErasedError: that key was destroyed.
        """
        answered = state.answered.event
        assert isinstance(answered, CaseOpened | AnswersAmended)  # noqa: S101 - as ``fold`` keeps no other
        key_id = answered.screening.key
        keys = await self.keyring.load([key_id])
        if key_id not in keys:
            raise ErasedError
        return sealed_wish(wish, contact, key_id, keys[key_id])

    async def _opened(self, known: RestrictedContact, contact: UUID) -> Wish | None:
        """What was wished for; ``None``: the person was erased."""
        if known.sealed is None:
            return known.clear
        return opened_wish(known.sealed, contact, await self.keyring.load([known.sealed.key]))

    async def _carry_out(
        self,
        case: UUID,
        contact: UUID,
        command: UUID,
        by: Principal,
        action: Action,
        decide: Callable[[CaseState, list[str], RestrictedContact | None], Awaitable[Event]],
        same: Same,
    ) -> RestrictedContactState:

        async def admit(work: UnitOfWork) -> CaseState:
            state = cases.fold(work.history(case))
            if state is None:
                raise NotFoundError
            permit(by, action, shelter=state.shelter)
            return state

        async def record(state: CaseState, work: UnitOfWork) -> None:
            withheld = (await answers_of(state, self.keyring)).get("withhold_from", [])
            event = await decide(state, withheld, fold(work.history(contact)))
            work.record(contact, event, case=case, actor=by.actor, cause=command)

        done = await execute(
            self.log, self.clock, command, by.actor, [contact, case], admit=admit, decide=record, same=same
        )
        return _answer(done.facts[0])


def _answer(last: Recorded[Event]) -> RestrictedContactState:
    """The state of a wish after its last event."""
    state: Literal["requested", "authorised", "withdrawn"]
    match last.event:
        case RestrictedContactAuthorised():
            state = "authorised"
        case RestrictedContactWithdrawn():
            state = "withdrawn"
        case _:
            state = "requested"
    assert last.case is not None  # noqa: S101 - a wish is always of a case
    lapses_at = last.recorded_at + LAPSES_AFTER if state == "requested" else None
    return RestrictedContactState(contact_id=last.stream, case_id=last.case, state=state, lapses_at=lapses_at)
