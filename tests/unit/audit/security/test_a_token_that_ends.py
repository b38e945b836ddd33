"""A token is announced two weeks before its end, and its end is recorded."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from events.security import TokenExpired, TokenExpiring
from services.audit.security.domain import NOTICE, EndingToken, due_event

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def token(*, lives: timedelta, left: timedelta) -> EndingToken:
    end = NOW + left
    return EndingToken(uuid4(), "officer", "ACNUR", end - lives, end)


@pytest.mark.parametrize(
    ("lives", "left", "kind"),
    [
        (timedelta(days=365), NOTICE + timedelta(seconds=1), None),
        (timedelta(days=365), NOTICE, TokenExpiring),
        (timedelta(days=365), timedelta(seconds=1), TokenExpiring),
        (timedelta(days=365), timedelta(0), TokenExpired),
        (timedelta(days=365), -timedelta(days=3), TokenExpired),
        (timedelta(days=7), timedelta(days=1), None),
        (timedelta(days=7), timedelta(0), TokenExpired),
    ],
)
def test_what_is_due_of_it(lives: timedelta, left: timedelta, kind: type | None) -> None:
    found = due_event(token(lives=lives, left=left), NOW)
    assert type(found) is (kind or type(None))
    assert found is None or found.expires_at == NOW + left
