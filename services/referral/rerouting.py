"""When a desk does not take a referral: whether the rules send it on at once, and to which agency.

The figures are data (``policy/rerouting.yaml``); here is what they mean. Whether what is proposed instead may be sent,
section 5 of the domain decides again (``consent.py``).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from events.vocabulary import Agency, DeclineReason
from services.referral.policy_file import Fault, read
from services.referral.rules import content_hash

POLICY = Path(__file__).parent / "policy" / "rerouting.yaml"


class By(StrEnum):
    """Who sends a declined referral on."""

    RULES = "rules"
    COORDINATOR = "coordinator"


class _Written(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    version: str
    fallback: Agency
    instead_of_the_fallback: Agency
    declined: dict[DeclineReason, By]


@dataclass(frozen=True, slots=True)
class Rerouting:
    """The policy, ready to be used."""

    written: _Written
    version: str

    def replacement(
        self, agency: Agency, reason: DeclineReason, *, holding: Collection[Agency], declined: Collection[Agency]
    ) -> Agency | None:
        """Who is asked instead of the agency that declined; ``None``: a person must decide.

        ``holding`` are the agencies that have an open referral of the case: to ask one of them again would only look
        like an answer. ``declined`` are those that this referral came from: two desks must not send it to and fro.
        """
        if agency is Agency.PEAS or self.written.declined[reason] is not By.RULES:
            return None
        asked = self.written.fallback
        if agency is asked:
            asked = self.written.instead_of_the_fallback
        return None if asked in holding or asked in declined else asked


def load_rerouting(path: Path | None = None) -> Rerouting:
    """Reads and validates the policy.

    Raises:
        PolicyFaultsError: it has faults, each told as ``file:line: what is wrong``.
    """
    file = read(path or POLICY)
    try:
        written = _Written.model_validate(file.data)
    except ValidationError as error:
        file.refuse(_of_shape(error))
        raise
    file.refuse(_of_meaning(written))
    return Rerouting(written, f"{written.version}-{content_hash(file.data)}")


def _of_shape(error: ValidationError) -> Iterator[Fault]:
    for fault in error.errors(include_url=False, include_input=False):
        place = tuple(step for step in fault["loc"] if step != "[key]")
        yield place, f"{place[-1] if place else 'policy'}: {fault['msg']}"


def _of_meaning(written: _Written) -> Iterator[Fault]:
    for reason in DeclineReason:
        if reason not in written.declined:
            yield ("declined",), f"{reason} is missing: every reason to decline is decided on"
    for name in ("fallback", "instead_of_the_fallback"):
        if getattr(written, name) is Agency.PEAS:
            yield (name,), "PEAS is told without consent: nothing is rerouted there"
    if written.fallback is written.instead_of_the_fallback:
        yield ("instead_of_the_fallback",), "is the fallback itself"
