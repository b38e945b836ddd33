"""Whom a fact of a referral alerts after it was sent, and what ends those alerts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from events.obligations import ObligationDone, ObligationDue, ObligationReminded
from events.operations import CaseNotRouted, CaseRouted, DeviceDisagreed
from events.referral import (
    ChangeSeen,
    ConsentLapsed,
    ContactLost,
    ContestSettled,
    EnteredInError,
    HelpOffered,
    HelpUnavailable,
    InfoRequested,
    InfoSupplied,
    LoopClosed,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralBlocked,
    ReferralCancelled,
    ReferralDeclined,
    ReferralEscalated,
    ReferralExpired,
    ReferralFact,
    ReferralFailed,
    ReferralFrozen,
    ReferralHandedOver,
    ReferralUnfrozen,
    ReferralWithdrawn,
    ServiceDelivered,
    ServiceScheduled,
    WithdrawalContested,
)
from events.vocabulary import (
    Agency,
    AlertAbout,
    BlockReason,
    Confirmation,
    ContestReason,
    DeclineReason,
    Duty,
    Obligation,
    ObligationOwner,
    ObligationResult,
    ReferralClock,
    RiskCategory,
    SendingBasis,
    Urgency,
    WithdrawalReason,
)
from services.notifications.alerts.domain import DESK_DUTIES, alert_of, desk_alert, is_for_desk
from tests.support.models.alert_story import BOX, NEXT, SHELTER, THEN, WAIT, Story

ANSWERS: list[tuple[type[ReferralFact], dict[str, Any]]] = [
    (ReferralAccepted, {}),
    (ReferralDeclined, {"reason": DeclineReason.NO_CAPACITY}),
    (ServiceScheduled, {"appointment_at": BOX}),
    (ServiceDelivered, {"outcome": BOX}),
    (ReferralFailed, {"outcome": BOX}),
    (ContactLost, {"outcome": BOX}),
]
CLOCKS = sorted(ReferralClock)


def escalated(story: Story, clock: ReferralClock, *whom: Duty, asked: Agency | None = None) -> Any:
    says = {"urgency": Urgency.U2, "clock": clock, "rung": "x", "whom": whom, "deadline": story.now, "asked": asked}
    return story.step(ReferralEscalated, actor="referral", **says)


def blocked(story: Story, reason: BlockReason = BlockReason.CONSENT_NOT_ASKED, **says: Any) -> Any:
    return story.step(ReferralBlocked, actor="referral", urgency=Urgency.U1, reason=reason, **says)


@pytest.mark.parametrize(("kind", "says"), ANSWERS)
def test_a_shelter_is_alerted_of_an_answer_and_not_of_what_it_said_itself(
    kind: type[ReferralFact], says: dict[str, Any]
) -> None:
    story = Story()
    story.sent()
    story.step(kind, **says)
    assert story.to_shelter() == {AlertAbout.ANSWER: SHELTER}
    itself = Story()
    itself.sent()
    itself.step(kind, actor=f"shelter_worker:{SHELTER}:w-1", **says)
    assert itself.to_shelter() == {}
    assert itself.standing() == {}, "the desk's alert has ended all the same"


@pytest.mark.parametrize(("kind", "says"), ANSWERS)
def test_a_shelter_is_alerted_of_nothing_that_is_about_its_own_staff(
    kind: type[ReferralFact], says: dict[str, Any]
) -> None:
    story = Story(agency=Agency.PEAS)
    story.sent()
    story.step(InfoRequested, question=BOX)
    story.step(kind, **says)
    story.step(ReferralFrozen, check_by=THEN)
    escalated(story, ReferralClock.WAITING, Duty.SHELTER, Duty.SHELTER_COORDINATOR)
    assert story.to_shelter() == {}
    assert AlertAbout.WAITING in {one.about for one in story.standing().values()}, "the coordinator is told instead"
    assert all(one.shelter is None for one in story.standing().values())


def test_a_question_waits_for_the_shelter_until_it_is_answered() -> None:
    story = Story()
    story.sent()
    story.step(InfoRequested, question=BOX)
    assert story.to_shelter() == {AlertAbout.QUESTION: SHELTER}
    story.step(InfoSupplied, actor=f"shelter_worker:{SHELTER}:w-1", answer=BOX)
    assert story.standing() == {}


def test_what_waits_for_consent_alerts_the_shelter_step_by_step_and_never_its_agency() -> None:
    story = Story()
    blocked(story, ask_by=THEN)
    assert story.standing() == {}
    escalated(story, ReferralClock.WAITING, Duty.SHELTER)
    assert story.to_shelter() == {AlertAbout.WAITING: SHELTER}
    (raised,) = escalated(story, ReferralClock.WAITING, Duty.SHELTER_COORDINATOR)
    assert raised.duties == (Duty.SHELTER_COORDINATOR,)
    (raised,) = escalated(story, ReferralClock.WAITING, Duty.COORDINATOR)
    assert (raised.shelter, raised.duties, raised.agency) == (None, (Duty.COORDINATOR,), Agency.OIM)
    assert not any(is_for_desk(one) for one in story.standing().values())
    story.sent()
    assert [one.about for one in story.standing().values()] == [AlertAbout.REFERRAL]


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("duty", sorted(DESK_DUTIES))
def test_whatever_a_step_names_an_agency_learns_nothing_of_what_may_not_be_sent_to_it(
    clock: ReferralClock, duty: Duty
) -> None:
    """A referral that was never sent has the clocks of waiting, freezing and following up; no others run."""
    if clock not in {ReferralClock.WAITING, ReferralClock.FREEZE, ReferralClock.FOLLOW_UP, ReferralClock.CONSENT}:
        return
    story = Story()
    blocked(story, ask_by=THEN)
    escalated(story, clock, duty, Duty.COORDINATOR)
    assert not any(is_for_desk(one) for one in story.standing().values())


def test_a_shelter_is_told_that_a_decision_is_missing_also_by_what_its_own_worker_sent() -> None:
    story = Story()
    blocked(story, ask_by=THEN)
    says = {"urgency": Urgency.U0, "clock": ReferralClock.WAITING, "rung": "nothing_sent", "deadline": THEN}
    worker = f"shelter_worker:{SHELTER}:w-1"
    story.step(ReferralEscalated, actor=worker, whom=(Duty.SHELTER, Duty.COORDINATOR), **says)
    assert {one.shelter for one in story.standing().values()} == {None, SHELTER}


def test_a_child_without_anybody_is_spoken_for_by_unicef_only_if_it_is_asked() -> None:
    story = Story()
    blocked(story, BlockReason.NEEDS_REPRESENTATIVE, ask_by=THEN)
    (raised,) = escalated(story, ReferralClock.WAITING, Duty.REPRESENTATIVE, asked=Agency.UNICEF)
    assert (raised.agency, raised.about, raised.asked) == (Agency.UNICEF, AlertAbout.WAITING, True)
    other = Story()
    blocked(other, BlockReason.NEEDS_REPRESENTATIVE, ask_by=THEN)
    (raised,) = escalated(other, ReferralClock.WAITING, Duty.REPRESENTATIVE)
    assert (raised.duties, is_for_desk(raised)) == ((Duty.COORDINATOR,), False)


def test_the_coordinator_is_told_at_once_and_once_of_a_child_who_excludes_unicef() -> None:
    story = Story(agency=Agency.UNICEF)
    assert blocked(story, BlockReason.WITHHELD, tell_coordinator=True) == [], "the rung that comes with it alerts"
    (raised,) = escalated(story, ReferralClock.WAITING, Duty.COORDINATOR)
    assert (raised.duties, raised.about, raised.agency) == ((Duty.COORDINATOR,), AlertAbout.WAITING, Agency.OIM)
    assert story.to_shelter() == {}, "nobody is to ask again"


def test_what_is_not_to_be_asked_for_now_alerts_nobody_any_more() -> None:
    story = Story()
    blocked(story, ask_by=THEN)
    escalated(story, ReferralClock.WAITING, Duty.SHELTER, Duty.COORDINATOR)
    assert {one.shelter for one in story.standing().values()} == {None, SHELTER}
    blocked(story, BlockReason.WANTS_TIME, ask_by=THEN, until=THEN + timedelta(days=1))
    assert story.standing() == {}, "the person decides later"


def test_more_urgent_after_the_answer_alerts_the_desk_again_and_an_acknowledgement_ends_it() -> None:
    story = Story()
    (first,) = story.sent()
    story.step(ReferralAccepted)
    (again,) = story.reassessed(Urgency.U0, seen_by=THEN, desk="ACNUR-24H")
    assert (again.urgency, again.desk, again.duties, again.about) == (
        *(Urgency.U0, "ACNUR-24H", (Duty.DESK,), AlertAbout.REFERRAL),
    )
    assert again.escalation not in {None, first.escalation}, "its messages are new ones"
    for end in (ChangeSeen, ReferralAcknowledged):
        story.step(end)
        assert alert_of(story.stream) not in story.standing()
        story.reassessed(Urgency.U0, seen_by=THEN, new_harm=True)
        assert alert_of(story.stream) in story.standing()


def test_two_desks_are_alerted_where_the_class_moves_it_and_one_answer_ends_both() -> None:
    story = Story()
    story.sent()
    (again,) = story.reassessed(Urgency.U0, desk="ACNUR-24H", formerly="ACNUR-CHP")
    assert (again.desk, again.formerly) == ("ACNUR-24H", "ACNUR-CHP")
    (next_on_call,) = escalated(story, ReferralClock.ACKNOWLEDGE, Duty.ON_CALL)
    assert next_on_call.formerly == "ACNUR-CHP"
    story.step(ReferralAcknowledged)
    assert story.standing() == {}


def test_before_the_answer_a_new_category_or_harm_alerts_again_and_what_the_consent_hides_does_not() -> None:
    story = Story()
    story.sent()
    assert story.reassessed(Urgency.U2, new_harm=True)
    assert story.reassessed(Urgency.U2, categories=(RiskCategory.ASILO, RiskCategory.MED))
    hidden = {"categories": (RiskCategory.ASILO, RiskCategory.MED, RiskCategory.VSG)}
    assert story.reassessed(Urgency.U2, **hidden, uncovered=(RiskCategory.VSG,)) == []
    story.step(ReferralAccepted)
    assert story.reassessed(Urgency.U2, **hidden, uncovered=(RiskCategory.VSG,)) == []


def test_a_correction_waits_for_others_unless_it_cannot() -> None:
    story = Story()
    story.sent()
    story.step(ReferralAccepted)
    (first,) = story.renewed(seen_by=THEN)
    assert (first.about, first.not_before) == (AlertAbout.CHANGE, story.now + WAIT)
    story.later(minutes=3)
    assert story.renewed(seen_by=THEN) == [], "the same message tells of it"
    (at_once,) = story.renewed(seen_by=THEN, at_once=True)
    assert (at_once.not_before, at_once.desk) == (None, "ACNUR-CHP")
    story.step(ChangeSeen)
    assert desk_alert(story.stream, AlertAbout.CHANGE) not in story.standing()
    story.later(minutes=1)
    assert story.renewed(seen_by=THEN)


def test_a_correction_before_the_answer_alerts_again_only_if_it_cannot_wait() -> None:
    story = Story()
    story.sent()
    story.later(minutes=20)
    assert story.renewed() == []
    (again,) = story.renewed(at_once=True)
    assert again.about is AlertAbout.REFERRAL
    story.step(ReferralAccepted)
    assert story.renewed(at_once=True) == [], "nothing new is disclosed"


def test_after_a_handover_both_desks_know_or_whoever_accepted_is_told_of_a_change() -> None:
    story = Story()
    story.sent()
    says: dict[str, Any] = {"agency": story.agency, "shelter": NEXT}
    raised = story.happens(ReferralHandedOver(**says, desk="ACNUR-TAB", formerly="ACNUR-CHP"), actor="referral")
    assert [(one.desk, one.formerly) for one in raised if one.shelter is None] == [("ACNUR-TAB", "ACNUR-CHP")]
    accepted = Story()
    accepted.sent()
    accepted.step(ReferralAccepted)
    raised = accepted.happens(ReferralHandedOver(**says), actor="referral")
    assert [(one.about, one.desk) for one in raised if one.shelter is None] == [(AlertAbout.CHANGE, "ACNUR-CHP")]
    assert accepted.renewed("handed_over", seen_by=THEN, at_once=True) == [], "one message tells of both"


def test_what_waits_for_the_shelter_goes_with_the_person_and_the_old_one_has_nothing_left() -> None:
    story = Story()
    story.sent()
    story.step(InfoRequested, question=BOX)
    story.happens(ReferralHandedOver(agency=story.agency, shelter=NEXT), actor="referral")
    assert story.to_shelter() == {AlertAbout.QUESTION: NEXT, AlertAbout.CHANGE: NEXT}
    other = Story(number=8)
    other.sent()
    taken_over = ReferralHandedOver(agency=other.agency, shelter=NEXT)
    other.happens(taken_over, actor=f"shelter_worker:{NEXT}:w-9")
    assert other.to_shelter() == {}, "it took the case over itself"


def test_an_expiry_alerts_the_shelter_until_the_consent_is_renewed() -> None:
    story = Story()
    story.sent()
    story.step(ReferralExpired, actor="referral", deadline=THEN)
    assert story.to_shelter() == {AlertAbout.EXPIRY: SHELTER}
    lapsed = Story()
    lapsed.sent()
    lapsed.step(ReferralAccepted)
    lapsed.step(ConsentLapsed, actor="referral", receipt=UUID(int=1), renew_by=THEN)
    assert AlertAbout.EXPIRY in lapsed.to_shelter()
    assert escalated(lapsed, ReferralClock.CONSENT, Duty.SHELTER) == [], "the same message"
    (desk,) = escalated(lapsed, ReferralClock.CONSENT, Duty.DESK)
    assert (desk.about, desk.agency) == (AlertAbout.EXPIRY, Agency.ACNUR)
    lapsed.renewed("consent", seen_by=THEN)
    assert AlertAbout.EXPIRY not in {one.about for one in lapsed.standing().values()}


def test_an_offer_alerts_shelter_and_coordinator_and_ends_the_asked_desks_alert() -> None:
    story = Story()
    story.sent()
    raised = escalated(story, ReferralClock.DECIDE, Duty.SUPERVISOR, Duty.FALLBACK, asked=Agency.OIM)
    assert [one.agency for one in raised if one.asked] == [Agency.OIM]
    raised = story.step(HelpOffered, actor="officer:OIM:o-2", by=Agency.OIM)
    assert [(one.about, one.shelter, one.duties) for one in raised] == [
        (AlertAbout.OFFER, SHELTER, (Duty.SHELTER,)),
        (AlertAbout.OFFER, None, (Duty.COORDINATOR,)),
    ]
    assert not any(one.asked for one in story.standing().values())


def test_the_coordinator_is_told_when_everybody_who_was_asked_cannot() -> None:
    story = Story()
    story.sent()
    assert story.step(HelpUnavailable, by=Agency.OIM) == []
    (raised,) = story.step(HelpUnavailable, by=Agency.OIM, all_asked=True)
    assert (raised.about, raised.duties, raised.shelter) == (AlertAbout.OFFER, (Duty.COORDINATOR,), None)


@pytest.mark.parametrize("end", [ContestSettled, ReferralWithdrawn])
def test_two_people_are_to_decide_until_they_have(end: type[ReferralFact]) -> None:
    story = Story(agency=Agency.UNICEF)
    story.sent()
    (raised,) = story.step(WithdrawalContested, reason=ContestReason.WITHHELD)
    assert (raised.about, raised.duties) == (AlertAbout.CONTEST, (Duty.COORDINATOR,))
    story.step(end, **({"reason": WithdrawalReason.TWO_PEOPLE} if end is ReferralWithdrawn else {}))
    assert AlertAbout.CONTEST not in {one.about for one in story.standing().values()}


@pytest.mark.parametrize("end", [ReferralUnfrozen, ReferralWithdrawn])
def test_a_freeze_alerts_the_shelter_until_it_is_checked(end: type[ReferralFact]) -> None:
    story = Story()
    story.sent()
    story.step(ReferralFrozen, actor="referral", check_by=THEN)
    assert story.to_shelter() == {AlertAbout.FREEZE: SHELTER}
    story.step(end, **({"reason": WithdrawalReason.CONSENT_WITHDRAWN} if end is ReferralWithdrawn else {}))
    assert story.to_shelter() == {}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (ReferralWithdrawn, {"reason": WithdrawalReason.REFUSED}),
        (ReferralCancelled, {}),
        (EnteredInError, {"comment": BOX}),
        (LoopClosed, {"confirmation": Confirmation.YES}),
    ],
)
def test_nothing_about_a_referral_stands_after_it_was_taken_back(
    kind: type[ReferralFact], says: dict[str, Any]
) -> None:
    story = Story()
    story.sent()
    story.step(InfoRequested, question=BOX)
    story.step(ReferralDeclined, reason=DeclineReason.OTHER)
    escalated(story, ReferralClock.CONSENT, Duty.SHELTER, Duty.DESK, Duty.COORDINATOR)
    story.step(HelpOffered, by=Agency.OIM)
    story.renewed(seen_by=THEN, at_once=True)
    story.step(kind, actor=f"shelter_worker:{SHELTER}:w-1", **says)
    assert story.standing() == {}


def test_a_task_alerts_its_owner_and_is_reminded_until_it_is_done() -> None:
    story, stream = Story(), UUID(int=99)
    story.sent()
    common: dict[str, Any] = {
        "obligation": Obligation.NOTICE_TO_PROCURADURIA,
        "shelter": SHELTER,
        "agency": Agency.ACNUR,
        "referral": story.stream,
    }
    dues = {"until": THEN + timedelta(hours=24), "basis": "lm_112", "policy": "1"}
    (raised,) = story.happens(ObligationDue(**common, owner=ObligationOwner.SHELTER, **dues), stream=stream)
    assert (raised.shelter, raised.urgency, raised.referral) == (SHELTER, Urgency.U1, stream)
    reminded = {"rung": "x", "urgency": Urgency.U1, "deadline": THEN, "whom": (Duty.COORDINATOR,)}
    story.later(hours=1)
    (raised,) = story.happens(ObligationReminded(**common, owner=ObligationOwner.SHELTER, **reminded), stream=stream)
    assert (raised.shelter, is_for_desk(raised)) == (None, False)
    done = ObligationDone(**common, owner=ObligationOwner.SHELTER, result=ObligationResult.DONE)
    story.happens(done, stream=stream)
    assert {one.about for one in story.standing().values()} == {AlertAbout.REFERRAL}
    (raised,) = story.happens(ObligationDue(**common, owner=ObligationOwner.AGENCY, **dues), stream=UUID(int=98))
    assert (raised.desk, is_for_desk(raised)) == ("ACNUR-CHP", True)


@pytest.mark.parametrize("result", ObligationResult)
@pytest.mark.parametrize("by", ["officer:ACNUR:guardia-1", "programme_coordinator:*:c-1", "rules:2013.1"])
def test_what_could_not_be_done_is_told_to_the_coordinator_unless_that_is_who_says_so(
    result: ObligationResult, by: str
) -> None:
    story, stream = Story(), UUID(int=99)
    story.sent()
    common: dict[str, Any] = {
        "obligation": Obligation.URGENT_MEASURES,
        "owner": ObligationOwner.AGENCY,
        "shelter": SHELTER,
        "agency": Agency.ACNUR,
        "referral": story.stream,
    }
    dues = {"until": THEN + timedelta(hours=3), "basis": "lm_112", "policy": "1"}
    story.happens(ObligationDue(**common, **dues), stream=stream)
    told = story.happens(ObligationDone(**common, result=result), stream=stream, actor=by)
    unmet = result in {ObligationResult.NOT_POSSIBLE, ObligationResult.REFUSED}
    expected = [((Duty.COORDINATOR,), Urgency.U0, None)] if unmet and not by.startswith("programme") else []
    assert [(one.duties, one.urgency, one.shelter) for one in told] == expected
    assert not any(is_for_desk(one) for one in told)
    standing = [one for one in story.standing().values() if one.about is AlertAbout.OBLIGATION]
    assert len(standing) == len(expected)
    story.later(hours=1)
    story.happens(ObligationDue(**common, **dues), stream=stream)
    story.happens(ObligationDone(**common, result=ObligationResult.DONE), stream=stream)
    assert {one.about for one in story.standing().values()} == {AlertAbout.REFERRAL}, "it was done after all"


def test_a_task_about_a_report_or_about_what_was_never_sent_is_the_coordinators() -> None:
    for agency, owner in ((Agency.PEAS, ObligationOwner.SHELTER), (Agency.ACNUR, ObligationOwner.AGENCY)):
        story = Story(agency=agency)
        due = ObligationDue(
            obligation=Obligation.TELL_THE_PERSON, shelter=SHELTER, agency=agency, referral=story.stream, owner=owner,
            basis="x", policy="1",
        )  # fmt: skip
        (raised,) = story.happens(due, stream=UUID(int=99))
        assert (raised.shelter, is_for_desk(raised), raised.duties) == (None, False, (Duty.COORDINATOR,))


def test_a_case_that_could_not_be_routed_is_told_to_coordinator_and_operator_and_stands_in_the_shelters_list() -> None:
    story, stream = Story(), UUID(int=1007)
    raised = story.happens(CaseNotRouted(event=UUID(int=1), log="intake", shelter=SHELTER), stream=stream)
    assert [(one.shelter, one.duties) for one in raised] == [
        (None, (Duty.COORDINATOR, Duty.OPERATOR)),
        (SHELTER, ()),
    ]
    story.happens(CaseRouted(shelter=SHELTER), stream=stream)
    assert story.standing() == {}


def test_telephones_that_decide_otherwise_are_told_of_once_for_each_version_of_the_rules() -> None:
    story, of_today, of_tomorrow = Story(), UUID(int=1008), UUID(int=1009)
    differs = DeviceDisagreed(submission=UUID(int=2), shelter=SHELTER, device="tel-3", rule_set="2013.2-0123456789ab")
    (raised,) = story.happens(differs, stream=of_today)
    assert (raised.shelter, raised.duties) == (None, (Duty.COORDINATOR, Duty.OPERATOR))
    assert story.happens(differs, stream=of_today) == [], "a message for each case would bury the rest"
    story.later(hours=3)
    assert story.happens(differs, stream=of_today) == []
    assert len(story.happens(differs, stream=of_tomorrow)) == 1


def test_a_referral_that_waited_again_alerts_its_desk_anew_once_it_is_sent() -> None:
    story = Story()
    story.sent()
    blocked(story, BlockReason.CONSENT_EXPIRED, ask_by=THEN)
    assert story.standing() == {}, "nobody may accept what nobody may read"
    (again,) = [one for one in story.sent() if one.about is AlertAbout.REFERRAL]
    assert again.escalation is not None
    assert again.duties == (Duty.DESK,)


def test_a_basis_is_said_in_no_alert() -> None:
    story = Story()
    story.sent()
    story.renewed("consent", seen_by=THEN, at_once=True, basis=SendingBasis.VITAL_INTEREST)
    assert "vital" not in str([one.model_dump(mode="json") for one in story.standing().values()])
