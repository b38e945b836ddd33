"""Contacts of the staff in requests and answers: no answer has an address."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from events.vocabulary import Duty
from services.chassis.web.schemas import Answer, Command, examples_of

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_/-]+$")]
"""A contact's code, which says nothing about the person."""

_COMMAND = "0c6f2f1e-8f0d-4a52-9a58-3f6a0b7f2c11"


class StaffContactsImport(Command):
    """All contacts, as in the file of contacts: by agency or desk, and ``people`` by the directory's code."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": _COMMAND,
                    "contacts": {
                        "ACNUR-CHP": {"contacts": [{"ways": [{"sms": "+525500000000"}], "quiet": "22:00-07:00"}]},
                        "OIM": {"email": ["guardia@example.org", {"to": "jefa@example.org", "duty": "supervisor"}]},
                        "people": {"p-013": {"ways": [{"email": "p13@example.org"}], "language": "es"}},
                    },
                }
            ]
        }
    )

    contacts: dict[str, Any]


class StaffContactCommand(Command):
    """Names one contact by its code."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"command_id": _COMMAND, "contact": "OIM/email/1"}]})

    contact: Code


class StaffContact(Answer):
    """One contact without its addresses."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "contact": "OIM/email/1",
                    "channels": ["email"],
                    "usable": ["email"],
                    "duty": "desk",
                    "language": "es",
                    "timezone": "America/Mexico_City",
                    "quiet": False,
                    "disabled": False,
                    "told_by": ["OIM", "OIM-CHP"],
                }
            ]
        }
    )

    contact: str
    channels: Annotated[list[str], Field(description="In the contact's own order.")]
    usable: Annotated[list[str], Field(description="The channels that this installation has.")]
    duty: Annotated[Duty | None, Field(description="Null for a person: the directory knows their duties.")]
    language: str
    timezone: str
    quiet: Annotated[bool, Field(description="Whether the contact has quiet hours.")]
    disabled: bool
    told_by: Annotated[list[str], Field(description="The desks, agencies and shelters whose alerts reach the contact.")]


class StaffContactList(Answer):
    """Every contact."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": examples_of(StaffContact)}]})

    items: list[StaffContact]


class StaffContactsImported(Answer):
    """How many contacts there are now, and how many are new, changed or removed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"contacts": 34, "changed": 2}]})

    contacts: int
    changed: int


class StaffContactState(Answer):
    """Whether a contact is notified."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"contact": "OIM/email/1", "disabled": True}]})

    contact: str
    disabled: bool
