"""The trials: which fault, under which load, on which stage; and one trial as a whole."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from services.chassis.names import SERVICES
from tests.faults import faults
from tests.faults.disk import small_disk
from tests.faults.faults import Fault
from tests.faults.load import load_on
from tests.faults.stage import Stage, staged
from tests.faults.verdict import Verdict, audited


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A fault and what it needs. Rates are submissions a second, open loop."""

    name: str
    fault: Fault
    rate: float = 40.0
    seconds: float = 9.0
    through_proxy: bool = False
    on_small_disk: bool = False
    with_standby: bool = False
    clustered: bool = False
    twice: tuple[str, ...] = ()
    """The services that run as two instances."""
    from_before: bool = False
    """It begins with the services of the version before."""
    control: str | None = None
    """A way in which the services are broken, so that the harness must find fault with them."""
    patience: float = 90.0
    """Seconds within which all must come to rest."""
    gives_up: float = 180.0
    """Seconds for which a device goes on trying."""


TRIALS = (
    *(Trial(name=f"kill -9 {service}", fault=faults.service_killed(service)) for service in SERVICES),
    Trial(name="kill -9 NATS", fault=faults.nats_killed),
    Trial(name="SIGSTOP NATS", fault=faults.nats_paused),
    Trial(name="PostgreSQL stopped at once (immediate)", fault=faults.postgres_crashed),
    Trial(name="NATS loses its last seconds", fault=faults.nats_forgot),
    Trial(name="NATS storage wiped", fault=faults.nats_wiped),
    Trial(name="answers to COMMIT lost", fault=faults.answers_to_commits_lost, through_proxy=True),
    Trial(name="broker down for two minutes", fault=faults.broker_down(120), rate=8, seconds=125),
    Trial(name="disk full", fault=faults.disk_full, on_small_disk=True),
    Trial(name="poisoned event", fault=faults.poisoned),
    Trial(name="clock jumps", fault=faults.clock_jumped),
    Trial(name="older backup restored, repaired", fault=faults.restored_from_an_older_backup, seconds=8),
    Trial(name="each service twice: leader killed", fault=faults.leaders_killed, seconds=15, twice=SERVICES),
    Trial(name="each service twice: leader frozen (SIGSTOP)", fault=faults.leader_frozen, seconds=15, twice=SERVICES),
    Trial(name="each service twice: one after the other restarted", fault=faults.restarted_in_turn, twice=SERVICES),
    Trial(name="standby promoted", fault=faults.standby_promoted, seconds=15, with_standby=True),
    Trial(
        name="NATS node lost for good, each service twice",
        fault=faults.nats_node_lost,
        seconds=12,
        clustered=True,
        twice=SERVICES,
    ),
    Trial(name="rolled out", fault=faults.rolled_out, from_before=True, seconds=25, rate=20),
    Trial(name="rolled out and back", fault=faults.rolled_out_and_back, from_before=True, seconds=40, rate=15),
    Trial(name="six of these in a row", fault=faults.everything_at_once, seconds=25, through_proxy=True),
)

CONTROLS = (
    Trial(
        name="FastStream's default ack policy",
        fault=faults.postgres_crashed,
        control="default_ack_policy",
        patience=8,
        gives_up=15,
    ),
    Trial(
        name="published after the commit, without a relay",
        fault=faults.service_killed("intake"),
        control="publish_after_commit",
        patience=8,
        gives_up=15,
    ),
    Trial(
        name="a recorder with unordered positions",
        fault=faults.postgres_crashed,
        control="unordered_positions",
        patience=8,
        gives_up=15,
    ),
    Trial(
        name="a position committed apart from its effects",
        fault=faults.service_killed("referral"),
        control="position_apart",
        patience=8,
        gives_up=15,
    ),
    Trial(
        name="a standby that nobody waits for",
        fault=faults.standby_promoted,
        control="asynchronous_standby",
        with_standby=True,
        patience=8,
        gives_up=15,
    ),
    Trial(
        name="a lock that a frozen leader keeps",
        fault=faults.leader_frozen_for_good,
        control="lock_without_silence",
        twice=("referral",),
        patience=15,
        gives_up=15,
    ),
)


async def tried(trial: Trial, *, seed: int) -> Verdict:
    """One trial on a stage of its own.

    Raises:
        NotPossibleHereError: this machine does not allow what the trial needs.
    """
    sending = {"rate": trial.rate, "seconds": trial.seconds, "patience": trial.gives_up}
    async with _stage(trial) as stage, load_on(stage, seed=seed, **sending) as load:
        load.open = True
        running = asyncio.create_task(load.run())
        try:
            await trial.fault(stage, load, Random(seed))
        except AssertionError:
            if trial.control is None:  # what is broken on purpose may stop answering: that counts too
                running.cancel()
                raise
        finally:
            load.open = False
        await running
        return await audited(stage, load, patience=trial.patience)


@asynccontextmanager
async def _stage(trial: Trial) -> AsyncIterator[Stage]:
    if not trial.on_small_disk:
        async with staged(
            through_proxy=trial.through_proxy,
            control=trial.control,
            services=[*SERVICES, *(f"{service}-2" for service in trial.twice)],
            with_standby=trial.with_standby,
            clustered=trial.clustered,
            from_before=trial.from_before,
        ) as stage:
            yield stage
        return
    with small_disk() as folder:
        async with staged(within=folder, control=trial.control) as stage:
            yield stage
