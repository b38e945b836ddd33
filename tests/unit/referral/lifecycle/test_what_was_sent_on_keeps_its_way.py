"""What one agency declined and another took over is neither lost afterwards nor told beyond what was consented to."""

from datetime import timedelta
from uuid import UUID

import pytest

from events.consent import ConsentReceipt
from events.referral import ReferralEscalated, WithdrawalContested
from events.vocabulary import Agency, AlertAbout, ConsentPurpose, ContestReason, DeclineReason, Role
from services.notifications.alerts.domain import is_pending, last_raised
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.transitions import StepDetails
from tests.support.builders.changing_case import NOON, granted
from tests.support.builders.living_case import LivingCase

SHORT_OF_ROOM = StepDetails(reason=DeclineReason.NO_CAPACITY)
NOT_ELIGIBLE = StepDetails(reason=DeclineReason.NOT_ELIGIBLE)
HEALTH = granted("OIM", purpose=ConsentPurpose.HEALTH, receipt=UUID(int=40))


def two_needs(*consents: ConsentReceipt) -> LivingCase:
    """A person who fears to return (ACNUR) and may need a doctor (OIM)."""
    return LivingCase.of(*consents, medical_now="unsure", harm_events=[])


def declines(case: LivingCase, agency: str, why: StepDetails = SHORT_OF_ROOM) -> Referral:
    case.step(case.referral(agency), "decline", Role.OFFICER, details=why)
    return case.referral(agency)


class TestWhatJoinedAReferralThatWaits:
    def test_is_hidden_from_its_agency_where_the_consent_is_for_something_else(self) -> None:
        case = two_needs(granted("ACNUR"))
        assert declines(case, "ACNUR").linked == case.referral("OIM").id
        case.consents(HEALTH)
        oim = case.referral("OIM")
        assert oim.state == "requested"
        assert oim.told_categories == ("MED",)
        assert oim.after.uncovered == ("ASILO",)
        assert "fear_of_return" not in case.read("OIM")

    def test_is_sent_together_with_the_agencys_own_and_as_urgent_as_both(self) -> None:
        case = two_needs(granted("ACNUR"))
        declines(case, "ACNUR")
        case.consents(granted("OIM", receipt=UUID(int=41)))
        oim = case.referral("OIM")
        assert (oim.urgency, oim.told_categories) == ("U1", ("ASILO", "MED"))
        assert case.happened("OIM").count("requested") == 1
        assert case.happened("OIM")[-1] == "requested"


def test_consent_again_after_a_withdrawal_brings_everything_back_that_the_agency_had() -> None:
    case = two_needs(granted("ACNUR"), granted("OIM"))
    declines(case, "ACNUR")
    case.refuses("OIM")
    assert case.referral("OIM").state == "withdrawn"
    case.consents(granted("OIM", receipt=UUID(int=41)))
    again = case.referral("OIM")
    assert (again.state, again.urgency, again.categories) == ("requested", "U1", ("ASILO", "MED"))


class TestWhatFindsNobodyWhoMayBeTold:
    def test_does_not_vanish_in_a_referral_of_an_agency_that_may_not_learn_of_it(self) -> None:
        case = two_needs(granted("ACNUR"), HEALTH)
        assert declines(case, "ACNUR").state == "declined"
        assert case.referral("OIM").categories == ("MED",)
        assert case.next_due(case.referral("ACNUR")) == case.now + timedelta(minutes=15)

    def test_goes_there_as_soon_as_the_consent_covers_it(self) -> None:
        case = two_needs(granted("ACNUR"), HEALTH)
        declined = declines(case, "ACNUR")
        case.consents(granted("OIM", purpose=ConsentPurpose.LEGAL, receipt=UUID(int=42)))
        assert case.referral("ACNUR").linked == case.referral("OIM").id
        assert case.referral("ACNUR").id == declined.id
        assert case.referral("OIM").told_categories == ("ASILO", "MED")

    def test_goes_on_when_a_withdrawal_was_checked_and_dismissed(self) -> None:
        case = two_needs(granted("ACNUR"), granted("OIM"))
        case.freezes()
        assert declines(case, "ACNUR").state == "declined"
        case.is_checked("dismissed")
        assert case.referral("ACNUR").state == "rerouted"
        assert case.referral("OIM").told_categories == ("ASILO", "MED")


class TestWhatBecomesMoreUrgentWithoutADesk:
    @pytest.fixture
    def declined(self) -> LivingCase:
        case = LivingCase.of(granted("ACNUR"), harm_events=[])
        declines(case, "ACNUR", NOT_ELIGIBLE)
        case.passes(hours=2)
        case.clocks()
        return case

    @pytest.fixture
    def expired(self) -> LivingCase:
        case = LivingCase.of(granted("ACNUR"), harm_events=[])
        case.passes(days=3)
        case.clocks()
        case.passes(minutes=1)
        assert case.referral("ACNUR").state == "expired"
        return case

    @pytest.mark.parametrize("state", ["declined", "expired"])
    def test_is_told_to_the_coordinator_within_a_quarter_of_an_hour(
        self, state: str, request: pytest.FixtureRequest
    ) -> None:
        case: LivingCase = request.getfixturevalue(state)
        case.amended(danger_now="yes")
        assert (case.referral("ACNUR").state, case.referral("ACNUR").urgency) == (state, "U0")
        case.passes(minutes=15)
        case.clocks()
        last = case.last("ACNUR")
        assert (last.rung, last.whom, last.urgency) == ("not_rerouted", ("coordinator",), "U0")

    def test_an_expired_one_that_is_as_urgent_as_before_has_no_such_clock(self, expired: LivingCase) -> None:
        case = expired
        before = case.happened("ACNUR")
        case.passes(minutes=15)
        case.clocks()
        assert case.happened("ACNUR") == before


class TestWhenNobodyHasAnythingOfAPressingCaseAnyMore:
    """Shelter and coordinator are told at once, although something of it had been sent."""

    def told(self, case: LivingCase) -> list[str]:
        case.amended(danger_now="yes")
        last = [case.last("ACNUR"), case.last("OIM")]
        (told,) = [one for one in last if isinstance(one, ReferralEscalated) and one.deadline == case.now]
        return [told.rung, *told.whom]

    def test_because_the_consent_ran_out_before_the_desk_decided(self) -> None:
        case = LivingCase.of(granted("ACNUR", expires_at=NOON + timedelta(hours=2)), harm_events=[])
        case.passes(hours=3)
        case.clocks()
        assert case.referral("ACNUR").state == "blocked_consent"
        assert self.told(case) == ["nothing_sent", "shelter", "coordinator"]

    def test_because_nobody_may_read_what_was_accepted(self) -> None:
        case = LivingCase.of(granted("ACNUR", expires_at=NOON + timedelta(hours=2)), harm_events=[])
        case.takes("ACNUR", "accept")
        case.passes(hours=3)
        case.clocks()
        assert case.referral("ACNUR").after.lapsed_at is not None
        assert self.told(case) == ["nothing_sent", "shelter", "coordinator"]

    def test_because_the_desk_declined(self) -> None:
        case = LivingCase.of(granted("ACNUR"), harm_events=[])
        declines(case, "ACNUR", NOT_ELIGIBLE)
        assert self.told(case) == ["nothing_sent", "shelter", "coordinator"]

    def test_but_not_while_somebody_works_on_it(self) -> None:
        case = LivingCase.of(granted("ACNUR"), harm_events=[])
        case.takes("ACNUR", "accept")
        case.amended(danger_now="yes")
        assert case.happened("OIM") == ["proposed", "blocked"]


class TestWhatPressesAndNoConsentCovers:
    """The agency at work may not learn of it: shelter and coordinator are told, once for each urgency."""

    @pytest.fixture
    def at_work(self) -> LivingCase:
        case = LivingCase.of(HEALTH, medical_now="unsure", harm_events=[], fear_of_return="no")
        case.takes("OIM", "accept")
        return case

    def test_is_told_at_once_and_asked_about(self, at_work: LivingCase) -> None:
        at_work.amended(danger_now="yes")
        told = at_work.last("OIM")
        assert (told.rung, told.whom, told.urgency) == ("not_covered", ("shelter", "coordinator"), "U0")
        assert at_work.referral("OIM").urgency == "U1", "the agency learns nothing of it"
        at_work.alert()
        assert sorted(self.pending(at_work)) == [("coordinator",), ("shelter",)]

    def test_is_told_once(self, at_work: LivingCase) -> None:
        at_work.amended(danger_now="yes")
        at_work.amended(danger_now="yes", language="mam")
        assert [rung for rung in rungs(at_work) if rung == "not_covered"] == ["not_covered"]

    def test_ends_with_a_consent_that_covers_it(self, at_work: LivingCase) -> None:
        at_work.amended(danger_now="yes")
        at_work.alert()
        at_work.consents(granted("OIM", receipt=UUID(int=43)))
        assert at_work.referral("OIM").told_categories == ("MED", "PELIGRO")
        at_work.alert()
        assert self.pending(at_work) == []

    def pending(self, case: LivingCase) -> list[tuple[str, ...]]:
        """Whom the alerts are for that say that a decision is waited for."""
        raised = (last_raised(history) for history in case.alerts.values() if is_pending(history))
        return [tuple(one.event.duties) for one in raised if one is not None and one.event.about is AlertAbout.WAITING]


def test_nothing_is_sent_on_by_itself_while_two_people_are_to_decide() -> None:
    case = two_needs(granted("ACNUR"), granted("OIM"))
    contested(case, "ACNUR")
    assert declines(case, "ACNUR").state == "declined"
    assert case.referral("OIM").categories == ("MED",)


def rungs(case: LivingCase) -> list[str]:
    facts = case.streams[case.referral("OIM").id]
    return [fact.event.rung for fact in facts if isinstance(fact.event, ReferralEscalated)]


def contested(case: LivingCase, agency: str) -> None:
    """Somebody said no to what was sent in a child's interest."""
    referral = case.referral(agency)
    event = WithdrawalContested(agency=Agency(agency), shelter=referral.shelter, reason=ContestReason.REFUSED)
    case.record(referral, event)
