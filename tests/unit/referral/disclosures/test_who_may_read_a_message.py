"""Who reads which text: a shelter never an agency's notes, an agency only while it works on the referral."""

from dataclasses import replace
from typing import Any

import pytest

from events.contract import Recorded
from events.referral import EnteredInError, InfoRequested, InfoSupplied, ReferralDeclined, ReferralReopened
from events.vocabulary import DeclineReason, Role
from services.chassis.authorization.policy import Principal
from services.referral.disclosures.messages import messages_for
from tests.support.builders.referral import BOX, PROPOSED, REPLACEMENT, SENT, WHOSE, recorded

SHELTER = Principal(Role.SHELTER_WORKER, "ALB-TAP-01", "x")
DESK = Principal(Role.OFFICER, "ACNUR", "x")
COORDINATION = Principal(Role.PROGRAMME_COORDINATOR, "*", "x")


def by(actor: str, fact: Recorded[Any]) -> Recorded[Any]:
    return replace(fact, actor=f"{actor}:prueba")


HISTORY = [
    by("rules", recorded(PROPOSED, 1)),
    by("rules", recorded(SENT, 2)),
    by("officer:ACNUR", recorded(InfoRequested(**WHOSE, question=BOX), 3)),
    by("shelter_worker:ALB-TAP-01", recorded(InfoSupplied(**WHOSE, answer=BOX), 4)),
    by("officer:ACNUR", recorded(ReferralDeclined(**WHOSE, reason=DeclineReason.DUPLICATE), 5)),
    by("officer:ACNUR", recorded(ReferralDeclined(**WHOSE, reason=DeclineReason.OTHER, note=BOX), 6)),
    by("shelter_coordinator:ALB-TAP-01", recorded(EnteredInError(**WHOSE, comment=BOX), 7)),
    by("supervisor:ACNUR", recorded(ReferralReopened(**WHOSE, linked=REPLACEMENT, comment=BOX), 8)),
]
SAID = {3: "question", 4: "answer", 6: "note", 7: "comment", 8: "comment"}


def read_by(principal: Principal, *, is_open: bool = True, basis_valid: bool = True) -> set[int]:
    messages = messages_for(principal, HISTORY, shelter=SHELTER.org, open_=is_open, basis_valid=basis_valid)
    assert {text.fact.version: text.field for text in messages}.items() <= SAID.items()
    return {text.fact.version for text in messages}


@pytest.mark.parametrize(
    ("principal", "working_on_it", "ended", "withdrawn"),
    [
        (SHELTER, {3, 4, 7}, {3, 4, 7}, {3, 4, 7}),
        (DESK, {3, 4, 6, 8}, {8}, set()),
        (COORDINATION, {6, 7, 8}, {7, 8}, set()),
    ],
    ids=lambda one: one.role.value if isinstance(one, Principal) else None,
)
def test_each_reads_what_is_for_them_and_no_longer_than_they_need(
    principal: Principal, working_on_it: set[int], ended: set[int], withdrawn: set[int]
) -> None:
    assert read_by(principal) == working_on_it
    assert read_by(principal, is_open=False) == ended
    assert read_by(principal, is_open=False, basis_valid=False) == withdrawn


def test_a_text_says_which_organisation_wrote_it_and_never_who() -> None:
    written = {
        text.by
        for who in (SHELTER, DESK)
        for text in messages_for(who, HISTORY, shelter=SHELTER.org, open_=True, basis_valid=True)
    }
    assert written == {
        "officer:ACNUR",
        "supervisor:ACNUR",
        "shelter_worker:ALB-TAP-01",
        "shelter_coordinator:ALB-TAP-01",
    }


def test_another_shelter_or_desk_reads_nothing() -> None:
    for principal in (Principal(Role.SHELTER_WORKER, "ALB-IXT-01", "x"), Principal(Role.OFFICER, "OIM", "x")):
        assert read_by(principal) == set()
