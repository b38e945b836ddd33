"""The person's slip: issued, lost, replaced; and whether somebody who comes with one may speak for the person."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events.continuity import SlipIssued, SlipRevoked
from events.contract import Event
from events.vocabulary import BoxClass, CaseKind
from services.chassis.access import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError, NotFoundError, ServiceError
from services.chassis.identity import derived
from services.chassis.keyring import Keyring, key_id
from services.intake.case_commands import CaseCommands, Decided, answers_of
from services.intake.continuity import NOT_BY_DEFAULT, Held
from services.intake.continuity_queries import categories_of
from services.intake.firewall import NoPersonError
from services.intake.slip_code import LONGEST_WORD, SHORTEST_WORD, folded, in_groups, new_code, read_code
from services.intake.slip_store import Found, Throttle, find, forget, row_of
from services.intake.slip_verifier import Verifiers, lookup_of


class SlipNotOfferedError(ServiceError):
    """A paper may be a danger to this person, or nobody knows yet. The worker may offer it all the same."""

    code = "slip_not_offered"
    status = 409
    es = "Para este caso la hoja no se ofrece: llevarla puede ser un peligro. Si la persona la quiere, indíquelo."
    en = "For this case the slip is not offered: carrying it may be a danger. If the person wants it, say so."


class SlipShownOnceError(ServiceError):
    """The slip of this command was shown when it was issued; nobody can show it again."""

    code = "slip_shown_once"
    status = 409
    es = "Esa hoja ya se mostró y no puede mostrarse otra vez. Si se perdió, entregue otra."
    en = "That slip was shown and cannot be shown again. If it was lost, issue another."


class SlipMistypedError(ServiceError):
    """It cannot be a slip's code: a slip of the pen. Anybody can work that out; it tells nothing about any slip."""

    code = "slip_mistyped"
    status = 422
    es = "La clave no está bien copiada; revísela."
    en = "The code is not copied right; look at it again."


class SlipNotAcceptedError(ServiceError):
    """No such slip, another word, a slip that was replaced, or a person who was erased: nobody is told which."""

    code = "slip_not_accepted"
    status = 403
    es = "La clave y la palabra no corresponden."
    en = "The code and the word do not go together."


@dataclass(frozen=True, slots=True)
class Issued:
    """A slip that was just issued: the only moment at which its code is known."""

    case: UUID
    slip: UUID
    code: str = field(repr=False)
    """As it is printed."""
    language: str | None = field(repr=False)

    def answer(self) -> dict[str, Any]:
        """As it is shown, once."""
        return {"case_id": str(self.case), "slip_id": str(self.slip), "code": self.code}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slips:
    """The slips of all cases."""

    commands: CaseCommands
    database: Database
    keyring: Keyring
    clock: Clock
    lookup_key: bytes = field(repr=False)
    throttle: Throttle
    verifiers: Verifiers = field(default_factory=Verifiers)

    async def issue(self, case: UUID, command: UUID, word: str, by: Principal, *, override: bool) -> Issued:
        """Hands the person a slip; an earlier one dies by it.

        Raises:
            NotFoundError: no such case, or another shelter's.
            ErasedError: the person's data were erased.
            NoPersonError: the case is of an incident.
            SlipNotOfferedError: its categories speak against it, and the worker did not insist.
            SlipShownOnceError: the command was carried out before.
            MalformedRequestError: the word is too short to be one.
        """
        remembered = folded(word)
        if not SHORTEST_WORD <= len(remembered) <= LONGEST_WORD:
            raise MalformedRequestError(faults=[{"field": "body.word", "code": "length"}])
        code, slip = new_code(), derived(command, f"slip:{case}")
        language: list[str | None] = []

        async def decide(found: Held) -> Decided:
            if found.opened.event.kind is not CaseKind.PERSON:
                raise NoPersonError
            language[:] = [(await answers_of(found, self.keyring)).get("screening", {}).get("language")]
            speaks_against = await self._speaks_against(case)
            if speaks_against and not override:
                raise SlipNotOfferedError
            key = key_id(found.opened.event.subject, BoxClass.SCREENING)
            verifier = await self.verifiers.of(code, remembered)
            return Decided(
                events=[
                    SlipIssued(
                        shelter=found.shelter,
                        slip=slip,
                        replaces=found.slip,
                        override=speaks_against,
                        issued_by=by.label,
                    )
                ],
                rows=row_of(slip, key, case, lookup_of(self.lookup_key, code), verifier, self.clock()),
                within=lambda connection: forget(connection, case, besides=slip),
            )

        def same(event: Event) -> bool:
            return isinstance(event, SlipIssued)

        done = await self.commands.carry_out(case, command, by.actor, _may(by), decide, same)
        if done.repeated:
            raise SlipShownOnceError
        return Issued(case, slip, in_groups(code), language[0])

    async def revoke(self, case: UUID, by: Principal) -> dict[str, Any]:
        """The slip was lost, or is not wanted any more. Repeating it finds none.

        Raises:
            NotFoundError: no such case, another shelter's, or no slip.
        """

        async def decide(found: Held) -> Decided:
            if found.slip is None:
                raise NotFoundError
            event = SlipRevoked(shelter=found.shelter, slip=found.slip, revoked_by=by.label)
            return Decided(events=[event], within=lambda connection: forget(connection, case))

        history = (await self.commands.log.streams([case]))[case]
        command = derived(history[-1].id if history else case, "slip revoked")
        done = await self.commands.carry_out(
            case, command, by.actor, _may(by), decide, lambda event: isinstance(event, SlipRevoked)
        )
        return {"case_id": str(case), "version": done.facts[-1].version}

    async def speaks(self, written: str, word: str, place: str) -> Found:
        """The slip of somebody who knows its code and the person's word.

        Raises:
            SlipMistypedError: it is no code at all.
            TooManyAttemptsError: it was tried too often, from this place or with this code.
            SlipNotAcceptedError: it does not open anything; nobody is told why.
        """
        code = read_code(written)
        if code is None:
            raise SlipMistypedError
        await self.throttle.admit(code, place, self.clock())
        found = await find(self.database, lookup_of(self.lookup_key, code))
        fits = await self.verifiers.fits(None if found is None else found.verifier, code, folded(word))
        if found is None or not fits:
            raise SlipNotAcceptedError
        await self.throttle.succeeded(code, place)
        return found

    async def _speaks_against(self, case: UUID) -> bool:
        """As long as nobody knows what the rules made of a case, they may have named one of these."""
        categories = await categories_of(self.database, case)
        return categories is None or not NOT_BY_DEFAULT.isdisjoint(categories)


def _may(by: Principal) -> Any:
    return lambda found: allowed(by, Action.ISSUE_SLIP, shelter=found.shelter)
