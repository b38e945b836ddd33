"""A client without a token, and the description that the program serves."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.support.system.system import HANG, System


@pytest.fixture(scope="module")
async def anybody(system: System) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as client:
        yield client


@pytest.fixture(scope="module")
async def description(anybody: httpx2.AsyncClient) -> dict[str, Any]:
    described: dict[str, Any] = (await anybody.get("/api/openapi.json")).json()
    return described
