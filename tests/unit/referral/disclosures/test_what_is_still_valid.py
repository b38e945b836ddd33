"""Which grants a fact takes back, what ends with them, and whether an agency may still read its disclosure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.consent import ConsentReceipt
from events.contract import Recorded
from events.intake import ConsentRecorded, ConsentWithdrawn
from events.referral_states import CLOSED, OPEN
from events.vocabulary import (
    Agency,
    ConsentDecision,
    ConsentGiver,
    ConsentPurpose,
    ReferralState,
    SendingBasis,
)
from services.referral.case_file.domain import CaseFile, receipts_of
from services.referral.lifecycle.standing import basis_is_valid
from services.referral.lifecycle.withdrawal import given_by_entitled, must_withdraw, withdrawn_grants
from services.referral.routing.domain import Assessment
from tests.support.builders.referral import (
    CASE,
    CONSENTED,
    GRANT,
    RECEIPT,
    START,
    TAKEN_BACK,
    recorded,
    referral_that_is,
)
from tests.support.properties import searching

Assessed = Callable[..., Assessment]
CaseOf = Callable[..., dict[str, Any]]

OPENED = recorded(CONSENTED, 1, CASE)
LATER = START + timedelta(hours=1)
A_CHILD = {"age_band": "12-14", "accompaniment": "parent_or_guardian"}
BY_FAMILY = ("assault 72h family",)


def decided(decision: str, version: int, **more: Any) -> Recorded[Any]:
    """A later decision, by default of the same person about ACNUR."""
    said: dict[str, Any] = {"recipient": Agency.ACNUR, "given_by": ConsentGiver.SELF} | more
    receipt = ConsentReceipt(
        receipt=UUID(int=100 + version),
        decision=ConsentDecision(decision),
        purpose=ConsentPurpose.PROTECTION,
        **said,
    )
    return recorded(ConsentRecorded(shelter="ALB-TAP-01", consent=receipt), version, CASE)


def given_back(receipt: UUID, version: int) -> Recorded[Any]:
    return recorded(ConsentWithdrawn(shelter="ALB-TAP-01", receipt=receipt, recipient=Agency.ACNUR), version, CASE)


class TestAGrantIsTakenBack:
    def test_by_giving_its_receipt_back(self) -> None:
        assert list(withdrawn_grants(recorded(TAKEN_BACK, 2, CASE), [OPENED])) == [RECEIPT]

    def test_by_a_later_refusal_of_the_person_who_granted_it(self) -> None:
        again = decided("granted", 2)
        refusal = decided("refused", 3)
        assert list(withdrawn_grants(refusal, [OPENED])) == [RECEIPT]
        assert list(withdrawn_grants(refusal, [OPENED, again])) == [RECEIPT, again.event.consent.receipt]

    @pytest.mark.parametrize(
        "decision",
        [
            decided("refused", 2, given_by=ConsentGiver.GUARDIAN),
            decided("refused", 2, recipient=Agency.OIM),
            decided("granted", 2),
            decided("not_asked", 2),
            decided("cannot_decide", 2),
        ],
        ids=lambda fact: f"{fact.event.consent.decision} {fact.event.consent.recipient} {fact.event.consent.given_by}",
    )
    def test_and_by_nothing_else(self, decision: Recorded[Any]) -> None:
        """Not by another person, not about another agency, not because somebody can no longer decide."""
        assert withdrawn_grants(decision, [OPENED]) == {}

    def test_only_once(self) -> None:
        back = recorded(TAKEN_BACK, 2, CASE)
        assert withdrawn_grants(decided("refused", 3), [OPENED, back]) == {}
        assert withdrawn_grants(decided("refused", 3), [OPENED, decided("refused", 2)]) == {}

    def test_to_take_a_refusal_back_takes_no_grant_back(self) -> None:
        refusal = decided("refused", 2)
        assert withdrawn_grants(given_back(refusal.event.consent.receipt, 3), [OPENED, refusal]) == {}
        assert withdrawn_grants(given_back(UUID(int=99), 3), [OPENED]) == {}


class TestWhatEndsByIt:
    @pytest.mark.parametrize("state", sorted(ReferralState))
    def test_what_was_sent_on_it_wherever_it_is_while_open(self, state: ReferralState) -> None:
        rests = referral_that_is(state, receipt=RECEIPT)
        assert must_withdraw(rests, {RECEIPT}, waits_for_them=False) == (state in OPEN)
        assert not must_withdraw(referral_that_is(state, receipt=UUID(int=99)), {RECEIPT}, waits_for_them=False)

    @pytest.mark.parametrize("state", sorted(ReferralState))
    def test_what_waits_for_it_and_nothing_else_that_was_sent_on_another_basis(self, state: ReferralState) -> None:
        assert must_withdraw(referral_that_is(state), {RECEIPT}, waits_for_them=True) == (state == "blocked_consent")
        assert not must_withdraw(referral_that_is(state), {RECEIPT}, waits_for_them=False)

    def test_nothing_waits_for_the_word_of_a_relative_who_harmed_the_child(
        self, assessed: Assessed, case_of: CaseOf
    ) -> None:
        """Taking a void consent back must not end what waits for another person's."""
        by_guardian = (receipts_of([OPENED])[RECEIPT],)
        guardian = [one.__class__(**{**_fields(one), "given_by": ConsentGiver.GUARDIAN}) for one in by_guardian]
        for harm, may in ((BY_FAMILY, False), (("assault 72h smuggler",), True)):
            file = a_file(case_of(A_CHILD, harm=harm))
            assert given_by_entitled(guardian, file, assessed(A_CHILD, harm=harm)) is may
        assert given_by_entitled(guardian, None, None)


def _fields(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}


def a_file(answers: dict[str, Any], *facts: Recorded[Any]) -> CaseFile:
    receipts = receipts_of([OPENED, *facts])
    return CaseFile(OPENED, answers, tuple(receipts.values()), tuple(receipts), OPENED.event.shelter, 1)


class TestAnAgencyMayReadWhatWasDisclosedToIt:
    @pytest.fixture
    def may_read(self, assessed: Assessed, case_of: CaseOf) -> Callable[..., bool]:
        def ask(basis: str | None, *facts: Recorded[Any], at: datetime = LATER, **document: Any) -> bool:
            sent_on = None if basis is None else SendingBasis(basis)
            referral = referral_that_is("accepted", basis=sent_on, receipt=RECEIPT if basis == "consent" else None)
            return basis_is_valid(referral, a_file(case_of() | document, *facts), assessed(), at)

        return ask

    def test_while_the_receipt_it_was_sent_on_is_in_force(self, may_read: Callable[..., bool]) -> None:
        assert may_read("consent")
        assert may_read("consent", decided("cannot_decide", 2))
        assert may_read("consent", decided("refused", 2, given_by=ConsentGiver.GUARDIAN))

    def test_not_when_it_was_taken_back_refused_or_is_over(self, may_read: Callable[..., bool]) -> None:
        assert not may_read("consent", recorded(TAKEN_BACK, 2, CASE))
        assert not may_read("consent", decided("refused", 2))
        assert not may_read("consent", recorded(TAKEN_BACK, 2, CASE), decided("granted", 3))
        expiring = CONSENTED.model_copy(
            update={"consents": (GRANT.model_copy(update={"expires_at": START + timedelta(minutes=30)}),)}
        )
        until = recorded(ConsentRecorded(shelter="ALB-TAP-01", consent=expiring.consents[0]), 2, CASE)
        assert may_read("consent", until, at=START + timedelta(minutes=29))
        assert not may_read("consent", until, at=START + timedelta(minutes=30))

    def test_not_when_the_person_excludes_it(self, may_read: Callable[..., bool]) -> None:
        for basis in ("consent", "vital_interest"):
            assert may_read(basis)
            assert not may_read(basis, withhold_from=["ACNUR"])
            assert may_read(basis, withhold_from=["OIM"])

    def test_what_was_sent_for_a_child_is_not_closed_by_one_workers_amendment(
        self, may_read: Callable[..., bool]
    ) -> None:
        """Two people decide whether it ends; until then the desk that is to protect the child reads what it has."""
        assert may_read("best_interests", withhold_from=["ACNUR"])

    def test_an_emergency_lasts_until_somebody_who_may_says_no(self, may_read: Callable[..., bool]) -> None:
        assert may_read("vital_interest")
        assert not may_read("vital_interest", decided("refused", 2))
        assert may_read("vital_interest", decided("refused", 2, given_by=ConsentGiver.GUARDIAN))
        assert may_read("best_interests", decided("refused", 2))

    def test_what_is_not_about_a_person_or_must_be_reported_rests_on_no_consent(
        self, may_read: Callable[..., bool]
    ) -> None:
        for basis in ("not_personal", "mandatory_report"):
            assert may_read(basis, decided("refused", 2), withhold_from=["ACNUR"])

    def test_never_before_it_was_sent(self, may_read: Callable[..., bool]) -> None:
        assert not may_read(None)


DECISION = st.tuples(
    st.sampled_from(["granted", "refused", "cannot_decide", "not_asked"]),
    st.sampled_from([ConsentGiver.SELF, ConsentGiver.GUARDIAN]),
    st.sampled_from([Agency.ACNUR, Agency.OIM]),
)
GIVEN_BACK = st.integers(min_value=0, max_value=7)
"""Index of the receipt to take back; 0 is the one that the referral was sent on."""


@searching(examples=600, steps=1)
@given(said=st.lists(st.one_of(DECISION, GIVEN_BACK), max_size=8))
def test_a_disclosure_closes_with_the_very_fact_that_ends_the_referral(
    case_of: CaseOf, assessed: Assessed, said: list[Any]
) -> None:
    """Whatever is decided and taken back, in whatever order, reading and reacting agree on what is valid."""
    facts, taken_back = [OPENED], set[UUID]()
    referral = referral_that_is("accepted", basis=SendingBasis.CONSENT, receipt=RECEIPT)
    answers, assessment = case_of(), assessed()
    for version, one in enumerate(said, start=2):
        if isinstance(one, int):
            receipts = list(receipts_of(facts))
            fact = given_back(receipts[one % len(receipts)], version)
        else:
            decision, giver, recipient = one
            fact = decided(decision, version, given_by=giver, recipient=recipient)
        taken_back |= withdrawn_grants(fact, facts).keys()
        facts.append(fact)
        may_read = basis_is_valid(referral, a_file(answers, *facts[1:]), assessment, LATER)
        assert may_read != must_withdraw(referral, taken_back, waits_for_them=False)


def test_every_state_is_open_or_closed() -> None:
    assert set(ReferralState) == OPEN | CLOSED
