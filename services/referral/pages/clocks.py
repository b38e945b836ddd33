"""The clocks that run on a referral, as the list shows them: what is waited for, until when, and what is due next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from events.referral_states import CLOSED, UNDECIDED
from events.vocabulary import ReferralState
from services.referral.worklist.schemas import Referral

S = ReferralState
TO_SERVE = frozenset({S.ACCEPTED, S.SCHEDULED})
CLOCKS = (
    "acknowledge",
    "decide",
    "serve",
    "change",
    "freeze",
    "waiting",
    "wants_time",
    "consent",
    "renewal",
    "deletion",
)
"""Everything that may be waited for; each is the end of its text's key."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One deadline."""

    what: str
    """One of ``CLOCKS``."""
    until: datetime
    stands: bool = False
    """Whether it stands still until a withdrawal was checked."""


def clocks_of(referral: Referral) -> list[Clock]:
    """Every deadline that runs, the nearest first."""
    return sorted(_all(referral), key=lambda one: one.until)


def next_due(referral: Referral) -> Clock | None:
    """What somebody has to do next; ``None``: nothing has a deadline."""
    running = [one for one in clocks_of(referral) if not one.stands and one.what not in LIMITS]
    return running[0] if running else None


LIMITS = frozenset({"consent"})
"""What comes to its end by itself: nobody at the desk has to do anything until then."""


def _all(referral: Referral) -> Iterator[Clock]:
    if referral.state not in CLOSED:
        yield from _of_the_desk(referral)
        yield from _of_what_happened(referral)
    if referral.deletion is not None and referral.deletion.confirmed_at is None:
        yield Clock("deletion", referral.deletion.due)


def _of_the_desk(referral: Referral) -> Iterator[Clock]:
    times, stand = referral.deadlines, referral.frozen is not None
    if referral.state is S.REQUESTED and times.acknowledge_by is not None:
        yield Clock("acknowledge", times.acknowledge_by, stand)
    if referral.state in UNDECIDED | {S.EXPIRED} and times.decide_by is not None:
        yield Clock("decide", times.decide_by, stand)
    if referral.state in TO_SERVE and times.serve_by is not None:
        yield Clock("serve", times.serve_by, stand)


def _of_what_happened(referral: Referral) -> Iterator[Clock]:
    if referral.unseen_change is not None:
        yield Clock("change", referral.unseen_change.seen_by)
    if referral.frozen is not None:
        yield Clock("freeze", referral.frozen.check_by)
    if referral.waiting is not None and referral.waiting.ask_by is not None:
        yield Clock("waiting", referral.waiting.ask_by)
    if referral.waiting is not None and referral.waiting.until is not None:
        yield Clock("wants_time", referral.waiting.until)
    consent = referral.consent
    if consent is not None and consent.lapsed_at is None:
        yield Clock("consent", consent.until)
    if consent is not None and consent.lapsed_at is not None and consent.renew_by is not None:
        yield Clock("renewal", consent.renew_by)
