"""Which event a security act of the database is, and what the log says is closed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from events.break_glass import BreakGlassOpened, BreakGlassReviewed, BreakGlassUnreviewed
from events.contract import Event, Recorded
from events.exports import BundleExported, ReferralsExported
from events.security import (
    AccountChanged,
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
    AccountInvited,
    AccountLinked,
    PasskeyAdded,
    PasskeyRemoved,
    PasswordRemoved,
    PasswordSet,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    SecondFactorRemoved,
    SecondFactorSet,
    SecretRenewed,
    SecurityAct,
    SecurityAlarmEnded,
    SecurityAlarmRaised,
    SessionEnded,
    SignedIn,
    TokenCreated,
    TokenExpired,
    TokenExpiring,
    TokenRevoked,
)
from events.what_if import RulesReplayed
from services.chassis.ids import uuid5

ACTOR = "audit"
"""The actor of what nobody does: a token comes to its end."""
ACCOUNTS = UUID("0d5a3c54-6a2e-5c1e-9f0b-6d7c1f2a4b83")
"""The namespace of the streams of accounts."""
NOTICE = timedelta(days=14)
"""How long before its end a token is announced to end."""

OF_THE_DATABASE: tuple[type[SecurityAct], ...] = (
    AccountCreated,
    AccountChanged,
    AccountDisabled,
    AccountEnabled,
    AccountInvited,
    AccountLinked,
    PasswordSet,
    PasswordRemoved,
    SecondFactorSet,
    SecondFactorRemoved,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    PasskeyAdded,
    PasskeyRemoved,
    SignedIn,
    SessionEnded,
    TokenCreated,
    TokenRevoked,
    SecretRenewed,
)
"""The acts that triggers of the accounts note, and those that a renewal of secrets notes."""
_BY_KIND = {event.NAME.partition(".")[2]: event for event in OF_THE_DATABASE}

LISTED: Mapping[str, tuple[type[Event], ...]] = {
    "audit": (*OF_THE_DATABASE, TokenExpiring, TokenExpired, BundleExported),
    "referral": (BreakGlassOpened, BreakGlassReviewed, BreakGlassUnreviewed, ReferralsExported, RulesReplayed),
    "notifications": (SecurityAlarmRaised, SecurityAlarmEnded),
}
"""The facts of each log that an auditor of security reads."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act as the database noted it."""

    id: UUID
    at: datetime
    kind: str
    actor: str
    place: str | None
    request: UUID | None
    data: Mapping[str, Any]


def event_of(act: Act) -> SecurityAct:
    """The event that an act is.

    Raises:
        KeyError: this program knows no act of that kind.
    """
    return _BY_KIND[act.kind].model_validate({**act.data, "place": act.place, "request": act.request})


def stream_of(event: Event) -> UUID:
    """The stream of an event: the token's, the session's, the secret's, otherwise the account's."""
    match event:
        case TokenCreated() | TokenRevoked() | TokenExpiring() | TokenExpired():
            return event.token
        case SignedIn() | SessionEnded():
            return event.session
        case SecretRenewed():
            return uuid5(ACCOUNTS, f"secret/{event.secret}")
        case _:
            return uuid5(ACCOUNTS, f"account/{getattr(event, 'person')}")  # noqa: B009 - every other one has it


@dataclass(frozen=True, slots=True)
class EndingToken:
    """A token that was not revoked and ends, or has ended."""

    id: UUID
    role: str
    org: str
    created_at: datetime
    expires_at: datetime


def due_event(token: EndingToken, now: datetime) -> TokenExpiring | TokenExpired | None:
    """What is to be recorded of a token now. One that never lives longer than the notice is not announced."""
    told = {"token": token.id, "role": token.role, "org": token.org, "expires_at": token.expires_at}
    if token.expires_at <= now:
        return TokenExpired.model_validate(told)
    if token.expires_at - NOTICE <= now and token.expires_at - token.created_at > NOTICE:
        return TokenExpiring.model_validate(told)
    return None


def whose(fact: Recorded[Event]) -> list[str]:
    """The codes of accounts and ids of tokens that a fact is about, and the code of who did it."""
    event = fact.event
    about = [getattr(event, name, None) for name in ("person", "token", "who")]
    doer = fact.actor.rpartition(":")[2]
    return sorted({str(each) for each in (*about, doer) if each})
