"""A repair as ``canaliza repair --yes`` does it."""

from services.chassis.operations.repair import Repaired
from services.chassis.secrets.installation import Secrets
from services.chassis.settings import Settings
from services.upkeep import repairing


async def repair_log(settings: Settings, secrets: Secrets, name: str, *, unsealed: bool = False) -> Repaired:
    """Imports what it lists."""
    async with repairing(settings, secrets, name) as repair:
        return await repair.run(await repair.plan(), unsealed=unsealed)
