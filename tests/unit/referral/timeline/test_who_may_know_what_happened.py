"""Of a referral's facts a viewer knows those that the list tells of, and of who acted a role and an organisation."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.contract import Recorded
from events.referral import (
    DisclosureRenewed,
    InfoSupplied,
    ReferralAcknowledged,
    ReferralCancelled,
    ReferralFact,
    ReferralReassessed,
    ReferralReopened,
)
from events.vocabulary import RenewalReason, RiskCategory, Role, SendingBasis, Urgency
from services.chassis.authorization.policy import Principal
from services.referral.timeline.domain import Entry, entries
from services.referral.timeline.unseen import ChangeKind, unseen_changes
from services.referral.worklist.schemas import Referral
from tests.support.builders.referral import BOX, PROPOSED, REPLACEMENT, SENT, START, WAITING, WHOSE, recorded

SHELTER, ANOTHER = "ALB-TAP-01", "ALB-OAX-01"
OFFICER = Principal(Role.OFFICER, "ACNUR", "p-001")
WORKER = Principal(Role.SHELTER_WORKER, SHELTER, "w-001")
COORDINATOR = Principal(Role.PROGRAMME_COORDINATOR, "*", "c-001")
LATER = START + timedelta(hours=1)
PUBLISHED: Any = Referral.model_config["json_schema_extra"]
EXAMPLE: dict[str, Any] = PUBLISHED["examples"][0]


def shown(**changes: Any) -> Referral:
    """The referral as the list shows it."""
    return Referral.model_validate({**EXAMPLE, "escalations": [], "changed_at": LATER.isoformat(), **changes})


def history(*facts: tuple[ReferralFact, str]) -> list[Recorded[Any]]:
    """A life: each fact with who recorded it."""
    lived = [recorded(event, version) for version, (event, _) in enumerate(facts, 1)]
    return [replace(fact, actor=actor) for fact, (_, actor) in zip(lived, facts, strict=True)]


def names(found: list[Entry]) -> list[str]:
    return [one.what for one in found]


RULES = "rules:2013.1"


def test_an_agency_learns_nothing_of_before_it_was_sent() -> None:
    life = history((PROPOSED, RULES), (WAITING, RULES), (SENT, RULES))
    assert names(entries(life, shown(), OFFICER)) == ["requested"]
    assert names(entries(life, shown(), COORDINATOR)) == ["proposed", "blocked", "requested"]


def test_of_a_person_only_the_role_and_the_organisation_are_told() -> None:
    life = history((PROPOSED, RULES), (SENT, RULES), (ReferralAcknowledged(**WHOSE), "officer:ACNUR:p-013"))
    found = entries(life, shown(), WORKER)[-1]
    assert (found.role, found.org) == (Role.OFFICER, "ACNUR")
    assert "p-013" not in repr(found)


def test_one_shelter_does_not_learn_which_other_had_the_case() -> None:
    answered = (InfoSupplied(**WHOSE, answer=BOX), f"shelter_worker:{ANOTHER}:w-900")
    life = history((PROPOSED, RULES), (SENT, RULES), answered)
    assert [one.org for one in entries(life, shown(), WORKER)] == [None, None, None]
    assert entries(life, shown(), OFFICER)[-1].org == ANOTHER


def test_a_former_shelter_learns_nothing_of_what_came_after_the_person_went_on() -> None:
    life = history((PROPOSED, RULES), (SENT, RULES), (ReferralCancelled(**WHOSE), f"shelter_worker:{SHELTER}:w"))
    reopened = ReferralReopened(**WHOSE, linked=REPLACEMENT, comment=BOX)
    later = replace(recorded(reopened, 4), recorded_at=LATER + timedelta(days=1))
    assert "reopened" not in names(entries([*life, later], shown(linked=str(REPLACEMENT)), WORKER))
    assert "reopened" in names(entries([*life, later], shown(linked=str(REPLACEMENT)), COORDINATOR))


@pytest.mark.parametrize(
    ("disclosure", "urgency", "told"),
    [(None, Urgency.U3, False), (BOX, Urgency.U3, True), (None, Urgency.U0, True)],
)
def test_an_agency_hears_of_a_new_assessment_only_if_it_changes_what_it_was_told(
    disclosure: Any, urgency: Urgency, *, told: bool
) -> None:
    again = ReferralReassessed(
        **WHOSE, urgency=urgency, categories=PROPOSED.categories, rule_set="x", grounds=BOX, disclosure=disclosure
    )
    life = history((PROPOSED, RULES), (SENT, RULES), (again, RULES))
    assert ("reassessed" in names(entries(life, shown(), OFFICER))) == told


def test_what_changed_is_told_by_its_kind_until_the_desk_acts() -> None:
    seen = ReferralAcknowledged(**WHOSE)
    worse = ReferralReassessed(
        **WHOSE,
        urgency=Urgency.U0,
        categories=(*PROPOSED.categories, RiskCategory.PELIGRO),
        rule_set="x",
        grounds=BOX,
        disclosure=BOX,
        seen_by=LATER,
        new_harm=True,
    )
    corrected = DisclosureRenewed(
        **WHOSE, reason=RenewalReason.CORRECTED, disclosure=BOX, basis=SendingBasis.CONSENT, seen_by=LATER
    )
    life = history((PROPOSED, RULES), (SENT, RULES), (seen, "officer:ACNUR:p"), (worse, RULES), (corrected, RULES))
    assert {one.kind for one in unseen_changes(life)} == {
        ChangeKind.MORE_URGENT,
        ChangeKind.NEW_CATEGORY,
        ChangeKind.NEW_HARM,
        ChangeKind.CORRECTED,
    }
    assert unseen_changes([*life, *history((seen, "officer:ACNUR:p"))]) == []
