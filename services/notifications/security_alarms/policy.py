"""How much of what is watched raises an alarm, as data (``policy/alarms.yaml``), validated at start."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from events.vocabulary import AlarmScope, Duty, Watched
from services.programme.policy_file import Fault, read

POLICY = Path(__file__).parents[1] / "policy" / "alarms.yaml"
Span = Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=1))]
Limit = Annotated[int, Field(ge=1, le=1_000_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Limits(_Part):
    """So many ``within`` a time raise an alarm; a scope that is left out raises none."""

    within: Span
    one_sender: Limit | None = None
    one_place: Limit | None = None
    everywhere: Limit | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """One of the limits: ``most`` or more of ``watched`` in this scope ``within`` a time."""

    watched: Watched
    scope: AlarmScope
    within: timedelta
    most: int


class AlarmPolicy(_Part):
    """The whole policy."""

    version: Annotated[str, Field(pattern=r"^\d{4}\.\d+$")]
    quiet: Span
    """A burst is over when nothing more was counted for so long."""
    whom: Annotated[tuple[Duty, ...], Field(min_length=1)]
    watched: Mapping[Watched, Limits]

    def thresholds(self) -> Iterator[Threshold]:
        """Every limit."""
        for watched, limits in self.watched.items():
            for scope in AlarmScope:
                most: int | None = getattr(limits, scope)
                if most is not None:
                    yield Threshold(watched, scope, limits.within, most)


def load_alarm_policy(path: Path = POLICY) -> AlarmPolicy:
    """Reads the policy.

    Raises:
        PolicyFaultsError: it has faults, each as ``file:line: what is wrong``.
    """
    return read(path).validated(AlarmPolicy, _faults)


@cache
def alarm_policy() -> AlarmPolicy:
    """The policy that ships with the program, read once."""
    return load_alarm_policy()


def _faults(policy: AlarmPolicy) -> Iterator[Fault]:
    if missing := set(Watched) - set(policy.watched):
        yield ("watched",), f"falta · missing: {', '.join(sorted(missing))}"
    for watched, limits in policy.watched.items():
        if limits.within > policy.quiet:  # what raised the last alarm would raise the next
            yield ("watched", watched, "within"), "más largo que la calma · longer than quiet"
        if limits.everywhere is None:
            yield ("watched", watched), "falta el límite de todos · the limit of all together is missing: everywhere"
