"""Of several PostgreSQL servers a service finds the one that takes writes, also when the first is switched off."""

from typing import Any

import asyncpg
import pytest

from services.chassis.postgres_servers import EACH, PostgresServers, hosts

TWO = "postgresql://someone@a.example:5433,b.example/canaliza?sslmode=verify-full"


@pytest.mark.parametrize(
    ("dsn", "found"),
    [
        ("postgresql://someone:word@db.example/canaliza", [("db.example", 5432)]),
        (TWO, [("a.example", 5433), ("b.example", 5432)]),
        ("postgresql://x@[fd00::1]:5433,[fd00::2]/canaliza", [("fd00::1", 5433), ("fd00::2", 5432)]),
        ("postgresql://x@/canaliza?host=/run/a,/run/b&port=5432,5433", [("/run/a", 5432), ("/run/b", 5433)]),
        ("postgresql://x@/canaliza?host=a,b&port=6000", [("a", 6000), ("b", 6000)]),
        ("postgresql://x@%2Frun%2Fa,b:7000/canaliza", [("/run/a", 5432), ("b", 7000)]),
        ("postgresql:///canaliza", []),
    ],
)
def test_the_servers_of_a_dsn_are_those_that_the_driver_would_ask(dsn: str, found: list[tuple[str, int]]) -> None:
    assert hosts(dsn) == found


class _Driver:
    """In the driver's place: servers that answer, or do not."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any, Any]] = []
        self.fails: dict[str, Exception] = {}

    async def connect(self, **options: Any) -> str:
        host = options.get("host", "")
        self.asked.append((host, options.get("timeout"), options.get("target_session_attrs")))
        if host in self.fails:
            raise self.fails[host]
        return f"connected to {host}"


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> _Driver:
    driver = _Driver()
    monkeypatch.setattr(asyncpg, "connect", driver.connect)
    return driver


@pytest.mark.parametrize(
    "fault",
    [
        TimeoutError(),
        ConnectionRefusedError(),
        asyncpg.CannotConnectNowError("starting"),
        asyncpg.InternalClientError(),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_server_that_does_not_take_writes_hides_none_behind_it(driver: _Driver, fault: Exception) -> None:
    driver.fails["a.example"] = fault
    servers = PostgresServers(TWO)
    assert str(await servers.connect(dsn=TWO, timeout=5)) == "connected to b.example"
    assert driver.asked == [("a.example", EACH, "read-write"), ("b.example", EACH, "read-write")]
    driver.asked.clear()
    await servers.connect(dsn=TWO)
    assert [host for host, *_ in driver.asked] == ["b.example"], "the one that took writes is asked first from then on"


async def test_where_none_answers_the_last_ones_reason_is_given(driver: _Driver) -> None:
    driver.fails |= {"a.example": TimeoutError(), "b.example": ConnectionRefusedError()}
    with pytest.raises(ConnectionRefusedError):
        await PostgresServers(TWO).connect(dsn=TWO)


async def test_a_password_that_the_primary_refuses_is_said_although_the_other_server_is_away(driver: _Driver) -> None:
    driver.fails |= {"a.example": asyncpg.InvalidPasswordError(), "b.example": TimeoutError()}
    with pytest.raises(asyncpg.InvalidPasswordError):
        await PostgresServers(TWO).connect(dsn=TWO)


async def test_a_single_server_is_asked_as_the_dsn_says(driver: _Driver) -> None:
    await PostgresServers("postgresql://x@db.example/canaliza").connect(dsn="…", timeout=5)
    assert driver.asked == [("", 5, None)]
