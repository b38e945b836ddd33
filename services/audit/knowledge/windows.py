"""When an agency could read what was disclosed to it, folded from the facts of the referral and of its case. Pure.

The rule is the one by which the referral service opens a disclosure (ADR 0016): an open referral, a basis that holds,
nothing to be checked. A person's no closes at once, by intake's fact; the referral's own fact follows it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from events.consent import ConsentReceipt
from events.continuity import WithdrawalFrozen
from events.contract import Event, Recorded
from events.intake import ConsentRecorded, ConsentWithdrawn, PersonErased
from events.referral import (
    ConsentLapsed,
    DeletionConfirmed,
    DisclosureRenewed,
    ReferralFact,
    ReferralFrozen,
    ReferralProposed,
    ReferralReassessed,
    ReferralRequested,
    ReferralUnfrozen,
    ReferralWithdrawn,
)
from events.referral_states import CLOSED
from events.vocabulary import ConsentDecision, ReferralState, RiskCategory, SendingBasis
from services.audit.knowledge.domain import Closing, Disclosure, Window

NO_CONSENT_NEEDED = frozenset({SendingBasis.NOT_PERSONAL, SendingBasis.MANDATORY_REPORT})
"""Bases that nobody's decision touches."""


@dataclass(slots=True)
class ReferralWindows:
    """One referral to an agency, and what the agency could read of it."""

    disclosure: Disclosure
    categories: tuple[RiskCategory, ...] = ()
    uncovered: frozenset[RiskCategory] = frozenset()
    basis: SendingBasis | None = None
    receipts: tuple[UUID, ...] = ()
    basis_until: datetime | None = None
    consents: dict[UUID, ConsentReceipt] = field(default_factory=dict)
    """The case's receipts by their ids, shared by its referrals."""

    def follow(self, fact: Recorded[Event]) -> None:  # noqa: C901 - one case for each kind of fact
        """Applies a fact of this referral."""
        event, at = fact.event, fact.recorded_at
        self.pass_time(at)
        match event:
            case ReferralProposed():
                self.categories = event.categories
                self.disclosure.proposed_at = at
            case ReferralRequested():
                self._rests_on(event)
                self._open(at)
            case ReferralReassessed():
                self.categories = event.categories
                self.uncovered |= frozenset(event.uncovered)
                if event.disclosure is not None:
                    self._renew(at)
            case DisclosureRenewed():
                self._rests_on(event)
                self._renew(at)
            case ReferralFrozen():
                self._close_unless_unneeded(at, Closing.FROZEN)
            case ReferralUnfrozen() if self.disclosure.windows:
                self._open(at)
            case ConsentLapsed():
                self._close(at, Closing.LAPSED)
            case DeletionConfirmed():
                self.disclosure.deleted_at = at
            case ReferralFact() if event.STATE in CLOSED:
                withdrawn = isinstance(event, ReferralWithdrawn) or event.STATE is ReferralState.WITHDRAWN
                self._close(at, Closing.WITHDRAWN if withdrawn else Closing.ENDED)
            case _:
                pass

    def hear(self, fact: Recorded[Event]) -> None:
        """Applies a fact of the case: what a person decided closes before the referral service reacts to it."""
        event, at = fact.event, fact.recorded_at
        self.pass_time(at)
        match event:
            case ConsentWithdrawn() if event.receipt in self.receipts and self.basis is SendingBasis.CONSENT:
                self._close(at, Closing.WITHDRAWN)
            case WithdrawalFrozen() if event.recipient in {None, self.disclosure.agency}:
                self._close_unless_unneeded(at, Closing.FROZEN)
            case ConsentRecorded() if event.consent.recipient == self.disclosure.agency:
                if event.consent.decision is ConsentDecision.REFUSED and self.basis is SendingBasis.CONSENT:
                    self._close(at, Closing.WITHDRAWN)
            case PersonErased():
                self._close(at, Closing.ERASED)
            case _:
                pass

    def pass_time(self, now: datetime) -> None:
        """Closes at the moment at which the consent ran out, if that has come."""
        if self.basis_until is not None and self.basis_until <= now and self.basis is SendingBasis.CONSENT:
            self._close(self.basis_until, Closing.LAPSED)

    def _rests_on(self, event: ReferralRequested | DisclosureRenewed) -> None:
        self.basis, self.basis_until = event.basis, event.basis_until
        self.receipts = tuple(one for one in (event.receipt, *event.further_receipts) if one is not None)
        self.uncovered = frozenset(event.uncovered)

    def _renew(self, at: datetime) -> None:
        self._close(at, Closing.RENEWED)
        self._open(at)

    def _open(self, at: datetime) -> None:
        if self._window() is not None:
            return
        allowed = [self.consents[one].fields for one in self.receipts if one in self.consents]
        self.disclosure.windows.append(
            Window(
                since=at,
                basis=self.basis,
                categories=tuple(one for one in self.categories if one not in self.uncovered),
                fields=tuple(dict.fromkeys(name for names in allowed for name in names)),
            )
        )

    def _close_unless_unneeded(self, at: datetime, closing: Closing) -> None:
        if self.basis not in NO_CONSENT_NEEDED:
            self._close(at, closing)

    def _close(self, at: datetime, closing: Closing) -> None:
        window = self._window()
        if window is not None:
            window.until, window.closing = max(at, window.since), closing

    def _window(self) -> Window | None:
        """The window that is open."""
        windows = self.disclosure.windows
        return windows[-1] if windows and windows[-1].until is None else None
