"""Bodies and answers about contacts with authorities at a person's written wish."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict

from events.vocabulary import ConsentPurpose, RestrictedRecipient, Role
from services.chassis.web.schemas import Answer, Command, Moment
from services.intake.cases.schemas import OpaqueCode

CASE, CONTACT = "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11", "c0a1b2c3-d4e5-5f60-8172-93a4b5c6d7e8"


class RestrictedContactRequest(Command):
    """The person's written wish: which authority, for what purpose, and the version of the signed text."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": "5b6c7d8e-9fa0-4b1c-8d2e-3f4a5b6c7d8e",
                    "recipient": "CONSULADO",
                    "purpose": "legal",
                    "wording_version": "contacto-es-1",
                }
            ]
        }
    )

    recipient: RestrictedRecipient
    purpose: ConsentPurpose
    wording_version: OpaqueCode


class RestrictedContactAuthorisation(Command):
    """An authorisation by a second member of staff."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"command_id": "6c7d8e9f-a0b1-4c2d-8e3f-4a5b6c7d8e9f"}]})


class RestrictedContactState(Answer):
    """The state of a wish after the command."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "contact_id": CONTACT,
                    "case_id": CASE,
                    "state": "requested",
                    "lapses_at": "2013-06-13T20:32:05.120000+00:00",
                }
            ]
        }
    )

    contact_id: UUID
    case_id: UUID
    state: Literal["requested", "authorised", "withdrawn"]
    lapses_at: Moment | None
    """When the wish lapses unless it is authorised; `null` if it cannot lapse any more."""


class RestrictedContactItem(Answer):
    """A wish of the person, and who recorded and authorised it."""

    contact_id: UUID
    case_id: UUID
    recipient: RestrictedRecipient | None
    purpose: ConsentPurpose | None
    """Both ``null`` once the person was erased."""
    wording_version: str
    state: Literal["requested", "authorised", "withdrawn", "lapsed"]
    requested_by: str
    requested_at: Moment
    lapses_at: Moment | None
    authorised_by: str | None
    authorised_as: Role | None
    withdrawn_at: Moment | None
    authorised_at: Moment | None


class RestrictedContactList(Answer):
    """The wishes of a case, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "contact_id": CONTACT,
                            "case_id": CASE,
                            "recipient": "CONSULADO",
                            "purpose": "legal",
                            "wording_version": "contacto-es-1",
                            "state": "requested",
                            "requested_by": "w-009",
                            "requested_at": "2013-06-12T20:32:05.120000+00:00",
                            "lapses_at": "2013-06-13T20:32:05.120000+00:00",
                            "authorised_by": None,
                            "authorised_as": None,
                            "withdrawn_at": None,
                            "authorised_at": None,
                        }
                    ]
                }
            ]
        }
    )

    items: list[RestrictedContactItem]
