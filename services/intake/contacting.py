"""Carries out what staff ask about a contact with an authority. What the person excluded is read from their answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.authorities import (
    RestrictedContactAuthorised,
    RestrictedContactRequested,
    RestrictedContactWithdrawn,
)
from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened
from events.vocabulary import BoxClass, ConsentPurpose, RestrictedRecipient
from services.chassis.access import Action, Principal
from services.chassis.boxes import Place, open_box
from services.chassis.clock import Clock
from services.chassis.errors import CommandIdReusedError, ErasedError, NotFoundError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.keyring import Keyring
from services.chassis.log import Append, Log
from services.chassis.permitting import permit
from services.chassis.workspace import Workspace
from services.intake import firewall
from services.intake.firewall import LAPSES_AFTER, RestrictedContact, fold
from services.intake.wordings import Wording

ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedContacts:
    """Records wishes and authorisations. Each command id takes effect once; nothing is sent to anybody."""

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
    ) -> dict[str, Any]:
        """Records the person's written wish.

        Raises:
            NotFoundError: no such case, or another shelter's.
            NoPersonError: the case is of an incident.
            RecipientWithheldError: the person excluded this authority.
            CommandIdReusedError: the id was used for something else.
        """
        contact = derived(command, f"restricted_contact:{case}")

        def decide(opened: CaseOpened, withheld: list[str], _known: RestrictedContact | None) -> Event:
            return firewall.request(
                kind=opened.kind,
                withheld=withheld,
                shelter=opened.shelter,
                recipient=recipient,
                purpose=purpose,
                wording=wording,
                by=by,
            )

        def same(before: Event) -> bool:
            asked = (recipient, purpose, wording.version)
            return isinstance(before, RestrictedContactRequested) and asked == (
                before.recipient,
                before.purpose,
                before.wording_version,
            )

        return await self._carry_out(case, contact, command, by, Action.REQUEST_RESTRICTED_CONTACT, decide, same)

    async def authorise(self, case: UUID, contact: UUID, command: UUID, by: Principal) -> dict[str, Any]:
        """Lets a human make the contact.

        Raises:
            NotFoundError: no such wish of this case, or another shelter's.
            SamePersonError, ContactLapsedError, AlreadyAuthorisedError, RecipientWithheldError: see ``firewall``.
            CommandIdReusedError: the id was used for something else.
        """

        def decide(opened: CaseOpened, withheld: list[str], known: RestrictedContact | None) -> Event:
            if known is None or known.case != case:
                raise NotFoundError
            return firewall.authorise(known, kind=opened.kind, withheld=withheld, by=by, at=self.clock())

        def same(before: Event) -> bool:
            return isinstance(before, RestrictedContactAuthorised)

        return await self._carry_out(case, contact, command, by, Action.AUTHORISE_RESTRICTED_CONTACT, decide, same)

    async def withdraw(self, case: UUID, contact: UUID, by: Principal) -> dict[str, Any]:
        """The person changed their mind. Repeating it changes nothing, and nothing has to be opened for it.

        Raises:
            NotFoundError: no such wish of this case, or another shelter's.
        """
        command = derived(contact, "withdrawn")
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([contact])
            known = fold(workspace.history(contact))
            if known is None or known.case != case:
                raise NotFoundError
            permit(by, Action.REQUEST_RESTRICTED_CONTACT, shelter=known.shelter)
            if known.withdrawn:
                return _answer(workspace.history(contact)[-1])
            event = firewall.withdraw(known, by)
            workspace.record(contact, event, case=case, actor=by.actor, cause=command)
            try:
                await self.log.append(Append(entries=workspace.entries, command=command))
            except VersionConflictError:
                continue
            return _answer(workspace.history(contact)[-1])
        raise VersionConflictError

    async def _carry_out(
        self,
        case: UUID,
        contact: UUID,
        command: UUID,
        by: Principal,
        action: Action,
        decide: Callable[[CaseOpened, list[str], RestrictedContact | None], Event],
        same: Callable[[Event], bool],
    ) -> dict[str, Any]:
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([case, contact])
            history = workspace.history(case)
            opened = history[0].event if history else None
            if not isinstance(opened, CaseOpened):
                raise NotFoundError
            permit(by, action, shelter=opened.shelter)
            before = await self.log.carried_out(command)
            if before is not None:
                done = before[0]
                if (done.stream, done.actor) != (contact, by.actor) or not same(done.event):
                    raise CommandIdReusedError
                return _answer(done)
            event = decide(opened, await self._withheld(history), fold(workspace.history(contact)))
            workspace.record(contact, event, case=case, actor=by.actor, cause=command)
            try:
                result = await self.log.append(Append(entries=workspace.entries, command=command))
            except VersionConflictError:
                continue  # somebody was faster: read again, so that the refusal says why
            if not result.repeated:
                return _answer(workspace.history(contact)[-1])
        raise VersionConflictError

    async def _withheld(self, history: list[Recorded[Event]]) -> list[str]:
        """Whom the person excludes by their answers as last amended."""
        fact = next(one for one in reversed(history) if isinstance(one.event, CaseOpened | AnswersAmended))
        assert isinstance(fact.event, CaseOpened | AnswersAmended)  # noqa: S101 - just looked for
        keys = await self.keyring.load([fact.event.screening.key])
        place = Place(fact.stream, fact.version, fact.event.NAME, BoxClass.SCREENING.value)
        answers = open_box(fact.event.screening, place, keys)
        if answers is None:
            raise ErasedError
        withheld: list[str] = answers.get("withhold_from", [])
        return withheld


def _answer(last: Recorded[Event]) -> dict[str, Any]:
    """The wish after its last fact."""
    states: dict[type[Event], str] = {
        RestrictedContactAuthorised: "authorised",
        RestrictedContactWithdrawn: "withdrawn",
    }
    state = states.get(type(last.event), "requested")
    return {
        "contact_id": str(last.stream),
        "case_id": str(last.case),
        "state": state,
        "lapses_at": (last.recorded_at + LAPSES_AFTER).isoformat() if state == "requested" else None,
    }
