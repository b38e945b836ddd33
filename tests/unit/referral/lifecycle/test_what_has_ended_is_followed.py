"""A referral that has ended does not end the person's risk: a linked one follows it; an agency has one at a time."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from events.referral_states import OPEN
from events.vocabulary import Agency, ReferralState
from services.referral.lifecycle.changes import may_be_followed
from services.referral.lifecycle.reported import NOTHING_REPORTED
from tests.support.builders.changing_case import ChangingCase, granted
from tests.support.builders.referral import referral_that_is

NEWS: dict[str, dict[str, Any]] = {
    "more urgent": {"danger_now": "yes"},
    "a category that it did not carry": {"self_declared": ["lgbtiq"]},
}


def ended(**answers: Any) -> ChangingCase:
    """ACNUR gave its help, and said so."""
    case = ChangingCase.of(granted("ACNUR"), granted("OIM"), **answers)
    case.takes("ACNUR", "accept", "start", "fail", outcome="departed_onward")
    case.passes(days=2)
    return case


@pytest.mark.parametrize("news", NEWS)
def test_what_is_new_after_the_end_is_sent_in_a_referral_that_follows(news: str) -> None:
    case = ended()
    first = case.referral("ACNUR")
    case.amended(**NEWS[news])
    case.takes("ACNUR", "acknowledge")
    following = case.referral("ACNUR")
    assert following.follows == first.id
    assert case.happened("ACNUR") == ["proposed", "requested", "acknowledged"]
    (before,) = [one for one in case.all() if one.id == first.id]
    assert (before.state, before.linked) == (ReferralState.FAILED, following.id)


def test_a_further_harm_event_is_new_to_an_agency_whose_rules_rest_on_it() -> None:
    case = ChangingCase.of(granted("OIM"))
    case.takes("OIM", "accept", "fail", outcome="no_show")
    case.amended(harm_events=[{"kind": "robbery", "when": "72h"}, {"kind": "robbery", "when": "ongoing"}])
    assert case.referral("OIM").follows is not None


@pytest.mark.parametrize(
    "nothing_new",
    [{}, {"language": "mam"}, {"harm_events": [{"kind": "robbery", "when": "120h"}]}, {"planned_departure": "today"}],
)
def test_what_is_not_new_leaves_what_has_ended_as_it_is(nothing_new: dict[str, Any]) -> None:
    case = ended()
    case.amended(**nothing_new)
    assert case.referral("ACNUR").state == "failed"
    assert case.happened("ACNUR")[-1] == "failed"


def test_another_amendment_changes_the_one_that_follows_and_proposes_no_third() -> None:
    case = ended()
    case.amended(danger_now="yes")
    following = case.referral("ACNUR").id
    case.amended(self_declared=["lgbtiq"])
    assert case.referral("ACNUR").id == following
    assert case.happened("ACNUR")[-1] == "reassessed"
    assert sum(one.agency == "ACNUR" for one in case.all()) == 2


@pytest.mark.parametrize("state", sorted(ReferralState))
def test_never_after_an_error_nor_a_death_nor_while_it_is_open(state: str) -> None:
    referral = referral_that_is(state)
    assert may_be_followed(referral, {}) == (state not in OPEN and state != "entered_in_error")
    assert not may_be_followed(replace(referral, linked=UUID(int=12)), {})
    case = ChangingCase.of(granted("ACNUR"))
    case.takes("ACNUR", "accept", "no-contact", outcome="deceased")
    case.amended(danger_now="yes")
    assert case.referral("ACNUR").state == "no_contact"


def test_what_follows_waits_where_the_person_has_since_said_no() -> None:
    case = ended()
    case.refuses("ACNUR")
    case.amended(danger_now="yes")
    assert case.referral("ACNUR").state == "blocked_consent"
    assert case.referral("ACNUR").reason == "consent_refused"


class TestConsentAgainAfterAWithdrawal:
    def case(self) -> ChangingCase:
        case = ChangingCase.of(granted("ACNUR"))
        case.refuses("ACNUR")
        assert case.referral("ACNUR").state == "withdrawn"
        return case

    def test_is_sent_in_a_referral_that_follows(self) -> None:
        case = self.case()
        case.consents(granted("ACNUR", receipt=UUID(int=30)))
        after = case.referral("ACNUR")
        assert (after.state, after.receipt) == ("requested", UUID(int=30))
        assert after.follows is not None

    def test_to_another_agency_or_for_something_else_follows_nothing(self) -> None:
        case = self.case()
        case.consents(granted("UNODC", receipt=UUID(int=30)))
        case.consents(granted("ACNUR", receipt=UUID(int=31), purpose="return"))
        assert case.referral("ACNUR").state == "withdrawn"

    def test_twice_follows_once(self) -> None:
        case = self.case()
        case.consents(granted("ACNUR", receipt=UUID(int=30)))
        case.consents(granted("ACNUR", receipt=UUID(int=31)))
        assert sum(one.agency == "ACNUR" for one in case.all()) == 2


class TestOneReferralOfACaseAndAgency:
    def test_what_is_new_joins_the_agencys_other_open_one_as_a_change(self) -> None:
        """UNODC's was sent on to ACNUR; ACNUR's own has ended, and now ACNUR's own rules find more."""
        case = ChangingCase.of(
            granted("ACNUR"), granted("UNODC"), harm_events=[{"kind": "kidnapping", "when": "older"}]
        )
        case.takes("ACNUR", "accept", "fail", outcome="no_show")
        case.declines("UNODC")
        declined = case.referral("UNODC")
        case.sends_on(declined, "ACNUR")
        case.takes("ACNUR", "accept")
        sent_on = case.referral("ACNUR").id
        case.amended(self_declared=["lgbtiq"])
        joined = case.referral("ACNUR")
        assert joined.id == sent_on
        assert set(joined.categories) == {"SECUESTRO", "ASILO", "LGBTIQ"}
        assert joined.has_unseen_change
        assert joined.after.unseen_is_urgent
        assert case.happened("ACNUR")[-1] == "reassessed"
        assert case.read("ACNUR").keys() >= {"harm_events", "self_declared", "fear_of_return"}
        at_acnur = [one for one in case.current() if one.agency == "ACNUR" and one.state in OPEN]
        assert [one.id for one in at_acnur] == [sent_on]


def test_the_same_facts_in_other_batches_give_the_same_referrals() -> None:
    cases = []
    for batches in ([3], [1, 2], [2, 1], [1, 1, 1]):
        case = ended()
        case.at_once = False
        case.amended(danger_now="yes")
        case.amended(self_declared=["lgbtiq"], language="mam")
        case.consents(granted("UNODC", receipt=UUID(int=30)))
        waiting, case.waiting = case.waiting, []
        for size in batches:
            case.waiting, waiting = waiting[:size], waiting[size:]
            case.reacts()
        cases.append(case)
    # Sealed twice, the same report is two boxes.
    shown = [[replace(one, reported=NOTHING_REPORTED) for one in case.all()] for case in cases]
    assert all(one == shown[0] for one in shown)
    for case in cases[1:]:
        assert case.read("ACNUR") == cases[0].read("ACNUR")
    assert {Agency.ACNUR, Agency.OIM} == {one.agency for one in cases[0].all()}
