"""Reads how far the routing of cases has come."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.intake.routing.domain import Routing, RoutingState

ROUTING = "select * from routing where case_id = any($1::uuid[])"


@dataclass(frozen=True, slots=True)
class RoutingStates:
    """The states of cases that a shelter holds. Row-level security shows no others."""

    database: Database
    clock: Clock
    patience: timedelta
    """After how long a case that was not assessed is not routed."""

    async def of(self, cases: Collection[UUID], principal: Principal) -> dict[UUID, RoutingState]:
        """The state of each of these cases that the principal's shelter holds."""
        async with self.database.as_principal(principal) as connection:
            rows = await connection.fetch(ROUTING, list(cases))
        now = self.clock()
        return {
            row["case_id"]: Routing(
                answered=row["answered"],
                answered_at=row["answered_at"],
                assessed=row["assessed"],
                unrouted_since=row["unrouted_since"],
            ).state(now, self.patience)
            for row in rows
        }
