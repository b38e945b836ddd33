"""Reading what is sealed in a referral: what was disclosed, and what was asked, answered and noted.

Every reading is an event, committed before anything is handed over. In that same transaction it is looked whether the
referral and the case are still as they were read: a consent taken back closes what is open at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.referral import DisclosureRead, ReferralReassessed, ReferralRequested
from events.sealed import Box
from events.vocabulary import ReadPurpose, ReferralState
from services.chassis.access import Action, Principal
from services.chassis.boxes import Place, open_box
from services.chassis.clock import Clock
from services.chassis.errors import ErasedError, NotFoundError, ServiceError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.keyring import Keyring
from services.chassis.log import Append, Log
from services.chassis.upstream import Upstream
from services.chassis.workspace import Workspace
from services.referral.casefile import CaseFile, read_case, screening_keys
from services.referral.domain import OPEN, Referral, fold
from services.referral.sending import Policies
from services.referral.standing import stands
from services.referral.texts import Text, texts_for
from services.referral.visibility import admit, with_the_person

ATTEMPTS = 8
"""Colleagues who read at once wait for each other's record."""
UNDECIDED = frozenset(
    {ReferralState.REQUESTED, ReferralState.ACKNOWLEDGED, ReferralState.INFO_REQUESTED, ReferralState.EXPIRED}
)
CHANGED = """
select (select max(version) from event where stream = $1) is distinct from $2
  or (select max(version) from intake.event where stream = $3) is distinct from $4
"""


class DisclosureClosedError(ServiceError):
    """The referral is closed, or what it was sent on no longer stands: nobody reads what it told any more."""

    code = "disclosure_closed"
    status = 410
    es = "Los datos de esta canalización están cerrados: terminó, o ya no hay base para verlos."
    en = "The data of this referral are closed: it has ended, or there is no basis any more to see them."


@dataclass(frozen=True, slots=True)
class _Opened:
    """A referral with its case, as they stand at one moment."""

    referral: Referral
    history: list[Recorded[Event]]
    file: CaseFile
    case_version: int
    open: bool
    """Whether the agency may still read: the referral is open, and its basis stands."""
    stands: bool
    workspace: Workspace

    def content(self, fact: Recorded[Event], box: Box, field: str) -> dict[str, Any]:
        """What is in a box of the referral's.

        Raises:
            ErasedError: its key was destroyed.
        """
        content = open_box(box, Place(fact.stream, fact.version, fact.event.NAME, field), self.workspace.keys)
        if content is None:
            raise ErasedError
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Hands out what is sealed, to whom it is for, and records that it did."""

    log: Log
    clock: Clock
    keyring: Keyring
    intake: Upstream
    policies: Policies

    async def disclosure(self, referral: UUID, principal: Principal) -> dict[str, Any]:
        """What the agency was told about the person: the consented fields, nothing else.

        Raises:
            NotFoundError: no such referral, or none that was sent to the principal's agency.
            DisclosureClosedError: it ended, or its basis no longer stands.
            ErasedError: the person's data were erased.
        """
        for _ in range(ATTEMPTS):
            found = await self._open(referral, principal, Action.READ_DISCLOSURE)
            if not found.open:
                raise DisclosureClosedError(state=found.referral.state, version=found.referral.version)
            fact, box, requested = last_disclosure(found.history)
            told = found.content(fact, box, "disclosure")
            if await self._recorded(found, principal, fact, tuple(told), _purpose(found.referral, principal)):
                return {
                    "referral_id": str(referral),
                    "agency": found.referral.agency,
                    "basis": requested.basis,
                    "refusal_shown": requested.refusal_shown,
                    "disclosed": told,
                }
        raise VersionConflictError

    async def messages(self, referral: UUID, principal: Principal) -> dict[str, Any]:
        """The question, the answer, notes and comments that are for the principal; each reads only its own.

        Raises:
            NotFoundError: no such referral, or none of the principal's business.
            ErasedError: the person's data were erased.
        """
        for _ in range(ATTEMPTS):
            found = await self._open(referral, principal, Action.READ_MESSAGES)
            texts = texts_for(
                principal, found.history, shelter=found.referral.shelter, open_=found.open, stands=found.stands
            )
            items = [_item(text, found.content(text.fact, text.box, text.field)) for text in texts]
            if not texts:
                return {"items": []}
            kinds = tuple(dict.fromkeys(text.field for text in texts))
            if await self._recorded(found, principal, texts[-1].fact, kinds, _purpose(found.referral, principal)):
                return {"items": items}
        raise VersionConflictError

    async def _open(self, referral_id: UUID, principal: Principal, action: Action) -> _Opened:
        workspace = Workspace(self.log, self.clock)
        await workspace.load([referral_id, readings_of(referral_id)])
        history = workspace.history(referral_id)
        referral = fold(history)
        if referral is None:
            raise NotFoundError
        facts = (await self.intake.streams([referral.case]))[referral.case]
        referral = admit(with_the_person(referral, facts), principal, action)
        workspace.keys.update(await self.keyring.load([referral.key, *screening_keys(facts)]))
        file = read_case(facts, workspace.keys)
        if file is None:
            raise ErasedError
        standing = stands(referral, file, self.policies.assessment(file), workspace.now())
        return _Opened(
            referral=referral,
            history=history,
            file=file,
            case_version=facts[-1].version,
            open=standing and referral.state in OPEN,
            stands=standing,
            workspace=workspace,
        )

    async def _recorded(
        self, found: _Opened, principal: Principal, what: Recorded[Event], fields: tuple[str, ...], purpose: ReadPurpose
    ) -> bool:
        """Commits that it is read. False: something happened meanwhile, so it must be looked at again."""
        referral = found.referral
        event = DisclosureRead(
            referral=referral.id,
            agency=referral.agency,
            shelter=referral.shelter,
            reader=principal.org,
            purpose=purpose,
            fields=fields,
        )
        stream = readings_of(referral.id)
        found.workspace.record(stream, event, case=referral.case, actor=principal.actor, cause=what)

        async def unchanged(connection: asyncpg.Connection) -> None:
            seen = (referral.id, referral.version, referral.case, found.case_version)
            if await connection.fetchval(CHANGED, *seen):
                raise VersionConflictError

        try:
            await self.log.append(Append(entries=found.workspace.entries, within=unchanged))
        except VersionConflictError:
            return False
        return True


def readings_of(referral: UUID) -> UUID:
    """The stream that tells who read a referral's sealed data: not its own, for to read is no step of its life."""
    return derived(referral, "readings")


def last_disclosure(history: list[Recorded[Event]]) -> tuple[Recorded[Event], Box, ReferralRequested]:
    """Where the agency was told last, and the request it goes back to."""
    found: tuple[Recorded[Event], Box] | None = None
    requested: ReferralRequested | None = None
    for fact in history:
        match fact.event:
            case ReferralRequested() as event:
                found, requested = (fact, event.disclosure), event
            case ReferralReassessed(disclosure=Box() as box):
                found = (fact, box)
    assert found is not None  # noqa: S101 - it is open to the agency, so it was sent
    assert requested is not None  # noqa: S101 - likewise
    return (*found, requested)


def _purpose(referral: Referral, principal: Principal) -> ReadPurpose:
    """What it is read for, as far as where the referral is tells."""
    if principal.org == referral.shelter:
        return ReadPurpose.ANSWER
    if principal.org != referral.agency or referral.state not in OPEN:
        return ReadPurpose.REVIEW
    return ReadPurpose.DECIDE if referral.state in UNDECIDED else ReadPurpose.SERVE


def _item(text: Text, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": text.field,
        "text": content["text"],
        "by": text.by,
        "at": text.fact.recorded_at.isoformat(),
    }
