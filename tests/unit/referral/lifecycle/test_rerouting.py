"""What the rules do when a desk declines, reason by reason; and a faulty policy is refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from events.vocabulary import (
    Agency,
    BlockReason,
    ContestReason,
    DeclineReason,
    ReferralState,
    Role,
    SendingBasis,
    Urgency,
)
from services.programme.policy_file import PolicyFaultsError
from services.referral.consent.domain import Allowed, Blocked
from services.referral.lifecycle.after_sending import AfterSending
from services.referral.lifecycle.policy import POLICY, load_rerouting
from services.referral.lifecycle.rerouting import find_agency
from services.referral.lifecycle.transitions import IllegalStepError, check
from tests.support.builders.escalation import Silence
from tests.support.builders.referral import START

REROUTING = load_rerouting()
TEXT = POLICY.read_text(encoding="utf-8")

BY_RULES = {"no_capacity", "out_of_area", "outside_mandate", "lack_of_resources"}
BY_A_PERSON = {
    "not_eligible",
    "missing_documents",
    "insufficient_information",
    "safety_conflict",
    "duplicate",
    "person_declined",
    "unreachable",
    "other",
}
DESKS = sorted(set(Agency) - {Agency.PEAS})


RECEIPT = Allowed(SendingBasis.CONSENT)


def instead_of(
    agency: Agency,
    *,
    holding: str = "",
    earlier: str = "",
    basis: str = "OIM ACNUR",
    full: str = "",
    refused: str = "",
    ask: bool = True,
) -> str | None:
    """Who gets it: ``holding`` have a sent referral of the case, ``basis`` may be sent one, ``full`` have no room."""
    sent = replace(Silence(Urgency.U1).referral)

    def may_send(one: Agency) -> Allowed | Blocked:
        if one in basis.split():
            return RECEIPT
        return Blocked(BlockReason.CONSENT_REFUSED if one in refused.split() else BlockReason.CONSENT_NOT_ASKED)

    return find_agency(
        REROUTING.candidates(agency, {Agency(one) for one in earlier.split()}),
        others={Agency(one): sent for one in holding.split()},
        may_send=may_send,
        has_room=lambda one: one not in full.split(),
        ask=ask,
    )


def test_every_reason_is_decided_on() -> None:
    assert set(DeclineReason) == BY_RULES | BY_A_PERSON
    assert not BY_RULES & BY_A_PERSON


@pytest.mark.parametrize("agency", DESKS)
def test_a_desk_without_room_or_mandate_is_replaced_by_oim_and_oim_by_acnur(agency: Agency) -> None:
    assert instead_of(agency) == ("ACNUR" if agency is Agency.OIM else "OIM")
    assert [reason for reason in DeclineReason if REROUTING.by_rules(agency, reason)] == [
        reason for reason in DeclineReason if reason in BY_RULES
    ]


@pytest.mark.parametrize("reason", DeclineReason)
def test_a_report_about_staff_is_never_sent_on_nor_anything_to_its_focal_point(reason: DeclineReason) -> None:
    assert not REROUTING.by_rules(Agency.PEAS, reason)
    assert REROUTING.candidates(Agency.PEAS, ()) == ()
    assert all(Agency.PEAS not in REROUTING.candidates(agency, ()) for agency in Agency)


def test_what_the_fallback_has_of_the_case_already_takes_the_categories_whether_it_is_full_or_not() -> None:
    assert instead_of(Agency.UNICEF, holding="OIM") == "OIM"
    assert instead_of(Agency.UNICEF, holding="OIM", full="OIM") == "OIM"


def test_the_first_with_room_and_a_basis_gets_it() -> None:
    assert instead_of(Agency.UNICEF, full="OIM") == "ACNUR"
    assert instead_of(Agency.UNICEF, basis="ACNUR") == "ACNUR"
    assert instead_of(Agency.UNICEF, full="OIM ACNUR") == "OIM", "better a full desk than none"
    assert instead_of(Agency.UNICEF, full="OIM", basis="OIM") == "OIM"


def test_without_a_basis_the_first_who_may_be_asked_about_is_asked_about() -> None:
    assert instead_of(Agency.UNICEF, basis="") == "OIM"
    assert instead_of(Agency.UNICEF, basis="", refused="OIM") == "ACNUR"
    assert instead_of(Agency.UNICEF, basis="", refused="OIM ACNUR") is None, (
        "a person's own no is not asked about again"
    )
    assert instead_of(Agency.UNICEF, basis="", ask=False) is None


def test_two_desks_do_not_send_a_referral_to_and_fro() -> None:
    assert instead_of(Agency.OIM, earlier="ACNUR") is None
    assert instead_of(Agency.OIM, earlier="UNICEF") == "ACNUR"
    assert instead_of(Agency.ACNUR, earlier="UNICEF OIM") is None


Edit = Callable[[str, str], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    def edit(old: str, new: str) -> Path:
        assert TEXT.count(old) == 1, old
        path = tmp_path / "rerouting.yaml"
        path.write_text(TEXT.replace(old, new), encoding="utf-8")
        return path

    return edit


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  duplicate: coordinator\n", "", "duplicate is missing"),
        ("duplicate: coordinator", "duplicate: nobody", "duplicate: Input should be"),
        ("duplicate: coordinator", "tired: coordinator", "tired: Input should be"),
        ("fallback: OIM", "fallback: PEAS", "PEAS is notified without consent"),
        ("instead_of_the_fallback: ACNUR", "instead_of_the_fallback: PEAS", "PEAS is notified without consent"),
        ("instead_of_the_fallback: ACNUR", "instead_of_the_fallback: OIM", "is the fallback itself"),
        ("fallback: OIM", "fallback: INM", "fallback: Input should be"),
        ('version: "2013.1"', 'version: "2013.1"\nwhoever: OIM', "whoever: Extra inputs"),
    ],
)
def test_a_faulty_policy_is_refused_with_its_file_and_line(edited: Edit, old: str, new: str, message: str) -> None:
    path = edited(f"\n{old}" if old.startswith("fallback") else old, f"\n{new}" if old.startswith("fallback") else new)
    with pytest.raises(PolicyFaultsError) as refused:
        load_rerouting(path)
    assert any(message in fault for fault in refused.value.faults), refused.value.faults
    assert all(fault.startswith(f"{path}:") for fault in refused.value.faults)


@pytest.mark.parametrize("reason", sorted(DeclineReason))
def test_another_answer_to_any_reason_is_noticed(edited: Edit, reason: str) -> None:
    """The control: each cell of the policy matters, and changes its version."""
    now, other = ("rules", "coordinator") if reason in BY_RULES else ("coordinator", "rules")
    changed = load_rerouting(edited(f"  {reason}: {now}", f"  {reason}: {other}"))
    before, after = (one.by_rules(Agency.UNICEF, DeclineReason(reason)) for one in (REROUTING, changed))
    assert {before, after} == {False, True}
    assert changed.version != REROUTING.version


def test_what_two_people_must_decide_about_is_sent_on_by_nobody_alone() -> None:
    contested = AfterSending(contest=ContestReason.REFUSED, contested_at=START)
    declined = replace(Silence(Urgency.U1).referral, state=ReferralState.DECLINED)
    check(declined, "reroute", declined.version, Role.PROGRAMME_COORDINATOR)
    with pytest.raises(IllegalStepError):
        check(replace(declined, after=contested), "reroute", declined.version, Role.PROGRAMME_COORDINATOR)
