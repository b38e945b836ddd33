"""An auditor who looks at the pages."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from events.vocabulary import Role
from tests.support.system.system import HANG, System


@pytest.fixture
async def auditor(system: System) -> AsyncIterator[httpx2.AsyncClient]:
    """An auditor's browser, as far as reading goes: a token is read as a session is."""
    client = await system.signed_in(Role.AUDITOR, "*")
    own = {"Accept": "text/html", "Authorization": client.headers["authorization"]}
    async with httpx2.AsyncClient(base_url=system.url, headers=own, timeout=HANG) as browser:
        yield browser
