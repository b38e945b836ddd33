"""Who is who: shelters, agencies and their duty desks, people as codes, and the bodies that are only shown.

Nothing in here is a person's name, a telephone or an address: those are contacts, which an installation keeps apart.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from events.vocabulary import Agency, RestrictedRecipient, RiskCategory, Role
from services.directory.hours import Hours
from services.directory.written_hours import hours_of

State = Annotated[str, StringConstraints(pattern=r"^MX-[A-Z]{3}$")]
"""ISO 3166-2."""
ShelterCode = Annotated[str, StringConstraints(pattern=r"^ALB-[A-Z]{3}-\d\d$")]
DeskCode = Annotated[str, StringConstraints(pattern=r"^[A-Z_]{3,11}-[A-Z0-9]{2,4}$")]
"""The agency, and what tells the desk from its others."""
PersonCode = Annotated[str, StringConstraints(pattern=r"^p-\d{3}$")]
"""A number: never a name, nor a part of one."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Shelter(_Part):
    """Where a case may be flagged; never its name or its address."""

    municipality: Text
    state: State


class AgencyEntry(_Part):
    """An agency of the programme, and its desk that is open at every hour."""

    name: Text
    leads_programme: bool = False
    fallback: DeskCode


class DutyDesk(_Part):
    """A *mesa de guardia*: which states it answers for, when, and who is called in what order."""

    agency: Agency
    states: tuple[State, ...] = Field(min_length=1)
    hours: tuple[str, ...] = Field(min_length=1)
    open_on_holidays: bool = False
    on_call: tuple[PersonCode, ...] = ()

    @field_validator("hours")
    @classmethod
    def _written_as_hours(cls, spans: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(span.text for span in hours_of(spans, on_holidays=False).spans)

    @cached_property
    def open(self) -> Hours:
        """Its hours, ready to be asked."""
        return hours_of(self.hours, on_holidays=self.open_on_holidays)


class Person(_Part):
    """Somebody who has a role in an agency or a shelter, as a code."""

    org: str
    """An agency, a shelter, or ``*`` for the programme."""
    role: Role
    disabled: bool = False


class Told(_Part):
    """A sentence in both languages."""

    es: Text
    en: Text


class Counterpart(_Part):
    """A national body with a legal duty: shown to the officer, who contacts it as a person. No rule does."""

    name: Text
    duty: Told
    categories: tuple[RiskCategory, ...] = Field(min_length=1)


class Restricted(_Part):
    """An authority that nothing here can turn into a desk: it has no states, no hours, nobody on call.

    Only a person's written wish and two members of staff reach it.
    """

    name: Text


class Directory(_Part):
    """The whole of it, as one file says it."""

    version: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d+$")]
    shelters: Mapping[ShelterCode, Shelter] = Field(min_length=1)
    agencies: Mapping[Agency, AgencyEntry]
    duty_desks: Mapping[DeskCode, DutyDesk]
    people: Mapping[PersonCode, Person]
    counterparts: Mapping[str, Counterpart]
    restricted: Mapping[RestrictedRecipient, Restricted]
    emergency: Annotated[str, StringConstraints(pattern=r"^\d{3}$")]
    """What anybody may call without a referral."""
    desks: Mapping[Agency, Any] = Field(default_factory=dict)
    """Where alerts go until an installation names its own addresses: they lead nowhere."""

    @property
    def states(self) -> frozenset[str]:
        """The states of the programme: those with a shelter."""
        return frozenset(shelter.state for shelter in self.shelters.values())

    def bodies_for(self, category: RiskCategory) -> tuple[str, ...]:
        """The national bodies with the legal duty for a category."""
        return tuple(code for code, body in self.counterparts.items() if category in body.categories)
