"""Bodies and answers about what was refused."""

from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from services.chassis.web.schemas import Answer, Command, Moment
from services.intake.submissions.document.examples import ADULT
from services.intake.submissions.stored_faults import StoredFault

REFUSAL, CASE = "3c9d2e1f-7a6b-5c4d-8e3f-1a2b3c4d5e6f", "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11"


def _example(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [{"refusal_id": REFUSAL, **example}]})


class RefusedItem(Answer):
    """A refused submission or amendment: where its faults are, never what was there."""

    refusal_id: UUID
    code: str
    """The code of the problem that the sender was answered."""
    es: str
    en: str
    faults: list[StoredFault]
    amends: bool
    """Whether it was to amend a case; otherwise it was to open one."""
    case_id: UUID | None
    """The case that it was to amend."""
    submission_id: UUID | None
    """The submission's own id, where it had a valid one."""
    recorded_at: Moment
    settled_at: Moment | None
    corrected: bool | None
    """Whether it was corrected and sent again; `false`: it was set aside; `null`: it waits."""


class RefusedPage(Answer):
    """A page of what was refused, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "refusal_id": REFUSAL,
                            "code": "invalid_submission",
                            "es": "El registro tiene faltas.",
                            "en": "The submission has faults.",
                            "faults": [
                                {
                                    "field": "screening.sex",
                                    "code": "not_listed",
                                    "es": "No está en la lista.",
                                    "en": "It is not in the list.",
                                }
                            ],
                            "amends": False,
                            "case_id": None,
                            "submission_id": "d70a39d1-33dc-477f-b179-f2d2e48b9662",
                            "recorded_at": "2013-06-12T20:32:05.120000+00:00",
                            "settled_at": None,
                            "corrected": None,
                        }
                    ],
                    "next_cursor": None,
                }
            ]
        }
    )

    items: list[RefusedItem]
    next_cursor: str | None
    """`cursor` of the next page; `null`: this is the last."""


class RefusalCommand(Command):
    """A command about something refused."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"command_id": "8d3e4f50-6172-4839-8a4b-5c6d7e8f9a0b"}]})


class OpenedRefusal(Answer):
    """The document as it was sent, but for harm by staff of a shelter or an aid organisation, and its layout."""

    model_config = _example(document='{"submission_id": "d70a39d1-33dc-477f-b179-f2d2e48b9662"}', encoding="utf-8")

    refusal_id: UUID
    document: str
    encoding: Literal["utf-8", "base64"]
    """`base64`: what was sent is not a text."""


class Correction(Command):
    """The corrected document, whole."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"command_id": "9e4f5061-7283-494a-8b5c-6d7e8f9a0b1c", "submission": ADULT}]}
    )

    submission: dict[str, Any] = Field(description="A submission, as `POST /submissions` takes it.")
    amends: bool = False
    """Send it as an amendment of the case that has its submission id. What was to amend a case always does."""


class CorrectedRefusal(Answer):
    """The case that the corrected document opened or amended."""

    model_config = _example(case_id=CASE, receipt="7F3K-2Q9M")

    refusal_id: UUID
    case_id: UUID
    receipt: str


class SettledRefusal(Answer):
    """What was set aside."""

    model_config = _example(corrected=False)

    refusal_id: UUID
    corrected: bool
