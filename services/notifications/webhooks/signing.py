"""Signatures as the Standard Webhooks specification has them, and how long to wait after a failure. Pure."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

PREFIX = "whsec_"
BYTES = 32
_FIRST, _LONGEST = timedelta(seconds=5), timedelta(hours=1)


def secret_of(random: bytes) -> str:
    """The secret as it is shown, once."""
    return PREFIX + base64.b64encode(random).decode()


def headers(secret: str, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """``webhook-id``, ``webhook-timestamp`` and ``webhook-signature`` of one message."""
    stamp = str(int(at.timestamp()))
    signed = b".".join((message.encode(), stamp.encode(), body))
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": message, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}


def wait(attempt: int, luck: float) -> timedelta:
    """How long to wait after a failed attempt: longer each time, to an hour, and never all at the same moment.

    ``luck`` is between 0 and 1: half of the wait is certain, the other half is left to it.
    """
    longest: timedelta = min(_FIRST * 2 ** min(attempt - 1, 20), _LONGEST)
    return longest * (0.5 + luck / 2)
