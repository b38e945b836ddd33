"""Whoever has the database's own rights can do anything to a log: each is located, and told as what it is."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import Tampering
from services.audit.tampering.domain import Difference, differences, suspects_in
from services.chassis.eventlog.log_entry import LogEntry
from tests.support.system.logs import A_DAY

SIZE = 24
NAMESPACE = UUID(int=7)
Entries = list[LogEntry]


def an_entry(position: int) -> LogEntry:
    box = {"key": str(uuid5(NAMESPACE, f"key {position}")), "commitment": f"{position:02}" * 4, "text": f"c{position}"}
    state = {"case": None, "recorded_at": A_DAY.isoformat(), "data": {"by": f"OIM/{position}", "screening": box}}
    return LogEntry(
        originator_id=uuid5(NAMESPACE, f"stream {position // 3}"),
        originator_version=position % 3 + 1,
        topic="referral.accepted.v1",
        state=json.dumps(state, separators=(",", ":")).encode(),
        id=uuid5(NAMESPACE, f"id {position}"),
        case=uuid5(NAMESPACE, f"case {position // 6}"),
        recorded_at=A_DAY,
        position=position,
    )


LOG = [an_entry(position) for position in range(1, SIZE + 1)]
SEALED = [entry.leaf_hash() for entry in LOG]


def told(now: Sequence[LogEntry], first: int = 1) -> list[Difference]:
    return differences("referral", list(suspects_in(first, SEALED[first - 1 :], now)))


def summary(now: Sequence[LogEntry]) -> list[tuple[Tampering, int, int, int | None]]:
    return [(one.kind, one.position, one.last, one.other) for one in told(now)]


def edited(entry: LogEntry, **changes: Any) -> LogEntry:
    return replace(entry, **changes)


def changed(position: int, entry: LogEntry) -> Entries:
    return [entry if one.position == position else one for one in LOG]


def renumbered(entries: Sequence[LogEntry]) -> Entries:
    return [one.at(position) for position, one in enumerate(entries, 1)]


def at(position: int) -> LogEntry:
    return LOG[position - 1]


def test_a_log_as_it_was_sealed_has_no_difference() -> None:
    assert told(LOG) == []
    assert told(LOG[10:], first=11) == []


def test_who_accepted_is_edited() -> None:
    (one,) = told(changed(9, edited(at(9), state=at(9).state.replace(b"OIM/9", b"INM/9"))))
    assert (one.kind, one.position, one.last, one.stream) == (Tampering.EDITED, 9, 9, at(9).stream)
    assert one.sealed == SEALED[8]
    assert one.found not in {None, SEALED[8]}


@pytest.mark.parametrize(
    "changes", [{"topic": "referral.declined.v1"}, {"case": None}, {"id": UUID(int=1)}, {"originator_version": 77}]
)
def test_everything_that_is_sealed_of_an_event_is_compared(changes: dict[str, Any]) -> None:
    assert summary(changed(9, edited(at(9), **changes))) == [(Tampering.EDITED, 9, 9, None)]


def test_the_column_that_no_hash_covers_is_held_against_the_content() -> None:
    late = edited(at(9), recorded_at=A_DAY + timedelta(hours=3))
    assert summary(changed(9, late)) == [(Tampering.MISDATED, 9, 9, None)]


def test_what_was_deleted_is_one_gap_in_the_middle_and_at_the_end() -> None:
    assert summary([one for one in LOG if one.position not in {9, 10}]) == [(Tampering.MISSING, 9, 10, None)]
    assert summary(LOG[:-4]) == [(Tampering.MISSING, SIZE - 3, SIZE, None)]
    assert summary([]) == [(Tampering.MISSING, 1, SIZE, None)]


def test_two_gaps_apart_are_two() -> None:
    assert summary([one for one in LOG if one.position not in {9, 12}]) == [
        (Tampering.MISSING, 9, 9, None),
        (Tampering.MISSING, 12, 12, None),
    ]


@pytest.mark.parametrize(("position", "gone"), [(9, 1), (9, 3), (1, 1), (SIZE - 1, 1)])
def test_what_was_deleted_and_closed_up_is_the_gap_and_what_moved(position: int, gone: int) -> None:
    now = renumbered([one for one in LOG if not position <= one.position < position + gone])
    assert summary(now) == [
        (Tampering.MISSING, position, position + gone - 1, None),
        (Tampering.RENUMBERED, position, SIZE, position + gone),
    ]


def test_what_was_put_in_is_told_and_what_moved_to_make_room() -> None:
    forged = edited(at(9), id=UUID(int=9), state=b'{"data":{}}')
    now = renumbered([*LOG[:8], forged, *LOG[8:]])
    assert summary(now[:SIZE]) == [(Tampering.EXTRA, 9, 9, None), (Tampering.RENUMBERED, 10, SIZE, 9)]


def test_what_was_put_beside_or_before_the_log_is_extra() -> None:
    assert summary([*LOG[:9], edited(at(9), id=UUID(int=9)), *LOG[9:]]) == [(Tampering.EXTRA, 9, 9, None)]
    assert summary([at(9).at(0), *LOG]) == [(Tampering.EXTRA, 0, 0, None)]


@pytest.mark.parametrize(("a", "b"), [(9, 10), (9, 20), (1, SIZE)])
def test_two_events_that_changed_places_are_told_with_each_other(a: int, b: int) -> None:
    now = sorted(
        (*[one for one in LOG if one.position not in {a, b}], at(a).at(b), at(b).at(a)), key=lambda e: e.position
    )
    assert summary(now) == [(Tampering.REORDERED, a, a, b), (Tampering.REORDERED, b, b, a)]


def test_two_contents_that_were_exchanged_are_told_with_each_other() -> None:
    now = changed(9, edited(at(9), state=at(20).state))
    now[19] = edited(at(20), state=at(9).state)
    assert summary(now) == [(Tampering.SWAPPED, 9, 9, 20), (Tampering.SWAPPED, 20, 20, 9)]


def test_the_sealed_boxes_of_two_cases_that_were_exchanged_are_told_with_each_other() -> None:
    def box(entry: LogEntry) -> bytes:
        return json.dumps(json.loads(entry.state)["data"]["screening"], separators=(",", ":")).encode()

    now = changed(9, edited(at(9), state=at(9).state.replace(box(at(9)), box(at(20)))))
    now[19] = edited(at(20), state=at(20).state.replace(box(at(20)), box(at(9))))
    assert summary(now) == [(Tampering.SWAPPED, 9, 9, 20), (Tampering.SWAPPED, 20, 20, 9)]


def test_the_same_difference_has_one_id_and_another_has_another() -> None:
    def forged(by: bytes) -> UUID:
        return told(changed(9, edited(at(9), state=at(9).state.replace(b"OIM", by))))[0].id

    assert forged(b"INM") == forged(b"INM") != forged(b"DIF")


def test_what_was_not_kept_of_many_is_still_counted() -> None:
    (one,) = differences("referral", list(suspects_in(1, SEALED, LOG[:10])), unlisted=990)
    assert (one.position, one.last) == (11, SIZE + 990)


FORGERIES: dict[str, Callable[[Entries, int], Entries]] = {
    "edit": lambda log, n: [edited(e, state=e.state + b" ") if e.position == n else e for e in log],
    "delete": lambda log, n: [e for e in log if e.position != n],
    "delete and renumber": lambda log, n: renumbered([e for e in log if e.position != n]),
    "insert": lambda log, n: renumbered([*log[: n - 1], edited(log[n - 1], id=UUID(int=n)), *log[n - 1 :]])[:SIZE],
    "truncate": lambda log, n: log[: n - 1],
    "redate": lambda log, n: [edited(e, recorded_at=A_DAY - timedelta(1)) if e.position == n else e for e in log],
}


@given(how=st.sampled_from(sorted(FORGERIES)), position=st.integers(1, SIZE))
def test_whatever_is_done_wherever_its_first_position_is_told(how: str, position: int) -> None:
    found = told(FORGERIES[how](list(LOG), position))
    assert min(one.position for one in found) == position
