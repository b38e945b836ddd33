"""Every list and page, as each of those who may see it, on a system with so many cases."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import asyncpg
import httpx2
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Route

from benchmarks.arrivals import percentiles
from services.chassis.identity.administration import PersonExistsError, create_person
from services.chassis.identity.commands import Caller
from services.chassis.identity.policy import Stage
from services.chassis.names import SIGN_IN
from services.chassis.security.acts import INSTALLATION, act_as
from services.chassis.web.cookies import ON_THIS_MACHINE
from services.demo.entry import GUESTS, TIME_ZONE, Guest

FOR_PEOPLE = ("/albergue", "/mesa", "/coordinacion", "/auditoria", "/avisos", "/api/v1")
NO_LIST = {
    "/mesa/cambios", "/api/v1/alerts/stream", "/api/v1/audit/bundle", "/albergue/sw.js",
    "/albergue/sin-red/registrar", "/albergue/sin-red/pendientes",
    "/api/v1/authority-demands/counts",
}  # fmt: skip
"""Streams that stay open, whole downloads, and what is the same for everybody."""
TOO_LONG = 2.0
"""Seconds after which something is asked three times only."""
CASES = """
select case_id, referral_id from referral.referral where $1 in (agency, shelter, '*') order by random() limit 40"""
ANY = "select case_id, referral_id from referral.referral order by random() limit 40"


@dataclass(frozen=True, slots=True)
class Timed:
    """How long one page took, asked for again and again by one person."""

    path: str
    guest: str
    size: int
    """Bytes of the answer."""
    times: dict[str, float]

    def row(self) -> dict[str, Any]:
        """As JSON-compatible data."""
        return {"path": self.path, "as": self.guest, "bytes": self.size, **self.times}


async def walk(app: FastAPI, dsn: str, times: int, seed: int) -> list[dict[str, Any]]:
    """Milliseconds of each page, the slowest first. Nothing else is asked meanwhile."""
    signing_in = next(each.context.signing_in() for each in app.state.services if each.name == SIGN_IN)
    found: list[Timed | None] = []
    await _admit(dsn)
    for guest in GUESTS:
        await _account(dsn, guest, signing_in.now())
        session = await signing_in.begin(guest.person, Stage.FULL, Caller("127.0.0.1"))
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app),
            base_url="http://127.0.0.1",
            cookies={ON_THIS_MACHINE: session.secret},
            timeout=120,
        ) as client:
            ids = await _ids(dsn, guest)
            found += [await _timed(client, path, guest, ids, times, seed) for path in _paths(app)]
    seen = [one for one in found if one is not None]
    return [one.row() for one in sorted(seen, key=lambda one: -one.times["p99"])]


async def _account(dsn: str, guest: Guest, at: datetime) -> None:
    """An account for somebody, unless they have one from an earlier run."""
    connection = await asyncpg.connect(dsn)
    try:
        await act_as(connection, INSTALLATION)
        with suppress(PersonExistsError):
            await create_person(
                connection, guest.person, label="bench", role=guest.role, org=guest.org, language="es",
                time_zone=TIME_ZONE, at=at,
            )  # fmt: skip
    finally:
        await connection.close()


async def _admit(dsn: str) -> None:
    """Says what audit says once it has compared its log with its stream, which nobody does here (ADR 0038)."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select audit.admit((select this_database from accounts.entrance))")
    finally:
        await connection.close()


def _paths(app: FastAPI) -> Iterator[str]:
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, context.path or ""
        if not isinstance(route, Route) or "GET" not in (route.methods or ()):
            continue
        of_one = path.count("{") == 1 and ("{case_id}" in path or "{referral_id}" in path)
        if path.startswith(FOR_PEOPLE) and path not in NO_LIST and (of_one or "{" not in path):
            yield path


async def _ids(dsn: str, guest: Guest) -> Sequence[Mapping[str, Any]]:
    connection = await asyncpg.connect(dsn)
    try:
        rows: Sequence[Mapping[str, Any]] = await connection.fetch(CASES, guest.org) or await connection.fetch(ANY)
    finally:
        await connection.close()
    return rows


async def _timed(
    client: httpx2.AsyncClient, path: str, guest: Guest, ids: Sequence[Mapping[str, Any]], times: int, seed: int
) -> Timed | None:
    """``None``: this person may not see it."""
    draw = Random(seed)  # noqa: S311 - the same pages every time
    took, size = list[float](), 0
    for number in range(times + 2):
        one = draw.choice(ids) if ids else {"case_id": "", "referral_id": ""}
        where = path.replace("{case_id}", str(one["case_id"])).replace("{referral_id}", str(one["referral_id"]))
        began = time.perf_counter()
        answer = await client.get(where)
        seconds = time.perf_counter() - began
        if answer.status_code != 200:
            if number == 0 or "{" not in path:
                return None
            continue
        if number >= 2 or seconds > TOO_LONG:
            took.append(1000 * seconds)
        size = max(size, len(answer.content))
        if len(took) >= 3 and min(took) > 1000 * TOO_LONG:
            break
    return Timed(path, f"{guest.role} {guest.org}", size, {"least": min(took), **percentiles(took)}) if took else None
