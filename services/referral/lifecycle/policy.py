"""Whether the rules send a declined referral on, and to which agency.

The policy is data (``policy/rerouting.yaml``). The consent rules decide again whether the new referral may be sent.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from events.vocabulary import Agency, DeclineReason
from services.programme.policy_file import Fault, PolicyFile, read

POLICY = Path(__file__).parents[1] / "policy" / "rerouting.yaml"


class ReroutedBy(StrEnum):
    """Who decides about a declined referral."""

    RULES = "rules"
    COORDINATOR = "coordinator"


class _ReroutingFile(BaseModel):
    """The policy file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    version: str
    fallback: Agency
    instead_of_the_fallback: Agency
    declined: dict[DeclineReason, ReroutedBy]


@dataclass(frozen=True, slots=True)
class ReroutingPolicy:
    """The rerouting policy, validated; its version contains a hash of the content."""

    written: _ReroutingFile
    version: str

    @classmethod
    def from_file(cls, file: PolicyFile) -> "ReroutingPolicy":
        """Validates the file and adds its hash.

        Raises:
            PolicyFaultsError: see ``PolicyFile.validated``.
        """
        written = file.validated(_ReroutingFile, _faults)
        return cls(written, f"{written.version}-{file.content_hash}")

    def by_rules(self, agency: Agency, reason: DeclineReason) -> bool:
        """Whether the rules send a declined referral on; otherwise a person decides."""
        return agency is not Agency.PEAS and self.written.declined[reason] is ReroutedBy.RULES

    def candidates(self, agency: Agency, earlier: Collection[Agency]) -> tuple[Agency, ...]:
        """The agencies that may get it instead, in the order in which they are asked.

        ``earlier``: those that had this referral before, so that two desks cannot send it to and fro. Nothing that
        was sent to PEAS is sent on.
        """
        if agency is Agency.PEAS:
            return ()
        instead = (self.written.fallback, self.written.instead_of_the_fallback)
        return tuple(one for one in instead if one is not agency and one not in earlier)


def load_rerouting(path: Path | None = None) -> ReroutingPolicy:
    """Reads and validates the policy file (default: the programme's).

    Raises:
        PolicyFaultsError: it has faults, each given as ``file:line: what is wrong``.
    """
    return ReroutingPolicy.from_file(read(path or POLICY))


def _faults(written: _ReroutingFile) -> Iterator[Fault]:
    for reason in DeclineReason:
        if reason not in written.declined:
            yield ("declined",), f"{reason} is missing: every reason to decline is decided on"
    for name in ("fallback", "instead_of_the_fallback"):
        if getattr(written, name) is Agency.PEAS:
            yield (name,), "PEAS is notified without consent: nothing is rerouted there"
    if written.fallback is written.instead_of_the_fallback:
        yield ("instead_of_the_fallback",), "is the fallback itself"
