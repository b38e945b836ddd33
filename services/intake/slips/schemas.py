"""Bodies and answers about slips."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from services.chassis.web.schemas import Answer, Body, Command

WrittenCode = Annotated[str, Field(min_length=1, max_length=40)]
"""A slip's code as typed, in any case and spacing."""

Word = Annotated[str, Field(min_length=1, max_length=120)]
"""The word that the person chose."""


class SlipRequest(Command):
    """The word that the person will remember. It is not stored."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"command_id": "1e2f3a4b-5c6d-4e7f-8a9b-0c1d2e3f4a5b", "word": "girasol"}]}
    )

    word: Word
    override: bool = False
    """The person wants the slip although carrying it may be a danger in a case like theirs."""


class WithSlip(Body):
    """Slip and word, which authenticate the person."""

    slip: WrittenCode
    word: Word


class IssuedSlip(Answer):
    """A slip, shown once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11",
                    "slip_id": "e1f2a3b4-c5d6-5e7f-8091-a2b3c4d5e6f7",
                    "code": "7F3K-2Q9M-XW4H",
                }
            ]
        }
    )

    case_id: UUID
    slip_id: UUID
    code: str = Field(repr=False)


class SlipHeard(Answer):
    """The report was received. Every report by slip gets this answer, so that a found slip discloses nothing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"heard": True}]})

    heard: Literal[True]
