"""Answers about silence."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict

from events.vocabulary import Agency, BlockReason, ReferralState, SilenceMeasure, Urgency
from services.chassis.web.schemas import Answer, Moment


class SilentDesk(Answer):
    """A desk that has gone silent, since when and by which measure."""

    desk: str
    agency: Agency
    since: Moment
    told_at: Moment
    measure: SilenceMeasure | None
    caravan: bool


class SilentShelter(Answer):
    """A shelter that has gone silent, and since when."""

    shelter: str
    since: Moment
    told_at: Moment
    caravan: bool


class FallingSilent(Answer):
    """A desk or shelter that will count as silent at a moment without a sign of life."""

    kind: Literal["desk", "shelter"]
    code: str
    agency: Agency | None
    at: Moment


class RunningOut(Answer):
    """A referral of which something falls due at a moment if nobody acts."""

    referral_id: UUID
    agency: Agency
    urgency: Urgency
    state: ReferralState
    at: Moment


class WaitingGroup(Answer):
    """How many referrals of a shelter's cases wait for the same, how urgent, and the first of them since when."""

    shelter: str
    reason: BlockReason
    count: int
    urgency: Urgency
    since: Moment


class WaitingCase(Answer):
    """A case that waits for a decision, or for somebody to check a withdrawal."""

    case_id: UUID
    shelter: str
    reason: BlockReason
    urgency: Urgency
    since: Moment
    ask_by: Moment | None
    """Until when somebody is to ask, before others are told that nobody did."""
    until: Moment | None
    """Until when the person wanted time to decide."""
    agency: Agency | None
    """For whom it waits; ``null`` where that would tell what the case is about."""


class SilenceOverview(Answer):
    """Who has gone silent, what falls due next, and what waits for a decision."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "desks": [
                        {
                            "desk": "UNFPA-CHP",
                            "agency": "UNFPA",
                            "since": "2013-06-12T20:32:04+00:00",
                            "told_at": "2013-06-12T21:32:04+00:00",
                            "measure": "waiting",
                            "caravan": False,
                        }
                    ],
                    "shelters": [],
                    "falling_silent": [
                        {"kind": "shelter", "code": "ALB-TAP-01", "agency": None, "at": "2013-06-13T08:00:00+00:00"}
                    ],
                    "runs_out_next": [
                        {
                            "referral_id": "2d6a1f1c-7b8e-5f0a-9c3d-5e4f6a7b8c9d",
                            "agency": "UNFPA",
                            "urgency": "U1",
                            "state": "requested",
                            "at": "2013-06-12T22:32:04+00:00",
                        }
                    ],
                    "waiting": [
                        {
                            "shelter": "ALB-TAP-01",
                            "reason": "consent_not_asked",
                            "count": 3,
                            "urgency": "U1",
                            "since": "2013-06-12T20:32:05+00:00",
                        }
                    ],
                    "waiting_longest": [
                        {
                            "case_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
                            "shelter": "ALB-TAP-01",
                            "reason": "consent_not_asked",
                            "urgency": "U1",
                            "since": "2013-06-12T20:32:05+00:00",
                            "ask_by": "2013-06-12T21:32:05+00:00",
                            "until": None,
                            "agency": "OIM",
                        }
                    ],
                }
            ]
        }
    )

    desks: list[SilentDesk]
    shelters: list[SilentShelter]
    falling_silent: list[FallingSilent]
    runs_out_next: list[RunningOut]
    waiting: list[WaitingGroup]
    """By shelter and reason, for the coordination; empty for an agency, which learns nothing of what was not sent."""
    waiting_longest: list[WaitingCase]
    """The most urgent of them, of these the longest waiting first; the list of referrals has the others."""
