"""Bodies and answers about the person's identity."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from events.vocabulary import IdentityPurpose
from services.chassis.web.schemas import Answer, Command
from services.intake.identity.domain import IdentityField

CASE = "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11"


class IdentityRequest(Command):
    """What the identity is opened for, and which parts of it; without `fields` every part."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": "6b1f2c3d-4e5f-4a60-8b7c-8d9e0f1a2b3c",
                    "purpose": "contact",
                    "fields": ["name", "phone"],
                }
            ]
        }
    )

    purpose: IdentityPurpose
    fields: Annotated[list[IdentityField], Field(min_length=1, max_length=len(IdentityField))] | None = None


class Identity(Answer):
    """The parts of a person's identity. A part that is not known, or was not asked for, is left out."""

    name: str | None = None
    birth_date: str | None = None
    """`1998`, `1998-04` or `1998-04-30`."""
    document: str | None = None
    phone: str | None = None
    notes: str | None = None


class OpenedIdentity(Answer):
    """The identity that this shelter recorded last. It is empty where the shelter recorded none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"case_id": CASE, "purpose": "contact", "person": {"name": "María", "phone": "+52 963 000 0000"}}
            ]
        }
    )

    case_id: UUID
    purpose: IdentityPurpose
    person: Identity
