"""A release: the same wheel whoever builds it, all that the program reads in it, and licences that may be given on."""

import re
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from releasing import materials
from releasing.licences import Licensed, installed, normalised, pinned
from releasing.wheel import ROOT, build, digest

LOCK = ROOT / "requirements.production.lock"
EPOCH = 1_700_000_000
LATER = 1_800_000_000
OF_OTHER_SYSTEMS = {"colorama", "httpx2-jsfetch"}
"""Packages of the lock that are for Windows or for a browser."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"), epoch=EPOCH)


def test_whoever_builds_a_commit_gets_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    again = build(tmp_path / "again", epoch=EPOCH, umask=0o077, zone="Asia/Tokyo")
    assert digest(again) == digest(wheel)
    later = build(tmp_path / "later", epoch=LATER)  # what the comparison would find
    assert digest(later) != digest(wheel)


def test_the_wheel_has_every_file_that_the_program_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        inside = {name for name in opened.namelist() if not name.startswith("canaliza-")}
    here = {
        path.relative_to(ROOT).as_posix()
        for folder in ("events", "services")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == here


def test_every_package_that_a_server_runs_may_be_given_on_with_us() -> None:
    wanted = pinned(LOCK)
    found = installed(wanted)
    assert {one.name for one in found} == set(wanted) - OF_OTHER_SYSTEMS
    assert [one.fault for one in found if one.fault] == []


def test_what_may_not_be_given_on_is_named() -> None:
    assert Licensed("a", "1", "MIT OR Apache-2.0").fault is None
    assert Licensed("b", "1", "GPL-3.0-or-later").fault == "b 1: GPL-3.0-or-later"
    assert Licensed("c", "2", "MIT AND (AGPL-3.0-only)").fault == "c 2: AGPL-3.0-only"
    assert Licensed("d", "3", "").fault == "d 3 says no licence"
    [oracle] = installed({normalised("pymerkle")})  # which the tests alone use
    assert oracle.fault is not None


def test_a_server_installs_the_very_versions_that_were_tested() -> None:
    tested, served = pinned(ROOT / "requirements.lock"), pinned(LOCK)
    assert {name: tested.get(name) for name in served} == served


def test_the_servers_inside_packages_are_in_the_bill_of_materials() -> None:
    bundled = materials.bundled(Path(sys.executable), pinned(LOCK))
    assert {one["name"] for one in bundled} == {"PostgreSQL", "nats-server"}
    assert {one["version"].partition(".")[0] for one in bundled if one["name"] == "PostgreSQL"} == {"16", "18"}


def test_the_version_is_the_newest_of_the_changelog_and_what_is_deployed() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    headings = re.findall(
        r"^## (\d+\.\d+\.\d+) · .+ · \d{4}-\d{2}-\d{2}$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert headings[0] == version
    numbers = [tuple(map(int, heading.split("."))) for heading in headings]
    assert numbers == sorted(numbers, reverse=True)
    deployed = (ROOT / "deploy" / "kubernetes" / "kustomization.yaml").read_text()
    assert set(re.findall(r'newTag: "([^"]+)"', deployed)) == {version}
    guide = (ROOT / "docs" / "guides" / "operator.md").read_text()
    assert set(re.findall(r"canaliza-(\d+\.\d+\.\d+)-py3", guide)) == {version}
