"""A moment is parsed once, at the border: every form that RFC 3339 allows, and nothing else."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.chassis.moments import Instant, canonical, moment_of
from tests.support.builders.moments import forms_of

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
A_MOMENT = datetime(2026, 11, 29, 8, 34, 9, tzinfo=UTC)


@pytest.mark.parametrize("form", forms_of(A_MOMENT))
def test_every_form_of_a_moment_is_that_moment_and_so_is_its_stored_form(form: str) -> None:
    assert INSTANT.validate_python(form) == A_MOMENT
    assert datetime.fromisoformat(canonical(form)) == A_MOMENT
    assert canonical(canonical(form)) == canonical(form)


@given(
    moment=st.datetimes(datetime(1970, 1, 2), datetime(9998, 12, 30)),  # noqa: DTZ001 - the strategy adds the zone
    minutes=st.integers(-23 * 60 - 59, 23 * 60 + 59),
)
def test_whatever_a_clock_writes_is_read_as_it_was_meant(moment: datetime, minutes: int) -> None:
    meant = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert moment_of(meant.isoformat()) == meant
    assert moment_of(meant.isoformat().lower()) == meant
    assert datetime.fromisoformat(canonical(meant.isoformat().lower())) == meant


def test_what_nearly_every_device_writes_is_stored_unchanged() -> None:
    for text in ("2026-11-29T08:34:09Z", "2026-11-29T08:34:09.250Z", "2026-11-29T02:34:09-06:00"):
        assert canonical(text) == text


@pytest.mark.parametrize("text", ["2016-12-31T23:59:60Z", "2016-12-31t17:59:60.5-06:00", "2017-01-01T05:29:60+05:30"])
def test_a_leap_second_is_the_first_second_of_the_next_minute(text: str) -> None:
    assert moment_of(text) == datetime(2017, 1, 1, tzinfo=UTC)
    assert datetime.fromisoformat(canonical(text)) == datetime(2017, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (5, "not_a_time"),
        (5.0, "not_a_time"),
        ("5", "not_a_time"),
        (None, "not_a_time"),
        (True, "not_a_time"),
        ("", "not_a_time"),
        ("2026-11-29", "not_a_time"),
        ("2026-11-29 08:34:09Z", "not_a_time"),
        ("2026-11-29T08:34Z", "not_a_time"),
        ("2026-11-29T24:00:00Z", "not_a_time"),
        ("2026-11-29T08:34:09.Z", "not_a_time"),
        ("2026-11-29T08:34:09,5Z", "not_a_time"),
        ("2026-11-29T08:34:60Z", "not_a_time"),
        ("2026-11-29T23:59:60Z", "not_a_time"),
        ("2026-11-29T08:34:61Z", "not_a_time"),
        ("2026-02-30T08:34:09Z", "not_a_time"),
        ("2026-11-29T08:34:09+24:00", "not_a_time"),
        ("2026-11-29T08:34:09+06:60", "not_a_time"),
        ("2026-11-29T08:34:09-0600", "not_a_time"),
        ("2026-W48-7T08:34:09Z", "not_a_time"),
        ("20261129T083409Z", "not_a_time"),
        ("٢٠٢٦-11-29T08:34:09Z", "not_a_time"),
        ("2026-11-29T08:34:09Z\n", "not_a_time"),
        ("0001-01-01T00:00:00+14:00", "not_a_time"),
        ("1969-12-31T23:59:59Z", "not_a_time"),
        ("9999-12-31T23:59:59-14:00", "not_a_time"),
        ("2026-11-29T08:34:09", "needs_offset"),
    ],
)
def test_what_is_no_moment_of_our_times_is_refused(value: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        INSTANT.validate_python(value)
    assert [one["type"] for one in refused.value.errors()] == [code]
