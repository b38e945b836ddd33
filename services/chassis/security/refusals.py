"""Counts what is watched, in memory, and adds the counts to a table that the monitor of bursts reads.

A flood costs one row a minute for each sender and place, not one for each request: whoever sends millions of requests
must not make the database write as many times.
"""

import asyncio
from collections import Counter
from datetime import datetime

import structlog

from events.vocabulary import AlarmScope, Watched
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import StoreUnavailableError
from services.chassis.liveness import beat
from services.chassis.security.current import CurrentRequest

logger = structlog.get_logger(__name__)

INTERVAL = 1.0
"""Seconds between two additions to the table."""
MOST_KEYS = 5_000
"""Different senders and places that are counted apart between two additions; more are counted everywhere only."""
COUNT = "select accounts.count_watched($1, $2, $3, $4, $5)"

_OF_A_GUESS = frozenset({"sign_in_failed", "too_many_attempts", "slip_not_accepted"})
_BY_CODE = {
    "sign_in_failed": Watched.SIGN_IN_GUESSES,
    "sign_in_elsewhere_failed": Watched.SIGN_IN_GUESSES,
    "passkey_failed": Watched.SIGN_IN_GUESSES,
    "too_many_attempts": Watched.SIGN_IN_GUESSES,
    "slip_not_accepted": Watched.SLIP_GUESSES,
    "not_allowed": Watched.FORBIDDEN_REQUESTS,
    "needs_a_person": Watched.FORBIDDEN_REQUESTS,
    "cross_site": Watched.FORBIDDEN_REQUESTS,
    "not_your_shift": Watched.FORBIDDEN_REQUESTS,
    "too_many_accesses": Watched.FORBIDDEN_REQUESTS,
    "too_many_handovers": Watched.FORBIDDEN_REQUESTS,
    "too_many_tests": Watched.FORBIDDEN_REQUESTS,
    "too_many_refused": Watched.FORBIDDEN_REQUESTS,
    "enough_pairs_shown": Watched.DUPLICATE_SEARCHES,
    "too_many_streams": Watched.FORBIDDEN_REQUESTS,
    "device_code_not_accepted": Watched.UNKNOWN_CREDENTIALS,
    "device_revoked": Watched.UNKNOWN_CREDENTIALS,
    "not_signed_in": Watched.UNKNOWN_CREDENTIALS,
}
NOT_WATCHED = frozenset({"proof_needed", "tls_required"})
"""A question for the password in the middle of one's own work, and a proxy that is not set up: nobody tries a door."""
_WHEN_DONE = frozenset({Watched.EXCEPTIONAL_ACCESSES, Watched.DUPLICATE_SEARCHES})
"""What is watched when it succeeds: a refused attempt collects nothing."""


def watched_of(request: CurrentRequest) -> Watched | None:
    """What an answered request counts as; ``None``: it is nothing that is watched."""
    if request.refusal is None:
        return request.watched if request.watched in _WHEN_DONE else None
    if request.refusal in _OF_A_GUESS and request.watched is not None:
        return request.watched
    return _BY_CODE.get(request.refusal)


class WatchedCounts:
    """The counts of one process since they were last added to the table."""

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._counts: Counter[tuple[Watched, AlarmScope, str]] = Counter()

    def count(self, request: CurrentRequest) -> None:
        """Counts an answered request, if it is of a kind that is watched: for its sender, its place, and in all."""
        watched = watched_of(request)
        if watched is None:
            return
        self._counts[watched, AlarmScope.EVERYWHERE, ""] += 1
        for scope, whose in ((AlarmScope.ONE_SENDER, request.who), (AlarmScope.ONE_PLACE, request.place)):
            key = (watched, scope, whose or "")
            if whose is not None and (key in self._counts or len(self._counts) < MOST_KEYS):
                self._counts[key] += 1

    def count_everywhere(self, watched: Watched, number: int) -> None:
        """Counts what no request was answered about: it has neither sender nor place."""
        self._counts[watched, AlarmScope.EVERYWHERE, ""] += number

    async def add_to(self, database: Database, at: datetime) -> None:
        """Adds the counts to the table.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached; the counts are kept.
        """
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        watched, scopes, whose = (list(column) for column in zip(*counts, strict=True))
        minute = at.replace(second=0, microsecond=0)
        try:
            async with database.reading() as connection:
                await connection.execute(COUNT, watched, scopes, whose, list(counts.values()), minute)
        except BaseException:
            self._counts.update(counts)
            raise

    async def run(self, database: Database, clock: Clock) -> None:
        """Adds until cancelled; waits while the database is unavailable."""
        while True:
            try:
                await self.add_to(database, clock())
            except StoreUnavailableError as error:
                logger.warning("counting_interrupted", code=error.code)
            beat()
            await asyncio.sleep(INTERVAL)
