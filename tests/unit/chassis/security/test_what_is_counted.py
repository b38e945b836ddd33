"""What an answered request counts as, and that a flood of senders costs bounded memory and no count of the whole."""

from typing import Any, Self
from uuid import uuid4

import pytest

import services.system  # noqa: F401 - it imports every service, and with it every refusal
from events.vocabulary import Role, Watched
from services.chassis.authorization.policy import Principal
from services.chassis.clock import system_clock
from services.chassis.errors import ServiceError, StoreUnavailableError
from services.chassis.security import refusals
from services.chassis.security.current import CurrentRequest
from services.chassis.security.refusals import NOT_WATCHED, WatchedCounts, watched_of

KEY = b"k" * 32


def request(refusal: str | None = None, watched: Watched | None = None, who: str = "p-101") -> CurrentRequest:
    principal = Principal(Role.OFFICER, "ACNUR", "x", person=who)
    return CurrentRequest(uuid4(), "192.0.2.7", KEY, principal, watched=watched, refusal=refusal)


@pytest.mark.parametrize(
    ("refusal", "noted", "counts_as"),
    [
        ("not_allowed", None, Watched.FORBIDDEN_REQUESTS),
        ("needs_a_person", None, Watched.FORBIDDEN_REQUESTS),
        ("not_signed_in", None, Watched.UNKNOWN_CREDENTIALS),
        ("sign_in_failed", Watched.SIGN_IN_GUESSES, Watched.SIGN_IN_GUESSES),
        ("too_many_attempts", Watched.SIGN_IN_GUESSES, Watched.SIGN_IN_GUESSES),
        ("too_many_attempts", Watched.SLIP_GUESSES, Watched.SLIP_GUESSES),
        ("slip_not_accepted", Watched.SLIP_GUESSES, Watched.SLIP_GUESSES),
        (None, Watched.EXCEPTIONAL_ACCESSES, Watched.EXCEPTIONAL_ACCESSES),
        (None, Watched.DUPLICATE_SEARCHES, Watched.DUPLICATE_SEARCHES),
        (None, Watched.SIGN_IN_GUESSES, None),
        (None, Watched.SLIP_GUESSES, None),
        ("not_found", Watched.EXCEPTIONAL_ACCESSES, None),
        ("not_allowed", Watched.EXCEPTIONAL_ACCESSES, Watched.FORBIDDEN_REQUESTS),
        ("version_conflict", None, None),
        (None, None, None),
    ],
)
def test_a_request_counts_as_what_it_was_refused_for(
    refusal: str | None, noted: Watched | None, counts_as: Watched | None
) -> None:
    assert watched_of(request(refusal, noted)) is counts_as


def refusals_of_senders() -> set[str]:
    """The codes of every refusal, of any service, that is about who sends a request."""
    found, waiting = set[str](), [ServiceError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.status in {401, 403, 429} and kind.__module__.startswith("services."):
            found.add(kind.code)
    return found


def test_every_refusal_that_is_about_the_sender_is_watched() -> None:
    """A new one needs a decision what it counts as."""
    codes = refusals_of_senders()
    assert {"not_signed_in", "not_allowed", "sign_in_failed", "slip_not_accepted", "too_many_attempts"} <= codes
    assert {code for code in codes if watched_of(request(code)) is None} == NOT_WATCHED


class Table:
    """Takes the counts, or is unavailable."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], int] = {}
        self.away = False

    def reading(self) -> "Table":
        return self

    async def __aenter__(self) -> Self:
        if self.away:
            raise StoreUnavailableError
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def execute(self, _statement: str, what: Any, scopes: Any, whom: Any, counts: Any, _at: Any) -> None:
        for key, number in zip(zip(what, scopes, whom, strict=True), counts, strict=True):
            self.rows[key] = self.rows.get(key, 0) + number


async def test_what_could_not_be_added_is_added_later() -> None:
    counts, table = WatchedCounts(), Table()
    counts.count(request("not_allowed"))
    table.away = True
    with pytest.raises(StoreUnavailableError):
        await counts.add_to(table, system_clock())  # type: ignore[arg-type]  # all that it needs of a database
    counts.count(request("not_allowed"))
    table.away = False
    await counts.add_to(table, system_clock())  # type: ignore[arg-type]  # as above
    assert table.rows["forbidden_requests", "one_sender", "p-101"] == 2
    assert table.rows["forbidden_requests", "everywhere", ""] == 2
    assert sum(table.rows.values()) == 6


async def test_so_many_senders_that_they_are_not_kept_apart_still_count_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusals, "MOST_KEYS", 10)
    counts, table = WatchedCounts(), Table()
    for number in range(100):
        counts.count(request("not_allowed", who=f"p-{100 + number}"))
    await counts.add_to(table, system_clock())  # type: ignore[arg-type]  # as above
    assert table.rows["forbidden_requests", "everywhere", ""] == 100
    assert len(table.rows) <= 11
