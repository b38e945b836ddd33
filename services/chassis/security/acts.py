"""Tells the database from where and by which request it is changed: its triggers note that with every security act."""

from typing import Any

import asyncpg

from events.vocabulary import Role
from services.chassis.security.current import current_request

INSTALLATION = "installation"
"""Who acts when the program itself sets up or restores an installation."""
COMMAND_LINE = "cli"
"""Who acts with the administrator's access when the installation does not say whose terminal it is."""
ACTOR = "select set_config('canaliza.actor', $1, false)"
ORIGIN = "select set_config('canaliza.place', $1, true), set_config('canaliza.request', $2, true)"


async def noted(connection: asyncpg.Connection, statement: str, *arguments: Any) -> Any:
    """The value of a statement that may change accounts; its acts are noted with the current request's id and place."""
    request = current_request()
    if request is None:
        return await connection.fetchval(statement, *arguments)
    async with connection.transaction():  # the settings end with it: the connection is pooled
        await connection.execute(ORIGIN, request.place or "", str(request.id))
        return await connection.fetchval(statement, *arguments)


async def act_as(connection: asyncpg.Connection, who: str) -> None:
    """Makes every act on an administrator's connection that of ``who``: a person's code, or one of ours above."""
    await connection.execute(ACTOR, f"{Role.ADMINISTRATOR}:*:{who}")
