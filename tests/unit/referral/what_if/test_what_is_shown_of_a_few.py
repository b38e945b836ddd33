"""Nothing that is shown says how many a few were, nor lets it be computed (domain.md §7.7)."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import Agency, ReferralClock, RiskCategory
from services.chassis.locales import COMPLETE, catalogue
from services.referral.routing.policy import load_rules
from services.referral.what_if.domain import Fate
from services.referral.what_if.publishing import publish
from services.referral.what_if.schemas import Hidden, Number, Pair, ReplayResult
from services.referral.what_if.tally import Change, Fated, Tally
from services.referral.what_if.words import report

RESTRICTED = load_rules().policy.restricted
DAY = date(2013, 6, 12)
CHANGE = st.builds(
    lambda agencies_gained, categories_added: Change(agencies_gained, (), categories_added),
    agencies_gained=st.lists(st.sampled_from(list(Agency)), max_size=2, unique=True).map(tuple),
    categories_added=st.lists(st.sampled_from(list(RiskCategory)), max_size=2, unique=True).map(tuple),
)
CHANGES = st.dictionaries(CHANGE, st.integers(1, 25), max_size=6).map(Counter)
LOAD = st.dictionaries(
    st.tuples(st.sampled_from(list(Agency)[:3]), st.sampled_from([DAY, date(2013, 6, 13)])), st.integers(0, 30)
).map(Counter)


def shown(**counts: Any) -> ReplayResult:
    return publish(
        Tally(**counts),
        RESTRICTED,
        rule_set="2013.9-abc",
        deadlines=None,
        days=(DAY, DAY),
        known_until=datetime(2013, 6, 13, tzinfo=UTC),
    )


def pairs(result: ReplayResult) -> list[Pair]:
    return [
        *(pair for one in result.load for pair in (one.sent, one.peak)),
        *(one.missed for one in result.missed),
    ]


@given(changes=CHANGES)
def test_no_group_that_is_too_small_follows_from_the_whole(changes: Counter[Change]) -> None:
    result = shown(changes=changes)
    seen = sum(group.cases for group in result.groups)
    hidden = changes.total() - seen
    assert hidden == 0 or hidden >= 10 or (not result.groups and result.changed.value is None)
    assert result.others in (Number(value=hidden), Number(hidden=Hidden.FEW))
    assert (result.others.value is None) == (0 < hidden < 10)


@given(changes=CHANGES)
def test_a_group_that_touches_a_restricted_category_has_ten_and_any_other_five(changes: Counter[Change]) -> None:
    for group in shown(changes=changes).groups:
        restricted = set(group.categories_added) & RESTRICTED or not group.categories_added
        assert group.cases >= (10 if restricted or Agency.PEAS in group.agencies_gained else 5)


@given(before=LOAD, after=LOAD)
def test_neither_a_number_nor_a_difference_is_that_of_a_few(before: Counter[Any], after: Counter[Any]) -> None:
    for pair in pairs(shown(before=before, after=after)):
        numbers = [one.value for one in (pair.before, pair.after)]
        assert all(one is None or one == 0 or one >= 10 for one in numbers)
        if None not in numbers:
            assert numbers[0] == numbers[1] or abs((numbers[0] or 0) - (numbers[1] or 0)) >= 10


def test_a_desk_that_would_miss_a_few_more_is_said_to_miss_about_as_many() -> None:
    deadlines = Counter(
        {
            Fated(Agency.OIM, ReferralClock.DECIDE, Fate.MISSED, Fate.MISSED): 12,
            Fated(Agency.OIM, ReferralClock.DECIDE, Fate.KEPT, Fate.MISSED): 3,
            Fated(Agency.OIM, ReferralClock.DECIDE, None, Fate.UNKNOWN): 11,
            Fated(Agency.ACNUR, ReferralClock.DECIDE, Fate.KEPT, Fate.MISSED): 30,
        }
    )
    of_oim = next(one for one in shown(deadlines=deadlines).missed if one.agency is Agency.OIM)
    assert of_oim.missed == Pair(before=Number(value=12), after=Number(hidden=Hidden.CLOSE))
    assert of_oim.unknown == Number(value=11)
    of_acnur = next(one for one in shown(deadlines=deadlines).missed if one.agency is Agency.ACNUR)
    assert of_acnur.missed == Pair(before=Number(value=0), after=Number(value=30))


@given(changes=CHANGES, before=LOAD, after=LOAD)
def test_whatever_is_shown_has_its_words(changes: Counter[Change], before: Counter[Any], after: Counter[Any]) -> None:
    result = shown(changes=changes, before=before, after=after, compared=40, erased=2, lost=1, not_reproduced=3)
    for locale in COMPLETE:
        lines = report(result, catalogue("services.referral.what_if")(locale))
        assert len(lines) > 10
        assert not [line for line in lines if "what_if" in line or "None" in line]
