"""A silent leaf node raises an alarm once and clears it once."""

import pytest
from structlog.testing import capture_logs

from services.intake.leaf_nodes.monitor import SILENT, LeafLink


@pytest.fixture
def link() -> LeafLink:
    return LeafLink("ALB-TAP-01", patience=60, healthy_at=1000)


def alarms(link: LeafLink, *readings: tuple[float, float | None, int]) -> list[str]:
    with capture_logs() as logs:
        for now, heard_at, lag in readings:
            link.record_status(now, heard_at=heard_at, lag=lag)
    assert all((one["code"], one["shelter"]) == (SILENT, "ALB-TAP-01") for one in logs)
    return [one["event"] for one in logs]


def test_a_connected_leaf_node_raises_no_alarm(link: LeafLink) -> None:
    assert alarms(link, (1050, 1049, 0), (1100, 1099, 0), (1150, 1091, 0)) == []


def test_silence_raises_the_alarm_once_and_a_connection_clears_it_once(link: LeafLink) -> None:
    assert alarms(link, (1061, 1000, 0), (1090, 1000, 0), (1200, 1000, 0)) == ["alarm"]
    assert link.is_alarmed
    assert alarms(link, (1210, 1209, 0), (1211, 1210, 0)) == ["alarm_cleared"]
    assert not link.is_alarmed


def test_a_leaf_node_that_never_connected_raises_the_alarm(link: LeafLink) -> None:
    assert alarms(link, (1059, None, 0), (1061, None, 0)) == ["alarm"]


def test_a_connected_leaf_node_that_is_never_copied_completely_raises_the_alarm(link: LeafLink) -> None:
    assert alarms(link, (1030, 1029, 5), (1061, 1060, 9)) == ["alarm"]
    assert alarms(link, (1070, 1069, 3), (1080, 1079, 0)) == ["alarm_cleared"]


def test_a_moment_of_copying_raises_no_alarm(link: LeafLink) -> None:
    assert alarms(link, (1040, 1039, 5), (1050, 1049, 0), (1100, 1099, 7)) == []


def test_an_outage_of_the_hub_is_not_taken_for_the_shelters_silence(link: LeafLink) -> None:
    link.record_hub_outage(1500)
    assert alarms(link, (1501, None, 0), (1559, None, 0)) == []
    assert alarms(link, (1561, None, 0)) == ["alarm"]
    link.record_hub_outage(1600)
    assert alarms(link, (1601, None, 0)) == []
    assert link.is_alarmed
