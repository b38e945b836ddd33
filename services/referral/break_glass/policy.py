"""How many exceptional accesses one person may open, as data (``policy/access.yaml``), validated at start."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.chassis.limits import Limit
from services.programme.policy_file import Fault, PolicyFile, read

POLICY = Path(__file__).parents[1] / "policy" / "access.yaml"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Number = Annotated[int, Field(ge=1, le=1000)]


class _AccessFile(BaseModel):
    """The policy file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    version: str
    an_hour: Number
    a_day: Number


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """The policy, validated; its version contains a hash of the content."""

    written: _AccessFile
    version: str

    @classmethod
    def from_file(cls, file: PolicyFile) -> "AccessPolicy":
        """Validates the file and adds its hash.

        Raises:
            PolicyFaultsError: see ``PolicyFile.validated``.
        """
        written = file.validated(_AccessFile, _faults)
        return cls(written, f"{written.version}-{file.content_hash}")

    def limits(self, whose: str) -> list[Limit]:
        """The limits of one person: ``whose`` is the code of an account, or the actor of a token without one."""
        return [
            Limit("opened in an hour", whose, self.written.an_hour, HOUR),
            Limit("opened in a day", whose, self.written.a_day, DAY),
        ]


def load_access_policy(path: Path | None = None) -> AccessPolicy:
    """Reads and validates the policy file (default: the programme's).

    Raises:
        PolicyFaultsError: it has faults, each given as ``file:line: what is wrong``.
    """
    return AccessPolicy.from_file(read(path or POLICY))


def _faults(written: _AccessFile) -> Iterator[Fault]:
    if written.a_day < written.an_hour:
        yield ("a_day",), "is less than what one person may open in an hour"
