"""Answers about the process itself: its health, and its parked events."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict

from services.chassis.web.schemas import Answer, Moment


class Liveness(Answer):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "live"}]})

    status: Literal["live"]


class HealthCheck(Answer):
    """One thing that was looked at. It names services, loops and channels, never a case or a person."""

    code: str
    """Stable. Another version of the program may have further ones."""
    ok: bool
    seconds: float | None
    """Age of the oldest thing of this kind, or since the last sign of it; null: there is none, or it is unknown."""
    limit: float | None
    """The age, in seconds, from which the check fails; null: it does not depend on an age."""
    count: int | None
    about: str | None
    """The service, loop or channel that it is about."""
    es: str
    en: str


class ServiceChecks(Answer):
    """The checks of one service, by name; a check that could not be made is left out.

    Further ones: ``behind_SERVICE``, the number of another service's events that are still to be followed, and a
    service's own, such as ``shelters`` (links) and ``policy_faults``. No check contains a case's id, or contents.
    """

    model_config = ConfigDict(extra="allow")

    postgres: Literal["ok", "unreachable"]
    nats: Literal["ok", "unreachable"]
    migrations: str | None = None
    """``ok``, or how many are pending."""
    parked: int | None = None
    """How many events wait because one of their case could not be handled."""
    relay_behind: int | None = None
    """How many events of this service are not yet in its stream."""
    stream: Literal["ok", "unreachable", "full"] | None = None
    leads: bool
    """Whether this instance of the service leads: copies its log, follows the others and fires its timers."""
    following: bool
    """Whether it follows the others; one that does not lead does not."""
    failures: list[str]
    """The kinds of error that keep followers from going on."""
    alarm: str | None
    """Why the log was halted; null when it is not."""
    checks: list[HealthCheck]
    """What the answer depends on; the values above are only shown."""


class Readiness(Answer):
    """Whether this process may take requests. Why not is told to whoever operates it, and to nobody else."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ready"}]})

    status: Literal["ready", "not_ready"]


class ReadinessDetails(Answer):
    """Whether this process may take requests, and what it depends on. NATS is not among it: cases are stored first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ready",
                    "version": "0.8.0",
                    "services": {
                        "audit": {
                            "postgres": "ok",
                            "nats": "ok",
                            "migrations": "ok",
                            "parked": 0,
                            "behind_intake": 0,
                            "behind_referral": 2,
                            "behind_notifications": 0,
                            "relay_behind": 0,
                            "stream": "ok",
                            "leads": True,
                            "following": True,
                            "failures": [],
                            "alarm": None,
                            "checks": [
                                {
                                    "code": "write",
                                    "ok": True,
                                    "seconds": 1.2,
                                    "limit": 15.0,
                                    "count": None,
                                    "about": None,
                                    "es": "El registro acepta escrituras.",
                                    "en": "The log accepts writes.",
                                }
                            ],
                        }
                    },
                }
            ]
        }
    )

    status: Literal["ready", "not_ready"]
    version: str
    """The program's version."""
    services: dict[str, ServiceChecks]


class FlowChecks(Answer):
    """The checks of one service, and its own values, such as ``shelters`` (links) and ``policy_faults``."""

    model_config = ConfigDict(extra="allow")

    checks: list[HealthCheck]


class Flow(Answer):
    """Whether what comes in goes all the way: stored, copied, digested, its timers fired and its alerts sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "flowing"}]})

    status: Literal["flowing", "not_flowing"]


class FlowDetails(Answer):
    """Whether what comes in goes all the way, and what waits too long if it does not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "not_flowing",
                    "services": {
                        "notifications": {
                            "checks": [
                                {
                                    "code": "channel",
                                    "ok": False,
                                    "seconds": 190.0,
                                    "limit": None,
                                    "count": 12,
                                    "about": "email",
                                    "es": "Salen avisos por este canal.",
                                    "en": "Alerts leave by this channel.",
                                }
                            ]
                        }
                    },
                }
            ]
        }
    )

    status: Literal["flowing", "not_flowing"]
    services: dict[str, FlowChecks]


class ParkedEvent(Answer):
    """A parked event, its case, and the kind of error that parked it, without contents."""

    service: str
    """The service that could not handle it."""
    urgent: bool = False
    """Whether the case's answers look like a U0, as far as the service may open them: these are listed first."""
    upstream: str
    """The service whose event it is."""
    position: int
    """Its position in that service's log."""
    case_id: UUID | None
    topic: str
    reason: str
    parked_at: Moment


class ParkedEvents(Answer):
    """The parked events of every service of this process, urgent ones first, then the oldest; 500 of each at most."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "service": "referral",
                            "urgent": True,
                            "upstream": "intake",
                            "position": 4711,
                            "case_id": "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11",
                            "topic": "intake.case_opened.v1",
                            "reason": "UnreadableEventError",
                            "parked_at": "2026-11-23T15:00:00+00:00",
                        }
                    ]
                }
            ]
        }
    )

    items: list[ParkedEvent]


class ParkedEventsDigested(Answer):
    """How many of the case's events were handled; none of them is parked any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"digested": 3}]})

    digested: int
