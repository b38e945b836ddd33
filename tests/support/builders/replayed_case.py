"""Cases on paper as a replay reads them from the logs: the services' own reactions decided them at the time."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from events.contract import Recorded
from events.intake import CaseOpened
from events.referral import assessment_stream
from events.vocabulary import Agency, CaseKind
from services.directory.desks import duty_desks
from services.referral.deadlines.policy import Clocks, load_clocks
from services.referral.lifecycle.case_referrals import referral_of
from services.referral.routing.policy import RuleSet, load_rules
from services.referral.what_if.history import MOMENTS, WHOLE, Asked, CaseHistory, Noted, moments_of
from services.referral.what_if.policy import AsThen, Otherwise
from services.referral.what_if.tally import Comparison, Tally
from tests.support.builders.changing_case import CASE, KEY, SECRET, SUBMISSION, ChangingCase


def flagged(document: dict[str, Any], at: datetime) -> ChangingCase:
    """A case of a whole document, whatever its kind, recorded at a moment."""
    case = ChangingCase(document, now=at)
    opened = CaseOpened(
        submission=SUBMISSION,
        kind=CaseKind(document.get("kind", CaseKind.PERSON)),
        shelter=document["shelter"],
        worker="w-001",
        subject=UUID(int=12),
        screening=case._sealed(CaseOpened, document),
        consents=(),
        fingerprint="f",
    )
    case.happens(opened)
    return case


def history_of(case: ChangingCase) -> CaseHistory:
    """What a replay knows of the case."""
    assessed: list[Recorded[Any]] = list(case.streams[assessment_stream(CASE)])
    moments = moments_of(case.facts, assessed, {KEY: SECRET})
    assert moments is not None
    found: dict[Agency, Asked] = {}
    for agency in Agency:
        for fact in case.streams.get(referral_of(case.opened, agency), ()):
            name = fact.event.NAME
            if name in MOMENTS | WHOLE:
                asked = found.setdefault(agency, Asked())
                asked.note(Noted(fact.stream, name, fact.recorded_at, fact if name in WHOLE else None))
    return CaseHistory(tuple(moments), found)


@cache
def as_then() -> AsThen:
    """The programme's policies, adopted before anything happened."""
    rules = load_rules()
    early = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    return AsThen([(early, rules)], [(early, load_clocks())], {rules.version: rules})


def compared(
    case: ChangingCase, *, rules: RuleSet | None = None, clocks: Clocks | None = None, until: datetime | None = None
) -> Tally:
    """The case compared with what other rules or deadlines would have led to; none are other than those of the time."""
    then, tally = as_then(), Tally()
    comparison = Comparison(
        then=then,
        otherwise=Otherwise(then, rules, clocks),
        desks=duty_desks(),
        until=until or case.now,
        names_cases=True,
    )
    comparison.add(CASE, history_of(case), tally)
    return tally
