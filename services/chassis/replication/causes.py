"""Which entries of a log follow from which of another: what ties a line of one service's log to another's."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import structlog

from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.observing import Followed

logger = structlog.get_logger(__name__)


def followed_from(
    entries: Sequence[LogEntry], decided: Sequence[LogEntry], traces: Mapping[int, str]
) -> dict[int, Followed]:
    """What was decided on each of these entries of another log, by its position; what has another cause is left out.

    ``traces``: what the copies said of them.
    """
    origins = {entry.id: entry.position for entry in entries}
    caused: dict[int, list[UUID]] = {}
    for entry in decided:
        cause = None if entry.typed is None else entry.typed.cause
        position = None if cause is None else origins.get(cause)
        if position is not None:
            origins[entry.id] = position  # what follows from this one follows from that one, too
            caused.setdefault(position, []).append(entry.id)
    return {position: Followed(position, traces.get(position), ids) for position, ids in caused.items()}


def tell(
    service: str, upstream: str, followed: Mapping[int, Followed], decided: Sequence[LogEntry], first: int
) -> None:
    """Writes a line for each of those entries: its position in the other log, and where this one continues.

    ``first``: the position of the first of ``decided``.
    """
    positions = {entry.id: first + number for number, entry in enumerate(decided)}
    for position, each in followed.items():
        logger.info(
            "followed",
            service=service,
            upstream=upstream,
            position=position,
            recorded=positions[each.caused[0]],
            count=len(each.caused),
        )
