"""The directory file is reached through ``services.programme``, which knows the installation's own one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import services
from services.programme.directory_file import STARTING_DIRECTORY

ROOT = Path(services.__path__[0]).parent
MAY_NAME_IT = ("services/directory/", "services/programme/")


def paths_named(source: str) -> Iterator[str]:
    """The texts of a program that are a path to the directory file; a sentence with its name in it is none."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.rpartition("/")[2]
            if name == STARTING_DIRECTORY.name and " " not in node.value:
                yield node.value


def test_no_other_program_text_names_it_by_path() -> None:
    files = [file for top in ("services", "events", "benchmarks") for file in sorted((ROOT / top).rglob("*.py"))]
    naming = {str(file.relative_to(ROOT)) for file in files if [*paths_named(file.read_text(encoding="utf-8"))]}
    assert {file for file in naming if not file.startswith(MAY_NAME_IT)} == set()
    assert "services/programme/directory_file.py" in naming


@pytest.mark.parametrize(
    "source", ["open('services/directory/programme.yaml')", "folder / 'programme.yaml'", "f'{root}/programme.yaml'"]
)
def test_a_path_would_be_found(source: str) -> None:
    assert [*paths_named(source)]
