"""How and when contacts are notified, as data (``policy/telling.yaml``), validated at start."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from events.vocabulary import Duty, Urgency
from services.programme.policy_file import Fault, read

POLICY = Path(__file__).parents[1] / "policy" / "telling.yaml"
Span = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=30))]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Quiet(_Part):
    """Urgency classes that wait for the end of a contact's quiet hours."""

    holds: frozenset[Urgency]


class Bursts(_Part):
    """Urgency classes that are grouped once a contact has received ``most`` messages ``within`` a time."""

    groups: frozenset[Urgency]
    most: Annotated[int, Field(ge=1, le=8)]
    within: Span


class Links(_Part):
    """For how long an alert's link opens its referral."""

    valid_for: Span


class Changes(_Part):
    """For how long a corrected answer waits for others before one message tells of them, unless it cannot wait."""

    wait: Span


class Outage(_Part):
    """When a channel that has only failed counts as failing, and who is told."""

    attempts: Annotated[int, Field(ge=1, le=100)]
    """So many in a row, or:"""
    within: Span
    """for so long, while an alert waits. Also for how long an alert may wait where there is no channel for it."""
    remind: Span
    """How often the process' log repeats it."""
    whom: Annotated[tuple[Duty, ...], Field(min_length=1)]


class NotificationPolicy(_Part):
    """The whole policy."""

    version: Annotated[str, Field(pattern=r"^\d{4}\.\d+$")]
    quiet: Quiet
    bursts: Bursts
    caravan: Bursts
    """Replaces ``bursts`` for referrals sent in caravan mode."""
    failover_after: Annotated[dict[Urgency, Annotated[int, Field(ge=1, le=100)]], Field(validation_alias="unreached")]
    """After how many failed rounds through every channel of every contact the next duty is notified."""
    links: Links
    changes: Changes
    outage: Outage

    def bursts_of(self, *, caravan: bool) -> Bursts:
        """The limits for a referral that was sent in caravan mode, or not."""
        return self.caravan if caravan else self.bursts


def load_notification_policy(path: Path = POLICY) -> NotificationPolicy:
    """Reads the policy.

    Raises:
        PolicyFaultsError: it has faults, each as ``file:line: what is wrong``.
    """
    return read(path).validated(NotificationPolicy, _faults)


@cache
def notification_policy() -> NotificationPolicy:
    """The policy that ships with the program, read once."""
    return load_notification_policy()


def _faults(policy: NotificationPolicy) -> Iterator[Fault]:
    if Urgency.U0 in policy.quiet.holds:
        yield ("quiet", "holds"), "una U0 no espera a nadie · a U0 waits for nobody"
    for part in ("bursts", "caravan"):
        if Urgency.U0 in getattr(policy, part).groups:
            yield (part, "groups"), "una U0 se avisa por sí sola · a U0 is told by itself"
    if missing := set(Urgency) - set(policy.failover_after):
        yield ("unreached",), f"falta · missing: {', '.join(sorted(missing))}"
