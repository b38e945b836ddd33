"""A faulty directory is refused with file and line, in Spanish and English; a disabled person strands nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from events.vocabulary import Agency, Role
from services.directory.loading import load_directory, version_of
from services.directory.model import Directory
from services.directory.stranded import stranded
from services.programme.directory_file import STARTING_DIRECTORY
from services.programme.policy_file import PolicyFaultsError

TEXT = STARTING_DIRECTORY.read_text(encoding="utf-8")
Edit = Callable[[str, str], tuple[Path, int]]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """Replaces the first place that says ``old``; tells the file and the line."""

    def edit(old: str, new: str) -> tuple[Path, int]:
        assert old in TEXT, old
        path = tmp_path / "programme.yaml"
        path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
        return path, TEXT[: TEXT.index(old)].count("\n") + 1

    return edit


def faults(path: Path) -> tuple[str, ...]:
    with pytest.raises(PolicyFaultsError) as refused:
        load_directory(path)
    return refused.value.faults


@pytest.mark.parametrize(
    ("old", "new", "es", "en"),
    [
        ("  OIT: {name: Org", "  INM: {name: Org", "INM: no es un código conocido", "is not a known code"),
        ("agency: OIT", "agency: POLICIA", "agency: no es un código conocido", "is not a known code"),
        ("ALB-TAP-01: {mun", "Casa de Tapachula: {mun", "no está escrito como debe", "not written as it must be"),
        ("municipality: Tapachula, ", "municipality: Tapachula, address: x, ", "address: no se conoce", "not known"),
        ("MO-FR 08:00-20:00", "MO-FR 20:00-08:00", "no son horas", "are not hours"),
        ("  p-001:", "  Maria:", "no está escrito como debe", "is not written as it must be"),
        ("fallback: OIM-24H", "fallback: OIM-CHP", "OIM-CHP no atiende las 24 horas", "not open at every hour"),
        ("fallback: OIM-24H", "fallback: ACNUR-24H", "ACNUR-24H no es una mesa de OIM", "is no desk of OIM"),
        ("fallback: OIM-24H", "fallback: OIM-99", "OIM-99 no es una mesa de OIM", "is no desk of OIM"),
        (", leads_programme: true", "", "lidera el programa", "leads the programme"),
        ("on_call: [p-003", "on_call: [p-013", "p-013 no es personal de OIM", "is not of OIM's staff"),
        ("on_call: [p-003", "on_call: [p-999", "p-999 no es personal de OIM", "is not of OIM's staff"),
        ("org: OIM, role: supervisor", "org: OIM, role: auditor", "ese papel no existe", "nobody has that role"),
        ("org: OIM, role: supervisor", "org: INM, role: supervisor", "ese papel no existe", "nobody has that role"),
        ("[MX-OAX], hours", "[MX-CHP], hours", "más de una mesa para MX-CHP", "more than one desk for MX-CHP"),
        ("[MX-OAX], hours", "[MX-VER], hours", "ningún albergue", "no shelter of the programme"),
        ("  COMAR:", "  INM:", "INM no es una contraparte nacional", "no national counterpart"),
        ("  INM: {name: Instituto Nacional de Migración}\n", "", "falta el destinatario restringido INM", "missing"),
        ("guardia.oim@canaliza.invalid", "guardia@example.org", "dirección verdadera", "real address"),
        ("guardia.oim@canaliza.invalid", "+52 000 000 0000", "dirección verdadera", "real address"),
        ("  OIM-CHP: {agency: OIM", "  ACNUR-01: {agency: OIM", "empieza con OIM-", "so must it"),
    ],
)
def test_a_fault_is_reported_with_its_file_and_line_in_both_languages(
    edited: Edit, old: str, new: str, es: str, en: str
) -> None:
    path, _ = edited(old, new)
    told = [fault for fault in faults(path) if es in fault and en in fault.partition(" · ")[2]]
    assert told, faults(path)
    assert all(int(fault.removeprefix(f"{path}:").partition(":")[0]) > 0 for fault in told)


def test_the_line_is_the_one_at_fault(edited: Edit) -> None:
    path, line = edited("states: [MX-OAX], hours", "states: [MX-VER], hours")
    assert any(fault.startswith(f"{path}:{line}: ") for fault in faults(path))


def test_an_address_may_say_whom_it_reaches(edited: Edit) -> None:
    path, _ = edited("turno.oim@canaliza.invalid, duty: on_call", "vela.oim@canaliza.invalid, duty: on_call")
    assert load_directory(path).desks[Agency.OIM]


def test_a_missing_agency_and_a_repeated_one_are_reported(edited: Edit) -> None:
    path, _ = edited("  PNUD: {name", "  OIM: {name")
    assert any("OIM stands here twice" in fault for fault in faults(path))
    path, line = edited("  PNUD: {name: Programa de las Naciones Unidas para el Desarrollo, fallback: PNUD-24H}\n", "")
    assert any("falta la agencia PNUD · agency PNUD is missing" in fault for fault in faults(path))
    assert line > 0


def test_a_directory_is_named_by_what_it_says_not_by_how_it_is_laid_out(edited: Edit) -> None:
    ours = version_of(load_directory())
    assert version_of(load_directory(edited("agencies:\n", "\n# a remark\nagencies:\n")[0])) == ours
    assert version_of(load_directory(edited("08:00-20:00", "08:00-21:00")[0])) != ours


def test_the_starting_directory_has_everybody_it_needs() -> None:
    directory = load_directory()
    assert len(directory.shelters) == 14
    assert set(directory.agencies) == set(Agency)
    assert directory.states == {"MX-CHP", "MX-OAX", "MX-TAB"}
    assert stranded(directory) == ()


def without(directory: Directory, *gone: str) -> Directory:
    people = {
        code: person.model_copy(update={"disabled": True}) if code in gone else person
        for code, person in directory.people.items()
    }
    return directory.model_copy(update={"people": people})


def test_one_person_disabled_leaves_somebody_at_every_desk_and_it_is_said_where_there_is_only_one() -> None:
    directory = load_directory()
    of_agencies = [code for code, person in directory.people.items() if person.org in set(Agency)]
    assert len(of_agencies) > 70
    for code in of_agencies:
        left = stranded(directory, without=code)
        assert not any(one.at_once for one in left), (code, left)
    (only,) = stranded(directory, without="p-003")
    assert (only.who, only.at_once) == ("OIM-CHP", False)


def test_a_desk_whose_last_person_is_disabled_is_named() -> None:
    left = stranded(without(load_directory(), "p-003"), without="p-004")
    assert [(one.who, one.at_once) for one in left] == [("OIM-CHP", True)]
    assert left[0].es == "la mesa no tiene a nadie de guardia"


def test_an_agency_without_supervisor_a_shelter_and_a_programme_without_coordinator_are_named() -> None:
    directory = load_directory()
    of_role = {
        role: [code for code, person in directory.people.items() if person.role is role]
        for role in (Role.SUPERVISOR, Role.SHELTER_COORDINATOR, Role.PROGRAMME_COORDINATOR)
    }
    for role, missing in (
        (Role.SUPERVISOR, set(Agency)),
        (Role.SHELTER_COORDINATOR, set(directory.shelters)),
        (Role.PROGRAMME_COORDINATOR, {"*"}),
    ):
        left = stranded(without(directory, *of_role[role]))
        assert {one.who for one in left if one.at_once} == missing
