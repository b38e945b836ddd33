"""A proxy gives the operator's addresses to no service: the doctor asks each by its name."""

from collections import Counter
from importlib.metadata import version
from typing import Any

import httpx2
import pytest

from services.chassis.names import SERVICES
from services.chassis.settings import Settings
from services.doctor.checks import running
from services.doctor.domain import Code, Found, Level
from services.doctor.ground import Ground

BASE = "https://canaliza.example"


async def examined(monkeypatch: pytest.MonkeyPatch, *, away: str | None = None) -> list[Found]:
    async def asked(_ground: Ground, base: str, _what: str) -> httpx2.Response:
        name = base.removeprefix(f"{BASE}/services/")
        if name not in SERVICES:
            return httpx2.Response(404, json={"code": "not_found"})
        if name == away:
            return httpx2.Response(503, json={"code": "store_unavailable"})
        told: dict[str, Any] = {"version": version("canaliza"), "services": {name: {"checks": []}}}
        return httpx2.Response(200, json=told)

    monkeypatch.setattr(running, "_asked", asked)
    return await running.system(Ground(Settings(), url=BASE, elsewhere=True))


async def test_all_four_are_asked_and_what_they_say_alike_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await examined(monkeypatch)
    assert {one.level for one in found} == {Level.OK}
    counted = Counter(one.code for one in found)
    assert counted[Code.HEALTH] == counted[Code.RUNNING] == len(SERVICES)
    assert counted[Code.CREDENTIAL] == counted[Code.RUNNING_VERSION] == counted[Code.POLICIES] == 1


async def test_one_that_is_away_is_named_and_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await examined(monkeypatch, away="audit")
    assert [one.about for one in found if one.level is Level.BAD] == [f"{BASE}/services/audit"]
    assert sum(one.code is Code.HEALTH and one.level is Level.OK for one in found) == len(SERVICES) - 1
