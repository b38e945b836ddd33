"""What a shelter reads of how far a case has come."""

import httpx2

from tests.support.system.system import eventually


async def routing_of(reader: httpx2.AsyncClient, case: str) -> str | None:
    """The state of a case's routing, as its reader may see it."""
    answer = await reader.get(f"/api/v1/cases/{case}")
    assert answer.status_code == 200
    routing = answer.json().get("routing")
    return None if routing is None else str(routing["state"])


async def until_routing(reader: httpx2.AsyncClient, case: str, state: str) -> None:
    """Waits until the reader sees this state."""

    async def there() -> bool:
        return await routing_of(reader, case) == state

    await eventually(there)
