"""An appointment is a moment of the calendar that still comes; the history of a case is read whatever it holds."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.people.people import Programme, an_adult, consent_to, step, taken

OUT_OF_THE_CALENDAR = json.loads(
    (Path(__file__).parents[1] / "samples" / "faults" / "appointment-out-of-the-calendar.json").read_text(
        encoding="utf-8"
    )
)["appointment_at"]
NEVER = [
    OUT_OF_THE_CALENDAR,
    "0001-01-01T00:00:00+14:00",
    5,
    "5",
    1_900_000_000,
    "2031-06-13",
    "2031-06-13T10:00:00",
    "2031-02-30T10:00:00Z",
]


async def test_what_is_no_moment_or_is_over_is_refused_by_its_field_and_the_history_is_read(
    programme: Programme,
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    officer = await programme.desk("ACNUR")
    referral = await taken(officer, referral, "accept")
    now = datetime.now(UTC)
    over = [(now - timedelta(days=400)).isoformat(), (now - timedelta(minutes=2)).isoformat()]
    for wrong in [*NEVER, *over]:
        refused = await step(officer, referral, "schedule", appointment_at=wrong)
        assert refused.status_code == 422, wrong
        (fault,) = refused.json()["faults"]
        assert fault["field"] == "body.appointment_at"
        assert fault["code"] == ("in_the_past" if wrong in over else fault["code"])
    assert [entry["name"] for entry in await programme.history(case)].count("referral.service_scheduled") == 0
    small = (now + timedelta(days=1)).isoformat().lower()
    referral = await taken(officer, referral, "schedule", appointment_at=small)
    just_now = (datetime.now(UTC) - timedelta(seconds=20)).isoformat()
    await taken(officer, referral, "schedule", appointment_at=just_now)
    told = [entry for entry in await programme.history(case) if entry["name"] == "referral.service_scheduled"]
    assert len(told) == 2
