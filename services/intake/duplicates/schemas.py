"""Bodies and answers about suspected duplicates."""

from uuid import UUID

from pydantic import ConfigDict

from events.vocabulary import SamePerson
from services.chassis.web.schemas import Answer, Command
from services.intake.duplicates.domain import DuplicateReason

FIRST, LATER = "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11", "1f2b3c4d-5e6f-5a7b-8c9d-0e1f2a3b4c5d"


class DuplicateDecision(Command):
    """Whether two cases are of one person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": "3a1d9c70-2f4b-4d7e-8a55-9b0c1d2e3f40",
                    "first": FIRST,
                    "later": LATER,
                    "decision": "same",
                }
            ]
        }
    )

    first: UUID
    later: UUID
    decision: SamePerson


class SuspectedDuplicate(Answer):
    """Two cases that may be of one person, and why."""

    first: UUID
    later: UUID
    reasons: list[DuplicateReason]


class SuspectedDuplicates(Answer):
    """The undecided pairs, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [{"first": FIRST, "later": LATER, "reasons": ["same_document", "same_day"]}],
                    "more_tomorrow": False,
                    "next_cursor": None,
                }
            ]
        }
    )

    items: list[SuspectedDuplicate]
    more_tomorrow: bool
    """Pairs of this page are left out: the reader was shown as many as one worker may be in a day."""
    next_cursor: str | None
    """`cursor` of the next page; `null`: this is the last."""


class DecidedDuplicate(Answer):
    """The decision about a pair; the earlier case first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"first": FIRST, "later": LATER, "decision": "same"}]})

    first: UUID
    later: UUID
    decision: SamePerson
