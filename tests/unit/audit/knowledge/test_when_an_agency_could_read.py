"""The windows in which an agency could read follow the facts: each opens, closes and says why, at the right moment."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from events.continuity import WithdrawalFrozen
from events.contract import Event
from events.intake import PersonErased
from events.referral import ConsentLapsed, ReferralAcknowledged, ReferralCancelled, ReferralFrozen, ReferralUnfrozen
from events.vocabulary import Agency, BoxClass, ErasureBasis, SendingBasis
from services.audit.history.queries import Line
from services.audit.knowledge.domain import Closing, Organisation, Standing
from services.audit.knowledge.organisations import known_by
from tests.support.builders.referral import (
    BOX,
    CASE,
    CONSENTED,
    OPENED,
    PROPOSED,
    RECEIPT,
    SENT,
    START,
    TAKEN_BACK,
    WHOSE,
    recorded,
)

FROZEN = WithdrawalFrozen(shelter="ALB-TAP-01", slip=OPENED, recipient=Agency.ACNUR)
ERASED = PersonErased(subject=CASE, basis=ErasureBasis.RETENTION, classes=(BoxClass.SCREENING,), keys=(BOX.key,))
OF_THE_CASE = (type(CONSENTED), type(TAKEN_BACK), WithdrawalFrozen, PersonErased)
MINUTE = timedelta(minutes=1)


def known(events: Sequence[Event], after: int = 60) -> dict[str, Organisation]:
    """What each organisation knew ``after`` minutes, each event a minute after the one before."""
    lines = []
    for number, event in enumerate(events, start=1):
        fact = recorded(event, number, CASE) if isinstance(event, OF_THE_CASE) else recorded(event, number)
        lines.append(Line("intake" if isinstance(event, OF_THE_CASE) else "referral", fact))
    return {one.code: one for one in known_by(lines, START + after * MINUTE)}


def windows(events: Sequence[Event], after: int = 60) -> list[tuple[int, int | None, Closing | None]]:
    """The agency's windows, in minutes after the start."""
    (disclosure,) = known(events, after)["ACNUR"].disclosures
    return [
        ((one.since - START) // MINUTE, None if one.until is None else (one.until - START) // MINUTE, one.closing)
        for one in disclosure.windows
    ]


def test_what_was_only_proposed_was_known_to_nobody_but_the_shelter() -> None:
    found = known([CONSENTED, PROPOSED])
    assert found["ACNUR"].standing is Standing.NOTHING
    assert found["ALB-TAP-01"].standing is Standing.OPEN


def test_what_was_sent_is_open_with_its_reasons_and_what_the_person_allowed() -> None:
    (disclosure,) = known([CONSENTED, PROPOSED, SENT])["ACNUR"].disclosures
    (window,) = disclosure.windows
    assert (window.until, window.basis, window.fields) == (None, SendingBasis.CONSENT, ("all",))
    assert window.categories == PROPOSED.categories


@pytest.mark.parametrize(
    ("later", "why"),
    [
        (TAKEN_BACK, Closing.WITHDRAWN),
        (FROZEN, Closing.FROZEN),
        (ERASED, Closing.ERASED),
        (ConsentLapsed(**WHOSE, receipt=RECEIPT, renew_by=START), Closing.LAPSED),
        (ReferralCancelled(**WHOSE), Closing.ENDED),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Event) else str(one),
)
def test_it_closes_with_the_fact_that_closes_it(later: Event, why: Closing) -> None:
    assert windows([CONSENTED, PROPOSED, SENT, later]) == [(3, 4, why)]


def test_an_answer_of_the_desk_closes_nothing() -> None:
    assert windows([CONSENTED, PROPOSED, SENT, ReferralAcknowledged(**WHOSE)]) == [(3, None, None)]


def test_a_dismissed_withdrawal_opens_it_again() -> None:
    frozen = ReferralFrozen(**WHOSE, check_by=START)
    story = [CONSENTED, PROPOSED, SENT, FROZEN, frozen, ReferralUnfrozen(**WHOSE)]
    assert windows(story) == [(3, 4, Closing.FROZEN), (6, None, None)]


def test_a_consent_closes_it_at_the_moment_it_runs_out_whoever_records_that_later() -> None:
    sent = SENT.model_copy(update={"basis_until": START + 10 * MINUTE})
    assert windows([CONSENTED, PROPOSED, sent], after=9) == [(3, None, None)]
    assert windows([CONSENTED, PROPOSED, sent], after=10) == [(3, 10, Closing.LAPSED)]


def test_a_report_that_the_law_demands_is_closed_by_no_withdrawal() -> None:
    sent = SENT.model_copy(update={"basis": SendingBasis.NOT_PERSONAL, "receipt": None})
    assert windows([CONSENTED, PROPOSED, sent, TAKEN_BACK, FROZEN]) == [(3, None, None)]
