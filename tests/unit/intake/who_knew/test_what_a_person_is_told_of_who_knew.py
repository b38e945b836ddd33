"""A person is told who was told of them and who read: days and purposes; nothing of what is hidden from the shelter."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from events.continuity import AnswersRead, HandedOver
from events.contract import Event, Recorded
from events.intake import CaseOpened, IdentityRead
from events.referral import ConsentLapsed, DisclosureRead, ReferralFrozen, ReferralUnfrozen
from events.vocabulary import Agency, IdentityPurpose, OverrideBasis, ReadPurpose, ReferralState
from services.intake.case_status.schemas import CaseAccess, CaseReferral
from services.intake.who_knew.domain import Knower, knowers
from tests.support.builders.referral import CASE, PROPOSED, RECEIPT, REFERRAL, SENT, START, WAITING, recorded

OWN, FORMER = "ALB-TAP-01", "ALB-IXT-01"
DAY = timedelta(days=1)
UNFPA, OF_PEAS = UUID(int=71), UUID(int=72)


def fact(event: Any, day: int, stream: UUID = CASE) -> Recorded[Event]:
    made = recorded(PROPOSED, 1, stream)
    return Recorded(**{**made.__dict__, "event": event, "recorded_at": START + day * DAY})


def opened(shelter: str = OWN, day: int = 0) -> Recorded[Event]:
    said: Any = {"shelter": shelter, "consents": ()}
    return fact(CaseOpened.model_construct(**said), day)


def handed_over(day: int) -> Recorded[Event]:
    said: Any = {"from_shelter": FORMER, "to_shelter": OWN}
    return fact(HandedOver.model_construct(**said), day)


def referral(agency: Agency, state: ReferralState = ReferralState.ACCEPTED, number: UUID = REFERRAL) -> CaseReferral:
    said: Any = {"referral_id": number, "agency": agency, "state": state}
    return CaseReferral.model_construct(**said)


def read_by(reader: str, day: int, purpose: ReadPurpose = ReadPurpose.DECIDE, **more: Any) -> Recorded[Event]:
    said = {"referral": REFERRAL, "agency": Agency.ACNUR, "shelter": OWN, "fields": ("disclosure",), **more}
    return fact(DisclosureRead.model_validate({**said, "reader": reader, "purpose": purpose}), day)


def told(
    *,
    case: Sequence[Recorded[Event]] = (opened(),),
    own: Sequence[Recorded[Event]] = (),
    referrals: Any = (),
    accesses: Sequence[CaseAccess] = (),
) -> list[Knower]:
    return knowers(OWN, case, own, referrals, accesses)


SENT_TO_IT = [fact(PROPOSED, 1, REFERRAL), fact(SENT, 2, REFERRAL)]


def test_a_shelter_alone_knew_until_somebody_was_told() -> None:
    (own,) = told(referrals=[(referral(Agency.ACNUR), [fact(PROPOSED, 1, REFERRAL)], [])])
    assert (own.code, own.told_at) == (OWN, START)


def test_an_agency_that_was_told_is_named_with_its_days_once_and_its_purposes() -> None:
    reads = [read_by("ACNUR", 3), read_by("ACNUR", 3), read_by("ACNUR", 4), read_by("ACNUR", 5, ReadPurpose.SERVE)]
    _, acnur = told(referrals=[(referral(Agency.ACNUR), SENT_TO_IT, reads)])
    assert (acnur.code, acnur.told_at, acnur.may_still_read) == ("ACNUR", START + 2 * DAY, True)
    assert acnur.days == {
        "read_for.decide": [START + 3 * DAY, START + 4 * DAY],
        "read_for.serve": [START + 5 * DAY],
    }


def test_an_agency_whose_referral_ended_can_no_longer_read_unless_another_goes_on() -> None:
    over: Any = (referral(Agency.ACNUR, ReferralState.CANCELLED), SENT_TO_IT, [])
    assert not told(referrals=[over])[1].may_still_read
    assert told(referrals=[over, (referral(Agency.ACNUR), SENT_TO_IT, [])])[1].may_still_read


def test_days_are_those_of_mexico_city() -> None:
    """It begins at noon there: nine hours later it is the next day in UTC, and the same evening for the person."""
    noon, evening = read_by("ACNUR", 3), read_by("ACNUR", 3)
    evening = replace(evening, recorded_at=evening.recorded_at + timedelta(hours=9))
    next_noon = read_by("ACNUR", 4)
    _, acnur = told(referrals=[(referral(Agency.ACNUR), SENT_TO_IT, [noon, evening, next_noon])])
    assert acnur.days == {"read_for.decide": [noon.recorded_at, next_noon.recorded_at]}


CHECK = ReferralFrozen(agency=Agency.ACNUR, shelter=OWN, check_by=START)
DISMISSED = ReferralUnfrozen(agency=Agency.ACNUR, shelter=OWN)
RAN_OUT = ConsentLapsed(agency=Agency.ACNUR, shelter=OWN, receipt=RECEIPT, renew_by=START)


@pytest.mark.parametrize(
    ("since", "may"),
    [
        ([CHECK], False),
        ([CHECK, DISMISSED], True),
        ([RAN_OUT], False),
        ([WAITING], False),
        ([RAN_OUT, SENT], True),
        ([RAN_OUT, CHECK, DISMISSED], False),
    ],
)
def test_an_agency_cannot_read_while_a_withdrawal_is_to_be_checked_nor_once_the_consent_ran_out(
    since: Sequence[Event], *, may: bool
) -> None:
    history = [*SENT_TO_IT, *(fact(event, 3, REFERRAL) for event in since)]
    assert told(referrals=[(referral(Agency.ACNUR), history, [])])[1].may_still_read is may


def test_of_who_investigates_the_shelter_nothing_is_said_whatever_was_handed_in() -> None:
    of_peas = referral(Agency.PEAS, number=OF_PEAS)
    reads = [read_by("PEAS", 3, agency=Agency.PEAS, referral=OF_PEAS), read_by("PEAS", 3)]
    access = CaseAccess(
        agency=Agency.PEAS,
        opened_for="UNFPA",
        basis=OverrideBasis.IMMINENT_DANGER_TO_LIFE,
        verdict=None,
        opened_at=START,
        until=START + DAY,
    )
    by_peas = access.model_copy(update={"agency": Agency.ACNUR, "opened_for": "PEAS"})
    with_report = told(
        referrals=[(of_peas, SENT_TO_IT, reads), (referral(Agency.ACNUR), SENT_TO_IT, reads)],
        accesses=[access, by_peas],
    )
    assert with_report == told(referrals=[(referral(Agency.ACNUR), SENT_TO_IT, [])]), "as if there were no report"


def test_another_shelter_is_not_named_and_what_was_read_there_is_not_told() -> None:
    before = [
        fact(IdentityRead(shelter=FORMER, purpose=IdentityPurpose.CONTACT, fields=("name",)), 1),
        fact(AnswersRead(shelter=FORMER, fields=("all",)), 1),
    ]
    since = [fact(IdentityRead(shelter=OWN, purpose=IdentityPurpose.ACCOMPANY, fields=("name",)), 6)]
    found = told(
        case=[opened(FORMER), handed_over(5)],
        own=[*before, *since],
        referrals=[(referral(Agency.ACNUR), SENT_TO_IT, [read_by(FORMER, 3, ReadPurpose.ANSWER)])],
    )
    assert [one.code for one in found] == [OWN, "ACNUR"]
    assert found[0].days == {"identity_purpose.accompany": [START + 6 * DAY]}
    assert found[0].told_at == START + 5 * DAY


def test_an_emergency_opening_is_told_and_the_coordination_comes_last() -> None:
    access = CaseAccess(
        agency=Agency.ACNUR,
        opened_for="UNFPA",
        basis=OverrideBasis.IMMINENT_DANGER_TO_LIFE,
        verdict=None,
        opened_at=START + 4 * DAY,
        until=START + 5 * DAY,
    )
    found = told(
        referrals=[(referral(Agency.ACNUR), SENT_TO_IT, [read_by("*", 3, ReadPurpose.REVIEW)])], accesses=[access]
    )
    assert [one.code for one in found] == [OWN, "ACNUR", "UNFPA", "*"]
    assert (found[2].opened_at, found[2].told_at) == ([START + 4 * DAY], None)


def test_a_reading_of_another_referral_is_not_told_here() -> None:
    found = told(referrals=[(referral(Agency.ACNUR), SENT_TO_IT, [read_by("OIM", 3, referral=UNFPA)])])
    assert [one.code for one in found] == [OWN, "ACNUR"]
