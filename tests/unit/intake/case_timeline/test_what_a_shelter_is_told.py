"""What happened, as the shelter that holds a case may know it, and what is awaited of whom. Without any I/O."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from events.continuity import AnswersRead, HelpConfirmed, WithdrawalChecked
from events.contract import Event, Recorded
from events.referral import (
    ConsentLapsed,
    Deadlines,
    DisclosureRenewed,
    HelpUnavailable,
    InfoRequested,
    ReferralAcknowledged,
    ReferralFrozen,
    ReferralRequested,
    ReferralUnfrozen,
)
from events.vocabulary import (
    Agency,
    BlockReason,
    HelpAnswer,
    ReferralState,
    RenewalReason,
    SendingBasis,
    Urgency,
    WithdrawalAnswer,
)
from services.intake.case_status.schemas import CaseReferral
from services.intake.case_timeline.clocks import AWAITED, Whom, awaited, clocks_of
from services.intake.case_timeline.domain import DID, Entry, entries
from tests.support.builders.case_state import AT, BOX, SLIP, amended_by, facts_of, frozen, receipt, to

HOME, NEXT = "ALB-TAP-01", "ALB-HUI-01"
HOUR = timedelta(hours=1)
BY = Deadlines(
    acknowledge_by=AT + HOUR, decide_by=AT + 2 * HOUR, serve_by=AT + 9 * HOUR, decide_by_if_asked=AT + 5 * HOUR
)


def of_a_referral(*events: Event, actor: str = "officer:ACNUR:o-1") -> list[Recorded[Event]]:
    return [replace(fact, event=one, actor=actor) for fact, one in zip(facts_of(*events)[1:], events, strict=True)]


def requested(agency: Agency = Agency.ACNUR) -> ReferralRequested:
    return ReferralRequested(
        agency=agency, shelter=HOME, urgency=Urgency.U1, basis=SendingBasis.CONSENT, deadlines=BY, disclosure=BOX
    )


def is_told(case: Sequence[Recorded[Event]], holder: str = HOME, *referrals: list[Recorded[Event]]) -> list[Entry]:
    return entries(case, [], referrals, holder)


def referral(state: ReferralState, **more: Any) -> CaseReferral:
    plain: dict[str, Any] = dict.fromkeys(("reason", "missing", "ask_by", "until", "alerted_at"))
    return CaseReferral(
        **plain
        | {
            "referral_id": uuid4(),
            "agency": Agency.ACNUR,
            "urgency": Urgency.U1,
            "categories": [],
            "state": state,
            "uncovered": [],
            "version": 2,
            "sent": True,
            "changed_at": AT,
        }
        | more
    )


class TestTheHistory:
    def test_a_report_about_the_shelter_is_no_part_of_it(self) -> None:
        own = facts_of(
            frozen(Agency.PEAS),
            WithdrawalChecked(shelter=HOME, answer=WithdrawalAnswer.CONFIRMED, checked_by="c-1", recipient=Agency.PEAS),
            HelpConfirmed(slip=SLIP, agency=None, confirmation=HelpAnswer.YES),
        )
        opened = own[0].event.model_copy(update={"consents": (receipt(Agency.PEAS), receipt(Agency.OIM))})
        own[0] = replace(own[0], event=opened)
        report = of_a_referral(requested(Agency.PEAS))
        assert [(one.what, one.agency) for one in is_told(own, HOME, report)] == [
            ("opened", None),
            ("consented", Agency.OIM),
        ]

    def test_the_next_shelter_reads_what_it_did_itself_and_not_who_had_the_case(self) -> None:
        own = [
            replace(fact, actor=f"shelter_worker:{HOME if number < 3 else NEXT}:w-1", recorded_at=AT + number * HOUR)
            for number, fact in enumerate(facts_of(amended_by(HOME), frozen(None), to(NEXT, HOME), amended_by(NEXT)))
        ]
        told = is_told(
            own, NEXT, of_a_referral(ReferralAcknowledged(agency=Agency.ACNUR, shelter=HOME), actor=own[0].actor)
        )
        assert [(one.what, one.org) for one in told if not one.of_referral] == [("received", NEXT), ("amended", NEXT)]
        assert [one.org for one in told if one.of_referral] == [None]

    def test_what_people_at_desks_were_asked_is_not_told(self) -> None:
        history = of_a_referral(requested(), HelpUnavailable(agency=Agency.ACNUR, shelter=HOME, by=Agency.OIM))
        assert [one.what for one in is_told([], HOME, history)] == ["requested"]

    def test_a_reading_is_told_with_the_role_of_whoever_read(self) -> None:
        (read,) = of_a_referral(AnswersRead(shelter=HOME, fields=("all",)), actor=f"shelter_coordinator:{HOME}:c-9")
        (told,) = entries([], [read], [], HOME)
        assert (told.what, told.role, told.org) == ("read_answers", "shelter_coordinator", HOME)
        assert told.what in DID


class TestWhatIsAwaited:
    @pytest.mark.parametrize("state", ReferralState)
    @pytest.mark.parametrize("reason", BlockReason)
    def test_there_is_always_an_answer_that_has_words(self, state: ReferralState, reason: BlockReason) -> None:
        found = awaited(referral(state, reason=reason), clocks_of([]), AT)
        assert found.what in AWAITED

    @pytest.mark.parametrize(
        ("state", "what", "by"),
        [
            (ReferralState.REQUESTED, "acknowledge", BY.acknowledge_by),
            (ReferralState.ACKNOWLEDGED, "decide", BY.decide_by),
            (ReferralState.ACCEPTED, "appointment", BY.serve_by),
            (ReferralState.DECLINED, "declined", None),
        ],
    )
    def test_a_desk_that_is_silent_is_shown_with_its_deadline(
        self, state: ReferralState, what: str, by: datetime | None
    ) -> None:
        found = awaited(referral(state), clocks_of(of_a_referral(requested())), AT)
        assert (found.what, found.by) == (what, by)

    def test_a_question_gives_the_desk_more_time(self) -> None:
        asked = clocks_of(of_a_referral(requested(), InfoRequested(agency=Agency.ACNUR, shelter=HOME, question=BOX)))
        assert awaited(referral(ReferralState.ACKNOWLEDGED), asked, AT).by == BY.decide_by_if_asked
        assert awaited(referral(ReferralState.INFO_REQUESTED), asked, AT).whom is Whom.SHELTER

    def test_while_a_withdrawal_is_to_be_checked_the_shelter_is_awaited(self) -> None:
        freeze = ReferralFrozen(agency=Agency.ACNUR, shelter=HOME, check_by=AT + HOUR)
        stands = clocks_of(of_a_referral(requested(), freeze))
        assert awaited(referral(ReferralState.REQUESTED), stands, AT).what == "check"
        goes_on = clocks_of(of_a_referral(requested(), freeze, ReferralUnfrozen(agency=Agency.ACNUR, shelter=HOME)))
        assert awaited(referral(ReferralState.REQUESTED), goes_on, AT).what == "acknowledge"

    def test_a_consent_that_ran_out_is_asked_again_until_it_is_renewed(self) -> None:
        lapsed = ConsentLapsed(agency=Agency.ACNUR, shelter=HOME, receipt=uuid4(), renew_by=AT + HOUR)
        found = awaited(referral(ReferralState.ACCEPTED), clocks_of(of_a_referral(requested(), lapsed)), AT)
        assert (found.whom, found.what) == (Whom.SHELTER, "renew")
        renewed = DisclosureRenewed(
            agency=Agency.ACNUR,
            shelter=HOME,
            reason=RenewalReason.CONSENT,
            disclosure=BOX,
            basis=SendingBasis.CONSENT,
        )
        again = clocks_of(of_a_referral(requested(), lapsed, renewed))
        assert awaited(referral(ReferralState.ACCEPTED), again, AT).whom is Whom.DESK

    def test_who_wants_time_is_not_asked_until_it_is_over(self) -> None:
        waits = referral(ReferralState.BLOCKED_CONSENT, reason=BlockReason.WANTS_TIME, until=AT + HOUR)
        assert awaited(waits, clocks_of([]), AT).whom is Whom.PERSON
        assert awaited(waits, clocks_of([]), AT + HOUR).whom is Whom.SHELTER
