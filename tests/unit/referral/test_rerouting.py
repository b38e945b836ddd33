"""What follows by itself when a desk does not take a referral, reason by reason; and a faulty policy is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from events.vocabulary import Agency, DeclineReason
from services.referral.policy_file import PolicyFaultsError
from services.referral.rerouting import POLICY, load_rerouting

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


def instead_of(agency: Agency, reason: str, holding: str = "", declined: str = "") -> str | None:
    return REROUTING.replacement(
        agency,
        DeclineReason(reason),
        holding={Agency(one) for one in holding.split()},
        declined={Agency(one) for one in declined.split()},
    )


def test_every_reason_is_decided_on() -> None:
    assert set(DeclineReason) == BY_RULES | BY_A_PERSON
    assert not BY_RULES & BY_A_PERSON


@pytest.mark.parametrize("agency", DESKS)
@pytest.mark.parametrize("reason", sorted(BY_RULES))
def test_a_desk_without_room_or_mandate_is_replaced_by_oim_and_oim_by_acnur(agency: Agency, reason: str) -> None:
    assert instead_of(agency, reason) == ("ACNUR" if agency is Agency.OIM else "OIM")


@pytest.mark.parametrize("agency", DESKS)
@pytest.mark.parametrize("reason", sorted(BY_A_PERSON))
def test_where_a_persons_word_or_safety_is_the_reason_somebody_looks_first(agency: Agency, reason: str) -> None:
    assert instead_of(agency, reason) is None


@pytest.mark.parametrize("reason", DeclineReason)
def test_a_report_about_staff_is_never_sent_on_nor_anything_to_its_focal_point(reason: DeclineReason) -> None:
    assert instead_of(Agency.PEAS, reason) is None
    assert all(instead_of(agency, reason) != "PEAS" for agency in Agency)


def test_an_agency_that_has_an_open_referral_of_the_case_is_not_asked_again() -> None:
    assert instead_of(Agency.UNICEF, "no_capacity", holding="UNICEF OIM") is None
    assert instead_of(Agency.UNICEF, "no_capacity", holding="UNICEF ACNUR") == "OIM"
    assert instead_of(Agency.OIM, "no_capacity", holding="OIM ACNUR") is None


def test_two_desks_do_not_send_a_referral_to_and_fro() -> None:
    assert instead_of(Agency.OIM, "no_capacity", declined="ACNUR") is None
    assert instead_of(Agency.OIM, "no_capacity", declined="UNICEF") == "ACNUR"
    assert instead_of(Agency.ACNUR, "no_capacity", declined="UNICEF OIM") is None


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
        ("fallback: OIM", "fallback: PEAS", "PEAS is told without consent"),
        ("instead_of_the_fallback: ACNUR", "instead_of_the_fallback: PEAS", "PEAS is told without consent"),
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
    """The control: each cell of the policy matters, and names another version."""
    now, other = ("rules", "coordinator") if reason in BY_RULES else ("coordinator", "rules")
    changed = load_rerouting(edited(f"  {reason}: {now}", f"  {reason}: {other}"))
    before = REROUTING.replacement(Agency.UNICEF, DeclineReason(reason), holding=(), declined=())
    after = changed.replacement(Agency.UNICEF, DeclineReason(reason), holding=(), declined=())
    assert {before, after} == {None, Agency.OIM}
    assert changed.version != REROUTING.version
