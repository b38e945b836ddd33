"""A cursor tells nothing of the place that it stands for, and is of use to one reader of one list only."""

import pytest

from events.vocabulary import Role
from services.chassis.authorization.policy import Principal
from services.chassis.errors import MalformedRequestError
from services.chassis.web.cursors import KEY_BYTES, MAX_LENGTH, Cursors

CURSORS = Cursors(b"k" * KEY_BYTES)
WORKER = Principal(Role.SHELTER_WORKER, "ALB-TAP-01", "w-009")
LONGEST = f"{'9' * 17} {'0' * 32} {'f' * 32}"


@pytest.mark.parametrize("place", ["1", "844", "2013-06-12T20:32:05+00:00~844", "infinity~7", LONGEST])
def test_a_reader_gets_the_next_page_by_a_cursor_that_shows_nothing(place: str) -> None:
    cursor = CURSORS.issue("referrals", WORKER, place)
    assert CURSORS.read(cursor, "referrals", WORKER) == place
    assert len(cursor) == len(CURSORS.issue("referrals", WORKER, "829")) <= MAX_LENGTH
    assert place not in cursor


@pytest.mark.parametrize(
    ("of", "by"),
    [
        ("cases", WORKER),
        ("referrals", Principal(Role.SHELTER_WORKER, "ALB-OAX-01", "w-009")),
        ("referrals", Principal(Role.SHELTER_COORDINATOR, "ALB-TAP-01", "w-009")),
        ("referrals", Principal(Role.SHELTER_WORKER, "ALB-TAP-01", "w-010")),
    ],
)
def test_it_is_bound_to_its_list_and_its_reader(of: str, by: Principal) -> None:
    cursor = CURSORS.issue("referrals", WORKER, "829")
    with pytest.raises(MalformedRequestError):
        CURSORS.read(cursor, of, by)
    assert cursor != CURSORS.issue(of, by, "829")


def test_a_made_up_or_altered_cursor_is_refused_with_its_field() -> None:
    cursor = CURSORS.issue("referrals", WORKER, "829")
    other_key = Cursors(b"o" * KEY_BYTES).issue("referrals", WORKER, "829")
    altered = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for made_up in ("", "829", "x", "ñ", "=" * 8, cursor[:-1], cursor + "A", altered, other_key):
        with pytest.raises(MalformedRequestError) as refused:
            CURSORS.read(made_up, "referrals", WORKER, field="after")
        assert refused.value.details["faults"] == [{"field": "after", "code": "not_a_cursor"}]
