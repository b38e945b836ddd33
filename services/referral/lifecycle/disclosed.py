"""What an agency was told of a referral, and whether it may still read it.

Checked at every reading: consent can be taken back. What was told is in the boxes of the referral's events; nothing of
it is stored anywhere else.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import DisclosureRenewed, ReferralProposed, ReferralReassessed, ReferralRequested
from events.sealed import Box
from events.vocabulary import RiskCategory
from services.chassis.vault.sealing import Place, open_box
from services.referral.case_file.domain import CaseFile
from services.referral.lifecycle.after_sending import SEEN_BY
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.standing import basis_is_valid
from services.referral.routing.domain import Assessment

History = Sequence[Recorded[Event]]


class Disclosure(NamedTuple):
    """A disclosure to the agency: its fact and its box."""

    fact: Recorded[Event]
    box: Box


def may_be_told_more(referral: Referral, file: CaseFile, assessment: Assessment, at: datetime) -> bool:
    """Whether anything new may be shared: not while it is frozen or contested, nor once its basis has run out."""
    after = referral.after
    stopped = after.frozen_at is not None or after.lapsed_at is not None or after.contest is not None
    return referral.sent and not stopped and basis_is_valid(referral, file, assessment, at)


def latest_disclosure(history: History) -> tuple[Recorded[Event], Box, ReferralRequested]:
    """The latest disclosure to the agency: its fact, its box and the request it belongs to."""
    found = disclosures(history)
    requested = next((fact.event for fact in reversed(history) if isinstance(fact.event, ReferralRequested)), None)
    assert found  # noqa: S101 - it is open to the agency, so it was sent
    assert requested is not None  # noqa: S101 - likewise
    return (*found[-1], requested)


def disclosures(history: History) -> list[Disclosure]:
    """Every disclosure to the agency, oldest first."""
    return [
        Disclosure(fact, fact.event.disclosure)
        for fact in history
        if isinstance(fact.event, ReferralRequested | ReferralReassessed | DisclosureRenewed) and fact.event.disclosure
    ]


def disclosure_last_acted_on(history: History) -> Disclosure | None:
    """What the desk could read when it last acted, or, if it never did, when it was asked; ``None``: never sent."""
    found = disclosures(history)
    if not found:
        return None
    acted = max((fact.version for fact in history if isinstance(fact.event, SEEN_BY)), default=0)
    since = [fact.version for fact in history if isinstance(fact.event, ReferralRequested)][-1]
    return [one for one in found if one.fact.version <= max(acted, since)][-1]


def told(history: History, keys: Mapping[UUID, bytes]) -> dict[str, Any] | None:
    """What the agency can read; ``None``: it was told nothing, or the person's data were erased."""
    found = disclosures(history)
    return _opened(found[-1].fact, found[-1].box, "disclosure", keys) if found else None


def evidence_of_rules(history: History, keys: Mapping[UUID, bytes]) -> dict[RiskCategory, dict[str, Any]]:
    """The answers behind each of a referral's categories, as it was last assessed with that category."""
    found: dict[RiskCategory, dict[str, Any]] = {}
    for fact in history:
        if isinstance(fact.event, ReferralProposed | ReferralReassessed):
            grounds = _opened(fact, fact.event.grounds, "grounds", keys) or {}
            found |= {RiskCategory(rule): one["inputs"] for rule, one in grounds.items()}
    return found


def changed_names(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The names of the answers that differ, those included that are no longer told; the order of a list is no news."""
    return sorted(name for name in {*before, *now} if not _same(before.get(name), now.get(name)))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(element in other for element in one)
    return bool(one == other)


def _opened(fact: Recorded[Event], box: Box, field: str, keys: Mapping[UUID, bytes]) -> dict[str, Any] | None:
    return open_box(box, Place(fact.stream, fact.version, fact.event.NAME, field), keys)
