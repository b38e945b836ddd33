"""Security acts: what becomes of accounts, sessions and tokens, and bursts of what is watched.

The audit service publishes them: it reads them from a table that the database itself fills, so that an act of an
administrator's command is among them, too. They name codes and ids only: no address, no password, no name. The actor of
the envelope is whoever did it.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.contract import Event
from events.vocabulary import AlarmScope, Duty, RenewedSecret, Role, Watched


class SecurityAct(Event):
    """What every act tells: from where and by which request. Both are unknown of an administrator's commands."""

    place: str | None = None
    """The keyed digest of the sender's network address (IPv6: of its /64). Equal places have equal digests."""
    request: UUID | None = None
    """The id of the request, as the log of the process and the answer have it."""


class AccountCreated(SecurityAct):
    """An account was made for a person, who has not signed in yet."""

    NAME: ClassVar[str] = "audit.account_created"

    person: str
    role: Role
    org: str


class AccountChanged(SecurityAct):
    """An account got another role or organisation: from the next request on it may do what that one may."""

    NAME: ClassVar[str] = "audit.account_changed"

    person: str
    role: Role
    org: str


class AccountDisabled(SecurityAct):
    """An account was closed; its sessions and tokens ended with it."""

    NAME: ClassVar[str] = "audit.account_disabled"

    person: str


class AccountEnabled(SecurityAct):
    """A closed account was opened again."""

    NAME: ClassVar[str] = "audit.account_enabled"

    person: str


class AccountInvited(SecurityAct):
    """A one-time code was made for an account: for the first sign-in, or after a reset."""

    NAME: ClassVar[str] = "audit.account_invited"

    person: str


class AccountLinked(SecurityAct):
    """An account was linked to the person's identity at their organisation's own sign-in."""

    NAME: ClassVar[str] = "audit.account_linked"

    person: str


class PasswordSet(SecurityAct):
    """The person chose a password, at the first sign-in or instead of another."""

    NAME: ClassVar[str] = "audit.password_set"

    person: str


class PasswordRemoved(SecurityAct):
    """The account's password was taken away: only a one-time code opens it now."""

    NAME: ClassVar[str] = "audit.password_removed"

    person: str


class SecondFactorSet(SecurityAct):
    """The person confirmed a second factor, which counts from now on."""

    NAME: ClassVar[str] = "audit.second_factor_set"

    person: str


class SecondFactorRemoved(SecurityAct):
    """The account's second factor was taken off."""

    NAME: ClassVar[str] = "audit.second_factor_removed"

    person: str


class RecoveryCodesMade(SecurityAct):
    """Codes to print were made for the person, in place of earlier ones."""

    NAME: ClassVar[str] = "audit.recovery_codes_made"

    person: str


class RecoveryCodeUsed(SecurityAct):
    """A printed code was used in place of the second factor."""

    NAME: ClassVar[str] = "audit.recovery_code_used"

    person: str


class PasskeyAdded(SecurityAct):
    """The person added a passkey, which signs in from now on. Neither its key nor the name they gave it is here."""

    NAME: ClassVar[str] = "audit.passkey_added"

    person: str
    passkey: UUID


class PasskeyRemoved(SecurityAct):
    """A passkey was removed, by the person or with a reset of the account: it has signed nobody in since."""

    NAME: ClassVar[str] = "audit.passkey_removed"

    person: str
    passkey: UUID


class SignedIn(SecurityAct):
    """A sign-in was completed: a session began."""

    NAME: ClassVar[str] = "audit.signed_in"

    person: str
    session: UUID
    role: Role
    org: str


class SessionEnded(SecurityAct):
    """A session was ended before its time: by the person, or because the account was closed or reset."""

    NAME: ClassVar[str] = "audit.session_ended"

    person: str
    session: UUID


class TokenCreated(SecurityAct):
    """An access token was made. Neither it nor its hash is here."""

    NAME: ClassVar[str] = "audit.token_created"

    token: UUID
    role: Role
    org: str
    person: str | None = None
    """The person it belongs to; ``None``: it is a program's."""
    scopes: tuple[str, ...] | None = None
    """The actions that it is limited to; ``None``: all of the role's."""
    expires_at: datetime | None = None


class TokenRevoked(SecurityAct):
    """An access token was revoked: it has not worked since."""

    NAME: ClassVar[str] = "audit.token_revoked"

    token: UUID
    role: Role
    org: str


class TokenExpiring(SecurityAct):
    """An access token ends soon, and nobody has revoked it: whoever uses it needs another."""

    NAME: ClassVar[str] = "audit.token_expiring"

    token: UUID
    role: Role
    org: str
    expires_at: datetime


class TokenExpired(SecurityAct):
    """An access token came to its end: it has not worked since."""

    NAME: ClassVar[str] = "audit.token_expired"

    token: UUID
    role: Role
    org: str
    expires_at: datetime


class SecretRenewed(SecurityAct):
    """A password or key of the installation was replaced by another. Neither is here."""

    NAME: ClassVar[str] = "audit.secret_renewed"

    secret: RenewedSecret


class SecurityAlarmRaised(Event):
    """Much of what is watched came within a short time: the programme's coordinator and the operator are alerted."""

    NAME: ClassVar[str] = "notifications.security_alarm_raised"

    watched: Watched
    scope: AlarmScope
    since: datetime
    """The minute of the first that was counted."""
    counted: int
    """How many until the alarm was raised."""
    who: str | None = None
    """The code of the account, or the id of the token, if the scope is one sender."""
    place: str | None = None
    """The keyed digest of the place, if the scope is one place."""
    whom: tuple[Duty, ...]
    policy: str
    """The version of the thresholds."""


class SecurityAlarmEnded(Event):
    """It has been quiet for as long as the thresholds say: the burst is over."""

    NAME: ClassVar[str] = "notifications.security_alarm_ended"

    watched: Watched
    scope: AlarmScope
    since: datetime
    """As the alarm said."""
    counted: int
    """How many in all."""
