"""The referrals of one case: each agency's first one, and those that replaced or follow it, also at other agencies."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from events.referral_states import OPEN
from events.vocabulary import Agency
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.referral.lifecycle.domain import Referral, fold


def referral_of(opened: UUID, agency: str) -> UUID:
    """The stream of an agency's first referral of a case; derived, so that a repeated fact creates no second one."""
    return uuid5(opened, agency)


def chain(stream: UUID, work: UnitOfWork) -> Iterator[Referral]:
    """An agency's first referral and all that replaced or follow it, also at other agencies."""
    referral = fold(work.history(stream))
    while referral is not None:
        yield referral
        referral = None if referral.linked is None else fold(work.history(referral.linked))


def current(stream: UUID, work: UnitOfWork) -> Referral | None:
    """The last of an agency's chain of referrals, which may be at another agency."""
    last = None
    for referral in chain(stream, work):
        last = referral
    return last


@dataclass(frozen=True, slots=True)
class CaseReferrals:
    """The referrals of the case that a fact opened. The unit of work must have loaded or begun all of them."""

    opened: UUID
    work: UnitOfWork

    def current(self, agency: Agency) -> Referral | None:
        """The last of the chain that began with this agency."""
        return current(referral_of(self.opened, agency), self.work)

    def all(self) -> list[Referral]:
        """The case's current referrals, each once: the last of every chain."""
        found = [self.current(agency) for agency in Agency]
        return list({one.id: one for one in found if one is not None}.values())

    def open_at(self, agency: Agency) -> Referral | None:
        """The open referral of the case at this agency, also one that was rerouted there: it gets no second one."""
        return next((one for one in self.all() if one.agency is agency and one.state in OPEN), None)

    def loaded(self, referral: UUID) -> Referral:
        """A referral that is known to exist."""
        found = fold(self.work.history(referral))
        assert found is not None  # noqa: S101 - the caller found it before
        return found
