"""Signatures by the Standard Webhooks specification, and the wait after a failure. Pure."""

import base64
from datetime import UTC, datetime, timedelta
from math import floor

from standardwebhooks import Webhook

from services.chassis.backoff import backoff, spread

PREFIX = "whsec_"
SECRET_BYTES = 32
_FIRST, _LONGEST = timedelta(seconds=5), timedelta(hours=1)


def secret_of(random: bytes) -> str:
    """The secret in the form of the specification: ``whsec_`` and base64."""
    return PREFIX + base64.b64encode(random).decode()


def headers(secret: str, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """``webhook-id``, ``webhook-timestamp`` and ``webhook-signature`` of one message, whose body is JSON in UTF-8."""
    moment = at.astimezone(UTC)  # the library takes any other zone's wall clock for UTC
    return {
        "webhook-id": message,
        "webhook-timestamp": str(floor(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, moment, body.decode()),
    }


def retry_after(attempt: int, jitter: float) -> timedelta:
    """The wait after the ``attempt``-th failure: twice as long each time, at most an hour.

    ``jitter`` (0 to 1) spreads retries over the second half of the wait.
    """
    return spread(backoff(attempt, first=_FIRST, longest=_LONGEST), jitter)
