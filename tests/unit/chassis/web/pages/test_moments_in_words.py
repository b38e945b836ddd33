"""A moment is said as people say it: today, tomorrow, and how much time is left."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.chassis.clock import MEXICO
from services.chassis.locales import catalogue
from services.chassis.web.pages import moments

SAY, IN_ENGLISH = catalogue(__name__)("es"), catalogue(__name__)("en")
NOW = datetime(2013, 6, 15, 4, 30, tzinfo=UTC)
"""In Mexico City it is still the fourteenth, 23:30 (summer time until 2022)."""


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2013, 6, 15, 4, 50, tzinfo=UTC), "hoy 23:50"),
        (datetime(2013, 6, 15, 5, 10, tzinfo=UTC), "mañana 00:10"),
        (datetime(2013, 6, 14, 4, 50, tzinfo=UTC), "ayer 23:50"),
        (datetime(2013, 6, 20, 18, 0, tzinfo=UTC), "20/06/2013 13:00"),
    ],
)
def test_a_day_is_the_viewers_day(at: datetime, expected: str) -> None:
    assert moments.moment(at, MEXICO, SAY, NOW) == expected


def test_another_viewer_has_another_day() -> None:
    assert moments.moment(NOW, ZoneInfo("America/Tijuana"), IN_ENGLISH, NOW) == "today 21:30"


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(seconds=5), "queda 1 minuto"),
        (timedelta(minutes=25, seconds=59), "quedan 25 minutos"),
        (timedelta(hours=1), "queda 1 hora"),
        (timedelta(hours=3), "quedan 3 horas"),
        (timedelta(hours=47), "quedan 47 horas"),
        (timedelta(days=2), "quedan 2 días"),
        (-timedelta(hours=1, minutes=5), "hace 1 hora"),
        (-timedelta(days=40), "hace 40 días"),
    ],
)
def test_what_is_left_is_said_in_its_largest_unit(span: timedelta, expected: str) -> None:
    assert moments.left(NOW + span, SAY, NOW) == expected


def test_an_exact_moment_has_its_seconds_and_its_offset() -> None:
    assert moments.exact(NOW, MEXICO) == "14/06/2013 23:30:00 -05:00"
