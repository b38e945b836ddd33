"""The next shelter takes a case over: with slip and word, and with the person's consent given there; never by a name.

A family goes together or not at all: each with a slip and a consent of their own, and nothing is merged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from events.continuity import HandedOver, HandoverConsent
from events.contract import Event, Recorded
from events.vocabulary import ConsentForm, ConsentGiver
from services.chassis.access import Principal
from services.chassis.clock import Clock
from services.chassis.errors import (
    CommandIdReusedError,
    MalformedRequestError,
    ServiceError,
    VersionConflictError,
)
from services.chassis.identity import derived
from services.chassis.keyring import Keyring
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.intake.case_commands import answers_of
from services.intake.continuity import Held, held, may_be_handed_over
from services.intake.slip_store import Found, forget
from services.intake.slips import SlipNotAcceptedError, Slips
from services.intake.wordings import Wording

ATTEMPTS = 5


class AlreadyHereError(ServiceError):
    """The shelter holds the case already."""

    code = "already_here"
    status = 409
    es = "Este caso ya está en su albergue."
    en = "This case is at your shelter already."


class ConsentNotValidError(ServiceError):
    """Whoever agreed may not decide this for the person."""

    code = "consent_not_valid"
    status = 409
    es = "Ese consentimiento no lo dio quien puede darlo por esta persona."
    en = "That consent was not given by somebody who may give it for this person."


class NotOneFamilyError(ServiceError):
    """They were not registered as one family: each is handed over alone."""

    code = "not_one_family"
    status = 409
    es = "No están registrados como una familia: entregue cada caso por separado."
    en = "They are not registered as one family: hand each case over by itself."


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody who arrived, with their slip, their word, and what they let this shelter know."""

    slip: str = field(repr=False)
    word: str = field(repr=False)
    given_by: ConsentGiver
    heard: bool
    """A child informed and heard, where nobody may decide for them."""
    fields: tuple[str, ...]
    how: ConsentForm
    wording: Wording
    asked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handovers:
    """Takes cases over."""

    log: Log
    keyring: Keyring
    clock: Clock
    slips: Slips

    async def take_over(self, command: UUID, arrived: Sequence[Arrival], by: Principal) -> dict[str, Any]:
        """All of them or nobody. Each slip is used up: the next one is this shelter's to issue.

        Raises:
            SlipMistypedError, TooManyAttemptsError, SlipNotAcceptedError: see ``Slips.speaks``.
            AlreadyHereError, ConsentNotValidError, NotOneFamilyError, ErasedError: of any of them.
            CommandIdReusedError: the id was used for something else.
        """
        before = await self.log.carried_out(command)
        if before is not None:
            return _first_result(before, len(arrived), by)
        found = [await self.slips.speaks(one.slip, one.word, f"staff of {by.org}") for one in arrived]
        if len({one.case for one in found}) != len(found):
            raise MalformedRequestError(faults=[{"field": "body.family", "code": "twice"}])
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load(one.case for one in found)
            cases = [_still(slip, held(workspace.history(slip.case)), by) for slip in found]
            await self._agreed(cases, arrived)
            for case, one in zip(cases, arrived, strict=True):
                event = _handed_over(case, one, command, by)
                workspace.record(case.case, event, case=case.case, actor=by.actor, cause=command)
            facts = [workspace.history(case.case)[-1] for case in cases]

            async def use_up(connection: asyncpg.Connection) -> None:
                for one in found:
                    await forget(connection, one.case)

            try:
                result = await self.log.append(Append(entries=workspace.entries, command=command, within=use_up))
            except VersionConflictError:
                continue
            if result.repeated:
                return _first_result(await self.log.carried_out(command) or [], len(arrived), by)
            return _answer(facts)
        raise VersionConflictError

    async def _agreed(self, cases: Sequence[Held], arrived: Sequence[Arrival]) -> None:
        families = set[str | None]()
        for case, one in zip(cases, arrived, strict=True):
            answers = await answers_of(case, self.keyring)
            if not may_be_handed_over(answers, one.given_by, heard=one.heard):
                raise ConsentNotValidError
            families.add((answers.get("screening") or {}).get("family_group"))
        if len(cases) > 1 and (len(families) > 1 or None in families):
            raise NotOneFamilyError


def _still(slip: Found, case: Held | None, by: Principal) -> Held:
    if case is None or case.slip != slip.slip:
        raise SlipNotAcceptedError
    if case.shelter == by.org:
        raise AlreadyHereError
    return case


def _handed_over(case: Held, arrived: Arrival, command: UUID, by: Principal) -> HandedOver:
    assert case.slip is not None  # noqa: S101 - it was just presented
    return HandedOver(
        from_shelter=case.shelter,
        to_shelter=by.org,
        slip=case.slip,
        consent=HandoverConsent(
            receipt=derived(command, f"handover:{case.case}"),
            given_by=arrived.given_by,
            best_interests=arrived.heard,
            fields=arrived.fields,
            how=arrived.how,
            wording_version=arrived.wording.version,
            wording_sha256=arrived.wording.sha256,
            asked_by=arrived.asked_by,
        ),
    )


def _first_result(facts: Sequence[Recorded[Event]], people: int, by: Principal) -> dict[str, Any]:
    taken = [fact for fact in facts if isinstance(fact.event, HandedOver) and fact.actor == by.actor]
    if len(taken) != len(facts) or len(taken) != people:
        raise CommandIdReusedError
    return _answer(taken)


def _answer(facts: Sequence[Recorded[Event]]) -> dict[str, Any]:
    """The first is whoever came first; the others are their family."""
    return {
        "case_id": str(facts[0].stream),
        "cases": [{"case_id": str(fact.stream), "version": fact.version} for fact in facts],
    }
