"""Decides what an amendment changes for an agency that has a referral already (domain.md §6). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, get_args
from uuid import UUID

from events.answers import HarmTime
from events.referral_states import CLOSED
from events.vocabulary import Outcome, ReferralState, RiskCategory, Urgency
from services.referral.lifecycle.domain import Referral
from services.referral.routing.domain import Proposal
from services.referral.routing.evidence import merge
from services.referral.routing.fields import CODES

TOLD_AT_ONCE = frozenset({"safe_contact", "language", "interpreter_needed", "planned_departure"})
"""Answers on which it depends how the person may be reached or spoken to, or for how long they stay."""
HARM = "harm_events"
_TIMES = get_args(HarmTime)

HarmEvent = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is new for an agency: more urgent, further categories, a further harm event."""

    urgency: Urgency
    categories: tuple[RiskCategory, ...]
    """All that it carries from here on."""
    more_urgent: bool
    new_categories: bool
    new_harm: bool

    @property
    def is_news(self) -> bool:
        """Whether the desk is alerted to it, and a referral that had ended is followed."""
        return self.more_urgent or self.new_categories or self.new_harm


def change_of(referral: Referral, proposal: Proposal, further_harm: Sequence[HarmEvent] = ()) -> Change:
    """What a proposal of the rules changes on a referral. It never becomes less urgent, and loses no category."""
    carried = referral.categories if referral.state in CLOSED else referral.told_categories
    return Change(
        urgency=min(referral.urgency, proposal.urgency),
        categories=tuple(sorted({*referral.categories, *proposal.categories})),
        more_urgent=proposal.urgency < referral.urgency,
        new_categories=not set(proposal.categories) <= set(carried),
        new_harm=any(_is_among(one, proposal) for one in further_harm),
    )


def may_be_followed(ended: Referral, keys: Mapping[UUID, bytes]) -> bool:
    """Whether a referral that has ended may be followed by a linked one; ``keys`` open what came of it."""
    over = ended.state in CLOSED and ended.state is not ReferralState.ENTERED_IN_ERROR
    return over and ended.linked is None and ended.reported.outcome_in(ended.id, keys) is not Outcome.DECEASED


def further_harm(before: Iterable[HarmEvent], now: Iterable[HarmEvent]) -> list[HarmEvent]:
    """The harm events that were not there before: one more of its kind, or one of its kind that is more recent.

    Any other difference corrects an event that was known.
    """
    corrected, unmatched = list(before), list[HarmEvent]()
    for one in now:
        if one in corrected:
            corrected.remove(one)
        else:
            unmatched.append(one)
    further = []
    for one in sorted(unmatched, key=_recency):
        earlier = sorted((other for other in corrected if other.get("kind") == one.get("kind")), key=_recency)
        if earlier:
            corrected.remove(earlier[0])
        if not earlier or _recency(one) < _recency(earlier[0]):
            further.append(one)
    return further


def told_right(
    told: Mapping[str, Any], fresh: Mapping[str, Any], answers: Mapping[str, Any], shelter: str
) -> dict[str, Any]:
    """What an agency is to read from here on: what its rules disclose now, and what it was told, as it is now.

    ``answers``: by the names that rules use. Of a list only what it was told and still holds stays in it, since the
    rest is none of its business.
    """
    kept = {name: _still(name, value, answers.get(name)) for name, value in told.items()}
    right = {name: value for name, value in kept.items() if value is not None}
    right |= {name: _joined(right.get(name), value) for name, value in fresh.items()}
    return right | ({"shelter": shelter} if "shelter" in {*told, *fresh} else {})


def merged(proposals: Sequence[Proposal]) -> Proposal:
    """Several proposals for one referral, after one agency got what was proposed for another."""
    return reduce(_merged, proposals)


def _merged(one: Proposal, other: Proposal) -> Proposal:
    grounds = {ground.rule: ground for ground in (*other.grounds, *one.grounds)}
    disclosed = {name: _joined(other.disclosed.get(name), value) for name, value in one.disclosed.items()}
    return replace(
        one,
        urgency=min(one.urgency, other.urgency),
        categories=tuple(sorted(grounds)),
        grounds=tuple(grounds[rule] for rule in sorted(grounds)),
        disclosed={**other.disclosed, **disclosed},
    )


def _is_among(event: HarmEvent, proposal: Proposal) -> bool:
    """Whether a harm event is among those that the rules name this agency for."""
    evidence = merge([ground.evidence for ground in proposal.grounds]).get(HARM, ())
    return any(all(event.get(part) == value for part, value in one.items()) for one in evidence)


def _recency(event: HarmEvent) -> int:
    """The most recent first."""
    return _TIMES.index(event["when"])


def _still(name: str, old: Any, now: Any) -> Any:
    """What was told, as it is now; ``None``: nothing of it holds any more, or it is a code that no rule may use."""
    if not isinstance(old, list):
        return now if name not in CODES or now in CODES[name] else None
    holds = [one for one in old if any(_is_part_of(one, element) for element in now or ())]
    return holds or None


def _is_part_of(told: Any, element: Any) -> bool:
    if isinstance(told, Mapping) and isinstance(element, Mapping):
        return all(element.get(part) == value for part, value in told.items())
    return bool(told == element)


def _joined(earlier: Any, value: Any) -> Any:
    if not isinstance(value, list) or not isinstance(earlier, list):
        return value
    return [*earlier, *(one for one in value if one not in earlier)]
