"""A history is read whatever times were stored before they had limits."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from events.referral import ServiceScheduled
from events.vocabulary import Agency
from services.audit.history.lines import history_lines, local_time
from services.audit.history.queries import Line
from services.audit.prose.glossary import in_mexico
from tests.support.builders.referral import recorded

ENDS = [
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-14))),
    datetime(1, 1, 1, tzinfo=UTC),
]


@pytest.mark.parametrize("moment", ENDS, ids=str)
def test_an_appointment_at_an_end_of_the_calendar_is_told(moment: datetime) -> None:
    event = ServiceScheduled(agency=Agency.ACNUR, shelter="ALB-TAP-01", clear_appointment_at=moment)
    entry = Line("referral", recorded(event, 5)).entry()
    assert in_mexico(moment) in entry.es
    assert in_mexico(moment) in entry.en
    answer = {"case_id": "x", "entries": [entry.model_dump(mode="json")]}
    lines = history_lines(answer)
    assert any("ACNUR" in line for line in lines)
    assert any("canalización " in line for line in lines)
    assert not any("referral" in line for line in lines), "a log is named in words"
    assert local_time(moment.isoformat())


def test_any_other_moment_is_told_by_mexicos_clock() -> None:
    assert in_mexico(datetime(2013, 6, 13, 15, 0, tzinfo=UTC)) == "13/06/2013 10:00"
    assert local_time("2013-06-13T15:00:00+00:00") == "13/06/2013 10:00"
