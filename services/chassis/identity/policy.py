"""The rules of signing in: second factors, lifetimes, passwords, failed attempts. Pure."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum

from events.vocabulary import Role

MUST_HAVE_SECOND_FACTOR = frozenset(set(Role) - {Role.INTEGRATOR, Role.OPERATOR})
"""Everybody who reads what is sealed, or acts for others (OWASP ASVS 5.0, 6.3.3): all roles that people have.

An integrator is a program, which comes with a token, and so is the operator of this machine.
"""

SESSION_LIFETIME = timedelta(hours=12)
"""The maximum age of a session: a shift."""
IDLE_LIFETIME = timedelta(minutes=30)
"""How long a session lasts without a request."""
SECOND_STEP_LIFETIME = timedelta(minutes=10)
"""How long a person has for the second step of a sign-in, and for confirming an authenticator."""
PROOF_LIFETIME = timedelta(minutes=5)
"""How long a password or code that was given again counts for changing factors and ending sessions (ASVS 7.5)."""
MAX_SESSIONS = 10
"""The sessions that a person has at the same time; one more ends the oldest (ASVS 7.1.2)."""
INVITATION_LIFETIME = timedelta(hours=72)
"""How long a one-time code for the first sign-in is valid."""

MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH = 12, 128
"""Characters of a password. No kinds of character are required: length is what counts (OWASP ASVS 5.0, 6.2)."""

FREE_ATTEMPTS_OF_ACCOUNT, MAX_WAIT_OF_ACCOUNT = 5, timedelta(minutes=15)
FREE_ATTEMPTS_OF_ADDRESS, MAX_WAIT_OF_ADDRESS = 50, timedelta(minutes=1)
"""Failed attempts before the waits begin, and the longest wait; each wait is twice the one before.

Everybody in a shelter has the same address, so an address is allowed many more attempts than an account. A person who
has signed in with that browser before is counted by the browser alone.
"""
MAX_PASSKEYS = 10
"""The passkeys of one account."""
PASSKEY_NAME = 40
"""Characters of the name that a person gives to a passkey."""
CHALLENGE_LIFETIME = timedelta(minutes=5)
"""How long a browser has to answer the challenge of a passkey."""
MAX_CHALLENGES = 5_000
"""Challenges that are under way at once; one more forgets the oldest."""
MAX_ELSEWHERE = 5_000
"""Sign-ins at an organisation's provider that are under way at once; one more forgets the oldest."""


class Stage(StrEnum):
    """How far a sign-in has come."""

    FULL = "full"
    SECOND_FACTOR = "second_factor"
    """The password was right; a code of the second factor is needed."""
    ENROLMENT = "enrolment"
    """The password was right; the role needs a second factor, and the person has none yet."""


def stage_after_first(role: Role, *, has_second: bool) -> Stage:
    """The stage after the password, or after the provider's answer, was accepted."""
    if has_second:
        return Stage.SECOND_FACTOR
    return Stage.ENROLMENT if role in MUST_HAVE_SECOND_FACTOR else Stage.FULL


KINDS_OF_PROOF: Mapping[str, str] = {
    **dict.fromkeys(("pwd", "pin", "kba"), "knowledge"),
    **dict.fromkeys(("otp", "hwk", "swk", "pop", "sc", "sms", "tel"), "possession"),
    **dict.fromkeys(("face", "fpt", "iris", "retina", "vbm"), "inherence"),
}
"""What a value of ``amr`` (RFC 8176) proves; the others (``geo``, ``rba``, ``user``, ``wia`` …) prove nothing alone."""


def proves_two_factors(methods: Iterable[str]) -> bool:
    """Whether a provider's ``amr`` says that two factors of different kinds were checked."""
    given = set(methods)
    return "mfa" in given or len({KINDS_OF_PROOF[one] for one in given if one in KINDS_OF_PROOF}) > 1


def is_acceptable(password: str, account: str) -> bool:
    """Whether a new password is long enough, not the account's code, and not a repetition of few characters."""
    return (
        MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH
        and account not in password
        and len(set(password)) > 4
        and password.isprintable()
    )
