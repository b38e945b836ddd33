"""The thresholds of silence as data (``policy/silence.yaml``), validated, under a version that is a hash of them."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints, ValidationError

from services.referral.policy_file import Fault, PolicyFile, read
from services.referral.rules import content_hash

POLICY = Path(__file__).parent / "policy" / "silence.yaml"
Span = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=90))]
MonthDay = Annotated[str, StringConstraints(pattern=r"^\d\d-\d\d$")]
LEAP_YEAR = 2012


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class DeskThresholds(_Part):
    """When a desk of one kind is silent; durations count its own hours."""

    waiting: Span
    in_a_row: int = Field(gt=1, le=100)
    nothing_decided: Span


class _Desks(_Part):
    every_hour: DeskThresholds
    office_hours: DeskThresholds


class _Shelters(_Part):
    quiet: Span


class Thresholds(_Part):
    """One set: the usual one, or that of caravan mode."""

    desks: _Desks
    shelters: _Shelters


class Season(_Part):
    """The part of the year in which a shelter is open, both days included; it may go over the new year."""

    opens: MonthDay
    closes: MonthDay

    def open_on(self, day: date) -> bool:
        """Whether it is open on a day."""
        today = f"{day:%m-%d}"
        if self.opens <= self.closes:
            return self.opens <= today <= self.closes
        return today >= self.opens or today <= self.closes


class SilencePolicy(_Part):
    """Both sets, and the seasons."""

    declared: str = Field(alias="version", min_length=1)
    usual: Thresholds
    caravan: Thresholds
    seasons: dict[str, Season]
    _hash: str = PrivateAttr(default="")

    @property
    def version(self) -> str:
        """What an event names it by: as it was declared, and a hash of what it says."""
        return f"{self.declared}-{self._hash}"

    @classmethod
    def from_file(cls, file: PolicyFile) -> "SilencePolicy":
        """Validates and names it.

        Raises:
            PolicyFaultsError: with every fault of the first kind found: of shape, else of meaning.
        """
        try:
            policy = cls.model_validate(file.data)
        except ValidationError as error:
            file.refuse((one["loc"], f"{_last(one['loc'])}: {one['msg']}") for one in error.errors(include_url=False))
            raise
        file.refuse(_faults(policy))
        policy._hash = content_hash(file.data)  # noqa: SLF001 - its own
        return policy


def load_silence(path: Path | None = None) -> SilencePolicy:
    """Reads and validates the policy; the caller keeps it.

    Raises:
        PolicyFaultsError: it has faults, each told as ``file:line: what is wrong``.
    """
    return SilencePolicy.from_file(read(path or POLICY))


def _faults(policy: SilencePolicy) -> Iterator[Fault]:
    for code, season in policy.seasons.items():
        for name in ("opens", "closes"):
            if not _is_day(getattr(season, name)):
                yield ("seasons", code, name), f"{name}: is no day of a year"
    for kind in ("usual", "caravan"):
        desks: _Desks = getattr(policy, kind).desks
        if desks.every_hour.waiting > desks.office_hours.waiting:
            yield (kind, "desks"), "a desk of every hour, where U0 go, cannot be given longer than one of office hours"
    usual, caravan = policy.usual.desks.every_hour, policy.caravan.desks.every_hour
    if caravan.waiting > usual.waiting:
        yield ("caravan", "desks", "every_hour", "waiting"), "caravan mode loosens nothing where U0 go"


def _is_day(text: str) -> bool:
    found = re.fullmatch(r"(\d\d)-(\d\d)", text)
    try:
        return found is not None and bool(date(LEAP_YEAR, int(found[1]), int(found[2])))
    except ValueError:
        return False


def _last(place: tuple[str | int, ...]) -> str | int:
    return place[-1] if place else "policy"
