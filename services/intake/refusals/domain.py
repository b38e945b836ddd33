"""The state of a refused submission or amendment, folded from its events. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import CaseOpened, RefusalSettled, SubmissionRefused
from services.chassis.errors import ServiceError
from services.intake.cases.domain import CaseState
from services.intake.submissions.domain import case_of

CONFLICT = "submission_conflict"
"""Code of a refusal because another content has the same submission id."""


class RefusalSettledError(ServiceError):
    """It was corrected and sent again, or set aside."""

    code = "refusal_settled"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refused document after all its events."""

    refused: Recorded[SubmissionRefused]
    settled: bool = False

    @property
    def id(self) -> UUID:
        """Its stream."""
        return self.refused.stream

    @property
    def org(self) -> str:
        """The organisation that sent it."""
        return self.refused.event.org

    @property
    def concerns(self) -> UUID | None:
        """The case that it was to amend, or to open; ``None`` where its id is another case's, or it has none."""
        event = self.refused.event
        if event.amends:
            return self.refused.case
        return None if event.submission is None or event.code == CONFLICT else case_of(event.submission)


def fold(history: Sequence[Recorded[Event]]) -> Refusal | None:
    """The state after a whole history; ``None`` if the history is empty."""
    refusal: Refusal | None = None
    for fact in history:
        if isinstance(fact.event, SubmissionRefused):
            refusal = Refusal(refused=fact)  # type: ignore[arg-type]  # the event was just looked at
        elif refusal is not None and isinstance(fact.event, RefusalSettled):
            refusal = replace(refusal, settled=True)
    return refusal


def with_the_case(refusal: Refusal, case: CaseState | None) -> Refusal | None:
    """The refusal in view of the case that it concerns.

    ``None``: another shelter holds that case, and what the refusal says about the person is nobody's any more. One
    whose submission opened the case afterwards is settled.
    """
    if case is None:
        return refusal
    if case.shelter != refusal.org:
        return None
    return replace(refusal, settled=refusal.settled or _opened_later(refusal, case.opened))


def _opened_later(refusal: Refusal, opened: Recorded[CaseOpened]) -> bool:
    return not refusal.refused.event.amends and opened.position > refusal.refused.position
