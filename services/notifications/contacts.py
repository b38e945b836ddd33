"""Who of the staff is reached how: values, and the file that an installation writes them in.

Addresses are in no event, no log and no error. In the file each agency or desk has its channels, each channel a list
of addresses: a text is the duty desk's, ``{to: …, duty: …}`` somebody's to whom a desk's silence is taken. Whoever is
reached by several channels, in an order, stands in a list ``contacts``; a person by the directory's code in ``people``.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from events.vocabulary import Agency, Duty
from services.chassis.access import EVERYWHERE
from services.chassis.policy_file import PolicyFile, read
from services.chassis.programme import programme
from services.notifications.channels.kinds import KINDS
from services.notifications.desks_file import UnknownDeskError, agency_of, refuse_unknown_desks
from services.notifications.quiet import QuietHours, minutes

__all__ = ["Contact", "ContactFaultsError", "UnknownDeskError", "Way", "contacts", "contacts_of"]

ABOVE_ALL = frozenset({Duty.COORDINATOR, Duty.STEERING})
"""Whoever has one of these hears of every agency's silence, whichever agency lists them."""
MEXICO = "America/Mexico_City"
PHONE = "phone"
"""A desk's telephone for the wall (``canaliza directory phones``): nothing is sent there."""


class ContactFaultsError(ValueError):
    """The contacts cannot be used: each fault as its place and what is wrong. An address is never repeated."""

    def __init__(self, faults: list[tuple[tuple[str | int, ...], str]]) -> None:
        super().__init__("; ".join(f"{'/'.join(map(str, place))}: {fault}" for place, fault in faults))
        self.faults = faults


class Way(NamedTuple):
    """One channel and where it leads."""

    channel: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A mailbox of a desk, or a person of the directory."""

    code: str
    """Opaque: the only thing of it that an event says."""
    agency: str | None
    """``*`` of one above all agencies; ``None`` of a person: the directory knows."""
    desk: str | None = None
    """The one desk whose mailbox it is, if it is not the whole agency's."""
    duty: Duty | None = None
    """``None`` of a person."""
    ways: tuple[Way, ...]
    timezone: str = MEXICO
    quiet: tuple[int, int] | None = None
    language: str = "es"
    disabled: bool = False

    @property
    def quiet_hours(self) -> QuietHours | None:
        """When they are not told what can wait."""
        return None if self.quiet is None else QuietHours(*self.quiet, ZoneInfo(self.timezone))


class _Reached(BaseModel):
    """How somebody is reached, as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    ways: tuple[dict[str, str], ...] = Field(min_length=1, max_length=8)
    timezone: str = MEXICO
    quiet: str | None = None
    language: Literal["es", "en"] = "es"
    duty: Duty = Duty.DESK

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

    @field_validator("duty")
    @classmethod
    def _somebody_has_it(cls, duty: Duty) -> Duty:
        if duty is Duty.FALLBACK:
            raise ValueError("an agency's desk as a whole")
        return duty

    @field_validator("ways")
    @classmethod
    def _lead_somewhere(cls, ways: tuple[dict[str, str], ...]) -> tuple[dict[str, str], ...]:
        for way in ways:
            if len(way) != 1 or not all(channel in KINDS and target.strip() for channel, target in way.items()):
                raise ValueError("not a channel and where it leads")
        return ways

    def contact(self, code: str, agency: str | None, desk: str | None, duty: Duty | None) -> Contact:
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


def contacts(path: Path | None) -> list[Contact]:
    """Every contact: of the installation's own file, or of the starting directory.

    Raises:
        UnknownDeskError: the file names a desk of somebody who is no agency.
        ContactFaultsError: something else in it cannot be used. No address is repeated.
        PolicyFaultsError: it is not even YAML of the plain kind.
    """
    if path is None:
        return contacts_of(programme()["desks"])
    refuse_unknown_desks(path)
    return from_file(read(path))


def from_file(file: PolicyFile) -> list[Contact]:
    """Those of a file that was read.

    Raises:
        PolicyFaultsError: it has faults, as ``file:line: …``.
    """
    try:
        return contacts_of(file.data)
    except ContactFaultsError as error:
        file.refuse(error.faults)
        raise


def contacts_of(written: Any) -> list[Contact]:
    """Those of what a file says.

    Raises:
        ContactFaultsError: it cannot be used.
    """
    faults: list[tuple[tuple[str | int, ...], str]] = []
    found: list[Contact] = []
    if not isinstance(written, Mapping):
        raise ContactFaultsError([((), "no es una lista de mesas · not a list of desks by agency")])
    for owner, said in written.items():
        if not isinstance(said, Mapping):
            faults.append(((owner,), "no se entiende · not understood"))
        elif owner == "people":
            found += _people(said, faults)
        elif agency_of(owner) is None:
            faults.append(((owner,), "no es una mesa de una agencia · not an agency of the programme"))
        else:
            found += _of_desk(owner, said, faults)
    if faults:
        raise ContactFaultsError(faults)
    return found


def _people(said: Mapping[str, Any], faults: list[Any]) -> Iterator[Contact]:
    for code, reached in said.items():
        if not (code.startswith("p-") and code[2:].isdecimal() and len(code) == 5):
            faults.append((("people", code), "no es un código del directorio · not a code of the directory"))
            continue
        understood = _understood(reached, ("people", code), faults)
        if understood is not None:
            yield understood.contact(code, None, None, None)


def _of_desk(owner: str, said: Mapping[str, Any], faults: list[Any]) -> Iterator[Contact]:
    numbers = Counter[str]()
    for channel, listed in said.items():
        if channel == PHONE:
            continue
        if not isinstance(listed, list) or not (channel in KINDS or channel == "contacts"):
            faults.append(((owner, channel), "no es un canal con sus direcciones · not a channel with addresses"))
            continue
        for at, one in enumerate(listed):
            entry: Any = one
            if channel != "contacts":
                more = {name: value for name, value in one.items() if name != "to"} if isinstance(one, Mapping) else {}
                entry = {"ways": [{channel: one.get("to") if isinstance(one, Mapping) else one}], **more}
            reached = _understood(entry, (owner, channel, at), faults)
            if reached is not None:
                kind = "" if channel == "contacts" else f"{channel}/"
                place = owner if reached.duty is Duty.DESK else f"{owner}/{reached.duty}"
                numbers[f"{place}/{kind}"] += 1
                yield _mailbox(owner, f"{place}/{kind}{numbers[f'{place}/{kind}']}", reached)


def _mailbox(owner: str, code: str, reached: _Reached) -> Contact:
    agency = agency_of(owner)
    above = reached.duty in ABOVE_ALL
    desk = None if owner in set(Agency) or above else owner
    return reached.contact(code, EVERYWHERE if above else agency, desk, reached.duty)


def _understood(written: Any, place: tuple[str | int, ...], faults: list[Any]) -> _Reached | None:
    try:
        return _Reached.model_validate(written)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False, include_context=False):
            field = next((step for step in fault["loc"] if isinstance(step, str) and step in _Reached.model_fields), "")
            faults.append((place, f"{field or 'contacto'}: no es válido · not valid"))
        return None
