"""Bodies and answers about erasures. None says anything of the person."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from events.vocabulary import BoxClass, ErasureBasis
from services.chassis.web.schemas import Answer, Command, Moment

CASE = "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11"


class ErasureCommand(Command):
    """Why the data are erased. It cannot be undone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"command_id": "0d1e2f3a-4b5c-4d6e-8f90-a1b2c3d4e5f6", "basis": "person_request"}]
        }
    )

    basis: ErasureBasis


class ErasurePreview(Answer):
    """What an erasure would destroy."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": CASE,
                    "shelter": "ALB-TAP-01",
                    "erased": False,
                    "boxes": 2,
                    "classes": ["identity", "screening"],
                    "refused_documents": 1,
                    "slips": 1,
                    "open_referrals": 0,
                }
            ]
        }
    )

    id: UUID
    """The case, or the refused document."""
    shelter: str
    erased: bool
    boxes: int = Field(ge=0)
    """What is sealed in its stream; what agencies were told goes with it."""
    classes: list[BoxClass]
    """The classes of which there is a key."""
    refused_documents: int = Field(ge=0)
    """Documents of the same person that were refused."""
    slips: int = Field(ge=0)
    open_referrals: int = Field(ge=0)
    """They are withdrawn, and whoever was told must delete it."""


class Erasure(Answer):
    """A person's data were erased."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": CASE, "basis": "person_request", "keys": 2, "erased_at": "2013-06-12T20:32:05.120000+00:00"}
            ]
        }
    )

    id: UUID
    basis: ErasureBasis
    keys: int = Field(ge=0)
    """How many keys of theirs there were."""
    erased_at: Moment


class DueErasure(Answer):
    """Something whose term is over."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "closed_case", "id": CASE, "shelter": "ALB-TAP-01", "since": "2013-06-12T20:32:05+00:00"}
            ]
        }
    )

    kind: Literal["closed_case", "refused_document"]
    id: UUID
    shelter: str
    since: Moment
    """When something happened to it last."""


class DueErasures(Answer):
    """What is to be erased by the retention policy; at most 500 of each kind at once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"policy": "2013.1", "items": []}]})

    policy: str
    """Its version."""
    items: list[DueErasure]
