"""What a system says of its health."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx2

from services.chassis.runtime.health import Health, Report, reports
from services.chassis.runtime.words import in_words
from services.system import Installation
from tests.support.system.system import HANG, NO_TLS, System, eventually

FROZEN = 3
"""Seconds after which the database that knows the operators is taken for one that is away."""


async def _asked(
    system: System, question: str, ask: Callable[[Health], Awaitable[Report]]
) -> tuple[int, dict[str, Any]]:
    """The status that anybody is told, and the details that an operator is told.

    While the database is away nobody can be recognised as an operator: then the services themselves are asked.
    """
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG, verify=NO_TLS) as client:
        answer = await client.get(f"/health/{question}")
        assert answer.json().keys() == {"status"}, "the public is told nothing else"
        bearer = {"Authorization": f"Bearer {system.installation.secrets.operator_token}"}
        told = dict[str, Any]()
        with suppress(httpx2.TimeoutException):
            details = await client.get(f"/api/v1/operate/{question}", headers=bearer, timeout=FROZEN)
            told = details.json()
    services: dict[str, Any] = told.get("services") or await _from_within(system, ask)
    return answer.status_code, services


async def _from_within(system: System, ask: Callable[[Health], Awaitable[Report]]) -> dict[str, Any]:
    examined = {service.name: Health(service) for service in system.services}
    try:
        found = await reports(examined, ask)
    finally:
        await asyncio.gather(*(one.close() for one in examined.values()))
    return {
        name: {**report.values, "checks": [check.model_dump(mode="json") for check in in_words(report.checks)]}
        for name, report in found.items()
    }


async def ready(system: System) -> tuple[int, dict[str, Any]]:
    """Whether a balancer sends requests, and what each service says."""
    return await _asked(system, "ready", Health.readiness)


async def flow(system: System) -> tuple[int, dict[str, Any]]:
    """Whether everything goes all the way, and what each service says."""
    return await _asked(system, "flow", Health.flow)


def failing(services: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    """The failing checks: service, code, and what it is about."""
    return {
        (name, check["code"], check["about"])
        for name, each in services.items()
        for check in each["checks"]
        if not check["ok"]
    }


async def until_failing(system: System, *wanted: tuple[str, str, str | None]) -> None:
    """Waits until flow fails with at least these checks."""

    async def told() -> bool:
        status, services = await flow(system)
        return status == 503 and set(wanted) <= failing(services)

    await eventually(told)


async def until_flowing(system: System) -> None:
    """Waits until everything goes all the way."""

    async def told() -> bool:
        return (await flow(system))[0] == 200

    await eventually(told)


async def until_ready(system: System, *, status: int = 200) -> None:
    """Waits until a balancer is answered so."""

    async def told() -> bool:
        return (await ready(system))[0] == status

    await eventually(told)


def quick(installation: Installation) -> Installation:
    """The same installation, which notices within a second or two what it usually notices within a minute."""
    soon = {"heartbeat": 0.2, "flow_write": 2.0, "flow_neighbour": 2.0, "not_routed_after": 2.0, "flow_behind": 20.0}
    return replace(installation, settings=installation.settings.model_copy(update=soon))
