"""When a case begins and ends to be one that is not routed, and when its answers look like a U0. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.operations import CaseNotRouted
from events.vocabulary import Urgency
from services.chassis.ids import uuid5
from services.referral.routing.domain import Assessment

ACTOR = "referral"
_SIGNS = {"danger_now": {"yes"}, "medical_now": {"yes"}, "perpetrator_nearby": {"yes"}}
"""Answers that may mean a U0, where the rules cannot be applied."""


def stream_of(case: UUID) -> UUID:
    """The stream of what is recorded about the routing of a case."""
    return uuid5(case, "routing")


def is_unrouted(history: Sequence[Recorded[Event]]) -> bool:
    """Whether the case is recorded as one that is not routed."""
    return bool(history) and isinstance(history[-1].event, CaseNotRouted)


def is_urgent(assessment: Assessment) -> bool:
    """Whether a referral of the case would be a U0."""
    return any(proposal.urgency is Urgency.U0 for proposal in assessment.proposals)


def looks_urgent(answers: Mapping[str, Any]) -> bool:
    """Whether the answers, as they were given, look like a U0."""
    screening = answers.get("screening")
    if not isinstance(screening, Mapping):
        return False
    return any(screening.get(name) in signs for name, signs in _SIGNS.items())
