"""The page on foreign messages, followed step by step by an operator, while a shelter goes on sending."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from events.vocabulary import Role
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.names import SERVICES, shelter_user
from services.chassis.replication import relay as relay_module
from services.system import Installation, administrator
from tests.journeys.test_upkeep_commands import canaliza
from tests.support.system.local import connected_as
from tests.support.system.logs import outlet_of
from tests.support.system.submitting import SHELTER
from tests.support.system.system import HANG, System, eventually, running, sample_day

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "foreign-messages.md"


async def submit(system: System) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    answer = await shelter.post("/api/v1/submissions", json=sample_day()[5] | {"submission_id": str(uuid4())})
    assert answer.status_code == 201


async def ends(system: System) -> dict[str, int]:
    """The last sequence of every stream."""
    installation = system.installation
    async with administrator(installation.settings, installation.secrets) as jetstream:
        names = installation.settings.names
        return {one: (await jetstream.stream_info(names.stream(one))).state.last_seq for one in SERVICES}


async def foreign(system: System) -> list[dict[str, Any]]:
    """The checks of foreign messages that fail."""
    operator = await system.nobody_in_particular(Role.OPERATOR, EVERYWHERE)
    answer = (await operator.get("/api/v1/operate/flow")).json()
    checks = [check for one in answer["services"].values() for check in one["checks"]]
    return [check for check in checks if check["code"] == "foreign_messages" and not check["ok"]]


async def test_the_page_is_followed_and_people_notice_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CHECK_INTERVAL", 0.2)
    async with running(installation) as system:
        await submit(system)
        outlet = outlet_of(installation.secrets, installation.settings.names)
        async with administrator(installation.settings, installation.secrets) as jetstream:
            await jetstream.publish(outlet.subject("intake.case_opened"), b"forged")

        async def seen() -> list[dict[str, Any]]:
            return await foreign(system)

        (check,) = await eventually(seen)
        assert check["count"] == 1
        assert check["es"] != check["en"]
        await submit(system)
        commands = re.findall(r"^ +canaliza (repair .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        assert commands == ["repair --streams intake"]
        for command in commands:
            code, _, complained = await canaliza(installation, *command.split())
            assert code == 0, complained

        async def cleared() -> bool:
            intake = system.service("intake")
            return not await foreign(system) and (await ends(system))["intake"] == await intake.log.head()

        await eventually(cleared)
        await submit(system)
        assert system.service("intake").log.halted is None


async def test_no_shelter_can_have_an_answer_put_where_it_does_harm(own_system: System) -> None:
    """Without any token: the answer would be a refusal, and the place was a stream's, another's inbox, or a command."""
    installation = own_system.installation
    await submit(own_system)
    names, intake = installation.settings.names, own_system.service("intake")

    async def quiet() -> bool:
        return (await ends(own_system))["intake"] == await intake.log.head() > 0

    await eventually(quiet)
    elsewhere = [names.subject(f"{service}.case_opened") for service in SERVICES]
    elsewhere += [f"$JS.API.STREAM.DELETE.{names.stream(service)}" for service in SERVICES]
    elsewhere += [f"{names.inbox(shelter_user('ALB-TAP-01'))}.x", names.submit("ALB-TAP-01"), "anywhere"]
    async with connected_as(installation, shelter_user(SHELTER)) as shelter:
        for place in elsewhere:
            await shelter.publish(names.submit(SHELTER), b"{}", reply=place)
        answer = await shelter.request(names.submit(SHELTER), b"{}", timeout=HANG)
        assert answer.headers is not None
        assert answer.headers["status"] == "401"
    assert [intake.log.halted, intake.relay is not None and intake.relay.foreign] == [None, 0]
    after = await ends(own_system)
    for service in SERVICES:
        assert after[service] <= await own_system.service(service).log.head()
    await submit(own_system)
