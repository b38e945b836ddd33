"""Bodies and answers of the routes about the caller's own session."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from events.vocabulary import Role
from services.chassis.authorization.policy import Action
from services.chassis.identity.policy import Stage
from services.chassis.web.schemas import Answer, Body, Moment

Account = Annotated[str, Field(min_length=1, max_length=64)]
Password = Annotated[str, Field(min_length=1, max_length=512)]
Code = Annotated[str, Field(min_length=1, max_length=64)]


class Credentials(Body):
    """The account is a code such as ``p-003``, never a name or an address."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"account": "p-003", "password": "cinco faroles verdes"}]}
    )

    account: Account
    password: Password


class FirstSignIn(Body):
    """The one-time code that an administrator handed over, and the password that the person chooses."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"account": "p-003", "code": "7F3K-2Q9M-XW4T", "password": "cinco faroles verdes"}]
        }
    )

    account: Account
    code: Code
    password: Password


class SecondFactorCode(Body):
    """A code of the authenticator, or one of the printed recovery codes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "492039"}]})

    code: Code


class Proof(Body):
    """The password, or a code of the authenticator or of paper: one of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "492039"}]})

    password: Password | None = None
    code: Code | None = None


class NewPassword(Body):
    """The present password, and the one that the person chooses instead."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"present": "cinco faroles verdes", "new": "la lluvia en siete tejados"}]}
    )

    present: Password
    new: Password


class RecoveryCodes(Answer):
    """New recovery codes. They are shown this once; each replaces one authenticator code."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"recovery_codes": ["b7k2-9mqd", "x4tw-c8rj"]}]})

    recovery_codes: list[str]


class EndedSessions(Answer):
    """How many other sessions were ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ended": 2}]})

    ended: int


class SessionStage(Answer):
    """How far the sign-in has come. The session itself is in the cookie that comes with this answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"stage": "second_factor"}]})

    stage: Stage


class SecondFactorConfirmed(SessionStage):
    """The second factor is confirmed. The recovery codes are shown this once; each replaces one authenticator code."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"stage": "full", "recovery_codes": ["b7k2-9mqd", "x4tw-c8rj"]}]}
    )

    recovery_codes: list[str]


class SignedInPrincipal(Answer):
    """The caller's role, organisation and account. Of a token the last three are null: it belongs to no session."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "role": "officer",
                    "org": "UNICEF",
                    "label": "p-003",
                    "person": "p-003",
                    "scopes": None,
                    "second_factor_needed": False,
                    "language": "es",
                    "time_zone": "America/Mexico_City",
                    "expires_at": "2026-11-23T21:00:00+00:00",
                }
            ]
        }
    )

    role: Role
    org: str
    """A shelter's or an agency's code; ``*`` for roles that belong to neither."""
    label: str
    """The label that events show of the caller."""
    person: str | None
    """The code of the person's account."""
    scopes: list[Action] | None
    """The actions that a token is limited to; null: all of the role's."""
    second_factor_needed: bool
    """Whether the role may not sign in without a second factor."""
    language: str | None
    time_zone: str | None
    expires_at: Moment | None
    """When the session ends at the latest."""


class OwnSession(Answer):
    """One of the caller's sessions."""

    session_id: UUID
    created_at: Moment
    seen_at: Moment
    expires_at: Moment
    this_one: bool
    """Whether it is the session that this request came with."""


class OwnSessions(Answer):
    """The caller's sessions that have not ended, the oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "session_id": "7a0c4a0e-5c1e-4d51-8f8f-3f6c1f3f2b11",
                            "created_at": "2026-11-23T09:00:00+00:00",
                            "seen_at": "2026-11-23T09:20:00+00:00",
                            "expires_at": "2026-11-23T21:00:00+00:00",
                            "this_one": True,
                        }
                    ]
                }
            ]
        }
    )

    items: list[OwnSession]


class OfferedSecondFactor(Answer):
    """A secret for an authenticator. It is shown once, and counts after one of its codes was confirmed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "secret": "JBSWY3DPEHPK3PXP",
                    "uri": "otpauth://totp/canaliza:p-003?secret=JBSWY3DPEHPK3PXP&issuer=canaliza",
                }
            ]
        }
    )

    secret: str
    uri: str
    """For a QR code (``otpauth:``)."""
