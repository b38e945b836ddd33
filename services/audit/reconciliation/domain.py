"""Which record numbers of a device are missing, between which records, and what explains it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class WhyMissing(StrEnum):
    """What explains that a number of a device opened no case."""

    CORRECTED = "corrected"
    """The record was refused, and its shelter corrected it and sent it under another number or none."""
    REFUSED = "refused"
    """The record was refused and waits at its shelter."""
    SET_ASIDE = "set_aside"
    """The record was refused, and its shelter decided not to send it again."""
    ON_ITS_WAY = "on_its_way"
    """The device's last sign says that records on it could not be sent yet."""
    DEVICE_REVOKED = "device_revoked"
    """The device was revoked: lost, stolen or given away."""
    UNEXPLAINED = "unexplained"
    """Nothing recorded explains it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a device that arrived."""

    number: int
    at: datetime
    """When it was recorded here."""
    day: date
    """The same as a day in Mexico City."""
    opened: bool = True
    """Whether it opened a case; otherwise it was refused."""
    corrected: bool | None = None
    """Of a refused one: ``None`` while it waits, then whether it was corrected."""


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What is known of a device."""

    enrolled: bool = False
    """Whether this program gave it its numbers, which then begin with 1."""
    revoked: bool = False
    waiting: int = 0
    """Records that it said could not be sent yet, when it was last heard."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers of a device, from ``first`` to ``last``, that opened no case."""

    shelter: str
    device: str
    first: int
    last: int
    before: Record | None
    """The record with the next lower number; ``None``: there is none."""
    after: Record | None
    """The record with the next higher number; ``None``: there is none yet."""
    why: WhyMissing
    day: date
    """The day on which it shows: when the later record was recorded, or the refused one."""

    @property
    def numbers(self) -> int:
        """How many numbers are missing."""
        return self.last - self.first + 1


def gaps_of(
    shelter: str, device: str, records: Iterable[Record], state: DeviceState, *, whole: bool = True
) -> list[Gap]:
    """The gaps in a device's numbers, in their order. A number that came twice is there if one of both opened a case.

    ``whole``: the records begin with the device's first; otherwise nothing is told of what is before them.
    """
    known = _by_number(records)
    gaps: list[Gap] = []
    for index, record in enumerate(known):
        before = known[index - 1] if index else None
        expected = before.number + 1 if before else 1 if state.enrolled and whole else record.number
        if record.number > expected:
            why = _why(state)
            gaps.append(Gap(shelter, device, expected, record.number - 1, before, record, why, record.day))
        if not record.opened:
            after = known[index + 1] if index + 1 < len(known) else None
            why = _why_refused(record)
            gaps.append(Gap(shelter, device, record.number, record.number, before, after, why, record.day))
    return gaps


def _by_number(records: Iterable[Record]) -> Sequence[Record]:
    found: dict[int, Record] = {}
    for record in sorted(records, key=lambda one: (not one.opened, one.corrected is not True, one.at)):
        found.setdefault(record.number, record)
    return [found[number] for number in sorted(found)]


def _why(state: DeviceState) -> WhyMissing:
    if state.waiting:
        return WhyMissing.ON_ITS_WAY
    return WhyMissing.DEVICE_REVOKED if state.revoked else WhyMissing.UNEXPLAINED


def _why_refused(record: Record) -> WhyMissing:
    if record.corrected is None:
        return WhyMissing.REFUSED
    return WhyMissing.CORRECTED if record.corrected else WhyMissing.SET_ASIDE


@dataclass(frozen=True, slots=True)
class LogCount:
    """Events of a row's cases in one log."""

    events: int
    """Positions that were received."""
    missing: int
    """Of these, positions at which the log has no such event any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """What is counted of one shelter on one day of Mexico City."""

    shelter: str
    day: date
    by_device_day: int
    """Cases that were flagged on this day by the reporter's clock."""
    opened: int
    """Submissions that were accepted on this day: each opened a case."""
    numbered: int
    """Of these, records with a device's number."""
    refused: int
    corrected: int
    """Of the refused ones, those that their shelter has corrected since."""
    routed: int
    nothing_fired: int
    parked: int
    logs: dict[str, LogCount]
    """Events of the day's cases, by log."""
    in_stream: int | None
    """Of intake's events of these cases, those that its stream has; ``None``: it could not be asked, or there are too
    many."""
    gaps: tuple[Gap, ...] = ()

    @property
    def unassessed(self) -> int:
        """Cases that the rules have not been run on."""
        return self.opened - self.routed - self.nothing_fired - self.parked

    @property
    def missing(self) -> int:
        """Events that a log had and lacks."""
        return sum(count.missing for count in self.logs.values())

    @property
    def not_in_stream(self) -> int:
        """Events of intake's log that its stream lacks; 0 if that is not known."""
        return 0 if self.in_stream is None else self.logs["intake"].events - self.in_stream

    @property
    def unexplained(self) -> int:
        """Numbers of devices that nothing explains."""
        return sum(gap.numbers for gap in self.gaps if gap.why is WhyMissing.UNEXPLAINED)

    @property
    def agrees(self) -> bool:
        """Whether every count agrees with the others, or what is missing is explained."""
        return not (self.missing or self.not_in_stream or self.unexplained or self.parked or self.unassessed)
