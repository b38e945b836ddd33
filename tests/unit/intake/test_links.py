"""A shelter that is not heard from is an alarm: raised once, cleared once."""

import pytest
from structlog.testing import capture_logs

from services.intake.links import SILENT, Link


@pytest.fixture
def link() -> Link:
    return Link("ALB-TAP-01", patience=60, well_at=1000)


def said(link: Link, *readings: tuple[float, float | None, int]) -> list[str]:
    with capture_logs() as logs:
        for now, heard_at, lag in readings:
            link.seen(now, heard_at=heard_at, lag=lag)
    assert all((one["code"], one["shelter"]) == (SILENT, "ALB-TAP-01") for one in logs)
    return [one["event"] for one in logs]


def test_a_shelter_that_is_heard_raises_nothing(link: Link) -> None:
    assert said(link, (1050, 1049, 0), (1100, 1099, 0), (1150, 1091, 0)) == []


def test_silence_raises_the_alarm_once_and_a_word_clears_it_once(link: Link) -> None:
    assert said(link, (1061, 1000, 0), (1090, 1000, 0), (1200, 1000, 0)) == ["alarm"]
    assert link.alarmed
    assert said(link, (1210, 1209, 0), (1211, 1210, 0)) == ["alarm_cleared"]
    assert not link.alarmed


def test_a_shelter_never_heard_of_raises_it_too(link: Link) -> None:
    assert said(link, (1059, None, 0), (1061, None, 0)) == ["alarm"]


def test_a_leaf_that_is_heard_but_never_caught_up_with_raises_it(link: Link) -> None:
    assert said(link, (1030, 1029, 5), (1061, 1060, 9)) == ["alarm"]
    assert said(link, (1070, 1069, 3), (1080, 1079, 0)) == ["alarm_cleared"]


def test_a_moment_of_catching_up_is_no_alarm(link: Link) -> None:
    assert said(link, (1040, 1039, 5), (1050, 1049, 0), (1100, 1099, 7)) == []


def test_while_the_hub_itself_is_away_nothing_is_said_of_the_shelter(link: Link) -> None:
    link.unseen(1500)
    assert said(link, (1501, None, 0), (1559, None, 0)) == []
    assert said(link, (1561, None, 0)) == ["alarm"]
    link.unseen(1600)
    assert said(link, (1601, None, 0)) == []
    assert link.alarmed
