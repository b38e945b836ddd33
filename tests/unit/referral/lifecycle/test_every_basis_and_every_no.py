"""What becomes of a referral that was sent, for every basis that it may rest on and every no that may be said."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.referral import ReferralWithdrawn
from events.referral_states import OPEN
from services.referral.lifecycle.standing import basis_is_valid, may_be_read
from tests.support.builders.paper_case import POLICIES, PaperCase, decision
from tests.support.people.people import a_child_alone, an_adult
from tests.support.properties import searching

GRANTED, REFUSED = decision("OIM"), decision("OIM", "refused")
IN_DANGER = {"danger_now": "yes"}
OF_UNICEF = {"agency": "UNICEF"}


def on_consent() -> PaperCase:
    return PaperCase.opened(an_adult(), GRANTED)


def on_vital_interest() -> PaperCase:
    return PaperCase.opened(an_adult(**IN_DANGER), decision("OIM", "cannot_decide"))


def of_a_child_in_its_best_interests() -> PaperCase:
    return PaperCase.opened(a_child_alone())


def of_a_child_on_vital_interest() -> PaperCase:
    child = a_child_alone(**IN_DANGER)
    child["best_interests"]["assent"] = "no"
    return PaperCase.opened(child)


def withheld(case: PaperCase, agency: str) -> None:
    case.amended(withhold_from=[agency])


def refused(case: PaperCase, agency: str) -> None:
    case.decided(decision(agency, "refused"))


def refused_by_a_guardian(case: PaperCase, agency: str) -> None:
    case.decided(decision(agency, "refused", by="guardian"))


def taken_back(case: PaperCase, agency: str) -> None:
    case.withdrawn(decision(agency))


def another_agency_refused(case: PaperCase, agency: str) -> None:
    case.decided(decision("ACNUR", "refused"))
    assert agency != "ACNUR"


@pytest.mark.parametrize(
    ("sent", "agency", "no", "then"),
    [
        (on_consent, "OIM", withheld, "withheld"),
        (on_consent, "OIM", refused, "consent_withdrawn"),
        (on_consent, "OIM", taken_back, "consent_withdrawn"),
        (on_consent, "OIM", refused_by_a_guardian, "stands"),
        (on_consent, "OIM", another_agency_refused, "stands"),
        (on_vital_interest, "OIM", withheld, "withheld"),
        (on_vital_interest, "OIM", refused, "refused"),
        (on_vital_interest, "OIM", refused_by_a_guardian, "stands"),
        (on_vital_interest, "OIM", another_agency_refused, "stands"),
        (of_a_child_on_vital_interest, "UNICEF", withheld, "withheld"),
        (of_a_child_on_vital_interest, "UNICEF", refused, "refused"),  # a child's own, at any age
        (of_a_child_on_vital_interest, "UNICEF", refused_by_a_guardian, "stands"),  # nobody is there who may
        (of_a_child_in_its_best_interests, "UNICEF", withheld, "contested"),
        (of_a_child_in_its_best_interests, "UNICEF", refused, "contested"),
        (of_a_child_in_its_best_interests, "UNICEF", refused_by_a_guardian, "stands"),
        (of_a_child_in_its_best_interests, "UNICEF", another_agency_refused, "stands"),
    ],
)
def test_what_becomes_of_it(sent: Any, agency: str, no: Any, then: str) -> None:
    case = sent()
    assert case.referral(agency).state == "requested", case.names(agency)
    no(case, agency)
    referral = case.referral(agency)
    if then == "stands":
        assert (referral.state, referral.after.contest) == ("requested", None)
    elif then == "contested":
        assert (referral.state, referral.after.contest) != ("requested", None)
        no(case, agency)
        assert case.names(agency).count("withdrawal_contested") == 1
    else:
        (ended,) = [fact.event for fact in case.history(agency) if isinstance(fact.event, ReferralWithdrawn)]
        assert (referral.state, ended.reason) == ("withdrawn", then)
        assert ended.confirm_deletion_by == case.now + timedelta(hours=72)


def test_a_guardian_who_is_there_speaks_for_a_child_in_danger_and_its_interests_outlast_that() -> None:
    child = a_child_alone(accompaniment="parent_or_guardian", harm_events=[{"kind": "assault", "when": "72h"}])
    case = PaperCase.opened(child)
    assert case.referral("UNICEF").basis == "best_interests"
    case.decided(decision("UNICEF", "refused", by="guardian"))
    assert (case.referral("UNICEF").state, case.referral("UNICEF").after.contest) == ("requested", "refused")


def test_a_consent_that_a_childs_interests_hold_too_goes_on_with_what_was_disclosed_and_is_contested() -> None:
    """Nothing is opened by a no: the agency knows what it knew, and two people decide."""
    child = a_child_alone(age_band="15-17")
    child["best_interests"]["assent"] = "no"
    granted = decision("UNICEF", fields=("language",))
    case = PaperCase.opened(child, granted)
    assert case.referral("UNICEF").basis == "consent"
    case.amended(best_interests={"assent": "yes", "basis": "assessment_started"})
    assert case.referral("UNICEF").basis == "consent"  # what the child consents to stays narrower
    case.withdrawn(granted)
    referral = case.referral("UNICEF")
    assert (referral.state, referral.basis, referral.after.contest) == ("requested", "best_interests", "refused")
    renewed = type(case.history("UNICEF")[-2].event)
    assert case.opened_box("UNICEF", renewed).keys() == {"language"}


def test_while_it_is_contested_nothing_new_is_shared_by_an_amendment() -> None:
    case = of_a_child_in_its_best_interests()
    case.amended(withhold_from=["UNICEF"])
    case.amended(harm_events=[{"kind": "sexual_violence", "when": "72h"}], language="mam")
    assert case.names("UNICEF").count("disclosure_renewed") == 0
    assert all(getattr(fact.event, "disclosure", None) is None for fact in case.history("UNICEF")[2:])


NOES = (withheld, refused, refused_by_a_guardian, taken_back, another_agency_refused)
ACTS = st.lists(
    st.sampled_from([*NOES, "grants", "narrows", "danger is over", "nobody is excluded"]),
    max_size=6,
)


@searching(examples=150, steps=1)
@given(
    sent=st.sampled_from(
        [on_consent, on_vital_interest, of_a_child_in_its_best_interests, of_a_child_on_vital_interest]
    ),
    acts=ACTS,
)
def test_whatever_is_said_nobody_keeps_an_open_referral_that_nobody_may_read(sent: Any, acts: list[Any]) -> None:
    """And nobody reads one that has ended, or waits."""
    case = sent()
    agency = "UNICEF" if case.names("UNICEF") else "OIM"
    for act in acts:
        case.now += timedelta(minutes=1)
        if act == "grants":
            case.decided(decision(agency, expires_at=case.now + timedelta(days=30)))
        elif act == "narrows":
            case.decided(decision(agency, fields=("language",), expires_at=case.now + timedelta(days=30)))
        elif act == "danger is over":
            case.amended(danger_now="no")
        elif act == "nobody is excluded":
            case.amended(withhold_from=[])
        else:
            act(case, agency)
        check(case, agency)


def check(case: PaperCase, agency: str) -> None:
    file = case.file()
    assessment = POLICIES.assessment(file)
    for referral in case.referrals():
        if referral.sent and referral.agency == agency:
            readable = may_be_read(referral, file, assessment, case.now)
            waits = referral.state == "blocked_consent"
            assert readable == (referral.state in OPEN and not waits), case.names(agency)
            assert not readable or basis_is_valid(referral, file, assessment, case.now)


def test_the_control_notices_one_that_nobody_ends() -> None:
    case = on_consent()
    kept = deepcopy(case.histories)
    case.decided(REFUSED)
    case.histories = kept
    with pytest.raises(AssertionError):
        check(case, "OIM")
