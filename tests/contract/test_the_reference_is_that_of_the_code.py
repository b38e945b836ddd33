"""The pages that a newcomer looks things up in say what the program does."""

import pytest

from events.contract import CATALOGUE
from services.chassis.web.refusals import CODES
from tests.contract.published_api import operations
from tests.contract.reference import HOW, REFERENCE, pages

PAGES = ("events.md", "problems.md", "routes.md")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_the_tree_is_that_of_the_program(name: str) -> None:
    path = REFERENCE / name
    assert path.exists(), f"{name} is missing; {HOW}"
    assert path.read_text(encoding="utf-8") == pages()[name], f"{name} is out of date; {HOW}"


def test_no_page_in_the_tree_is_made_from_nothing() -> None:
    assert {path.name for path in REFERENCE.iterdir()} == set(PAGES) == set(pages())


def test_every_route_event_and_code_of_a_problem_has_its_place() -> None:
    assert [name for name in operations() if f"### `{name}`\n" not in pages()["routes.md"]] == []
    assert [name for name in CATALOGUE if f"| `{name}` |" not in pages()["events.md"]] == []
    answers = [answer for operation in operations().values() for answer in operation["responses"].values()]
    codes = {code for answer in answers for code in answer.get(CODES, ())}
    assert [code for code in sorted(codes) if f"| `{code}` |" not in pages()["problems.md"]] == []
