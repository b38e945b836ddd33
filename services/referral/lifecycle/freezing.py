"""How much later a referral's deadlines are after a withdrawal made with the slip was checked and dismissed. Pure."""

from datetime import datetime, timedelta

from events.referral import Deadlines, ReferralUnfrozen
from services.referral.case_file.domain import CaseFile
from services.referral.deadlines.policy import Clocks
from services.referral.deadlines.ports import EVERY_HOUR, Hours
from services.referral.lifecycle.domain import Referral


def unfrozen(
    referral: Referral, file: CaseFile | None, clocks: Clocks, hours: Hours, now: datetime
) -> ReferralUnfrozen:
    """The event that ends a freeze. Deadlines that had not passed are later by the time that was counted meanwhile.

    None is later than the person leaves, or than a legal clock allows: those stand still for nobody.
    """
    whose = {"agency": referral.agency, "shelter": referral.shelter}
    before, since, frozen = referral.deadlines, referral.clocks_from, referral.after.frozen_at
    if before is None or since is None or frozen is None:
        return ReferralUnfrozen(**whose)
    begin = max(frozen, since)
    stood = hours.between(begin, now)
    shifted = Deadlines(
        acknowledge_by=_later(before.acknowledge_by, begin, stood, hours),
        decide_by=_later(before.decide_by, begin, stood, hours),
        serve_by=_later(before.serve_by, begin, EVERY_HOUR.between(begin, now), EVERY_HOUR),
        decide_by_if_asked=None
        if before.decide_by_if_asked is None
        else _later(before.decide_by_if_asked, begin, stood, hours),
    )
    clocks_from = hours.after(since, stood) if stood > timedelta(0) else since
    if file is not None:
        shifted = _within_bounds(shifted, before, referral, file, clocks, hours, clocks_from, now)
    return ReferralUnfrozen(**whose, deadlines=shifted, clocks_from=clocks_from)


def _later(deadline: datetime, begin: datetime, stood: timedelta, hours: Hours) -> datetime:
    """One that had passed when the clocks stood still stays passed."""
    return hours.after(deadline, stood) if deadline > begin and stood > timedelta(0) else deadline


def _within_bounds(
    shifted: Deadlines,
    before: Deadlines,
    referral: Referral,
    file: CaseFile,
    clocks: Clocks,
    hours: Hours,
    clocks_from: datetime,
    now: datetime,
) -> Deadlines:
    bounds = clocks.again(
        referral.urgency,
        referral.categories,
        file.answers.get("screening", {}),
        occurred_at=file.answered_at,
        sent_at=clocks_from,
        now=now,
        hours=hours,
    )
    decide_by = max(before.decide_by, min(shifted.decide_by, bounds.decide_by))
    asked = shifted.decide_by_if_asked
    if asked is not None:
        asked = max(decide_by, asked if bounds.decide_by_if_asked is None else min(asked, bounds.decide_by_if_asked))
    return shifted.model_copy(
        update={
            "decide_by": decide_by,
            "acknowledge_by": min(shifted.acknowledge_by, max(decide_by, before.acknowledge_by)),
            "decide_by_if_asked": asked,
        }
    )
