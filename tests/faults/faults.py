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
from services.system import prepare
from tests.faults.disk import fill
from tests.faults.load import Load
from tests.faults.poison import poison
from tests.faults.stage import Stage
from tests.support.system.repairs import repair_log
from tests.support.system.standby import answers, promote_once_it_answers, rewound, wait_for_one
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


async def leaders_killed(stage: Stage, load: Load, random: Random) -> None:
    """kill -9 of the instance that leads, of one service after the other; the other instance takes over."""
    for service in random.sample(SERVICES, k=len(SERVICES)):
        await arrived(load, random.randint(5, 25))
        killed = await stage.leader(service)
        await stage.kill(killed)
        taken = await stage.leader(service)
        assert taken != killed
        await arrived(load, 10)
        await stage.start(killed)


async def leader_frozen(stage: Stage, load: Load, random: Random) -> None:
    """SIGSTOP: it holds the lock and does nothing, until the server ends its silent session; then it wakes up."""
    for service in ("referral", "notifications", "audit", "intake"):
        await arrived(load, random.randint(5, 15))
        frozen = await stage.leader(service)
        os.kill(stage.processes[frozen].pid, signal.SIGSTOP)
        taken = await stage.leader(service)
        assert taken != frozen
        await arrived(load, 10)
        os.kill(stage.processes[frozen].pid, signal.SIGCONT)


async def leader_frozen_for_good(stage: Stage, load: Load, random: Random) -> None:
    """SIGSTOP, and nobody wakes it up."""
    await arrived(load, random.randint(5, 15))
    frozen = await stage.leader("referral")
    os.kill(stage.processes[frozen].pid, signal.SIGSTOP)
    await arrived(load, 30)


async def restarted_in_turn(stage: Stage, load: Load, random: Random) -> None:
    """What an upgrade does: SIGTERM and a new process, one instance after the other, while the other one answers."""
    for service in SERVICES:
        for instance in (service, f"{service}-2"):
            await arrived(load, random.randint(3, 8))
            await stage.end(instance)
            await stage.leader(service)
            await stage.start(instance)


async def standby_promoted(stage: Stage, load: Load, random: Random) -> None:
    """The primary is killed for good, a moment after its standby heard nothing; the standby becomes the primary.

    Then the old one comes back as a standby of the new one, and commits wait for it again.
    """
    old, new = stage.postgres, stage.standby
    assert new is not None
    await arrived(load, random.randint(20, 60))
    receiver = int(await answers(new, "select pid from pg_stat_wal_receiver"))
    os.kill(receiver, signal.SIGSTOP)
    await asyncio.sleep(1)
    os.kill(old.pid, signal.SIGKILL)
    await old.stop()
    os.kill(receiver, signal.SIGKILL)  # what was on its way when the primary died never arrived
    await promote_once_it_answers(new)
    if stage.control is not None:
        return  # what was lost stays lost, and a log that is behind its stream takes nothing
    await arrived(load, 60)
    await rewound(old, new, stage.secrets)
    await wait_for_one(new)
    await arrived(load, 20)


async def nats_node_lost(stage: Stage, load: Load, random: Random) -> None:
    """kill -9 of the node that leads intake's stream, for good."""
    assert stage.cluster is not None
    await arrived(load, random.randint(20, 40))
    (await stage.cluster.leader("LOG_intake")).kill()
    await arrived(load, 60)


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


async def rolled_out(stage: Stage, _load: Load, random: Random) -> None:
    """The database is migrated by this program, then one service after the other is replaced by this program's."""
    await prepare(stage.settings, stage.secrets)
    for service in random.sample(SERVICES, len(SERVICES)):
        await stage.replaced(service, None)
        await asyncio.sleep(random.uniform(0.2, 1.0))  # both versions work side by side


async def rolled_out_and_back(stage: Stage, load: Load, random: Random) -> None:
    """The same, and the version before comes back on the migrated database."""
    before = dict(stage.programs)
    await rolled_out(stage, load, random)
    for service in random.sample(SERVICES, len(SERVICES)):
        await stage.replaced(service, before[service])
        await asyncio.sleep(random.uniform(0.2, 1.0))
