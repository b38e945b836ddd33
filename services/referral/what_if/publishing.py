"""What of a tally is shown: no number under the programme's limits, and none that would let one be computed. Pure.

Limits of domain.md §7.7: 5, and 10 where a restricted category may be behind it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from events.vocabulary import Agency, ReferralClock, RiskCategory
from services.referral.what_if.domain import CLOCKS, Fate
from services.referral.what_if.schemas import (
    ChangeGroup,
    Hidden,
    Load,
    MissedDeadlines,
    NamedCase,
    Number,
    Pair,
    ReplayResult,
)
from services.referral.what_if.tally import Change, Tally

LIMIT = 5
LIMIT_OF_RESTRICTED = 10


def publish(
    tally: Tally,
    restricted: Collection[RiskCategory],
    *,
    rule_set: str | None,
    deadlines: str | None,
    days: tuple[date, date],
    known_until: datetime,
    names_cases: bool = False,
) -> ReplayResult:
    """The result that is shown and kept."""
    shown, others = _groups(tally.changes, restricted)
    numbers = {change: number for number, (change, _) in enumerate(shown)}
    return ReplayResult(
        rule_set=rule_set,
        deadlines=deadlines,
        first_day=days[0],
        last_day=days[1],
        known_until=known_until,
        compared=tally.compared,
        erased=tally.erased,
        lost=tally.lost,
        not_reproduced=tally.not_reproduced,
        deadlines_differ=tally.deadlines_differ,
        changed=number_of(tally.changes.total()),
        groups=tuple(ChangeGroup(cases=cases, **change._asdict()) for change, cases in shown),
        others=number_of(others),
        load=tuple(_loads(tally)),
        missed=tuple(_missed(tally.deadlines)),
        named=tuple(
            NamedCase(case_id=case, group=numbers[change]) for case, change in tally.named.items() if change in numbers
        )
        if names_cases
        else None,
    )


def number_of(count: int) -> Number:
    """A number; hidden under the limit, unless it is none."""
    return Number(value=count) if count == 0 or count >= LIMIT_OF_RESTRICTED else Number(hidden=Hidden.FEW)


def pair_of(before: int, after: int) -> Pair:
    """Two numbers whose difference tells of no fewer than the limit either."""
    first, second = number_of(before), number_of(after)
    if None not in (first.value, second.value) and 0 < abs(after - before) < LIMIT_OF_RESTRICTED:
        second = Number(hidden=Hidden.CLOSE)
    return Pair(before=first, after=second)


def _groups(
    changes: Mapping[Change, int], restricted: Collection[RiskCategory]
) -> tuple[list[tuple[Change, int]], int]:
    """The groups that are shown, and the number of cases in those that are not: none, or enough to hide them.

    Otherwise the number of a small one would follow from the whole: the smallest that could be shown joins them.
    """
    ordered = sorted(changes.items(), key=lambda one: (-one[1], _place(one[0])))
    shown = [(change, cases) for change, cases in ordered if cases >= _limit(change, restricted)]
    others = sum(changes.values()) - sum(cases for _, cases in shown)
    while shown and 0 < others < LIMIT_OF_RESTRICTED:
        others += shown.pop()[1]
    return shown, others


def _limit(change: Change, restricted: Collection[RiskCategory]) -> int:
    """The limit of a group: the lower only where nothing restricted fired or failed to."""
    touched = {*change.categories_added, *change.categories_lost}
    agencies = {*change.agencies_gained, *change.agencies_lost, *change.sent_gained, *change.sent_lost}
    if touched & set(restricted) or Agency.PEAS in agencies or not touched:
        return LIMIT_OF_RESTRICTED  # without a category it may be any, a restricted one, too
    return LIMIT


def _place(change: Change) -> tuple[Any, ...]:
    return tuple(str(part) for part in change)


def _loads(tally: Tally) -> Iterable[Load]:
    before, after = _by_agency(tally.before), _by_agency(tally.after)
    for agency in sorted({*before, *after}):
        days = [one.get(agency, Counter()) for one in (before, after)]
        sums = [day.total() for day in days]
        peaks = [max(day.values(), default=0) for day in days]
        yield Load(agency=agency, sent=pair_of(*sums), peak=pair_of(*peaks))


def _by_agency(counts: Mapping[tuple[Agency, date], int]) -> dict[Agency, Counter[date]]:
    found: dict[Agency, Counter[date]] = {}
    for (agency, day), count in counts.items():
        found.setdefault(agency, Counter())[day] += count
    return found


def _missed(deadlines: Mapping[Any, int]) -> Iterable[MissedDeadlines]:
    found: dict[tuple[Agency, ReferralClock], Counter[str]] = {}
    for fated, count in deadlines.items():
        counts = found.setdefault((fated.agency, fated.clock), Counter())
        if Fate.UNKNOWN in (fated.before, fated.after):
            counts["unknown"] += count
            continue
        counts["before"] += count * (fated.before is Fate.MISSED)
        counts["after"] += count * (fated.after is Fate.MISSED)
    for (agency, clock), counts in sorted(found.items(), key=lambda one: (one[0][0], CLOCKS.index(one[0][1]))):
        yield MissedDeadlines(
            agency=agency,
            clock=clock,
            missed=pair_of(counts["before"], counts["after"]),
            unknown=number_of(counts["unknown"]),
        )
