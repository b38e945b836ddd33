"""Bodies and answers about authorities' demands. Codes only, so that no text about a person can be entered."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from events.vocabulary import Authority, DemandAnswer, DemandedThing, Role
from services.chassis.moments import Instant
from services.chassis.web.schemas import SAFE_INTEGER, Answer, Command, Moment
from services.intake.authority_demands.domain import ReceivedDemand

DEMAND, AT = "d0e1f2a3-b4c5-5d6e-8f70-8192a3b4c5d6", "2013-06-12T20:32:05.120000+00:00"


class NewAuthorityDemand(Command):
    """A demand of an authority; `received_at` is when it was delivered or spoken."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": "7d8e9fa0-b1c2-4d3e-8f40-5a6b7c8d9eaf",
                    "authority": "police",
                    "demanded": "whereabouts",
                    "came_to": "ALB-IXT-01",
                    "court_order": False,
                    "received_at": "2013-06-12T15:00:00-05:00",
                }
            ]
        }
    )

    authority: Authority
    demanded: DemandedThing
    came_to: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_-]{1,31}$")]
    """The shelter's or agency's code."""
    court_order: bool
    received_at: Instant

    def demand(self) -> ReceivedDemand:
        """The demand for the domain."""
        return ReceivedDemand(
            authority=self.authority,
            demanded=self.demanded,
            came_to=self.came_to,
            court_order=self.court_order,
            received_at=self.received_at,
        )


class AuthorityDemandAnswer(Command):
    """The answer to a demand."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"command_id": "8e9fa0b1-c2d3-4e4f-8051-6b7c8d9eafb0", "answer": "refused"}]}
    )

    answer: DemandAnswer


class AuthorityDemandState(Answer):
    """The state of a demand after the command."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"demand_id": DEMAND, "recorded_at": AT, "answer": None}]}
    )

    demand_id: UUID
    recorded_at: Moment
    answer: DemandAnswer | None


class AuthorityDemandItem(Answer):
    """A demand and its answer. Staff are named by their label."""

    demand_id: UUID
    authority: Authority
    demanded: DemandedThing
    came_to: str
    court_order: bool
    recorded_by: str
    answer: DemandAnswer | None
    answered_by: str | None
    answered_as: Role | None
    received_at: Moment
    recorded_at: Moment
    answered_at: Moment | None


class AuthorityDemandPage(Answer):
    """A page of the register, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "demand_id": DEMAND,
                            "authority": "police",
                            "demanded": "whereabouts",
                            "came_to": "ALB-IXT-01",
                            "court_order": False,
                            "recorded_by": "c-001",
                            "answer": None,
                            "answered_by": None,
                            "answered_as": None,
                            "received_at": "2013-06-12T20:00:00+00:00",
                            "recorded_at": AT,
                            "answered_at": None,
                        }
                    ],
                    "next_cursor": None,
                }
            ]
        }
    )

    items: list[AuthorityDemandItem]
    next_cursor: str | None
    """`cursor` of the next page; `null`: this is the last."""


class AuthorityDemandQuarter(Answer):
    """The demands recorded in a past quarter."""

    quarter: str
    demands: Annotated[int, Field(ge=0, le=SAFE_INTEGER)] | None
    """`null`: the count is so small that it is hidden."""
    suppressed: bool


class AuthorityDemandCounts(Answer):
    """The demands recorded in each past quarter of a year."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "year": 2026,
                    "suppressed_below": 5,
                    "quarters": [
                        {"quarter": "2026-T1", "demands": 12, "suppressed": False},
                        {"quarter": "2026-T2", "demands": None, "suppressed": True},
                    ],
                }
            ]
        }
    )

    year: int
    suppressed_below: int
    """The smallest count that is published."""
    quarters: list[AuthorityDemandQuarter]
