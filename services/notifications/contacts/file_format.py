"""The file in which an installation writes its contacts, parsed. Pure.

Each agency, desk or shelter has its channels, each channel a list of addresses: a text is the duty desk's address, or
that of the shelter's workers, a mapping ``{to: …, duty: …}`` that of another duty. A list ``contacts`` has those with
several channels in an order; ``people`` has the persons by their code in the directory.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from events.vocabulary import Agency, Duty
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.clock import MEXICO
from services.notifications.channels.addresses import is_sendable
from services.notifications.channels.kinds import KINDS
from services.notifications.contacts.agency_check import agency_of, is_shelter
from services.notifications.contacts.domain import (
    ABOVE_ALL,
    OF_A_SHELTER,
    OF_NO_CONTACT,
    Contact,
    ContactFaultsError,
    Place,
    Way,
)
from services.notifications.contacts.quiet_hours import minutes

PHONE = "phone"
"""A desk's telephone number, shown by ``canaliza directory phones``; not a channel."""

PERSON = re.compile(r"p-[0-9]{3}")
"""A person's code in the directory."""

Faults = list[tuple[Place, str]]


class Known(NamedTuple):
    """What the directory lists, which this service does not read."""

    shelters: Collection[str]
    people: Collection[str]


class _ContactEntry(BaseModel):
    """One contact as the file writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    ways: tuple[dict[str, str], ...] = Field(min_length=1, max_length=8)
    timezone: str = MEXICO.key
    quiet: str | None = None
    language: Literal["es", "en"] = "es"
    duty: Duty | None = None
    """``None``: that of the duty desk, or of a shelter's workers."""

    @field_validator("timezone")
    @classmethod
    def _exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no time zone") from None
        return name

    @field_validator("quiet")
    @classmethod
    def _hours(cls, written: str | None) -> str | None:
        if written is not None:
            minutes(written)
        return written

    @field_validator("ways")
    @classmethod
    def _have_an_address(cls, ways: tuple[dict[str, str], ...]) -> tuple[dict[str, str], ...]:
        for way in ways:
            if len(way) != 1 or not all(
                channel in KINDS and is_sendable(channel, target) for channel, target in way.items()
            ):
                raise ValueError("not a channel and an address that is sent to as it is written")
        return ways

    def as_contact(self, code: str, agency: str | None, desk: str | None, duty: Duty | None) -> Contact:
        return Contact(
            code=code,
            agency=agency,
            desk=desk,
            duty=duty,
            ways=tuple(Way(*pair) for way in self.ways for pair in way.items()),
            timezone=self.timezone,
            quiet=None if self.quiet is None else minutes(self.quiet),
            language=self.language,
        )


def parse_contacts(written: Any, known: Known | None = None) -> list[Contact]:
    """The contacts in the content of a file.

    ``known``: the shelters and people of the directory; ``None``: they are not compared.

    Raises:
        ContactFaultsError: it has faults; all of them are listed.
    """
    faults: Faults = []
    found: list[Contact] = []
    if not isinstance(written, Mapping):
        raise ContactFaultsError([((), "no es una lista de mesas · not a list of desks by agency")])
    for owner, entries in written.items():
        if not isinstance(entries, Mapping):
            faults.append(((owner,), "no se entiende · not understood"))
        elif owner == "people":
            found += _people(entries, known, faults)
        elif is_shelter(owner):
            if known is None or owner in known.shelters:
                found += _of_desk(owner, entries, faults)
            else:
                faults.append(((owner,), "no es un albergue del directorio · not a shelter of the directory"))
        elif agency_of(owner) is None:
            faults.append(((owner,), "no es una mesa de una agencia · not an agency of the programme"))
        else:
            found += _of_desk(owner, entries, faults)
    if faults:
        raise ContactFaultsError(faults)
    return found


def is_code(part: object) -> bool:
    """Whether a part of a place is a code or a number, and so nobody's address."""
    if isinstance(part, int) or part in {"people", "contacts", *KINDS}:
        return True
    return isinstance(part, str) and (is_shelter(part) or agency_of(part) is not None or bool(PERSON.fullmatch(part)))


def _people(entries: Mapping[str, Any], known: Known | None, faults: Faults) -> Iterator[Contact]:
    for code, written in entries.items():
        if not isinstance(code, str) or PERSON.fullmatch(code) is None or (known and code not in known.people):
            faults.append((("people", code), "no es un código del directorio · not a code of the directory"))
            continue
        entry = _validated(written, ("people", code), faults)
        if entry is not None:
            yield entry.as_contact(code, None, None, None)


def _of_desk(owner: str, entries: Mapping[str, Any], faults: Faults) -> Iterator[Contact]:
    numbers = Counter[str]()
    usual = Duty.SHELTER if is_shelter(owner) else Duty.DESK
    for channel, listed in entries.items():
        if channel == PHONE:
            continue
        if not isinstance(listed, list) or not (channel in KINDS or channel == "contacts"):
            faults.append(((owner, channel), "no es un canal con sus direcciones · not a channel with addresses"))
            continue
        for at, written in enumerate(listed):
            by_order = channel == "contacts"
            entry = _validated(written if by_order else _of_channel(channel, written), (owner, channel, at), faults)
            if entry is None:
                continue
            duty = entry.duty or usual
            if duty in OF_NO_CONTACT or (duty in OF_A_SHELTER) is not is_shelter(owner):
                faults.append(((owner, channel, at), "duty: no es válido · not valid"))
                continue
            prefix = owner if duty is usual else f"{owner}/{duty}"
            prefix += "/" if by_order else f"/{channel}/"
            numbers[prefix] += 1
            yield _mailbox(owner, f"{prefix}{numbers[prefix]}", entry, duty)


def _of_channel(channel: str, written: Any) -> dict[str, Any]:
    """An address in a channel's list, as an entry with that one channel."""
    if not isinstance(written, Mapping):
        return {"ways": [{channel: written}]}
    return {"ways": [{channel: written.get("to")}], **{name: value for name, value in written.items() if name != "to"}}


def _mailbox(owner: str, code: str, entry: _ContactEntry, duty: Duty) -> Contact:
    if is_shelter(owner):
        return entry.as_contact(code, owner, None, duty)
    agency, above = agency_of(owner), duty in ABOVE_ALL
    desk = None if owner in set(Agency) or above else owner
    return entry.as_contact(code, EVERYWHERE if above else agency, desk, duty)


def _validated(written: Any, place: Place, faults: Faults) -> _ContactEntry | None:
    try:
        return _ContactEntry.model_validate(written)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False, include_context=False):
            names = [step for step in fault["loc"] if isinstance(step, str) and step in _ContactEntry.model_fields]
            faults.append((place, f"{names[0] if names else 'contacto'}: no es válido · not valid"))
        return None
