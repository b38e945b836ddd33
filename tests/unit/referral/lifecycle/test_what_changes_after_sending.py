"""What an amendment changes for a desk that has the referral already, in every state of it (domain.md §6)."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest

from events.referral import ReferralExpired
from events.referral_states import CHANGEABLE
from events.vocabulary import Role
from services.chassis.errors import ServiceError
from services.referral.deadlines.policy import load_clocks
from services.referral.lifecycle.transitions import StaleVersionError, check, legal_steps
from tests.support.builders.changing_case import ChangingCase, granted, sent

CLOCKS = load_clocks()
ANSWERED = sorted(CHANGEABLE)
NEWS: dict[str, tuple[dict[str, Any], str]] = {
    "more urgent": ({"danger_now": "yes"}, "U0"),
    "a further category": ({"self_declared": ["lgbtiq"]}, "U2"),
}


@pytest.mark.parametrize("state", ANSWERED)
@pytest.mark.parametrize("news", NEWS)
def test_news_is_an_unseen_change_whatever_the_desk_has_answered_and_the_state_stays(state: str, news: str) -> None:
    case = sent(state)
    before, (answers, urgency) = case.referral("ACNUR"), NEWS[news]
    case.amended(**answers)
    after = case.referral("ACNUR")
    assert (after.state, after.urgency) == (before.state, urgency)
    assert case.happened("ACNUR")[-1] == "reassessed"
    assert after.has_unseen_change
    assert after.after.unseen_is_urgent
    within = CLOCKS.seen_by(after.urgency, case.now) if urgency == "U0" else None
    assert after.after.unseen_by == (within or case.last("ACNUR").seen_by)
    assert after.after.unseen_by is not None
    assert after.after.unseen_by > case.now
    assert case.last("ACNUR").disclosure is not None
    assert "acknowledge" in legal_steps(after)


@pytest.mark.parametrize("state", ANSWERED)
def test_whoever_acknowledges_it_has_seen_it_and_the_referral_stays_where_it_was(state: str) -> None:
    case = sent(state)
    case.amended(danger_now="yes")
    case.takes("ACNUR", "acknowledge")
    assert case.happened("ACNUR")[-1] == "change_seen"
    after = case.referral("ACNUR")
    assert (after.state, after.has_unseen_change) == (state, False)
    assert "acknowledge" not in legal_steps(after)
    with pytest.raises(ServiceError):
        case.takes("ACNUR", "acknowledge")


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("acknowledged", "accept"),
        ("acknowledged", "decline"),
        ("acknowledged", "request-info"),
        ("info_requested", "accept"),
        ("accepted", "schedule"),
        ("scheduled", "start"),
        ("in_service", "deliver"),
        ("in_service", "fail"),
        ("accepted", "no-contact"),
    ],
)
def test_any_other_step_of_the_desk_says_that_it_has_seen_it_too(state: str, step: str) -> None:
    case = sent(state)
    case.amended(danger_now="yes")
    referral = case.referral("ACNUR")
    check(referral, step, referral.version, Role.OFFICER)
    if step != "decline":
        case.takes("ACNUR", step)
        assert case.referral("ACNUR").after.unseen_since is None


@pytest.mark.parametrize("role", [Role.SHELTER_WORKER, Role.PROGRAMME_COORDINATOR, Role.INTEGRATOR])
def test_nobody_but_the_desk_says_that_it_has_seen_a_change(role: Role) -> None:
    case = sent("accepted")
    case.amended(danger_now="yes")
    referral = case.referral("ACNUR")
    with pytest.raises(ServiceError):
        check(referral, "acknowledge", referral.version, role)


def test_what_nobody_has_answered_is_raised_and_has_no_change_to_be_seen() -> None:
    case = sent("requested")
    before = case.referral("ACNUR")
    case.amended(danger_now="yes")
    after = case.referral("ACNUR")
    assert (after.urgency, after.has_unseen_change, case.last("ACNUR").seen_by) == ("U0", False, None)
    assert before.deadlines is not None
    assert after.deadlines is not None
    assert after.deadlines.decide_by == case.now + timedelta(hours=1) < before.deadlines.decide_by
    assert after.deadlines.acknowledge_by == case.now + timedelta(minutes=15)


@pytest.mark.parametrize("state", ["requested", "acknowledged", "info_requested", "accepted", "scheduled"])
@pytest.mark.parametrize("news", NEWS)
def test_no_change_gives_a_desk_more_time_than_it_had(state: str, news: str) -> None:
    case = sent(state)
    case.passes(hours=11)
    before = case.referral("ACNUR")
    case.amended(**NEWS[news][0])
    after = case.referral("ACNUR")
    assert before.deadlines is not None
    assert after.deadlines is not None
    for name in ("acknowledge_by", "serve_by"):
        assert getattr(after.deadlines, name) <= getattr(before.deadlines, name), name
    latest = max(before.deadlines.decide_by, before.deadlines.decide_by_if_asked or before.deadlines.decide_by)
    assert after.deadlines.decide_by <= (latest if before.asked else before.deadlines.decide_by)


def test_a_question_does_not_make_a_decision_overdue_the_moment_something_changes() -> None:
    """The decide clock stood still for the answer: what is left of it is left."""
    case = ChangingCase.of(granted("ACNUR"), removal_risk="yes")  # U1: three hours, and one for a question
    case.passes(hours=2)
    case.takes("ACNUR", "request-info")
    case.passes(minutes=70)
    before = case.referral("ACNUR")
    assert before.deadlines is not None
    assert before.deadlines.decide_by < case.now
    case.amended(danger_now="yes")
    after = case.referral("ACNUR").deadlines
    assert after is not None
    assert case.now < after.decide_by <= before.deadlines.decide_by + timedelta(hours=1)


def test_who_accepted_a_case_keeps_it_and_who_has_not_is_asked_with_the_desk_of_the_new_class() -> None:
    moved = {}
    for state in ("requested", "acknowledged", "accepted"):
        case = sent(state)
        case.passes(hours=10)  # at night the desk of every hour answers what cannot wait
        desk = case.referral("ACNUR").desk
        case.amended(danger_now="yes")
        event = case.last("ACNUR")
        moved[state] = (event.desk, event.formerly)
        assert case.referral("ACNUR").desk == (event.desk or desk)
    assert moved["requested"] == moved["acknowledged"] == ("ACNUR-24H", desk)
    assert moved["accepted"] == (None, None)


@pytest.mark.parametrize("state", ["declined", "expired"])
def test_what_was_declined_or_ran_out_carries_what_is_new_so_that_it_is_looked_at_anew(state: str) -> None:
    case = sent("acknowledged")
    referral = case.referral("ACNUR")
    if state == "expired":
        assert referral.deadlines is not None
        whose = {"agency": referral.agency, "shelter": referral.shelter}
        case.record(referral, ReferralExpired(**whose, deadline=referral.deadlines.decide_by))
    else:
        case.declines("ACNUR")
    case.amended(danger_now="yes", self_declared=["lgbtiq"])
    after = case.referral("ACNUR")
    assert (after.state, after.urgency, after.categories) == (state, "U0", ("ASILO", "LGBTIQ"))
    assert case.last("ACNUR").seen_by is None
    assert not after.has_unseen_change


def test_whoever_decides_on_what_they_had_read_before_a_change_is_refused() -> None:
    case = sent("acknowledged")
    read = case.referral("ACNUR").version
    case.amended(danger_now="yes")
    with pytest.raises(StaleVersionError):
        check(case.referral("ACNUR"), "accept", read, Role.OFFICER)


def test_a_change_and_an_answer_at_one_moment_come_to_the_same_whichever_is_first() -> None:
    first_answered, first_changed = sent("acknowledged"), sent("acknowledged")
    first_answered.takes("ACNUR", "accept")
    first_answered.amended(danger_now="yes")
    first_changed.amended(danger_now="yes")
    first_changed.takes("ACNUR", "accept")  # on what they see now: on what they had read it is refused
    one, other = first_answered.referral("ACNUR"), first_changed.referral("ACNUR")
    assert (one.state, one.urgency, one.categories) == (other.state, other.urgency, other.categories)
    assert one.has_unseen_change
    assert not other.has_unseen_change
    assert first_answered.read("ACNUR") == first_changed.read("ACNUR")


def test_two_changes_one_after_the_other_are_one_to_be_seen_by_the_earlier_moment() -> None:
    case = sent("accepted")
    case.amended(self_declared=["lgbtiq"])
    case.passes(minutes=5)
    case.amended(danger_now="yes")
    soonest = case.referral("ACNUR").after.unseen_by
    case.passes(minutes=5)
    case.amended(language="mam")
    after = case.referral("ACNUR").after
    assert after.unseen_by == soonest
    assert after.unseen_is_urgent


class TestAFurtherHarmEvent:
    ROBBED: ClassVar = {"kind": "robbery", "when": "72h"}

    def case(self, **answers: Any) -> ChangingCase:
        case = ChangingCase.of(granted("OIM"), **answers)
        case.takes("OIM", "accept")
        return case

    def test_is_news_to_an_agency_whose_rules_rest_on_it(self) -> None:
        case = self.case()
        case.amended(harm_events=[self.ROBBED, {"kind": "extortion", "when": "72h"}])
        assert case.last("OIM").new_harm
        assert case.referral("OIM").after.unseen_is_urgent

    def test_of_the_same_kind_is_news_although_the_page_shows_the_same(self) -> None:
        case = self.case()
        case.amended(harm_events=[self.ROBBED, {**self.ROBBED, "where": "MX-CHP"}])
        assert case.last("OIM").new_harm

    def test_is_no_news_to_an_agency_that_is_told_of_no_harm(self) -> None:
        case = sent("accepted")
        case.amended(harm_events=[self.ROBBED, {"kind": "extortion", "when": "72h"}])
        assert case.happened("ACNUR") == ["proposed", "requested", "accepted"]

    def test_that_was_only_written_down_wrong_is_a_correction(self) -> None:
        case = self.case()
        case.amended(harm_events=[{"kind": "robbery", "when": "120h"}])
        assert case.happened("OIM")[-1] == "disclosure_renewed"
        assert not case.referral("OIM").after.unseen_is_urgent

    def test_is_hidden_from_an_agency_whose_receipt_does_not_show_harm(self) -> None:
        case = ChangingCase.of(granted("OIM", fields=("language",)))
        case.takes("OIM", "accept")
        case.amended(harm_events=[self.ROBBED, {"kind": "extortion", "when": "72h"}])
        assert case.happened("OIM") == ["proposed", "requested", "accepted"]
