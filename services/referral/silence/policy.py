"""The silence policy as data (``policy/silence.yaml``), validated; its version contains a hash of the content."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints

from services.programme.policy_file import Fault, PolicyFile, read

POLICY = Path(__file__).parents[1] / "policy" / "silence.yaml"
Duration = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=90))]
MonthDay = Annotated[str, StringConstraints(pattern=r"^\d\d-\d\d$")]
LEAP_YEAR = 2012


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class DeskThresholds(_Part):
    """When a desk counts as silent; durations are in its own hours."""

    waiting: Duration
    in_a_row: int = Field(gt=1, le=100)
    nothing_decided: Duration


class _Desks(_Part):
    every_hour: DeskThresholds
    office_hours: DeskThresholds


class _Shelters(_Part):
    quiet: Duration


class Thresholds(_Part):
    """The usual thresholds, or those of caravan mode."""

    desks: _Desks
    shelters: _Shelters


class Season(_Part):
    """The part of the year in which a shelter is open, both days included; it may span the new year."""

    opens: MonthDay
    closes: MonthDay

    def open_on(self, day: date) -> bool:
        """Whether the shelter is open on a day."""
        today = f"{day:%m-%d}"
        if self.opens <= self.closes:
            return self.opens <= today <= self.closes
        return today >= self.opens or today <= self.closes


class SilencePolicy(_Part):
    """Both sets of thresholds, and the shelters' seasons."""

    declared: str = Field(alias="version", min_length=1)
    usual: Thresholds
    caravan: Thresholds
    seasons: dict[str, Season]
    _hash: str = PrivateAttr(default="")

    @property
    def version(self) -> str:
        """The declared version and a hash of the content, as events name the policy."""
        return f"{self.declared}-{self._hash}"

    @classmethod
    def from_file(cls, file: PolicyFile) -> "SilencePolicy":
        """Validates the file and adds its hash.

        Raises:
            PolicyFaultsError: with every fault of shape or, if there is none, of meaning.
        """
        policy = file.validated(cls, _faults)
        policy._hash = file.content_hash  # noqa: SLF001 - its own
        return policy


def load_silence(path: Path | None = None) -> SilencePolicy:
    """Reads and validates the policy file (default: the programme's); not cached.

    Raises:
        PolicyFaultsError: it has faults, each given as ``file:line: what is wrong``.
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
