"""Whom an auditor trusts (C2SP tlog-policy): the logs' keys, the witnesses, and how many must have cosigned. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from services.audit.ledger.checkpoints import Checkpoint, opened
from services.audit.ledger.notes import Note, NoteError, VerifierKey
from services.audit.witnesses.domain import cosignature_in
from services.audit.witnesses.policy import MAX_BYTES, NOBODY, WitnessPolicy, WitnessPolicyError

MAX_POLICY = MAX_BYTES + 1
"""Bytes that are read of a file: one that is longer is refused."""


class PolicyError(ValueError):
    """The text is no policy; it says which line, and quotes nothing."""

    def __init__(self, line: int) -> None:
        """``line``: counted from 1."""
        super().__init__(line)
        self.line = line


@dataclass(frozen=True)
class Policy:
    """A policy, as it is held against a bundle."""

    whole: WitnessPolicy = NOBODY

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Reads a policy as the service itself reads it.

        Raises:
            PolicyError: it is none.
        """
        try:
            return cls(WitnessPolicy.parse(text))
        except WitnessPolicyError as error:
            raise PolicyError(error.line) from None

    @cached_property
    def logs(self) -> Mapping[str, VerifierKey]:
        """The keys of logs and of bundles, by origin."""
        return {key.name: key for key in self.whole.logs}

    @cached_property
    def witnesses(self) -> Mapping[str, VerifierKey]:
        """The witnesses' keys by name."""
        return {name: one.key for name, one in self.whole.witnesses.items()}

    def cosigned(self, note: Note) -> dict[str, int]:
        """Which witnesses cosigned, and when, in seconds since 1970."""
        lines, found = "".join(f"{one}\n" for one in note.signatures), dict[str, int]()
        for name, key in self.witnesses.items():
            try:
                found[name] = cosignature_in(lines, note.text, key).at
            except NoteError:
                continue
        return found

    def has_quorum(self, cosigned: Mapping[str, int]) -> bool:
        """Whether enough witnesses cosigned."""
        return self.whole.is_witnessed(cosigned)

    def opened(self, note: Note, origin: str) -> Checkpoint:
        """The checkpoint of a log that this policy trusts.

        Raises:
            NoteError: the log is not known, or did not sign.
        """
        key = self.logs.get(origin)
        if key is None:
            raise NoteError("an unknown log")
        return opened(note, key)

    def logs_of(self, installation: str) -> Mapping[str, VerifierKey]:
        """The keys of one installation's logs, and of its bundles, by the last part of their origins."""
        found = {origin.rpartition("/"): key for origin, key in self.logs.items()}
        return {name: key for (of, _, name), key in found.items() if of.rpartition("/")[2] == installation}

    def witnessing(self) -> str:
        """Which witnesses it wants, and how many, without where they are: what a later bundle must not weaken."""
        groups = self.whole.groups.items()
        lines = [f"witness {name} {key}" for name, key in self.witnesses.items()]
        lines += [f"group {name} {one.threshold} {' '.join(sorted(one.members))}" for name, one in groups]
        return "".join(f"{line}\n" for line in [*sorted(lines), f"quorum {self.whole.quorum}"])


def read_policy(raw: bytes) -> Policy:
    """A policy from a file's bytes.

    Raises:
        PolicyError: it is none.
    """
    if len(raw) > MAX_BYTES:
        raise PolicyError(1)
    try:
        return Policy.parse(raw.decode())
    except UnicodeDecodeError:
        raise PolicyError(1) from None
