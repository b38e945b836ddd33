"""Rules and other policies are adopted."""

from typing import ClassVar
from uuid import UUID, uuid5

from events.contract import Event

_NAMESPACE = UUID("0c2f2a50-3a2b-5a53-8a54-0b6f4d1f7c02")
ADOPTION_STREAM = uuid5(_NAMESPACE, "rules")
"""The stream of what was adopted."""


def policy_stream(name: str) -> UUID:
    """The stream of a policy file's texts: whoever explains a decision reads there what was in force."""
    return uuid5(_NAMESPACE, f"policy/{name}")


class RulesAdopted(Event):
    """From here on these rules, deadlines and ladders apply, named by the hash of their content."""

    NAME: ClassVar[str] = "referral.rules_adopted"

    rule_set: str
    deadlines: str
    rerouting: str | None = None
    """What follows by itself when a desk does not take a referral; ``None``: nothing did, yet."""
    content: str
    """SHA-256 of the policy files, hex."""
    ladders: str | None = None
    """``None`` in a time when nothing happened as a deadline passed."""
    directory: str | None = None
    """The directory of shelters and desks that they are used with."""
    silence: str | None = None
    """The thresholds of silence; ``None`` in a time when nobody was called silent."""
    duties: str | None = None
    """The tasks with a clock; ``None`` in a time when there were none."""


class PolicyKept(Event):
    """A policy file as it was adopted, to the letter: what stays in force when the file has a fault later."""

    NAME: ClassVar[str] = "referral.policy_kept"

    name: str
    sha256: str
    text: str
