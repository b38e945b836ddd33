"""The filters and the answer of the list of cases. Nothing about the person."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from events.vocabulary import BlockReason, CaseKind, ReferralState, Urgency
from services.chassis.moments import Instant
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.schemas import Answer, Moment
from services.intake.case_list.domain import Searchable, Waiting
from services.intake.case_status.schemas import CaseReferral
from services.intake.routing.domain import RoutingState
from services.intake.submissions.domain import CaseChange

MAX_PAGE_SIZE = 200


class CaseFilters(BaseModel):
    """What a case must be to be listed; a referral must meet its conditions all together."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    order: Literal["recorded", "changed"] = "recorded"
    """Newest first, by when the case was recorded or when it changed last."""
    receipt: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    """The receipt of the submission; other case, blanks and dashes do not matter."""
    state: ReferralState | None = None
    """A referral of the case has this state."""
    reason: BlockReason | None = None
    """A referral of the case waits for this reason."""
    urgency: Urgency | None = None
    """A referral of the case has this class."""
    category: Searchable | None = None
    """A referral of the case has this category; restricted ones cannot be searched."""
    waits_for_shelter: bool = False
    """Something of the case waits that the shelter can do."""
    changed_since: Instant | None = None
    """The case, or a referral of it, changed then or later."""
    shelter: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_-]{1,31}$")] | None = None
    """The shelter that holds the case; of use to whoever sees several shelters'."""
    cursor: Annotated[str, Field(max_length=MAX_LENGTH)] | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = 50


class CaseHead(Answer):
    """By what a case is known at its shelter."""

    case_id: UUID
    receipt: str
    kind: CaseKind
    recorded_at: Moment


class CaseCounts(Answer):
    """How many cases have something of a kind."""

    waits: int
    """Something that the shelter can do."""
    unacknowledged: int
    """A referral that its desk has not acknowledged."""
    expired: int
    """A referral about which nobody decided in time."""
    scheduled: int
    """An appointment."""


class ListedCase(Answer):
    """A case that the shelter holds."""

    case_id: UUID
    submission_id: UUID
    receipt: str
    shelter: str
    """The shelter that holds it."""
    kind: CaseKind
    worker: str | None
    """The code of the worker who registered, amended or received it at this shelter last."""
    recorded_at: Moment
    changed_at: Moment
    changed: CaseChange
    """What changed last."""
    routing: RoutingState | None
    """How far the rules have come with the case; `not_routed`: no agency has been told of it yet."""
    waits_for: list[Waiting]
    referrals: list[CaseReferral]


class CasePage(Answer):
    """A page of cases, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "case_id": "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11",
                            "submission_id": "d70a39d1-33dc-477f-b179-f2d2e48b9662",
                            "receipt": "7F3K-2Q9M",
                            "shelter": "ALB-IXT-01",
                            "kind": "person",
                            "worker": "w-009",
                            "recorded_at": "2013-06-12T20:32:05.120000+00:00",
                            "changed_at": "2013-06-12T20:32:05.300000+00:00",
                            "changed": "referral",
                            "routing": "routed",
                            "waits_for": ["consent"],
                            "referrals": [
                                {
                                    "referral_id": "5f7c1f60-42f4-5f0b-9d26-0f3a2b9c6d33",
                                    "agency": "ACNUR",
                                    "urgency": "U2",
                                    "categories": ["ASILO"],
                                    "categories_withheld": False,
                                    "state": "blocked_consent",
                                    "reason": "consent_not_asked",
                                    "missing": {
                                        "es": "Falta preguntar a la persona si está de acuerdo.",
                                        "en": "The person is still to be asked whether they agree.",
                                    },
                                    "uncovered": [],
                                    "ask_by": "2013-06-13T08:32:05.300000+00:00",
                                    "until": None,
                                    "alerted_at": None,
                                    "version": 2,
                                    "sent": False,
                                    "changed_at": "2013-06-12T20:32:05.300000+00:00",
                                }
                            ],
                        }
                    ],
                    "next_cursor": None,
                }
            ]
        }
    )

    items: list[ListedCase]
    next_cursor: str | None
    """`cursor` of the next page; `null`: this is the last."""
