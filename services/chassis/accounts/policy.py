"""What signing in asks of whom. Pure: deciding only."""

from datetime import timedelta
from enum import StrEnum

from events.vocabulary import Role

MUST_HAVE_SECOND_FACTOR = frozenset(
    {Role.SUPERVISOR, Role.SHELTER_COORDINATOR, Role.PROGRAMME_COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR}
)
"""Whoever sees more than one desk's or one shelter's daily work, or acts for others."""

WHOLE = timedelta(hours=12)
"""How long a session lasts at most: a shift."""
IDLE = timedelta(minutes=30)
"""How long it lasts without being used."""
HALF = timedelta(minutes=10)
"""How long somebody has for the second step."""
INVITED = timedelta(hours=72)
"""How long a one-time code is good for the first sign-in."""

SHORTEST, LONGEST = 12, 128
"""Characters of a password. Nothing is asked about its kind: length is what counts (OWASP ASVS 5.0, 6.2)."""

FREE_OF_ACCOUNT, LONGEST_OF_ACCOUNT = 5, timedelta(minutes=15)
FREE_OF_ADDRESS, LONGEST_OF_ADDRESS = 50, timedelta(minutes=1)
"""Failed attempts before the waits begin, which double, and how long they get.

A shelter has one address for everybody in it, so an address is given much more room than an account, and whoever has
signed in from there before is counted apart from it.
"""


class Stage(StrEnum):
    """How far somebody has come."""

    FULL = "full"
    SECOND_FACTOR = "second_factor"
    """The password was right; the code is still to come."""
    ENROLMENT = "enrolment"
    """The password was right; the role needs a second factor, and there is none yet."""


def stage_after_first(role: Role, *, has_second: bool) -> Stage:
    """Where the password alone leads."""
    if has_second:
        return Stage.SECOND_FACTOR
    return Stage.ENROLMENT if role in MUST_HAVE_SECOND_FACTOR else Stage.FULL


def acceptable(password: str, account: str) -> bool:
    """Whether a new password may be taken."""
    return (
        SHORTEST <= len(password) <= LONGEST
        and account not in password
        and len(set(password)) > 4
        and password.isprintable()
    )
