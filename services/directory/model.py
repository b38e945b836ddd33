"""The directory's model: shelters, agencies, duty desks, people as codes, and authorities that are only shown.

Nothing in here is a person's name, telephone or address: those are contacts, which an installation stores apart. Only
a national body may have its public telephone and address.
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
"""The agency's code and a suffix for the desk."""
PersonCode = Annotated[str, StringConstraints(pattern=r"^p-\d{3}$")]
"""``p-`` and digits: never a name or a part of one."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Shelter(_Part):
    """A place where cases are flagged; its name and address are not stored."""

    municipality: Text
    state: State


class AgencyEntry(_Part):
    """An agency of the programme, with its round-the-clock desk."""

    name: Text
    leads_programme: bool = False
    fallback: DeskCode


class DutyDesk(_Part):
    """A *mesa de guardia*: its states, its hours and its on-call order."""

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
        """The desk's opening hours."""
        return hours_of(self.hours, on_holidays=self.open_on_holidays)


class Person(_Part):
    """A person with a role in an agency, a shelter or the programme, known by a code."""

    org: str
    """An agency, a shelter, or ``*`` for the programme."""
    role: Role
    disabled: bool = False


class Told(_Part):
    """A sentence in both languages."""

    es: Text
    en: Text


class Counterpart(_Part):
    """A national body with a legal duty, shown to the officer, who may contact it. No rule reaches it."""

    name: Text
    duty: Told
    categories: tuple[RiskCategory, ...] = Field(min_length=1)
    states: tuple[State, ...] = ()
    """The states that this office answers for; empty: the whole country."""
    prosecutor: bool = False
    """A prosecutor's office, which is not shown by default where an authority is the one to fear."""
    telephone: Text | None = None
    """Its public telephone, which is nobody's own."""
    address: Text | None = None


class Restricted(_Part):
    """An authority that nothing here can turn into a desk: it has no states, no hours, nobody on call.

    Only a person's written wish and two members of staff reach it.
    """

    name: Text


class Directory(_Part):
    """The contents of a directory file."""

    version: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d+$")]
    shelters: Mapping[ShelterCode, Shelter] = Field(min_length=1)
    agencies: Mapping[Agency, AgencyEntry]
    duty_desks: Mapping[DeskCode, DutyDesk]
    people: Mapping[PersonCode, Person]
    counterparts: Mapping[str, Counterpart]
    restricted: Mapping[RestrictedRecipient, Restricted]
    emergency: Annotated[str, StringConstraints(pattern=r"^\d{3}$")]
    """The emergency number, which anybody may call without a referral."""
    desks: Mapping[Agency, Any] = Field(default_factory=dict)
    """Placeholder addresses, which lead nowhere, until an installation imports its own."""

    @property
    def states(self) -> frozenset[str]:
        """The states of the programme: those with a shelter."""
        return frozenset(shelter.state for shelter in self.shelters.values())

    def bodies_for(self, category: RiskCategory, state: str | None = None) -> tuple[str, ...]:
        """The national bodies with the legal duty for a category; with a state, those that answer for it."""
        return tuple(
            code
            for code, body in self.counterparts.items()
            if category in body.categories and (state is None or not body.states or state in body.states)
        )
