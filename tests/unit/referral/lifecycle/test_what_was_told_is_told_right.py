"""An answer that was disclosed and is another now: sealed anew for every agency that was told the old one."""

from typing import Any

import pytest

from events.referral import ReferralExpired
from events.referral_states import CHANGEABLE
from events.vocabulary import Agency, ConsentPurpose, ReferralState
from services.referral.lifecycle.changes import further_harm, told_right
from tests.support.builders.changing_case import ChangingCase, granted, sent

CORRECTED: dict[str, Any] = {
    "language": "mam",
    "interpreter_needed": True,
    "safe_contact": "do_not_contact",
    "age_band": "60+",
}


@pytest.mark.parametrize("state", sorted(CHANGEABLE))
def test_a_desk_that_answered_has_a_correction_to_see_and_reads_what_is_so(state: str) -> None:
    case = sent(state)
    case.amended(**CORRECTED)
    after = case.referral("ACNUR")
    assert case.happened("ACNUR")[-1] == "disclosure_renewed"
    assert (after.state, after.urgency) == (state, "U2")
    assert after.has_unseen_change
    assert not after.after.unseen_is_urgent
    assert CORRECTED.items() <= case.read("ACNUR").items()
    assert case.changed("ACNUR") == sorted(CORRECTED)
    case.takes("ACNUR", "acknowledge")
    assert not case.referral("ACNUR").has_unseen_change
    assert case.changed("ACNUR") == []


@pytest.mark.parametrize("state", ["requested", "declined", "expired"])
def test_where_no_answer_is_waited_for_it_is_told_right_and_there_is_nothing_to_see(state: str) -> None:
    case = sent("requested" if state == "requested" else "acknowledged")
    referral = case.referral("ACNUR")
    if state == "declined":
        case.declines("ACNUR")
    elif state == "expired":
        case.record(referral, ReferralExpired(agency=Agency.ACNUR, shelter=referral.shelter, deadline=case.now))
    case.amended(**CORRECTED)
    assert case.referral("ACNUR").state == state
    assert case.last("ACNUR").seen_by is None
    assert CORRECTED.items() <= case.read("ACNUR").items()


@pytest.mark.parametrize(
    ("answer", "at_once"),
    [
        ({"safe_contact": "sms"}, True),
        ({"language": "mam"}, True),
        ({"interpreter_needed": True}, True),
        ({"age_band": "60+"}, False),
        ({"sex": "F"}, False),
    ],
)
def test_how_a_person_is_reached_and_spoken_to_is_told_at_once_and_the_rest_together(
    answer: dict[str, Any],
    at_once: bool,  # noqa: FBT001 - pytest's
) -> None:
    case = sent("accepted")
    case.amended(**answer)
    assert case.last("ACNUR").at_once is at_once


def test_another_departure_is_told_at_once_and_its_deadlines_follow_in_a_fact_of_their_own() -> None:
    case = sent("acknowledged")
    case.amended(planned_departure="today")
    assert case.happened("ACNUR")[-2:] == ["reassessed", "disclosure_renewed"]
    assert case.last("ACNUR").at_once
    assert not case.referral("ACNUR").after.unseen_is_urgent
    assert case.read("ACNUR")["planned_departure"] == "today"


def test_what_became_more_urgent_and_was_corrected_too_is_one_fact() -> None:
    case = sent("accepted")
    case.amended(danger_now="yes", **CORRECTED)
    assert case.happened("ACNUR")[-2:] == ["accepted", "reassessed"]
    assert CORRECTED.items() <= case.read("ACNUR").items()
    assert set(CORRECTED) <= set(case.changed("ACNUR"))


def test_what_is_better_than_it_was_is_told_so_but_it_is_no_less_urgent() -> None:
    case = ChangingCase.of(granted("OIM"), danger_now="yes", harm_events=[])
    case.takes("OIM", "accept")
    before = case.referral("OIM")
    assert case.read("OIM")["danger_now"] == "yes"
    case.amended(danger_now="no")
    after = case.referral("OIM")
    assert (after.urgency, after.categories) == (before.urgency, before.categories)
    assert case.read("OIM")["danger_now"] == "no"
    assert case.changed("OIM") == ["danger_now"]


def test_an_agency_that_the_rules_no_longer_name_is_told_right() -> None:
    case = sent("accepted")
    case.amended(fear_of_return="no")
    assert case.referral("ACNUR").state == "accepted"
    assert case.read("ACNUR")["fear_of_return"] == "no"


def test_of_a_list_an_agency_learns_what_no_longer_holds_and_nothing_that_it_was_not_told() -> None:
    robbed, taken = {"kind": "robbery", "when": "72h"}, {"kind": "kidnapping", "when": "older"}
    case = ChangingCase.of(granted("UNODC"), harm_events=[robbed, taken])
    case.takes("UNODC", "accept")
    assert case.read("UNODC")["harm_events"] == [taken]
    case.amended(harm_events=[{"kind": "sexual_violence", "when": "72h"}])
    assert "harm_events" not in case.read("UNODC")
    assert case.changed("UNODC") == ["harm_events"]


@pytest.mark.parametrize("nobody_was_told", [{"gender_self": "otra"}, {"country_origin": "HND"}, {"needs": ["health"]}])
def test_an_answer_that_was_never_disclosed_is_nobodys_news(nobody_was_told: dict[str, Any]) -> None:
    case = sent("accepted")
    case.amended(**nobody_was_told)
    assert case.happened("ACNUR") == ["proposed", "requested", "accepted"]


def test_no_code_is_told_that_no_rule_may_use() -> None:
    """Whether somebody is stateless may be told; what their nationality is, when it is corrected, may not."""
    right = told_right({"country_origin": "stateless"}, {}, {"country_origin": "HND"}, "ALB-HUI-01")
    assert right == {}


@pytest.mark.parametrize("fields", [("language",), ("age_band", "fear_of_return")])
def test_a_receipt_narrows_what_is_told_right_as_it_did_what_was_told(fields: tuple[str, ...]) -> None:
    case = ChangingCase.of(granted("ACNUR", fields=fields))
    case.takes("ACNUR", "accept")
    told = set(case.read("ACNUR"))
    case.amended(**CORRECTED, danger_now="yes")
    assert set(case.read("ACNUR")) == told <= set(fields)
    assert case.changed("ACNUR") == sorted(told & set(CORRECTED))


def test_what_was_sent_to_save_a_life_stays_within_its_minimum() -> None:
    case = ChangingCase.of(granted("OIM", decision="cannot_decide"), danger_now="yes")
    assert case.referral("OIM").basis == "vital_interest"
    case.takes("OIM", "accept")
    told = set(case.read("OIM"))
    case.amended(language="mam", self_declared=["lgbtiq"], distress="plan", danger_now="yes")
    assert set(case.read("OIM")) == told
    assert case.read("OIM")["language"] == "mam"


def test_a_purpose_that_does_not_cover_what_is_new_tells_neither_it_nor_how_urgent_it_is() -> None:
    case = ChangingCase.of(granted("OIM", purpose=ConsentPurpose.LEGAL))
    case.takes("OIM", "accept")
    before = case.referral("OIM")
    assert before.told_categories == ("DELITO",)
    case.amended(distress="plan")
    after = case.referral("OIM")
    assert (after.told_categories, after.urgency) == (("DELITO",), before.urgency)
    assert after.after.uncovered == ("SM",)
    assert "SM" in after.categories
    assert not after.has_unseen_change
    assert "distress" not in case.read("OIM")


class TestNothingNewIsShared:
    def test_while_a_withdrawal_is_to_be_checked_and_all_of_it_once_it_was_dismissed(self) -> None:
        case = sent("accepted")
        case.freezes()
        case.amended(danger_now="yes", **CORRECTED)
        after = case.referral("ACNUR")
        assert (after.urgency, after.categories, case.read("ACNUR")["language"]) == ("U2", ("ASILO",), "es")
        case.is_checked("dismissed")
        after = case.referral("ACNUR")
        assert (after.urgency, case.read("ACNUR")["language"]) == ("U0", "mam")
        assert after.has_unseen_change

    def test_with_an_agency_that_the_person_excludes(self) -> None:
        case = sent("accepted")
        first = case.referral("ACNUR").id
        case.amended(withhold_from=["ACNUR"], danger_now="yes", **CORRECTED)
        names = [fact.event.NAME.removeprefix("referral.") for fact in case.streams[first]]
        assert names[-2:] == ["withdrawn", "followed"]
        assert not {"reassessed", "disclosure_renewed"} & {*names}
        after = case.referral("ACNUR")
        assert (after.state, after.reason, after.sent) == ("blocked_consent", "withheld", False)

    def test_once_the_consent_has_run_out(self) -> None:
        case = ChangingCase.of(granted("ACNUR"))
        case = ChangingCase.of(granted("ACNUR", expires_at=case.now.replace(day=14)))
        case.takes("ACNUR", "accept")
        case.passes(days=3)
        case.amended(danger_now="yes", **CORRECTED)
        assert case.read("ACNUR")["language"] == "es"

    def test_after_it_has_ended(self) -> None:
        case = sent("accepted")
        case.takes("ACNUR", "fail", outcome="no_show")
        case.amended(**CORRECTED)
        assert case.referral("ACNUR").state is ReferralState.FAILED
        assert case.read("ACNUR")["language"] == "es"


def test_an_amendment_in_the_batch_that_opens_the_case_is_sent_as_it_was_amended() -> None:
    together, apart = (ChangingCase.of(granted("ACNUR"), at_once=False) for _ in range(2))
    for case, one_by_one in ((together, False), (apart, True)):
        case.amended(**CORRECTED, danger_now="yes")
        case.reacts(one_by_one=one_by_one)
    assert together.read("ACNUR") == apart.read("ACNUR")
    assert CORRECTED.items() <= together.read("ACNUR").items()
    assert [one.urgency for one in together.all()] == [one.urgency for one in apart.all()]
    assert together.happened("ACNUR") == apart.happened("ACNUR") == ["proposed", "requested", "reassessed"]


@pytest.mark.parametrize(
    ("before", "now", "further"),
    [
        ([], ["robbery 72h"], ["robbery 72h"]),
        (["robbery 72h"], ["robbery 72h"], []),
        (["robbery 72h"], ["robbery 72h", "robbery 72h"], ["robbery 72h"]),
        (["robbery 72h"], ["robbery 120h"], []),
        (["robbery 72h"], ["robbery ongoing"], ["robbery ongoing"]),
        (["robbery 30d", "robbery older"], ["robbery older", "robbery 30d", "robbery 72h"], ["robbery 72h"]),
        (["robbery 72h"], ["assault 72h"], ["assault 72h"]),
        (["robbery 72h", "assault 72h"], ["assault 72h"], []),
        (["robbery 72h"], [], []),
    ],
)
def test_a_harm_event_is_further_if_it_is_one_more_or_more_recent(
    before: list[str], now: list[str], further: list[str]
) -> None:
    found = further_harm(*([dict(zip(("kind", "when"), one.split(), strict=True)) for one in x] for x in (before, now)))
    assert [f"{one['kind']} {one['when']}" for one in found] == further
