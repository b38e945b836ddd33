"""Control: the primary answers a commit before any standby has it."""

from tests.faults.stage import Stage
from tests.support.system.standby import wait_for_none


async def break_ground(stage: Stage) -> None:
    """Before the services start."""
    await wait_for_none(stage.postgres)
