"""Every role finds its work behind a door, and no door leads to another's."""

import pytest

from events.vocabulary import Role
from services.chassis.authorization.policy import Principal
from services.chassis.web.pages.navigation import DOORS, current, doors_of, first_page


@pytest.mark.parametrize("role", Role)
def test_everybody_has_a_first_page_and_an_account(role: Role) -> None:
    doors = doors_of(Principal(role, "*", "x"))
    assert doors[0].path == first_page(role)
    assert doors[-1].path == "/cuenta"


@pytest.mark.parametrize(
    ("role", "first"),
    [
        (Role.SHELTER_WORKER, "/albergue"),
        (Role.SHELTER_COORDINATOR, "/albergue"),
        (Role.OFFICER, "/mesa"),
        (Role.SUPERVISOR, "/mesa"),
        (Role.PROGRAMME_COORDINATOR, "/coordinacion"),
        (Role.AUDITOR, "/auditoria"),
    ],
)
def test_signing_in_leads_to_the_work_of_the_role(role: Role, first: str) -> None:
    assert first_page(role) == first


def test_a_page_lies_behind_the_door_with_the_longest_path_and_not_behind_a_similar_one() -> None:
    found = current(DOORS, "/mesa/canalizaciones/1")
    assert found is not None
    assert found.path == "/mesa"
    assert current(DOORS, "/mesas") is None


@pytest.mark.parametrize("path", ["/mesa/tareas", "/coordinacion/telefonos"])
def test_what_a_shelter_shares_with_others_lies_behind_its_own_door_and_nobody_elses(path: str) -> None:
    found = current(doors_of(Principal(Role.SHELTER_WORKER, "ALB-IXT-01", "x")), path)
    assert found is not None
    assert found.path == "/albergue"
    elsewhere = current(doors_of(Principal(Role.AUDITOR, "*", "x")), path)
    assert elsewhere is None
    of_a_desk = current(doors_of(Principal(Role.OFFICER, "ACNUR", "x")), "/mesa/tareas")
    assert of_a_desk is not None
    assert of_a_desk.path == "/mesa"
