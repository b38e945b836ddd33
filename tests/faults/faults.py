"""What can happen to an installation. A fault begins once the load runs; when it returns, everything is healed."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from services.chassis.names import SERVICES
from tests.faults.disk import fill
from tests.faults.load import Load
from tests.faults.poison import poison
from tests.faults.stage import Stage
from tests.support.system.repairs import repair_log
from tests.support.system.system import eventually

Fault = Callable[[Stage, Load, Random], Coroutine[Any, Any, None]]


async def arrived(load: Load, count: int) -> None:
    """Until so many more submissions have been acknowledged."""
    target = load.awaited = len(load.acknowledged) + count

    async def enough() -> bool:
        return len(load.acknowledged) >= target

    await eventually(enough)


def service_killed(service: str) -> Fault:
    """kill -9, three times, at moments that the seed chooses."""

    async def fault(stage: Stage, load: Load, random: Random) -> None:
        for _ in range(3):
            await arrived(load, random.randint(5, 25))
            await asyncio.sleep(random.random() / 10)
            await stage.kill(service)
            await stage.start(service)

    return fault


async def nats_killed(stage: Stage, load: Load, random: Random) -> None:
    """kill -9 of NATS, three times."""
    for _ in range(3):
        await arrived(load, random.randint(5, 25))
        await stage.kill_nats()
        await stage.nats.start()


async def nats_paused(stage: Stage, load: Load, random: Random) -> None:
    """SIGSTOP: connections stay open and nobody answers."""
    await arrived(load, random.randint(5, 25))
    os.kill(stage.nats.pid, signal.SIGSTOP)
    await asyncio.sleep(5)
    os.kill(stage.nats.pid, signal.SIGCONT)


async def postgres_crashed(stage: Stage, load: Load, random: Random) -> None:
    """pg_ctl -m immediate, three times."""
    for _ in range(3):
        await arrived(load, random.randint(5, 25))
        await stage.crash_postgres()
        await stage.postgres.start()


async def nats_forgot(stage: Stage, load: Load, random: Random) -> None:
    """NATS loses its last seconds, as a machine does that fails before its disk was written."""
    await arrived(load, random.randint(5, 25))
    await stage.kill_nats()
    earlier = stage.data / "nats-earlier"
    shutil.copytree(stage.nats.storage, earlier)
    await stage.nats.start()
    await arrived(load, 60)
    await stage.kill_nats()
    shutil.rmtree(stage.nats.storage)
    earlier.rename(stage.nats.storage)
    await stage.nats.start()


async def nats_wiped(stage: Stage, load: Load, random: Random) -> None:
    """NATS loses everything that it stored."""
    await arrived(load, random.randint(20, 60))
    await stage.kill_nats()
    shutil.rmtree(stage.nats.storage)
    await stage.nats.start()


async def answers_to_commits_lost(stage: Stage, load: Load, random: Random) -> None:
    """PostgreSQL commits and nobody hears of it."""
    assert stage.proxy is not None
    for _ in range(8):
        await arrived(load, random.randint(3, 12))
        stage.proxy.lose_answers += random.randint(1, 3)
    stage.proxy.lose_answers = 0


def broker_down(seconds: float) -> Fault:
    """NATS is away; shelters are answered all the while."""

    async def fault(stage: Stage, load: Load, random: Random) -> None:
        await arrived(load, random.randint(5, 25))
        await stage.kill_nats()
        begin = asyncio.get_running_loop().time()
        await arrived(load, 20)
        await asyncio.sleep(max(0.0, begin + seconds - asyncio.get_running_loop().time()))
        await stage.nats.start()

    return fault


async def poisoned(stage: Stage, load: Load, random: Random) -> None:
    """A case whose sealed answers do not open, and a case like any other after it."""
    await arrived(load, random.randint(5, 25))
    await poison(stage)
    await arrived(load, 20)


async def clock_jumped(stage: Stage, load: Load, random: Random) -> None:
    """Three days forward, four days back, right again."""
    for days in (3, -1, 0):
        await arrived(load, random.randint(10, 30))
        stage.shift_clock(days * 86_400.0)


async def disk_full(stage: Stage, load: Load, random: Random) -> None:
    """The disk of PostgreSQL and NATS is full for a while; then there is room again, and whatever ended is started."""
    await arrived(load, random.randint(20, 40))
    ballast = fill(stage.data.parent)
    before = load.unknown
    await eventually(lambda: _true(load.unknown > before + 20))
    ballast.unlink()
    await stage.crash_postgres(signal.SIGINT)
    await stage.kill_nats()
    await asyncio.gather(stage.postgres.start(), stage.nats.start())


async def restored_from_an_older_backup(stage: Stage, load: Load, random: Random) -> None:
    """The disk of PostgreSQL is lost, the last backup is older than the streams: alarm, repair, and on.

    What was acknowledged and not yet copied when the disk died is lost with it: the streams are level first.
    """
    await arrived(load, random.randint(20, 40))
    backup = stage.data / "backup"
    await stage.postgres.stop()
    _copy(stage.postgres.folder, backup)
    await stage.postgres.start()
    await arrived(load, random.randint(60, 90))
    load.pause()
    await stage.level()
    await stage.postgres.stop()
    shutil.rmtree(stage.postgres.folder)
    backup.rename(stage.postgres.folder)
    load.resume()
    await stage.postgres.start()
    for service in ("intake", "referral", "notifications"):
        await eventually(partial(stage.alarmed, service))
    await stage.end(*SERVICES)
    for service in SERVICES:
        await repair_log(stage.settings, stage.secrets, service)
    await stage.start(*SERVICES)
    await load.repeat(40)


async def everything_at_once(stage: Stage, load: Load, random: Random) -> None:
    """Whatever the seed says, one after the other, without a pause."""
    faults = [
        *map(service_killed, SERVICES),
        nats_killed,
        nats_wiped,
        postgres_crashed,
        clock_jumped,
        answers_to_commits_lost,
    ]
    for fault in random.sample(faults, k=6):
        await fault(stage, load, random)


def _copy(source: Path, target: Path) -> None:
    """With owners and modes, as a backup keeps them."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


async def _true(value: bool) -> bool:  # noqa: FBT001 - what eventually() looks at
    return value
