"""A policy file with a fault is refused with file and line, and the last good set stays in force."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from events.referral import PolicyKept, RulesAdopted
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.service import Service
from services.programme.policy_file import PolicyFaultsError
from services.referral.app import create_service
from services.referral.deadlines.ports import OneDeskAnAgency
from services.referral.policies.loader import ADDED_LATER, FOLDER, NAMES, policies_in_force
from services.system import Installation
from tests.support.system.system import eventually


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The policy files of an installation, to be edited."""
    copy = tmp_path / "policy"
    shutil.copytree(FOLDER, copy)
    return copy


@asynccontextmanager
async def started(installation: Installation, folder: Path) -> AsyncIterator[Service]:
    context = ServiceContext.of(installation.settings, "referral", secrets=installation.secrets.of("referral"))
    service = create_service(context, OneDeskAnAgency(), policy_folder=folder)
    await service.start()
    try:
        yield service
    finally:
        await service.stop()


async def adopted(service: Service, at_least: int = 1) -> list[RulesAdopted]:
    async def look() -> list[RulesAdopted]:
        entries = await service.log.entries(after=0, limit=100)
        facts = [entry.name for entry in entries]
        kept = facts.count(PolicyKept.NAME)
        streams = await service.log.streams({entry.stream for entry in entries})
        found = [fact.event for facts in streams.values() for fact in facts if isinstance(fact.event, RulesAdopted)]
        return found if len(found) >= at_least and kept >= len(NAMES) else []

    return await eventually(look)


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


async def test_the_first_start_with_a_fault_is_refused_with_file_and_line(
    installation: Installation, folder: Path
) -> None:
    edit(folder, "ladders.yaml", "at: 150", "at: much")
    with pytest.raises(PolicyFaultsError) as refused:
        async with started(installation, folder):
            pass
    (fault,) = refused.value.faults
    name, line, _ = fault.split(":", 2)
    assert name == str(folder / "ladders.yaml")
    assert "at: much" in (folder / "ladders.yaml").read_text(encoding="utf-8").splitlines()[int(line) - 1]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("rules.yaml", "version:", "versión:"),
        ("deadlines.yaml", "acknowledge: PT15M", "acknowledge: soon"),
        ("rerouting.yaml", "fallback: OIM", "fallback: INM"),
        ("ladders.yaml", "after: PT5M", "after: PT20M"),
        ("silence.yaml", "in_a_row: 3", "in_a_row: 0"),
        ("duties.yaml", "body: COMAR", "body: INM"),
        ("access.yaml", "a_day: 20", "a_day: 2"),
    ],
)
async def test_the_last_good_set_stays_whole_when_any_file_gets_a_fault(
    installation: Installation, folder: Path, name: str, old: str, new: str
) -> None:
    async with started(installation, folder) as service:
        (good,) = await adopted(service)
    edit(folder, name, old, new)
    # Another file was changed well meanwhile: it waits, for nobody has adopted it with the older others.
    other = "silence.yaml" if name != "silence.yaml" else "ladders.yaml"
    edit(folder, other, 'version: "2013.1"', 'version: "2013.9"')
    async with started(installation, folder) as service:
        assert await adopted(service) == [good], "what is in force is what was"
        faults = service.details["policy_faults"]()
        assert faults
        assert all(fault.startswith(f"{folder / name}:") for fault in faults)
    shutil.copyfile(FOLDER / name, folder / name)
    async with started(installation, folder) as service:
        assert service.details["policy_faults"]() == []
        mended = await adopted(service, at_least=2)
    assert mended[-1].content != good.content
    assert (mended[-1].silence, mended[-1].ladders) != (good.silence, good.ladders)


def test_a_set_that_was_adopted_before_there_were_tasks_is_used_with_the_tasks_that_come_with_the_program(
    folder: Path,
) -> None:
    good = policies_in_force(dict, folder)
    before = {name: text for name, text in good.texts.items() if name not in ADDED_LATER}
    edit(folder, "ladders.yaml", "at: 150", "at: much")
    again = policies_in_force(lambda: before, folder)
    assert (again.content, again.obligations.version) == (good.content, good.obligations.version)
    assert again.faults
    for other in before:
        with pytest.raises(PolicyFaultsError):
            policies_in_force(lambda lost=other: {n: text for n, text in before.items() if n != lost}, folder)  # type: ignore[misc]


def test_what_was_kept_is_read_as_it_was_written(folder: Path) -> None:
    good = policies_in_force(dict, folder)
    edit(folder, "rules.yaml", "version:", "versión:")
    again = policies_in_force(lambda: good.texts, folder)
    assert again.content == good.content
    assert again.rules.version == good.rules.version
    assert again.faults
    with pytest.raises(PolicyFaultsError):
        policies_in_force(lambda: {"rules.yaml": good.texts["rules.yaml"]}, folder)
