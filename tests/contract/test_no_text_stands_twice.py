"""A catalogue has each text once: of two entries of one key only one is shown, and nobody sees which."""

import re
from collections import Counter
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
CATALOGUES = sorted(SERVICES.rglob("*.po"))


def keys_of(catalogue: str) -> Counter[str]:
    return Counter(re.findall(r'^msgid "(.+)"$', catalogue, re.MULTILINE))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(SERVICES)))
def test_each_text_of_a_catalogue_stands_once(path: Path) -> None:
    assert [key for key, times in keys_of(path.read_text(encoding="utf-8")).items() if times > 1] == []


def test_a_text_that_stands_twice_is_found() -> None:
    assert keys_of('msgid "a"\nmsgstr "x"\n\nmsgid "a"\nmsgstr "y"\n')["a"] == 2
