"""Bodies and answers of exceptional access over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from events.vocabulary import Agency, OverrideBasis, ReviewVerdict, SendingBasis
from services.chassis.web.schemas import Answer, Command, Moment

JustificationText = Annotated[
    str, Field(min_length=20, max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
]

_COMMAND = {"command_id": "9b2f6c1e-4d0a-4c55-8a7e-0f3a5f1d2b60"}
_IDS = {
    "access_id": "5a1c0e7b-2f64-5d39-8b1e-7c9d0a3f4e21",
    "referral_id": "2d6a1f1c-7b8e-5f0a-9c3d-5e4f6a7b8c9d",
}


def _example(*parts: dict[str, Any]) -> ConfigDict:
    example: dict[str, Any] = {}
    for part in parts:
        example |= part
    return ConfigDict(json_schema_extra={"examples": [example]})


class OpenBreakGlass(Command):
    """The ground, and the reason in the caller's words, which are sealed. ``release``: send what waits for consent."""

    model_config = _example(
        _COMMAND,
        {
            "basis": "imminent_danger_to_life",
            "justification": "Está inconsciente en el hospital y nadie más conoce sus alergias.",
            "release": False,
        },
    )

    basis: OverrideBasis
    justification: JustificationText
    release: bool = False


class ReviewBreakGlass(Command):
    """A second person's verdict."""

    model_config = _example(_COMMAND, {"verdict": "justified"})

    verdict: ReviewVerdict


class BreakGlassAccess(Answer):
    """An access, until when it lasts, and until when it must be reviewed."""

    model_config = _example(
        _IDS,
        {"until": "2013-06-13T00:32:04+00:00", "review_by": "2013-06-13T20:32:04+00:00", "verdict": None},
    )

    access_id: UUID
    referral_id: UUID
    until: Moment
    review_by: Moment
    verdict: ReviewVerdict | None


class BreakGlassEntry(Answer):
    """An access in the list: who opened what, when and on which ground; none of what was read."""

    access_id: UUID
    referral_id: UUID
    case_id: UUID
    agency: Agency
    shelter: str
    basis: OverrideBasis
    opened_as: str
    """A role and an organisation, never a person."""
    opened_for: str
    verdict: ReviewVerdict | None
    opened_at: Moment
    until: Moment
    review_by: Moment
    reviewed_at: Moment | None
    escalated_at: Moment | None


class BreakGlassList(Answer):
    """Exceptional accesses, the latest first."""

    model_config = _example(
        {
            "items": [
                {
                    **_IDS,
                    "case_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
                    "agency": "OIM",
                    "shelter": "ALB-TAP-01",
                    "basis": "imminent_danger_to_life",
                    "opened_as": "officer:OIM",
                    "opened_for": "OIM",
                    "verdict": None,
                    "opened_at": "2013-06-12T20:32:04+00:00",
                    "until": "2013-06-13T00:32:04+00:00",
                    "review_by": "2013-06-13T20:32:04+00:00",
                    "reviewed_at": None,
                    "escalated_at": None,
                }
            ]
        }
    )

    items: list[BreakGlassEntry]


class BreakGlassDisclosure(Answer):
    """What was opened: the referral's disclosure, the ground it was opened on and the basis it was sent on."""

    model_config = _example(
        _IDS,
        {
            "agency": "OIM",
            "basis": "imminent_danger_to_life",
            "sent_on": "consent",
            "until": "2013-06-13T00:32:04+00:00",
            "disclosed": {"age_band": "18-29", "language": "es", "shelter": "ALB-TAP-01"},
        },
    )

    access_id: UUID
    referral_id: UUID
    agency: Agency
    basis: OverrideBasis
    sent_on: SendingBasis
    until: Moment
    disclosed: Annotated[dict[str, Any], Field(description="The disclosed answers by name; which, the basis decides.")]


class BreakGlassJustification(Answer):
    """Why an access was opened, in the words of the person who opened it."""

    model_config = _example(
        {
            "access_id": _IDS["access_id"],
            "basis": "imminent_danger_to_life",
            "justification": "Está inconsciente en el hospital y nadie más conoce sus alergias.",
        }
    )

    access_id: UUID
    basis: OverrideBasis
    justification: str
