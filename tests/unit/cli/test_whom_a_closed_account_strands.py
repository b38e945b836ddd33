"""Closing an account tells by name who would be left without anybody, and goes no further unasked."""

from services.cli.people import newly_stranded
from services.directory.loading import load_directory
from services.directory.stranded import stranded

DIRECTORY = load_directory(None)


def a_person(code: str, org: str, role: str, state: str = "active") -> dict[str, str]:
    return {"person": code, "org": org, "role": role, "state": state}


def test_nobody_is_stranded_while_a_colleague_is_there() -> None:
    assert newly_stranded(DIRECTORY, [], "p-001") == []


def test_disabling_the_last_supervisor_of_an_agency_is_reported() -> None:
    closed = [a_person("p-002", "OIM", "supervisor", "disabled")]
    assert [one.who for one in newly_stranded(DIRECTORY, closed, "p-001")] == ["OIM"]


def test_a_new_colleague_with_an_account_counts_before_the_directory_knows_them() -> None:
    people = [a_person("p-002", "OIM", "supervisor", "disabled"), a_person("p-900", "OIM", "supervisor")]
    assert newly_stranded(DIRECTORY, people, "p-001") == []


def test_what_was_stranded_before_is_not_laid_at_this_accounts_door() -> None:
    closed = [a_person(code, "OIM", "supervisor", "disabled") for code in ("p-001", "p-002")]
    assert newly_stranded(DIRECTORY, closed, "p-003") == []
    assert stranded(DIRECTORY, without="p-003") is not None
