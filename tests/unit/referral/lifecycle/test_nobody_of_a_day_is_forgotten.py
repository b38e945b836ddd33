"""The sample day: whoever waits for a decision has a clock, and of every case somebody is told."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from events.consent import ConsentReceipt
from events.referral_states import ASKED_LATER, TO_BE_ASKED
from events.vocabulary import Agency, BlockReason, ConsentDecision, ReferralState, Urgency
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.waiting import NOTHING_SENT
from tests.support.builders.paper_case import PaperCase, decision
from tests.support.system.system import sample_day

A_MONTH = timedelta(days=31)
OWN_NO = {BlockReason.CONSENT_REFUSED, BlockReason.WITHHELD, ASKED_LATER}


def consents(document: dict[str, Any]) -> list[ConsentReceipt]:
    return [
        decision(
            one["recipient"],
            one["decision"],
            one["given_by"],
            purpose=one["purpose"],
            fields=tuple(one.get("fields", ())),
        )
        for one in document.get("consent", ())
        if one["recipient"] in set(Agency)
    ]


@pytest.fixture
def day() -> list[PaperCase]:
    return [PaperCase.opened(document, *consents(document)) for document in sample_day()]


def waiting(case: PaperCase) -> list[Referral]:
    return [one for one in case.referrals() if one.state is ReferralState.BLOCKED_CONSENT]


def test_whatever_waits_for_a_decision_has_a_clock(day: list[PaperCase]) -> None:
    found = [one for case in day for one in waiting(case)]
    assert (sum(len(case.referrals()) for case in day), len(found)) == (241, 65)
    reasons = Counter(one.reason for one in found)
    assert set(reasons) <= TO_BE_ASKED | OWN_NO
    without = [one for one in found if one.after.ask_by is None]
    assert {one.reason for one in without} <= OWN_NO
    assert len(found) - len(without) == sum(count for reason, count in reasons.items() if reason in TO_BE_ASKED)
    assert (len(found) - len(without), len(without)) == (51, 14), "fourteen persons said no"


def test_of_every_case_somebody_is_told_but_where_the_person_said_no(day: list[PaperCase]) -> None:
    of_no_agency = [case for case in day if case.referrals() and not any(one.sent for one in case.referrals())]
    assert len(of_no_agency) == 12
    for case in of_no_agency:
        case.now += A_MONTH
        case.run_due()
    nobody_told = [case for case in of_no_agency if not case.steps()]
    assert [{one.reason for one in waiting(case)} <= OWN_NO for case in nobody_told] == [True, True]


def test_where_nothing_of_a_pressing_case_could_be_sent_it_is_told_at_once(day: list[PaperCase]) -> None:
    told = 0
    for case in day:
        pressing = [one for one in waiting(case) if one.reason in TO_BE_ASKED and one.urgency <= Urgency.U1]
        nothing = not any(one.sent and one.agency is not Agency.PEAS for one in case.referrals())
        steps = [step for step in case.steps() if NOTHING_SENT in step]
        assert len(steps) == (1 if pressing and nothing else 0)
        assert all(step.startswith("0:00 ") for step in steps)
        told += len(steps)
    assert told > 0


def test_no_child_of_the_day_waits_for_a_word_that_nobody_may_give(day: list[PaperCase]) -> None:
    for case in day:
        given = [one for one in consents(case.document) if one.decision is ConsentDecision.GRANTED]
        for one in waiting(case):
            if one.reason is BlockReason.NEEDS_REPRESENTATIVE:
                assert not [each for each in given if each.recipient is one.agency and one.sent]
                assert one.after.ask_by is not None
