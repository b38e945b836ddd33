"""Which entries of a log are not those that were sealed, and what was done to them. Pure.

What was sealed is known by its leaf hash alone. What was done is tried out: an entry that has the sealed hash once it
is put back to another position, or with another's content, was moved or exchanged; otherwise it was edited.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from uuid import UUID

from events.contract import Event, Recorded
from events.tampering import SealedLog, TamperingEnded, TamperingFound
from events.vocabulary import Tampering
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.ids import uuid5

ACTOR = "audit"
NAMESPACE = UUID("6f0e5b1d-93a7-5c42-8b1e-2d4f6a8c0e17")
MAX_SHIFT = 16
"""By how many positions entries may have moved together to be told as renumbered."""
MAX_PAIRED = 64
"""How many altered entries are tried out against each other: each against each."""
RECORDED_AT = b'"recorded_at":"'


@dataclass(frozen=True, slots=True)
class Suspect:
    """A position at which the log is not as it was sealed."""

    position: int
    entry: LogEntry | None
    """What is there now; ``None``: nothing."""
    found: bytes | None
    """The leaf hash of what is there now."""
    sealed: bytes | None
    """The leaf hash that was sealed; ``None``: nothing was ever sealed there."""

    @property
    def misdated(self) -> bool:
        """Whether only a column that the hash does not cover was changed."""
        return self.found is not None and self.found == self.sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What was done to a log, and where."""

    log: str
    position: int
    last: int
    """The last position that it is about; the same as ``position`` if it is one entry."""
    kind: Tampering
    stream: UUID | None = None
    """The stream of what is there now."""
    other: int | None = None
    """The position that it was exchanged with or moved from."""
    found: bytes | None = None
    sealed: bytes | None = None

    @property
    def id(self) -> UUID:
        """The stream in which it is told, the same for the same difference."""
        hashes = f"{(self.found or b'').hex()}/{(self.sealed or b'').hex()}"
        return uuid5(NAMESPACE, f"{self.log}/{self.kind}/{self.position}/{self.last}/{self.other}/{hashes}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Where a log was found altered."""

    finding: UUID
    log: str
    position: int
    last: int
    kind: Tampering
    other: int | None
    found_at: datetime
    ended_at: datetime | None


def suspects_in(first: int, sealed: Sequence[bytes], entries: Sequence[LogEntry]) -> Iterator[Suspect]:
    """The positions from ``first`` on at which the log is not as it was sealed; ``entries`` in the order of the log."""
    hashes = [entry.leaf_hash() for entry in entries]
    positions = range(first, first + len(sealed))
    if hashes == list(sealed) and all(map(_is_dated, entries)):
        return
    at: dict[int, list[tuple[LogEntry, bytes]]] = {}
    for entry, found in zip(entries, hashes, strict=True):
        at.setdefault(entry.position, []).append((entry, found))
    for position, leaf in zip(positions, sealed, strict=True):
        there = at.pop(position, [])
        right = next((one for one in there if one[1] == leaf), None)
        if not there:
            yield Suspect(position, None, None, leaf)
        for entry, found in there:
            if right is None:
                yield Suspect(position, entry, found, leaf)
            elif found != leaf:
                yield Suspect(position, entry, found, None)  # beside the right one, at the same position
            elif not _is_dated(entry):
                yield Suspect(position, entry, found, leaf)
    for position in sorted(at):
        yield from (Suspect(position, entry, found, None) for entry, found in at[position])


def _is_dated(entry: LogEntry) -> bool:
    """Whether the column that is not part of the leaf says what the stored state says."""
    begin = entry.state.find(RECORDED_AT)
    if begin < 0:
        return True  # no event of ours: its state is covered by the hash
    begin += len(RECORDED_AT)
    try:
        said = datetime.fromisoformat(entry.state[begin : entry.state.index(b'"', begin)].decode())
    except ValueError:
        return True
    return said == entry.recorded_at


def differences(log: str, suspects: Sequence[Suspect], unlisted: int = 0) -> list[Difference]:
    """What was done, from all suspects of a log in the order of positions.

    ``unlisted``: how many positions right after the last suspect differ, too, and were not kept.
    """
    by_position = {one.position: one for one in suspects if one.sealed is not None}
    told: list[Difference] = []
    rest = list(suspects)
    while rest:
        found, used = _next(log, rest, by_position)
        told += found
        rest = rest[used:]
    if unlisted and told:
        told[-1] = replace(told[-1], last=told[-1].last + unlisted)
    return told


def _next(log: str, rest: Sequence[Suspect], by_position: Mapping[int, Suspect]) -> tuple[list[Difference], int]:
    """What was done to the first of ``rest``, and how many of them it explains."""
    one = rest[0]
    if one.entry is not None and one.sealed is not None and not one.misdated:
        renumbered = _renumbered(log, rest, by_position)
        if renumbered is not None:
            return renumbered
        exchanged = _exchanged(log, one, rest[1:MAX_PAIRED], by_position)
        if exchanged is not None:
            return [exchanged], 1
    if one.entry is None:
        run = _run(rest)
        return [_told(log, one, Tampering.MISSING, last=run[-1].position)], len(run)
    if one.misdated:
        return [_told(log, one, Tampering.MISDATED)], 1
    return [_told(log, one, Tampering.EXTRA if one.sealed is None else Tampering.EDITED)], 1


def _told(log: str, one: Suspect, kind: Tampering, last: int | None = None, other: int | None = None) -> Difference:
    return Difference(
        log=log,
        position=one.position,
        last=one.position if last is None else last,
        kind=kind,
        stream=None if one.entry is None else UUID(int=one.entry.stream.int),
        other=other,
        found=one.found,
        sealed=one.sealed,
    )


def _run(rest: Sequence[Suspect]) -> Sequence[Suspect]:
    """The positions without an entry, one after the other, with which ``rest`` begins."""
    count = 0
    while count < len(rest) and rest[count].entry is None and rest[count].position == rest[0].position + count:
        count += 1
    return rest[:count]


def _is_sealed_at(entry: LogEntry, position: int, by_position: Mapping[int, Suspect]) -> bool:
    """Whether the entry is the one that was sealed at another position."""
    there = by_position.get(position)
    return there is not None and entry.at(position).leaf_hash() == there.sealed


def _renumbered(
    log: str, rest: Sequence[Suspect], by_position: Mapping[int, Suspect]
) -> tuple[list[Difference], int] | None:
    """Entries that were taken out or put in, and those after them that moved up or down to close or make the gap."""
    for shift in range(1, MAX_SHIFT + 1):
        moved = _moved(rest, shift, by_position)
        if moved:
            gone = _told(log, rest[0], Tampering.MISSING, last=rest[0].position + shift - 1)
            at_the_end = [one for one in rest[moved : moved + shift] if one.entry is None]
            last = rest[moved - 1].position + len(at_the_end)
            moves = _told(log, rest[0], Tampering.RENUMBERED, last=last, other=rest[0].position + shift)
            return [replace(gone, found=None, stream=None), moves], moved + len(at_the_end)
        moved = _moved(rest[shift:], -shift, by_position)
        if moved and all(one.entry is not None for one in rest[:shift]):
            put_in = [_told(log, one, Tampering.EXTRA) for one in rest[:shift]]
            last = rest[shift + moved - 1].position
            moves = _told(log, rest[shift], Tampering.RENUMBERED, last=last, other=rest[0].position)
            return [*put_in, moves], shift + moved
    return None


def _moved(rest: Sequence[Suspect], shift: int, by_position: Mapping[int, Suspect]) -> int:
    """How many at the beginning of ``rest``, one after the other, are those sealed ``shift`` positions further on.

    Two entries that changed places are no such run: what was exchanged is told as that.
    """
    if not rest:
        return 0
    partner = by_position.get(rest[0].position + shift)
    if (
        partner is not None
        and partner.entry is not None
        and _is_sealed_at(partner.entry, rest[0].position, by_position)
    ):
        return 0
    count = 0
    for one in rest:
        if one.entry is None or one.position != rest[0].position + count:
            break
        if not _is_sealed_at(one.entry, one.position + shift, by_position):
            break
        count += 1
    return count


def _exchanged(
    log: str, one: Suspect, others: Sequence[Suspect], by_position: Mapping[int, Suspect]
) -> Difference | None:
    """The entry moved from another position, or with another's content or sealed boxes."""
    assert one.entry is not None  # noqa: S101 - the caller has looked
    candidates = [other for other in list(by_position.values())[:MAX_PAIRED] if other is not one] or list(others)
    for other in candidates:
        if _is_sealed_at(one.entry, other.position, by_position):
            return _told(log, one, Tampering.REORDERED, other=other.position)
    for other in candidates:
        if other.entry is None:
            continue
        for state in (other.entry.state, *_with_boxes_of(one.entry.state, other.entry.state)):
            if replace(one.entry, state=state).leaf_hash() == one.sealed:
                return _told(log, one, Tampering.SWAPPED, other=other.position)
    return None


def _with_boxes_of(state: bytes, other: bytes) -> Iterator[bytes]:
    """The state with the other's sealed boxes in the place of its own: one of them, and all that both have."""
    own, theirs = _boxes_in(state), _boxes_in(other)
    common = sorted(own.keys() & theirs.keys())
    for name in common:
        yield state.replace(own[name], theirs[name], 1)
    if len(common) > 1:
        whole = state
        for name in common:
            whole = whole.replace(own[name], theirs[name], 1)
        yield whole


def _boxes_in(state: bytes) -> dict[str, bytes]:
    """The sealed boxes of a stored event, as they are written, by the names of their fields."""
    try:
        text = state.decode()
        data = json.loads(text)["data"]
        names = [name for name, value in data.items() if isinstance(value, dict) and "commitment" in value]
        decoder, found = json.JSONDecoder(), {}
        for name in names:
            begin = text.index(f'"{name}":') + len(name) + 3
            found[name] = text[begin : decoder.raw_decode(text, begin)[1]].encode()
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return found


def found_event(one: Difference) -> TamperingFound:
    """The event that tells of a difference."""
    return TamperingFound(
        log=cast("SealedLog", one.log),
        position=one.position,
        last=one.last,
        kind=one.kind,
        of_stream=one.stream,
        other=one.other,
        found_leaf=None if one.found is None else one.found.hex(),
        sealed_leaf=None if one.sealed is None else one.sealed.hex(),
    )


def ended_event(found: TamperingFound) -> TamperingEnded:
    """The event that tells that the log is there as it was sealed again."""
    return TamperingEnded(log=found.log, position=found.position, last=found.last, kind=found.kind)


def open_finding(history: Sequence[Recorded[Event]]) -> TamperingFound | None:
    """What was found and has not ended; ``None``: there is nothing."""
    last = history[-1].event if history else None
    return last if isinstance(last, TamperingFound) else None
