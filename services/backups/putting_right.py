"""What follows a restore: the streams give back what the backup lacks, and what was closed or erased is so again."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from services.audit.security.queries import ClosedAgain
from services.chassis.names import SERVICES
from services.system import Installation, close_what_was_closed
from services.upkeep import rebuild_read_models, repairing


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRight:
    """What was put right."""

    imported: Mapping[str, int]
    """Events that only the streams had, by log."""
    not_imported: int
    """Events in the streams that nobody sealed: a person must look at them (``canaliza repair``)."""
    closed: ClosedAgain
    differing: Mapping[str, int]
    """Rows that differ from what the logs give, by table; empty: none does."""


async def put_right(everything: Installation) -> PutRight:
    """Repairs every log from its stream, closes what was closed, and compares the read models with the logs.

    Raises:
        ForkedError: a log and its stream have two histories; a person must decide.
        StillRunningError: a service is running.
    """
    assert everything.settings.postgres_dsn is not None  # noqa: S101 - installation() set it
    dsn = everything.settings.postgres_dsn.get_secret_value()
    async with AsyncExitStack() as stack:
        repairs = {
            name: await stack.enter_async_context(repairing(everything.settings, everything.secrets, name))
            for name in SERVICES
        }
        plans = {name: await one.plan() for name, one in repairs.items()}
        done = {name: await one.run(plans[name]) for name, one in repairs.items()}
    closed = await close_what_was_closed(everything.settings, after_a_restore=True)
    differing: dict[str, int] = {}
    for name in SERVICES:
        found = await rebuild_read_models(dsn, name, swap=False)
        differing |= {f"{name}.{table}": rows for table, rows in found.differing.items() if rows}
    return PutRight(
        imported={name: one.imported for name, one in done.items()},
        not_imported=sum(len(plan.missing) - len(plan.importable(unsealed=False)) for plan in plans.values()),
        closed=closed,
        differing=differing,
    )
