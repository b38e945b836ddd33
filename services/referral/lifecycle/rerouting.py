"""Where a referral goes that its agency declined or left without an answer (domain.md §6). Pure."""

from collections.abc import Callable, Mapping, Sequence

from events.vocabulary import Agency, BlockReason
from services.referral.consent.domain import Allowed, Blocked
from services.referral.lifecycle.domain import Referral

OWN_NO = frozenset({BlockReason.CONSENT_REFUSED, BlockReason.WITHHELD})
"""The person said no to this agency: it is not asked about again."""


def find_agency(
    candidates: Sequence[Agency],
    *,
    others: Mapping[Agency, Referral],
    may_send: Callable[[Agency], Allowed | Blocked],
    has_room: Callable[[Agency], bool],
    ask: bool,
) -> Agency | None:
    """The agency that gets it; ``None``: a person must decide.

    Args:
        candidates: In the order in which they are asked.
        others: The other open referrals of the case, by agency.
        may_send: Whether it may be sent to an agency.
        has_room: Whether the desk that would answer has not said that it is full.
        ask: Whether the person is asked where no candidate has a basis.
    """
    answers = {one: may_send(one) for one in candidates}
    allowed = [one for one in candidates if isinstance(answers[one], Allowed)]
    already = [one for one in allowed[:1] if one in others and others[one].sent]
    with_room = [one for one in allowed if has_room(one)]
    found = [*already, *with_room, *allowed]
    if not found and ask:
        found = [one for one, answer in answers.items() if _may_be_asked_about(answer, others.get(one))]
    return found[0] if found else None


def _may_be_asked_about(answer: Allowed | Blocked, other: Referral | None) -> bool:
    """Whether what would go to an agency waits there for a decision.

    It does not where the agency works on a referral of the case already: that one does not wait, so nobody would ask.
    """
    waits = other is None or not other.sent or other.waits
    return waits and isinstance(answer, Blocked) and answer.reason not in OWN_NO
