"""Describes what becomes of accounts, sessions and tokens, and alarms."""

from collections.abc import Mapping

from events.contract import Event
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
    SecurityAlarmEnded,
    SecurityAlarmRaised,
    SessionEnded,
    SignedIn,
    TokenCreated,
    TokenExpired,
    TokenExpiring,
    TokenRevoked,
)
from services.audit.prose.glossary import in_mexico, listed
from services.audit.prose.sentence import Describer, plain, sentences
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.locales import Translator

_OfAccount = AccountCreated | AccountChanged | SignedIn
_OfToken = TokenRevoked | TokenExpiring | TokenExpired


def _org(org: str, say: Translator) -> str:
    return say("other.whole_programme") if org == EVERYWHERE else org.replace("_", " ")


def _in_role(key: str) -> Describer:
    def describe(event: _OfAccount, say: Translator) -> str:
        return say(key, person=event.person, role=say(f"role.{event.role}"), org=_org(event.org, say))

    return describe


def _created(event: TokenCreated, say: Translator) -> str:
    whose = {"token": event.token, "role": say(f"role.{event.role}"), "org": _org(event.org, say)}
    return sentences(
        say("prose.audit.token_created", **whose),
        None if event.person is None else say("prose.audit.token_created.of_person", person=event.person),
        None if event.expires_at is None else say("prose.audit.token_created.until", until=in_mexico(event.expires_at)),
        None if event.scopes is None else say("prose.audit.token_created.limited", number=len(event.scopes)),
    )


def _renewed(event: SecretRenewed, say: Translator) -> str:
    return say("prose.audit.secret_renewed", secret=say(f"renewed_secret.{event.secret}"))


def _token(key: str) -> Describer:
    def describe(event: _OfToken, say: Translator) -> str:
        until = "" if isinstance(event, TokenRevoked) else in_mexico(event.expires_at)
        role, org = say(f"role.{event.role}"), _org(event.org, say)
        return say(key, token=event.token, role=role, org=org, until=until)

    return describe


def _raised(event: SecurityAlarmRaised, say: Translator) -> str:
    return say(
        "prose.notifications.security_alarm_raised",
        counted=event.counted,
        watched=say(f"watched.{event.watched}"),
        scope=say(f"alarm_scope.{event.scope}", whose=event.who or event.place),
        since=in_mexico(event.since),
        whom=listed([say(f"duty_to.{duty}") for duty in event.whom], say),
    )


def _ended(event: SecurityAlarmEnded, say: Translator) -> str:
    what = {"watched": say(f"watched.{event.watched}"), "since": in_mexico(event.since), "counted": event.counted}
    return say("prose.notifications.security_alarm_ended", **what)


DESCRIBERS: Mapping[type[Event], Describer] = {
    AccountCreated: _in_role("prose.audit.account_created"),
    AccountChanged: _in_role("prose.audit.account_changed"),
    AccountDisabled: plain("prose.audit.account_disabled"),
    AccountEnabled: plain("prose.audit.account_enabled"),
    AccountInvited: plain("prose.audit.account_invited"),
    AccountLinked: plain("prose.audit.account_linked"),
    PasswordSet: plain("prose.audit.password_set"),
    PasswordRemoved: plain("prose.audit.password_removed"),
    SecondFactorSet: plain("prose.audit.second_factor_set"),
    SecondFactorRemoved: plain("prose.audit.second_factor_removed"),
    RecoveryCodesMade: plain("prose.audit.recovery_codes_made"),
    RecoveryCodeUsed: plain("prose.audit.recovery_code_used"),
    PasskeyAdded: plain("prose.audit.passkey_added"),
    PasskeyRemoved: plain("prose.audit.passkey_removed"),
    SignedIn: _in_role("prose.audit.signed_in"),
    SessionEnded: plain("prose.audit.session_ended"),
    TokenCreated: _created,
    TokenRevoked: _token("prose.audit.token_revoked"),
    TokenExpiring: _token("prose.audit.token_expiring"),
    TokenExpired: _token("prose.audit.token_expired"),
    SecretRenewed: _renewed,
    SecurityAlarmRaised: _raised,
    SecurityAlarmEnded: _ended,
}
