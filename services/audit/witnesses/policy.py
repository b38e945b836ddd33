"""Which witnesses there are and how many of them must have cosigned: a C2SP tlog-policy file. Pure.

The service asks by it, and whoever verifies a bundle judges by it: both read it here. No member is in two groups, so
that a hostile file cannot have its groups counted without end.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.audit.ledger.notes import Algorithm, NoteError, VerifierKey

NONE = "none"
MAX_BYTES = 64_000
MOST = 32
"""Witnesses and groups: as many of each as the format wants supported."""
MOST_LOGS = 500
"""An auditor may verify many installations by one file."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
COUNT = re.compile(r"[1-9][0-9]?")
ALLOWED = re.compile(r"[\t\n\x20-\x7e\x80-\U0010ffff]*")


class WitnessPolicyError(ValueError):
    """The policy cannot be used: ``line N: what is wrong``. It quotes nothing."""

    def __init__(self, what: str, line: int = 1) -> None:
        """``line``: counted from 1."""
        super().__init__(f"line {line}: {what}")
        self.line = line


class _LineError(ValueError):
    """What is wrong with a line."""


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness."""

    name: str
    key: VerifierKey
    url: str | None
    """Where checkpoints are sent to; ``None``: its cosignatures are only verified."""


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these members must have cosigned."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """The whole policy."""

    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str
    logs: Sequence[VerifierKey] = ()

    def is_witnessed(self, cosigners: Collection[str]) -> bool:
        """Whether the witnesses of these names are a quorum."""
        return self.quorum == NONE or self._has(self.quorum, cosigners)

    def _has(self, name: str, cosigners: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigners
        return sum(self._has(member, cosigners) for member in group.members) >= group.threshold

    def text(self, logs: Sequence[VerifierKey]) -> str:
        """The policy as a file for whoever verifies these logs."""
        lines = [f"log {key}" for key in logs]
        lines += [
            f"witness {one.name} {one.key}" + (f" {one.url}" if one.url else "") for one in self.witnesses.values()
        ]
        lines += [f"group {name} {group.threshold} {' '.join(group.members)}" for name, group in self.groups.items()]
        return "\n".join([*lines, f"quorum {self.quorum}"]) + "\n"

    @classmethod
    def parse(cls, text: str) -> "WitnessPolicy":
        """Reads a policy.

        Raises:
            WitnessPolicyError: it has a fault.
        """
        if len(text) > MAX_BYTES or not ALLOWED.fullmatch(text):
            raise WitnessPolicyError("too long, or with control characters")
        reader = _Reader()
        for number, line in enumerate(text.split("\n"), 1):
            words = [word for word in re.split(r"[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                try:
                    reader.take(words)
                except (_LineError, NoteError) as error:
                    raise WitnessPolicyError(str(error), number) from None
        if reader.quorum is None:
            raise WitnessPolicyError("there is no quorum", number)
        return cls(reader.witnesses, reader.groups, reader.quorum, reader.logs)


NOBODY = WitnessPolicy({}, {}, NONE)
"""The policy of an installation without witnesses."""


class _Reader:
    """What was read so far."""

    def __init__(self) -> None:
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.logs: list[VerifierKey] = []
        self.quorum: str | None = None

    def take(self, words: list[str]) -> None:
        if not " ".join(words).isprintable():  # names are printed: nothing else may reach a terminal
            raise _LineError("something that cannot be printed")
        match words:
            case ["log", key] | ["log", key, _]:
                self._log(VerifierKey.parse(key))
            case ["witness", name, key]:
                self._witness(name, VerifierKey.parse(key), None)
            case ["witness", name, key, url]:
                self._witness(name, VerifierKey.parse(key), _usable(url))
            case ["group", name, count, *members] if members:
                self._group(name, count, members)
            case ["quorum", name] if self.quorum is None and (name == NONE or self._known(name)):
                self.quorum = name
            case ["quorum", _]:
                raise _LineError("a second quorum, or of a name that is not defined before")
            case _:
                raise _LineError("not a line of a policy")
        if max(len(self.witnesses), len(self.groups)) > MOST or len(self.logs) > MOST_LOGS:
            raise _LineError("too many")

    def _known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _log(self, key: VerifierKey) -> None:
        same = any(one.public == key.public or one.name == key.name for one in self.logs)
        if key.algorithm is not Algorithm.ED25519 or same:
            raise _LineError("no key of a log, or the same again")
        self.logs.append(key)

    def _witness(self, name: str, key: VerifierKey, url: str | None) -> None:
        if name == NONE or self._known(name):
            raise _LineError("a name that is taken")
        if key.algorithm is not Algorithm.COSIGNATURE or key.public in {
            one.key.public for one in self.witnesses.values()
        }:
            raise _LineError("no key of a witness, or the same again")
        self.witnesses[name] = Witness(name, key, url)

    def _group(self, name: str, count: str, members: list[str]) -> None:
        if name == NONE or self._known(name):
            raise _LineError("a name that is taken")
        used = [member for group in self.groups.values() for member in group.members]
        if len(set(members)) != len(members) or not all(map(self._known, members)) or set(members) & set(used):
            raise _LineError("a member that is not defined before, or is a member already")
        threshold = {"any": 1, "all": len(members)}.get(count) or (int(count) if COUNT.fullmatch(count) else 0)
        if not 1 <= threshold <= len(members):
            raise _LineError("a number that the members cannot reach")
        self.groups[name] = Group(threshold, tuple(members))


def _usable(url: str) -> str:
    """A URL that checkpoints may be sent to: https, or this machine's."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise _LineError("not a URL") from None
    here = parts.scheme == "http" and host in LOOPBACK
    if (parts.scheme != "https" and not here) or not host or parts.username or parts.query or parts.fragment:
        raise _LineError("a witness off this machine is reached by https:// alone")
    return url.rstrip("/")
