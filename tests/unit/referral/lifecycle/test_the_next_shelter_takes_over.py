"""A person comes to another shelter: who is told, which desk answers, and what the shelter may know (domain.md §6)."""

import pytest

from events.referral import ReferralFollowed, ReferralHandedOver
from events.vocabulary import ConsentDecision
from tests.support.builders.changing_case import NEXT_SHELTER, ChangingCase, granted, sent
from tests.support.people.people import SHELTER


@pytest.mark.parametrize("state", ["requested", "acknowledged", "info_requested"])
def test_what_is_undecided_moves_to_the_desk_of_the_new_state_and_its_clocks_go_on(state: str) -> None:
    case = sent(state)
    before = case.referral("ACNUR")
    case.moves()
    after = case.referral("ACNUR")
    moved = next(fact.event for fact in case.streams[after.id] if isinstance(fact.event, ReferralHandedOver))
    assert (moved.desk, moved.formerly) == (after.desk, before.desk)
    assert after.desk != before.desk
    assert (after.state, after.shelter, after.deadlines) == (state, NEXT_SHELTER, before.deadlines)
    assert after.clocks_from == before.clocks_from


@pytest.mark.parametrize("state", ["accepted", "scheduled", "in_service", "delivered"])
def test_what_is_accepted_stays_with_who_accepted_it_and_is_told(state: str) -> None:
    case = sent(state)
    before = case.referral("ACNUR")
    case.moves()
    after = case.referral("ACNUR")
    assert (after.state, after.desk, after.shelter) == (state, before.desk, NEXT_SHELTER)
    assert after.has_unseen_change
    assert not after.after.unseen_is_urgent
    assert case.last("ACNUR").reason == "handed_over"
    assert case.last("ACNUR").at_once
    assert case.read("ACNUR")["shelter"] == NEXT_SHELTER
    assert case.changed("ACNUR") == ["shelter"]


def test_a_report_about_staff_stays_with_the_shelter_where_it_was_made() -> None:
    harm = [{"kind": "threats", "when": "older", "perpetrator": "shelter_or_aid_worker"}]
    case = ChangingCase.of(granted("ACNUR"), harm_events=harm)
    case.moves()
    case.amended(danger_now="yes")
    assert case.referral("PEAS").shelter == SHELTER
    assert case.read("PEAS")["shelter"] == SHELTER
    assert case.referral("PEAS").urgency == "U0"
    assert case.read("ACNUR")["shelter"] == NEXT_SHELTER


def test_what_is_sent_later_names_the_shelter_where_the_person_is() -> None:
    case = ChangingCase.of()
    case.moves()
    case.consents(granted("ACNUR"))
    assert case.read("ACNUR")["shelter"] == NEXT_SHELTER


def test_what_has_ended_or_waits_discloses_nothing_anew() -> None:
    case = ChangingCase.of(granted("ACNUR"))
    case.takes("ACNUR", "accept", "fail", outcome="no_show")
    case.moves()
    assert case.happened("ACNUR")[-1] == "failed"
    assert case.happened("OIM") == ["proposed", "blocked", "handed_over"]


def test_while_a_withdrawal_is_to_be_checked_nothing_is_told_until_it_was_dismissed() -> None:
    case = sent("accepted")
    case.freezes()
    case.moves()
    assert case.read("ACNUR")["shelter"] == SHELTER
    case.is_checked("dismissed")
    assert case.read("ACNUR")["shelter"] == NEXT_SHELTER


class TestTheNewShelterKnowsACategoryOnlyByItsAnswers:
    def case(self, *fields: str) -> ChangingCase:
        case = ChangingCase.of(
            granted("ACNUR"),
            granted("OIM"),
            granted("UNFPA", decision=ConsentDecision.REFUSED),
            self_declared=["lgbtiq"],
            harm_events=[{"kind": "sexual_violence", "when": "older"}],
        )
        case.moves(*fields)
        return case

    @pytest.mark.parametrize(
        ("fields", "of_acnur", "of_unfpa"),
        [
            ((), None, None),
            (("language",), (), ()),
            (("self_declared",), ("LGBTIQ",), ()),
            (("harm_events", "language"), (), ("VSG",)),
            (("fear_of_return", "protection_status", "self_declared"), ("ASILO", "LGBTIQ"), ()),
        ],
    )
    def test_that_the_person_let_it_know(
        self, fields: tuple[str, ...], of_acnur: tuple[str, ...] | None, of_unfpa: tuple[str, ...] | None
    ) -> None:
        case = self.case(*fields)
        assert case.referral("ACNUR").after.known_categories == of_acnur
        assert case.referral("UNFPA").after.known_categories == of_unfpa

    def test_and_of_what_the_rules_find_later_those_that_rest_on_what_it_knows(self) -> None:
        case = self.case("language")
        case.amended(distress="plan", carried=["self_declared", "harm_events", "fear_of_return"])
        assert case.referral("OIM").categories == ("SM",)
        assert case.referral("OIM").after.known_categories == ("SM",)
        assert case.referral("ACNUR").after.known_categories == ()

    def test_nor_by_a_referral_that_follows_one_it_did_not_know(self) -> None:
        case = self.case("language")
        case.takes("ACNUR", "accept", "fail", outcome="no_show")
        case.amended(removal_risk="yes", carried=["self_declared", "harm_events"])
        following = case.referral("ACNUR")
        assert following.follows is not None
        assert "LGBTIQ" in following.categories
        assert "LGBTIQ" not in (following.after.known_categories or ())
        (followed,) = [
            fact.event for fact in case.streams[following.follows] if isinstance(fact.event, ReferralFollowed)
        ]
        assert followed.shelter == NEXT_SHELTER  # the shelter before receives nothing of it, by webhook either
