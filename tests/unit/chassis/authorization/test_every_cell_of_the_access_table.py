"""Who may do what is as the page for people says (docs/guides/access.md), and a change of any cell is noticed."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from events.vocabulary import Agency, Role
from services.chassis.authorization import policy
from services.chassis.authorization.policy import (
    PEOPLE_ONLY,
    TABLE,
    Action,
    Field,
    Principal,
    Refusal,
    Scope,
    decide,
    role_allows,
)
from tests.support.models.access_page import OF_A_SHELTER, OF_AN_AGENCY, Page, read_page

PAGE = read_page()
SHELTER, OTHER_SHELTER = "ALB-IXT-01", "ALB-TAP-01"
WORDS = {
    "todo": (True, True, True, True, True, True),
    "salvo": (True, True, True, True, False, True),
    "guardia": (True, True, True, True, False, False),
    "propio": (True, True, False, False, False, False),
    "no": (False, False, False, False, False, False),
}
"""What a word of the page means: whether the role ever may, and whether it may do it to what is its own, another's, its
own but hidden from it, reported about staff, or another's being of an agency that receives such reports."""


def somebody(role: str, **more: Any) -> Principal:
    org = SHELTER if role in OF_A_SHELTER else Agency.ACNUR.value if role in OF_AN_AGENCY else "*"
    return Principal(Role(role), org, "prueba", **more)


def seen_as(role: str, action: Action) -> str:
    """What the program lets a role do, in the page's word; said by asking it about own, other's and hidden things."""
    principal = somebody(role)
    own = {"shelter": SHELTER, "agency": Agency.ACNUR}
    others: dict[str, Any] = {"shelter": OTHER_SHELTER, "agency": Agency.OIM}
    hidden = (
        {"shelter": SHELTER, "agency": Agency.PEAS} if role in OF_A_SHELTER else {"agency": Agency.ACNUR, "sent": False}
    )
    reported: dict[str, Any] = {"shelter": OTHER_SHELTER, "agency": Agency.PEAS}
    asked = [decide(principal, action, **each).allowed for each in (own, others, hidden, reported)]
    focal_point = replace(principal, org=Agency.PEAS.value) if role in OF_AN_AGENCY else principal
    asked.append(decide(focal_point, action, **others).allowed)
    for word, means in WORDS.items():
        if means == (role_allows(principal, action), *asked):
            return word
    return f"something else: {asked}"


def deviations(page: Page) -> Iterator[tuple[str, str]]:
    """Role and action wherever the program differs from the page."""
    for role, action in product(Role, Action):
        if seen_as(role.value, action) != page.cells.get((role.value, action.value)):
            yield role.value, action.value


def test_the_page_marks_every_action_that_needs_an_account_and_no_other() -> None:
    assert {action.value for action in PEOPLE_ONLY} == PAGE.people


def test_no_program_is_given_an_action_that_needs_an_account() -> None:
    assert PEOPLE_ONLY & TABLE[Role.INTEGRATOR].keys() == set()


def test_the_page_has_a_cell_for_every_role_and_action_and_no_other() -> None:
    assert set(PAGE.cells) == {(role.value, action.value) for role, action in product(Role, Action)}


def test_the_program_allows_what_the_page_says_and_nothing_else() -> None:
    assert list(deviations(PAGE)) == []


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_a_change_of_any_cell_of_the_programs_table_is_noticed(
    monkeypatch: pytest.MonkeyPatch, role: Role, action: Action
) -> None:
    """The control: every other content of the cell makes the program differ from the page, there and nowhere else."""
    before = TABLE[role].get(action)
    for other in (None, *Scope):
        if other is before:
            continue
        row = {key: value for key, value in TABLE[role].items() if key is not action}
        changed = row if other is None else row | {action: other}
        monkeypatch.setattr(policy, "TABLE", TABLE | {role: changed})
        assert list(deviations(PAGE)) == [(role.value, action.value)], other


class TestARefusalHasItsReason:
    def test_a_role_that_has_no_business_there(self) -> None:
        assert decide(somebody("auditor"), Action.ANSWER_REFERRAL).refusal is Refusal.NOT_THIS_ROLE

    def test_a_token_that_was_made_for_less(self) -> None:
        narrow = somebody("officer", scopes=frozenset({Action.SEE_ALERTS}))
        assert role_allows(narrow, Action.SEE_ALERTS)
        assert decide(narrow, Action.ANSWER_REFERRAL, agency="ACNUR").refusal is Refusal.OUTSIDE_THE_TOKEN

    def test_a_token_is_never_good_for_more_than_its_role(self) -> None:
        wide = somebody("auditor", scopes=frozenset(Action))
        for action in Action:
            assert role_allows(wide, action) == role_allows(somebody("auditor"), action)

    def test_another_organisations(self) -> None:
        assert decide(somebody("officer"), Action.SEE_CASE, agency="OIM").refusal is Refusal.ANOTHER_ORGANISATION
        refused = decide(somebody("shelter_worker"), Action.SEE_CASE, shelter=OTHER_SHELTER)
        assert refused.refusal is Refusal.ANOTHER_ORGANISATION

    def test_a_report_about_the_shelter(self) -> None:
        refused = decide(somebody("shelter_worker"), Action.SEE_CASE, shelter=SHELTER, agency=Agency.PEAS)
        assert refused.refusal is Refusal.ABOUT_THE_SHELTER

    def test_what_was_never_sent(self) -> None:
        refused = decide(somebody("officer"), Action.SEE_CASE, agency="ACNUR", sent=False)
        assert refused.refusal is Refusal.NEVER_SENT
        assert refused.fields == frozenset()


class TestAnAllowanceSaysWhatMayBeShown:
    def test_an_agency_sees_its_own_referral_of_a_case_and_nothing_around_it(self) -> None:
        assert decide(somebody("officer"), Action.SEE_CASE, agency="ACNUR").fields == {Field.ITSELF}

    @pytest.mark.parametrize("role", ["shelter_worker", "integrator", "programme_coordinator", "operator"])
    def test_whoever_follows_the_whole_case_sees_every_agencys_answer_and_the_consents(self, role: str) -> None:
        assert decide(somebody(role), Action.SEE_CASE, shelter=SHELTER).fields == set(Field)
