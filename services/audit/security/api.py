"""The facts of security over HTTP, read-only."""

from typing import Annotated

from fastapi import APIRouter, Query

from events.vocabulary import AuditView
from services.audit.readings.commands import AuditReadings
from services.audit.security.queries import MAX_PAGE_SIZE, security_list
from services.audit.security.schemas import SecurityList
from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.moments import Instant

At = Annotated[Instant, Query(description="RFC 3339 with offset")]


def add_routes(router: APIRouter, database: Database, readings: AuditReadings, tokens: Tokens) -> None:
    """``GET /audit/security``."""

    @router.get("/audit/security")
    async def list_security(
        principal: Principal = requires(tokens, Action.SEE_SECURITY),
        since: At | None = None,
        until: At | None = None,
        who: Annotated[str | None, Query(max_length=60, description="The code of an account, or a token's id")] = None,
        cursor: Annotated[str | None, Query(max_length=60)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = 100,
    ) -> SecurityList:
        """Lists what became of accounts, sessions and tokens, exceptional accesses and alarms, newest first."""
        found = await security_list(
            database, since=since, until=until, who=who, cursor=cursor, limit=limit, viewer=principal
        )
        await readings.record(AuditView.SECURITY, principal)
        return found
