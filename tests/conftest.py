"""Servers for the whole run, started when the first test needs them; a system that tests share, or one of their own.

``system`` is shared by all tests of a worker. They keep apart as cases do in the product: by fresh ids, so a test
looks at its own case only. A test that counts everything, moves the clock, restarts or breaks something takes
``own_system``, or ``installation`` to start one itself.
"""

import gc
import os
import signal
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from itertools import cycle
from types import FrameType
from typing import Any

import pytest
import uvloop

from services.chassis.runtime import logging
from services.chassis.runtime.event_loop import settle
from services.chassis.secrets.installation import Secrets
from services.system import Installation
from tests.support.properties import register_profiles
from tests.support.system.installations import fresh_database, fresh_installation, started
from tests.support.system.long_first import long_first
from tests.support.system.servers import (
    RunServers,
    RunServersDesk,
    RunServersKeeper,
    ask_for_servers,
    namespaces_of,
    shared_namespace_of,
)
from tests.support.system.system import System, running

KEEPER = pytest.StashKey[RunServersKeeper]()
DESK = pytest.StashKey[RunServersDesk]()


def interrupted(number: int, frame: FrameType | None) -> None:
    """Ctrl-C: what Python's own handler does."""
    signal.default_int_handler(number, frame)


def pytest_configure(config: pytest.Config) -> None:
    register_profiles()
    # Where it finds Python's own handler, asyncio puts one in its place around every fixture and every test, and Python
    # writes out the finished task, with the whole system that a fixture returns, to see whether that is a handler.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupted)
    logging.configure("WARNING")  # before anything is logged: the default renderer prints local variables
    if hasattr(config, "workerinput"):
        return
    workers = len(config.getoption("tx", None) or ()) or 1
    keeper = config.stash[KEEPER] = RunServersKeeper(workers)
    config.add_cleanup(keeper.close)


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], AbstractEventLoop]]:
    """The loop that serving processes run on: what is tested runs as it does there, and takes less of a processor."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collects with the garbage collector off, then exempts what was collected, as a serving process does.

    Ten thousand tests are kept to the end: every collection would visit them all.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        settle()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items[:] = long_first(items, config.workerinput["workercount"], lambda item: item.nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    stash = node.config.stash
    if DESK not in stash:
        stash[DESK] = RunServersDesk(stash[KEEPER])
        node.config.add_cleanup(stash[DESK].close)
    node.workerinput["run_servers"] = stash[DESK].address


@pytest.fixture(scope="session")
def run_servers(pytestconfig: pytest.Config) -> RunServers:
    """PostgreSQL and NATS of the whole run."""
    if hasattr(pytestconfig, "workerinput"):
        return ask_for_servers(pytestconfig.workerinput["run_servers"])
    return pytestconfig.stash[KEEPER].servers()


@pytest.fixture(scope="session")
def secrets(run_servers: RunServers) -> Secrets:
    return Secrets.load(run_servers.data)


def _worker() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def namespaces() -> Iterator[str]:
    """One for each installation."""
    return cycle(namespaces_of(_worker()))


@pytest.fixture
async def database(run_servers: RunServers) -> AsyncIterator[str]:
    """The administrator's DSN of a fresh, migrated database."""
    async with fresh_database(run_servers) as dsn:
        yield dsn


@pytest.fixture
async def installation(
    run_servers: RunServers, database: str, secrets: Secrets, namespaces: Iterator[str]
) -> AsyncIterator[Installation]:
    """Servers that are up and migrated, with nothing in them yet."""
    async with fresh_installation(run_servers, database, secrets, next(namespaces)) as found:
        yield found


@pytest.fixture
async def another_installation(
    run_servers: RunServers, secrets: Secrets, namespaces: Iterator[str]
) -> AsyncIterator[Installation]:
    """A second installation on the same servers, with nothing in it yet."""
    async with (
        fresh_database(run_servers) as dsn,
        fresh_installation(run_servers, dsn, secrets, next(namespaces)) as found,
    ):
        yield found


@pytest.fixture(scope="session")
async def system(run_servers: RunServers, secrets: Secrets) -> AsyncIterator[System]:
    """Every service in this process, behind one address, for all tests of this worker."""
    async with started(run_servers, secrets, shared_namespace_of(_worker())) as everything:
        yield everything


@pytest.fixture(scope="module")
async def module_system(run_servers: RunServers, secrets: Secrets, namespaces: Iterator[str]) -> AsyncIterator[System]:
    """The same for the tests of one file, which look at one world that is dear to furnish and do not change it."""
    async with started(run_servers, secrets, next(namespaces)) as everything:
        yield everything


@pytest.fixture
async def own_system(installation: Installation) -> AsyncIterator[System]:
    """The same for one test alone: everything in it is that test's."""
    async with running(installation) as everything:
        yield everything
