"""The checks of a health report in words."""

from collections.abc import Iterable

from services.chassis.locales import ENGLISH, SPANISH, catalogue
from services.chassis.runtime.checks import Check
from services.chassis.runtime.schemas import HealthCheck

WORDS = catalogue(__name__)

CODES = (
    "postgres", "migrations_pending", "database_newer", "keys", "write", "alarm", "nats", "stream", "following", "loop",
    "disk", "queues", "copying", "digesting", "neighbour", "parked", "timers", "obligations", "silence", "deliveries",
    "deliveries_failing", "channel", "leader", "foreign_messages", "admission", "ledger", "sealing",
    "witness", "altered", "read_models",
)  # fmt: skip
"""Every check that a service makes. Each sentence says what is so when the check holds."""


def in_words(checks: Iterable[Check]) -> list[HealthCheck]:
    """The checks as they are answered, the failing ones first."""
    es, en = WORDS(SPANISH), WORDS(ENGLISH)
    return [
        HealthCheck(
            code=check.code,
            ok=check.ok,
            seconds=None if check.seconds is None else round(check.seconds, 1),
            limit=check.limit,
            count=check.count,
            about=check.about,
            es=es.find(f"health.{check.code}", otherwise=check.code),
            en=en.find(f"health.{check.code}", otherwise=check.code),
        )
        for check in sorted(checks, key=lambda check: check.ok)
    ]
