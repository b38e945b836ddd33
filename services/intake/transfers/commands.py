"""Transfers custody of cases to the next shelter, authorised by slip, word and consent; never found by a name.

A family is transferred together or not at all, each member with their own slip and consent. Cases are not merged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.contract import Event, Recorded
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.errors import MalformedRequestError
from services.chassis.eventlog.commands import Decided, Facts, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.vault.keyring import Keyring
from services.intake.cases.commands import answers_of
from services.intake.cases.domain import CaseState, fold, may_be_transferred, shown_version
from services.intake.cases.schemas import CaseChanged
from services.intake.slips.commands import SlipCommands, SlipNotAcceptedError
from services.intake.slips.queries import StoredSlip, delete_slips_of_cases
from services.intake.transfers.domain import (
    AlreadyHereError,
    Arrival,
    ConsentNotValidError,
    NotOneFamilyError,
    consent_given,
    handover_event,
    recorded_consent,
)
from services.intake.transfers.schemas import TransferredCases


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCommands:
    """Transfers custody of cases."""

    log: Log
    keyring: Keyring
    clock: Clock
    slips: SlipCommands

    async def take_over(self, command: UUID, arrivals: Sequence[Arrival], by: Principal) -> TransferredCases:
        """Transfers all of these cases to the shelter of ``by``, or none. Each slip is used up.

        Raises:
            SlipMistypedError, TooManyAttemptsError, SlipNotAcceptedError: see ``SlipCommands.authenticate_for_staff``.
            AlreadyHereError, ConsentNotValidError, NotOneFamilyError, ErasedError: true of any of the cases.
            CommandIdReusedError: the id belongs to another command.
        """
        slips: list[StoredSlip] = []  # found once, not at each retry: every look-up counts as an attempt

        # Slip and word authorise, but only a new command: it uses the slip up, so a repeated one could not show it.
        async def decide(_: None, work: UnitOfWork) -> Decided:
            if not slips:
                slips.extend(await self._authenticate(arrivals, by.org))
            await work.load(one.case for one in slips)
            cases = [_require_current_slip(slip, fold(work.history(slip.case)), by) for slip in slips]
            await self._require_valid_consents(cases, arrivals)
            for case, one in zip(cases, arrivals, strict=True):
                event = handover_event(case, one, command, by)
                work.record(case.case, event, case=case.case, actor=by.actor, cause=command)
            used_up = [case.case for case in cases]
            return Decided(in_transaction=lambda connection: delete_slips_of_cases(connection, used_up))

        async def same(facts: Facts) -> bool:
            same_consents = [recorded_consent(fact.event) for fact in facts] == [consent_given(one) for one in arrivals]
            return same_consents and all([await self.slips.may_be_used_up(one.slip) for one in arrivals])

        done = await execute(self.log, self.clock, command, by.actor, [], decide=decide, same=same)
        await done.work.load(fact.stream for fact in done.facts)
        return _answer(done.facts, done.work)

    async def _authenticate(self, arrivals: Sequence[Arrival], shelter: str) -> list[StoredSlip]:
        slips = [await self.slips.authenticate_for_staff(one.slip, one.word, shelter) for one in arrivals]
        if len({one.case for one in slips}) != len(slips):
            raise MalformedRequestError(faults=[{"field": "body.family", "code": "twice"}])
        return slips

    async def _require_valid_consents(self, cases: Sequence[CaseState], arrivals: Sequence[Arrival]) -> None:
        families = set[str | None]()
        for case, one in zip(cases, arrivals, strict=True):
            answers = await answers_of(case, self.keyring)
            if not may_be_transferred(answers, one.given_by, heard=one.heard):
                raise ConsentNotValidError
            families.add((answers.get("screening") or {}).get("family_group"))
        if len(cases) > 1 and (len(families) > 1 or None in families):
            raise NotOneFamilyError


def _require_current_slip(slip: StoredSlip, case: CaseState | None, by: Principal) -> CaseState:
    if case is None or case.slip != slip.slip:
        raise SlipNotAcceptedError
    if case.shelter == by.org:
        raise AlreadyHereError
    return case


def _answer(facts: Sequence[Recorded[Event]], work: UnitOfWork) -> TransferredCases:
    """The first case is that of the person who applied, the others are their family's."""
    return TransferredCases(
        case_id=facts[0].stream,
        cases=[
            CaseChanged(case_id=fact.stream, version=shown_version(work.history(fact.stream), fact)) for fact in facts
        ],
    )
