"""The state of a case: custody, unchecked withdrawals, and who may consent to a transfer."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.continuity import SlipIssued, SlipRevoked, WithdrawalChecked
from events.intake import ConsentWithdrawn
from events.vocabulary import Agency, ConsentGiver, Role, WithdrawalAnswer
from services.chassis.authorization.policy import Principal
from services.intake.cases.domain import frozen_grants, is_frozen, may_be_transferred
from services.intake.slips.domain import may_reissue
from tests.support.builders.case_state import GRANTS, after, frozen, to

CHECKED = WithdrawalChecked(shelter="ALB-TAP-01", answer=WithdrawalAnswer.DISMISSED, checked_by="w-1")


@given(st.lists(st.sampled_from([None, *Agency]), min_size=1, max_size=4), st.sampled_from(Agency))
def test_a_freeze_covers_the_recipients_it_names_until_staff_have_checked(
    named: list[Agency | None], agency: Agency
) -> None:
    case = after(*map(frozen, named))
    assert is_frozen(case, agency) == (None in named or agency in named)
    assert [one.recipient for one in frozen_grants(case)] == [
        one.recipient for one in GRANTS if is_frozen(case, one.recipient)
    ]
    assert not after(*map(frozen, named), CHECKED).frozen


def test_a_withdrawn_consent_is_not_withdrawn_again() -> None:
    gone = ConsentWithdrawn(shelter="ALB-TAP-01", receipt=GRANTS[0].receipt, recipient=Agency.ACNUR)
    assert frozen_grants(after(gone, frozen(None))) == [GRANTS[1]]


def test_the_last_shelter_has_custody_and_the_slip_is_used_up() -> None:
    issued = SlipIssued(shelter="ALB-TAP-01", slip=UUID(int=1), issued_by="w-1")
    case = after(issued, to("ALB-IXT-01", "ALB-TAP-01"), to("ALB-TAP-01", "ALB-IXT-01"))
    assert (case.shelter, case.former, case.slip) == ("ALB-TAP-01", ("ALB-IXT-01",), None)
    assert after(issued).slip == UUID(int=1)
    assert after(issued, SlipRevoked(shelter="ALB-TAP-01", slip=UUID(int=1), revoked_by="w-1")).slip is None


@given(st.sampled_from(["18-24", "25-59", "60+"]), st.booleans())
def test_nobody_consents_for_an_adult(band: str, heard: bool) -> None:  # noqa: FBT001
    answers = {"screening": {"age_band": band, "accompaniment": "parent_or_guardian"}}
    assert not may_be_transferred(answers, ConsentGiver.GUARDIAN, heard=heard)
    assert may_be_transferred(answers, ConsentGiver.SELF, heard=heard) is not heard


@pytest.mark.parametrize("band", ["0-5", "6-11", "12-14", "unknown"])
def test_a_guardian_who_did_harm_or_is_absent_consents_for_no_child(band: str) -> None:
    there: dict[str, Any] = {"age_band": band, "accompaniment": "parent_or_guardian"}
    harm = {"harm_events": [{"kind": "assault", "when": "older", "perpetrator": "family"}]}
    for screening, may in ((there, True), (there | harm, False), (there | {"accompaniment": "other_relative"}, False)):
        assert may_be_transferred({"screening": screening}, ConsentGiver.GUARDIAN, heard=False) is may
        assert may_be_transferred({"screening": screening}, ConsentGiver.SELF, heard=True) is not may


def test_a_withdrawal_from_the_focal_point_for_abuse_shows_by_nothing_that_the_shelter_may_do() -> None:
    worker = Principal(Role.SHELTER_WORKER, "ALB-TAP-01", "p-101", person="p-101")
    issued = SlipIssued(shelter="ALB-TAP-01", slip=UUID(int=1), issued_by="p-102")
    hidden, seen = frozen(Agency.PEAS), frozen(Agency.ACNUR)
    assert may_reissue(after(issued, hidden), worker)
    assert not may_reissue(after(issued, seen), worker)
