"""Reads a referral's sealed content: its disclosure and its messages.

Every reading is an event, committed before the content is returned. The same transaction checks that referral and case
are unchanged: consent taken back closes a disclosure at once.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import DisclosureRead
from events.sealed import Box
from events.vocabulary import RiskCategory
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import KeysLostError, NotFoundError, ServiceError
from services.chassis.eventlog.commands import Decided, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.vault.sealing import Place, open_box
from services.referral.assessment import Policies
from services.referral.bodies.schemas import LegalBody
from services.referral.case_file.domain import CaseFile
from services.referral.case_file.queries import CaseFiles
from services.referral.disclosures.domain import DISCLOSURE, purpose_of, readings_stream
from services.referral.disclosures.messages import Message, messages_for
from services.referral.disclosures.queries import unchanged
from services.referral.disclosures.schemas import ReferralDisclosure, ReferralMessage, ReferralMessages
from services.referral.lifecycle.disclosed import (
    changed_names,
    disclosure_last_acted_on,
    latest_disclosure,
)
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.standing import basis_is_valid, may_be_read
from services.referral.lifecycle.visibility import admit, with_the_person

Content = TypeVar("Content", ReferralDisclosure, ReferralMessages)


class DisclosureClosedError(ServiceError):
    """The referral is closed, or its legal basis is no longer valid: nobody may read its disclosure."""

    code = "disclosure_closed"
    status = 410


@dataclass(frozen=True, slots=True)
class _OpenedReferral:
    """A referral and its case, as both are at one moment."""

    referral: Referral
    history: list[Recorded[Event]]
    file: CaseFile
    open: bool
    """Whether the agency may still read: the referral is open and its basis is valid."""
    basis_valid: bool
    work: UnitOfWork

    def content(self, fact: Recorded[Event], box: Box, field: str) -> dict[str, Any]:
        """Opens one of the referral's boxes.

        Raises:
            KeysLostError: its key was lost; of a person who was erased, the case could not be opened before.
        """
        content = open_box(box, Place(fact.stream, fact.version, fact.event.NAME, field), self.work.keys)
        if content is None:
            raise KeysLostError
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureReader:
    """Returns sealed content to those it is for, and records the reading."""

    log: Log
    clock: Clock
    files: CaseFiles
    policies: Policies

    async def disclosure(self, referral: UUID, principal: Principal) -> ReferralDisclosure:
        """Reads what was disclosed to the agency: the consented fields, nothing else.

        Raises:
            NotFoundError: no such referral, or none that was sent to the principal's agency.
            DisclosureClosedError: it ended, or its legal basis is no longer valid.
            ErasedError: the person's data were erased.
        """

        async def read(found: _OpenedReferral, _workspace: UnitOfWork) -> Decided:
            if not found.open:
                raise DisclosureClosedError(state=found.referral.state, version=found.referral.version)
            fact, box, requested = latest_disclosure(found.history)
            disclosed = found.content(fact, box, DISCLOSURE)
            answer = ReferralDisclosure(
                referral_id=referral,
                agency=found.referral.agency,
                basis=found.referral.basis or requested.basis,
                refusal_shown=requested.refusal_shown,
                bodies=self._bodies(found, disclosed),
                disclosed=disclosed,
                changed=_changed(found, disclosed),
            )
            return _recorded(found, principal, fact, (DISCLOSURE,), answer)

        return await self._read(referral, principal, Action.READ_DISCLOSURE, read, ReferralDisclosure)

    def _bodies(self, found: _OpenedReferral, disclosed: Mapping[str, Any]) -> list[LegalBody]:
        """The bodies with the duty for what the agency was told, so that they tell it nothing else.

        No prosecutor's office where, as far as it was told, an authority did harm or the person may be returned.
        """
        told, bodies, shelter = found.referral.told_categories, self.policies.bodies, found.referral.shelter
        feared = RiskCategory.ABUSO_AUT in told or disclosed.get("removal_risk") == "yes"
        codes = bodies.for_categories(told, shelter, prosecutors=not feared)
        return [LegalBody.model_validate(one) for one in bodies.shown(codes)]

    async def messages(self, referral: UUID, principal: Principal) -> ReferralMessages:
        """Reads the question, the answer, notes and comments that are for the principal.

        Raises:
            NotFoundError: no such referral, or the principal may not see it.
            ErasedError: the person's data were erased.
        """

        async def read(found: _OpenedReferral, _workspace: UnitOfWork) -> Decided:
            messages = messages_for(
                principal,
                found.history,
                shelter=found.referral.shelter,
                open_=found.open,
                basis_valid=found.basis_valid,
            )
            items = [_item(text, found.content(text.fact, text.box, text.field)) for text in messages]
            if not messages:
                return Decided(answer=ReferralMessages(items=[]))
            kinds = tuple(dict.fromkeys(text.field for text in messages))
            return _recorded(found, principal, messages[-1].fact, kinds, ReferralMessages(items=items))

        return await self._read(referral, principal, Action.READ_MESSAGES, read, ReferralMessages)

    async def _read(
        self,
        referral: UUID,
        principal: Principal,
        action: Action,
        read: Callable[[_OpenedReferral, UnitOfWork], Awaitable[Decided]],
        kind: type[Content],
    ) -> Content:
        done = await execute(
            self.log,
            self.clock,
            None,
            principal.actor,
            [referral, readings_stream(referral)],
            admit=partial(self._open, referral, principal, action),
            decide=read,
        )
        assert isinstance(done.answer, kind)  # noqa: S101 - a reading is never a repeated one
        return done.answer

    async def _open(self, referral_id: UUID, principal: Principal, action: Action, work: UnitOfWork) -> _OpenedReferral:
        history = work.history(referral_id)
        referral = fold(history)
        if referral is None:
            raise NotFoundError
        facts = await self.files.history(referral.case)
        referral = admit(with_the_person(referral, facts), principal, action)
        file = await self.files.open(facts, work, referral.key)
        assessment = self.policies.assessment(file)
        return _OpenedReferral(
            referral=referral,
            history=history,
            file=file,
            open=may_be_read(referral, file, assessment, work.now()),
            basis_valid=basis_is_valid(referral, file, assessment, work.now()),
            work=work,
        )


def _changed(found: _OpenedReferral, disclosed: Mapping[str, Any]) -> list[str]:
    """The names of the answers that are others than when the desk last acted."""
    before = disclosure_last_acted_on(found.history)
    if before is None:
        return []
    try:
        told = found.content(*before, "disclosure")
    except KeysLostError:
        return sorted(disclosed)  # what the desk read before is lost: all of it is to be read again
    return changed_names(told, disclosed)


def _recorded(
    found: _OpenedReferral, principal: Principal, what: Recorded[Event], fields: tuple[str, ...], answer: Content
) -> Decided:
    """Records the reading; committed only if referral and case are unchanged."""
    referral = found.referral
    event = DisclosureRead(
        referral=referral.id,
        agency=referral.agency,
        shelter=referral.shelter,
        reader=principal.org,
        purpose=purpose_of(referral, principal),
        fields=fields,
    )
    found.work.record(readings_stream(referral.id), event, case=referral.case, actor=principal.actor, cause=what)
    return Decided(in_transaction=unchanged(referral, referral.version, found.file.version), answer=answer)


def _item(text: Message, content: Mapping[str, Any]) -> ReferralMessage:
    return ReferralMessage.model_validate(
        {"kind": text.field, "text": content["text"], "by": text.by, "at": text.fact.recorded_at}
    )
