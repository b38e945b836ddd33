"""What waits for a decision is not forgotten: who is told that nobody asked, when, and what begins it anew."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from events.referral import ReferralBlocked, ReferralRequested
from events.referral_states import TO_BE_ASKED
from events.vocabulary import Agency, BlockReason, ConsentPurpose, Duty, RiskCategory, Urgency
from services.referral.lifecycle.after_sending import NOTHING, changes_by
from tests.support.builders.consent import ADOLESCENT, ASSENT, CHILD_ALONE, CHILD_IN_FAMILY
from tests.support.builders.paper_case import PaperCase, decision
from tests.support.builders.referral import START

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MISSING = {"missing_relative": "yes", "planned_departure": "staying"}
"""U1, for OIM."""
Open = Callable[..., PaperCase]


@pytest.fixture
def opened(case_of: Callable[..., dict[str, Any]]) -> Open:
    def open_case(about: dict[str, Any], *consents: Any, **case: Any) -> PaperCase:
        document: dict[str, Any] = {key: case.pop(key) for key in ("best_interests", "withhold_from") if key in case}
        return PaperCase.opened({**case_of(about, **case), **document}, *consents)

    return open_case


class TestNobodyAsks:
    def test_the_shelter_its_coordinator_and_the_programmes_are_told_one_after_the_other(self, opened: Open) -> None:
        case = opened(MISSING | {"distress": "acute"}, decision("OIM", "not_asked"))
        case.passes(5 * HOUR)
        assert case.steps("OIM") == [
            "0:00 nothing_sent shelter+coordinator",
            "1:00 ask shelter",
            "2:00 ask_coordinator shelter_coordinator",
            "4:00 ask_programme coordinator",
        ]

    def test_an_amendment_is_no_asking_and_begins_nothing_anew(self, opened: Open) -> None:
        case = opened(MISSING | {"planned_departure": "today"})
        case.now += MINUTE
        case.amended(language="mam")  # no asking, and the time to ask does not begin anew
        case.passes(4 * HOUR)
        assert [step.split()[:2] for step in case.steps("OIM")[1:]] == [
            ["1:00", "ask"],
            ["2:00", "ask_coordinator"],
            ["4:00", "ask_programme"],
        ]

    def test_a_departure_that_comes_nearer_makes_the_time_shorter_and_one_that_moves_away_does_not(
        self, opened: Open
    ) -> None:
        case = opened({"fear_of_return": "yes", "planned_departure": "staying"})  # U2: 12 hours
        case.now += HOUR
        case.amended(planned_departure="today")
        assert case.referral("ACNUR").after.ask_by == case.now + 45 * MINUTE
        before = case.names("ACNUR")
        case.now += MINUTE
        case.amended(planned_departure="7d")
        assert case.names("ACNUR") == before
        case.passes(3 * HOUR)
        assert [step.split()[1] for step in case.steps("ACNUR")] == ["ask", "ask_coordinator", "ask_programme"]

    def test_a_case_that_becomes_more_urgent_is_asked_for_by_its_new_class(self, opened: Open) -> None:
        case = opened({"fear_of_return": "yes", "planned_departure": "staying"})
        case.now += HOUR
        case.amended(perpetrator_nearby="yes")
        case.passes(HOUR)
        assert case.steps("ACNUR") == [
            "1:00 nothing_sent shelter+coordinator",
            "1:15 ask shelter",
            "1:30 ask_coordinator shelter_coordinator",
            "2:00 ask_programme coordinator",
        ]

    def test_it_goes_on_each_working_day_until_somebody_has_asked(self, opened: Open) -> None:
        case = opened(MISSING)
        case.passes(3 * DAY, step=HOUR)
        assert [step.split()[1] for step in case.steps("OIM")][4:] == ["still_waiting", "still_waiting"]


class TestSomebodyAsks:
    def test_a_consent_ends_it(self, opened: Open) -> None:
        case = opened(MISSING)
        case.now += 90 * MINUTE
        case.run_due()
        case.decided(decision("OIM"))
        assert case.referral("OIM").state == "requested"
        case.now += 10 * MINUTE
        case.run_due()
        assert [step.split()[1] for step in case.steps("OIM")] == ["nothing_sent", "ask"]

    def test_a_persons_own_no_is_not_asked_about_again(self, opened: Open) -> None:
        for told in (decision("OIM", "refused"), None):
            case = opened(MISSING, *([told] if told else []), **({} if told else {"withhold_from": ["OIM"]}))
            case.passes(10 * DAY, step=6 * HOUR)
            assert case.steps() == []
            assert case.referral("OIM").after.ask_by is None

    def test_who_cannot_decide_was_asked_and_is_asked_again_in_time(self, opened: Open) -> None:
        case = opened(MISSING)
        case.passes(50 * MINUTE)
        case.decided(decision("OIM", "cannot_decide"))
        assert case.referral("OIM").reason is BlockReason.CANNOT_DECIDE
        case.passes(70 * MINUTE)
        assert case.steps("OIM")[1:] == ["1:50 ask shelter"]

    def test_asking_again_counts_although_the_answer_is_the_same(self, opened: Open) -> None:
        case = opened(MISSING, decision("OIM", "cannot_decide"))
        case.now += 50 * MINUTE
        case.decided(decision("OIM", "cannot_decide", asked_by="w-002"))
        assert case.referral("OIM").after.ask_by == case.now + HOUR

    def test_asking_whoever_may_not_decide_does_not(self, opened: Open) -> None:
        for about, asked in (
            (MISSING, decision("OIM", by="guardian")),
            (CHILD_ALONE, decision("OIM", by="guardian")),
            (MISSING, decision("OIM", "not_asked")),
        ):
            case = opened(about)
            until = case.referral("OIM").after.ask_by
            case.now += 30 * MINUTE
            case.decided(asked)
            assert case.referral("OIM").after.ask_by == until

    def test_a_person_who_wants_time_is_left_alone_till_then(self, opened: Open) -> None:
        case = opened(MISSING)
        case.now += 30 * MINUTE
        case.decided(decision("OIM", "wants_time", until=case.now + DAY))
        case.passes(DAY + 29 * MINUTE, step=MINUTE * 5)
        assert [step.split()[1] for step in case.steps("OIM")] == ["nothing_sent"]
        case.passes(5 * HOUR)
        assert case.steps("OIM")[1:] == [
            "25:30 ask shelter",
            "26:30 ask_coordinator shelter_coordinator",
            "28:30 ask_programme coordinator",
        ]
        case.amended(language="mam")
        assert case.referral("OIM").reason is BlockReason.CONSENT_NOT_ASKED
        case.passes(HOUR)
        assert len(case.steps("OIM")) == 4, "an amendment is no asking: nobody is told again"

    def test_the_time_that_a_person_wants_ends_before_they_leave(self, opened: Open) -> None:
        case = opened(MISSING | {"planned_departure": "24h"})
        until = case.now + 20 * HOUR
        case.decided(decision("OIM", "wants_time", until=until))
        assert case.referral("OIM").after.ask_by == until + 30 * MINUTE


class TestAChildForWhomNobodyMayDecide:
    def test_is_asked_about_at_unicefs_desk_where_it_has_the_case(self, opened: Open) -> None:
        case = opened(CHILD_ALONE | {"planned_departure": "staying"}, best_interests=ASSENT)
        assert case.referral("OIM").reason is BlockReason.NEEDS_REPRESENTATIVE
        case.passes(HOUR)
        assert case.steps("OIM") == ["1:00 ask representative"]
        asked = [fact.event for fact in case.history("OIM")][-1]
        assert getattr(asked, "asked", None) == "UNICEF"
        assert case.referral("OIM").after.asked == (), "nobody was asked in OIM's stead"

    def test_and_otherwise_by_the_programmes_coordinator_never_by_the_guardian(self, opened: Open) -> None:
        case = opened(CHILD_ALONE | {"planned_departure": "staying"})
        case.passes(4 * HOUR)
        for agency in ("OIM", "UNICEF"):
            assert case.steps(agency)[-3:] == [
                "1:00 ask coordinator",
                "2:00 ask_coordinator shelter_coordinator",
                "4:00 ask_programme coordinator",
            ]

    def test_a_child_whose_unicef_was_excluded_is_told_to_the_coordinator_at_once(self, opened: Open) -> None:
        case = opened(CHILD_ALONE, best_interests=ASSENT, withhold_from=["UNICEF"])
        assert "0:00 withheld_from_child coordinator" in case.steps("UNICEF")
        case.amended(language="mam")
        assert case.steps("UNICEF").count("0:00 withheld_from_child coordinator") == 1

    def test_also_when_an_amendment_excludes_it(self, opened: Open) -> None:
        case = opened(CHILD_IN_FAMILY | {"missing_relative": "yes", "needs": ["child_protection"]})
        case.now += HOUR
        case.amended(withhold_from=["UNICEF"])
        assert "1:00 withheld_from_child coordinator" in case.steps("UNICEF")

    def test_and_again_when_it_becomes_more_urgent_than_the_coordinator_knows(self, opened: Open) -> None:
        case = opened(CHILD_ALONE, best_interests=ASSENT, withhold_from=["UNICEF"])
        case.now += HOUR
        case.amended(danger_now="yes")
        assert case.referral("UNICEF").urgency == "U0"
        assert "1:00 withheld_from_child coordinator" in case.steps("UNICEF")
        case.now += HOUR
        case.amended(language="mam")
        assert "2:00 withheld_from_child coordinator" not in case.steps("UNICEF")

    def test_also_of_somebody_who_was_taken_for_an_adult(self, opened: Open) -> None:
        case = opened(CHILD_ALONE | {"age_band": "18-24", "fear_of_return": "yes"}, withhold_from=["ACNUR"])
        assert case.referral("ACNUR").reason is BlockReason.WITHHELD
        assert "withheld_from_child coordinator" not in " ".join(case.steps("ACNUR"))
        case.now += HOUR
        case.amended(age_band="15-17", withhold_from=["ACNUR"])
        assert "1:00 withheld_from_child coordinator" in case.steps("ACNUR")


class TestNothingOfAPressingCaseCouldBeSent:
    def test_is_told_at_once_and_once(self, opened: Open) -> None:
        case = opened(MISSING | {"fear_of_return": "yes", "perpetrator_nearby": "yes"})
        assert case.steps() == ["0:00 nothing_sent shelter+coordinator"]
        case.now += 10 * MINUTE
        case.amended(language="mam")
        case.decided(decision("OIM", "cannot_decide"))
        assert case.referral("OIM").state == "requested", "vital interest"

    def test_not_where_something_was_sent(self, opened: Open) -> None:
        case = opened(MISSING | {"fear_of_return": "yes"}, decision("ACNUR"))
        assert case.steps() == []

    def test_a_report_about_staff_is_nothing_that_helps_and_is_not_shown(self, opened: Open) -> None:
        harm = ("assault 72h shelter_or_aid_worker",)
        case = opened(MISSING, decision("OIM", "not_asked"), harm=harm)
        assert case.referral("PEAS").sent
        assert case.steps() == ["0:00 nothing_sent shelter+coordinator"]

    def test_not_what_may_wait_nor_what_the_person_refused_or_thinks_about(self, opened: Open) -> None:
        later = datetime.fromisoformat("2013-06-13T12:00:00-05:00")
        for about, consents in (
            ({"fear_of_return": "yes"}, ()),
            (MISSING, (decision("OIM", "refused"),)),
            (MISSING, (decision("OIM", "wants_time", until=later),)),
        ):
            assert opened(about, *consents).steps() == []

    def test_an_amendment_that_makes_it_so_tells_it_and_one_that_makes_it_worse_tells_it_again(
        self, opened: Open
    ) -> None:
        case = opened({"fear_of_return": "yes"})
        case.now += MINUTE
        case.amended(removal_risk="yes")
        case.now += MINUTE
        case.amended(language="mam")
        case.now += MINUTE
        case.amended(danger_now="yes")
        assert case.steps()[0] == "0:01 nothing_sent shelter+coordinator"
        assert [step for step in case.steps() if "nothing_sent" in step][1:] == [
            "0:03 nothing_sent shelter+coordinator"
        ]

    def test_it_is_told_again_when_what_was_sent_is_taken_back(self, opened: Open) -> None:
        yes = decision("ACNUR")
        case = opened(MISSING | {"fear_of_return": "yes"}, yes)
        case.now += MINUTE
        case.withdrawn(yes)
        assert case.referral("ACNUR").state == "withdrawn"
        assert case.steps() == ["0:01 nothing_sent shelter+coordinator"]


class TestAConsentThatCoversAPart:
    ABOUT = MISSING | {"distress": "plan"}  # U1 DESAP, U0 SM

    def test_sends_that_part_with_its_urgency_and_its_answers(self, opened: Open) -> None:
        case = opened(self.ABOUT, decision("OIM", purpose=ConsentPurpose.LEGAL))
        referral = case.referral("OIM")
        assert (referral.urgency, referral.after.uncovered) == (Urgency.U1, (RiskCategory.SM,))
        assert referral.told_categories == (RiskCategory.DESAP,)
        sent = next(fact.event for fact in case.history("OIM") if isinstance(fact.event, ReferralRequested))
        assert (sent.urgency, sent.uncovered) == (Urgency.U1, (RiskCategory.SM,))
        assert [told.get("distress") for told in case.told("OIM")] == [None]

    def test_the_rest_is_sent_when_the_person_consents_to_that_too(self, opened: Open) -> None:
        legal, health = decision("OIM", purpose=ConsentPurpose.LEGAL), decision("OIM", purpose=ConsentPurpose.HEALTH)
        case = opened(self.ABOUT, legal)
        case.now += HOUR
        case.decided(health)
        referral = case.referral("OIM")
        assert (referral.urgency, referral.after.uncovered) == (Urgency.U0, ())
        assert {referral.receipt, *referral.further_receipts} == {legal.receipt, health.receipt}
        assert case.told("OIM")[-1]["distress"] == "plan"

    def test_an_amendment_adds_what_is_covered_and_no_more(self, opened: Open) -> None:
        case = opened(MISSING, decision("OIM", purpose=ConsentPurpose.LEGAL))
        case.now += HOUR
        case.amended(distress="plan")
        referral = case.referral("OIM")
        assert (referral.urgency, referral.after.uncovered) == (Urgency.U1, (RiskCategory.SM,))
        assert {told.get("distress") for told in case.told("OIM")} == {None}

    def test_covering_nothing_it_waits_and_is_asked_for(self, opened: Open) -> None:
        case = opened({"fear_of_return": "yes"}, decision("ACNUR", purpose=ConsentPurpose.RETURN))
        blocked = next(fact.event for fact in case.history("ACNUR") if isinstance(fact.event, ReferralBlocked))
        assert (blocked.reason, blocked.uncovered) == (BlockReason.PURPOSE_TOO_NARROW, (RiskCategory.ASILO,))
        assert case.referral("ACNUR").after.ask_by is not None
        case.now += HOUR
        case.amended(language="mam")
        assert case.referral("ACNUR").after.uncovered == (RiskCategory.ASILO,)


def test_whoever_is_told_by_the_ladder_is_of_the_shelter_or_the_programme_and_of_no_agency(opened: Open) -> None:
    for about in (MISSING, CHILD_ALONE, ADOLESCENT):
        case = opened(about)
        case.passes(3 * DAY, step=HOUR)
        told = {duty for step in case.steps() for duty in step.split()[2].split("+")}
        assert told <= {Duty.SHELTER, Duty.SHELTER_COORDINATOR, Duty.COORDINATOR}


@pytest.mark.parametrize("reason", list(BlockReason))
def test_what_came_to_wait_before_it_had_a_clock_is_asked_for_a_day_later(reason: BlockReason) -> None:
    """An event from before says no time; a person's own no has none now either."""
    event = ReferralBlocked(agency=Agency.OIM, shelter="ALB-TAP-01", urgency=Urgency.U2, reason=reason)
    found = changes_by(event, START, "rules:1", NOTHING)["ask_by"]
    assert found == (START + DAY if reason in TO_BE_ASKED else None)
