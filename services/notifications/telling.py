"""How and when desks are told, as data (``policy/telling.yaml``), validated at start."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from events.vocabulary import Urgency
from services.chassis.policy_file import Fault, read

POLICY = Path(__file__).parent / "policy" / "telling.yaml"
Span = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=30))]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Quiet(_Part):
    """Which classes wait for the end of a contact's quiet hours."""

    holds: frozenset[Urgency]


class Bursts(_Part):
    """Which classes are told together once a contact has got ``most`` messages ``within`` a time."""

    groups: frozenset[Urgency]
    most: Annotated[int, Field(ge=1, le=8)]
    within: Span


class Links(_Part):
    """How long an alert's link opens its referral."""

    valid_for: Span


class Telling(_Part):
    """All of it."""

    version: Annotated[str, Field(pattern=r"^\d{4}\.\d+$")]
    quiet: Quiet
    bursts: Bursts
    caravan: Bursts
    """Instead, of what was sent in caravan mode."""
    unreached: dict[Urgency, Annotated[int, Field(ge=1, le=100)]]
    links: Links

    def bursts_of(self, *, caravan: bool) -> Bursts:
        """How bursts of what was sent in caravan mode, or not, are told."""
        return self.caravan if caravan else self.bursts


def load_telling(path: Path = POLICY) -> Telling:
    """Reads the policy.

    Raises:
        PolicyFaultsError: it has faults, each told as ``file:line: Spanish · English``.
    """
    file = read(path)
    try:
        telling = Telling.model_validate(file.data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        file.refuse((fault["loc"], f"{fault['loc'][-1]}: no es válido · not valid") for fault in faults)
        raise
    file.refuse(_faults(telling))
    return telling


@cache
def telling_in_force() -> Telling:
    """The one that comes with the program, read once."""
    return load_telling()


def _faults(telling: Telling) -> Iterator[Fault]:
    if Urgency.U0 in telling.quiet.holds:
        yield ("quiet", "holds"), "una U0 no espera a nadie · a U0 waits for nobody"
    for part in ("bursts", "caravan"):
        if Urgency.U0 in getattr(telling, part).groups:
            yield (part, "groups"), "una U0 se avisa por sí sola · a U0 is told by itself"
    if missing := set(Urgency) - set(telling.unreached):
        yield ("unreached",), f"falta · missing: {', '.join(sorted(missing))}"
