"""Tells open pages which referral changed, whichever process of the service recorded it."""

from collections.abc import Sequence

from services.chassis.eventlog.change_stream import ChangeStream
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.log_reader import LogReader
from services.chassis.eventlog.tail import Tail
from services.referral.live.domain import ReferralChange
from services.referral.live.queries import ReferralChanges


class ReferralStream(ChangeStream[ReferralChange]):
    """The streams of referrals that are open in this process."""

    def __init__(self, log: LogReader, changes: ReferralChanges, check: float) -> None:
        """``check``: seconds after which it is looked up again whether a reader may still read."""
        super().__init__(check)
        self.found = changes
        self.tail = Tail(log, self._handle, lambda: self.is_read)

    async def _handle(self, entries: Sequence[LogEntry]) -> None:
        self.send(await self.found.of(entries))
