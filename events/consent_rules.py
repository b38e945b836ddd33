"""Rules that several services apply: who is a child, who may consent for whom, what a consent may name."""

from collections.abc import Mapping
from typing import Any

from events.vocabulary import ConsentGiver

ALL_FIELDS = "all"
"""In a consent's fields: everything that the recipient may see; no other field is named beside it."""
OWN_FIELDS = "own"
"""Of a reading: what the shelter recorded itself."""
CHILD_BANDS = frozenset({"0-5", "6-11", "12-14", "15-17"})
"""The age bands under 18."""
CONSENTING_BAND = "15-17"
"""Children of this band may consent for themselves."""


def may_be_a_child(screening: Mapping[str, Any]) -> bool:
    """Whether the person is, or may be, under 18: either counts as a child (domain.md §5)."""
    band = screening.get("age_band")
    return band in CHILD_BANDS or (band == "unknown" and screening.get("could_be_under_18") != "no")


def has_a_guardian(screening: Mapping[str, Any]) -> bool:
    """Whether a parent or guardian is present and may decide: nobody of a family that did harm may."""
    harmed = any(one.get("perpetrator") == "family" for one in screening.get("harm_events") or ())
    return screening.get("accompaniment") == "parent_or_guardian" and not harmed


def may_consent(giver: ConsentGiver, screening: Mapping[str, Any], *, child: bool) -> bool:
    """Whether a decision by this giver is valid (domain.md §5, fifth question).

    An adult decides alone; for a child, a guardian who is present and did no harm, or the child from 15 on.
    """
    if not child:
        return giver is ConsentGiver.SELF
    if giver is ConsentGiver.SELF:
        return screening.get("age_band") == CONSENTING_BAND
    return has_a_guardian(screening)
