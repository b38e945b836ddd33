"""Whether a case is routed: nothing that fired is one thing, and not having been looked at another. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class RoutingState(StrEnum):
    """How far the routing of a case has come."""

    ROUTED = "routed"
    """The rules were applied to its answers as they are: what its referrals show is all."""
    PENDING = "pending"
    """They are about to be."""
    NOT_ROUTED = "not_routed"
    """They could not be applied, or nobody has done it for too long: no agency may know of the case."""


@dataclass(frozen=True, slots=True)
class Routing:
    """What the logs say about the routing of one case."""

    answered: UUID | None
    """The event with the answers as last amended."""
    answered_at: datetime | None
    assessed: UUID | None
    """The event whose answers were assessed last."""
    unrouted_since: datetime | None

    def state(self, now: datetime, patience: timedelta) -> RoutingState:
        """The state at ``now``; answers that nobody has assessed within ``patience`` are not routed."""
        if self.unrouted_since is not None:
            return RoutingState.NOT_ROUTED
        if self.answered == self.assessed:
            return RoutingState.ROUTED
        late = self.answered_at is not None and now - self.answered_at > patience
        return RoutingState.NOT_ROUTED if late else RoutingState.PENDING
