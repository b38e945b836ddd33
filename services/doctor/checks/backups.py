"""The last backup and the last drill."""

from collections.abc import Sequence
from datetime import timedelta

from services import backups
from services.doctor.domain import Code, Found, Why, fails, holds, unseen, warns
from services.doctor.ground import Ground
from services.doctor.looking import Look

OLD, DRILL_OLD = timedelta(hours=26), timedelta(days=35)
"""A backup is made every day, and a drill every month; each may be a little late."""


async def last_backup(ground: Ground) -> list[Found]:
    """How old the last backup is, and whether it was shown that one can be restored."""
    found = backups.latest(ground.settings)
    if found is None:
        return [unseen(Code.BACKUP, Why.NO_BACKUPS_KNOWN)]
    now = ground.clock()
    if found.made_at is None or now - found.made_at > OLD:
        return [fails(Code.BACKUP, at="-" if found.made_at is None else found.made_at.isoformat(timespec="minutes"))]
    said = {"at": found.made_at.isoformat(timespec="minutes")}
    if not found.drill_passed or found.drilled_at is None or now - found.drilled_at > DRILL_OLD:
        return [warns(Code.BACKUP, **said)]
    return [holds(Code.BACKUP, **said)]


LOOKS: Sequence[Look] = (Look((Code.BACKUP,), last_backup),)
