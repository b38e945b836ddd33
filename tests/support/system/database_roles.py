"""What PostgreSQL refuses a service's role, as tests try it."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import asyncpg
import pytest

As = Callable[[str], AbstractAsyncContextManager[asyncpg.Connection]]
"""Signs in as a service."""


def refused() -> Any:
    return pytest.raises(asyncpg.InsufficientPrivilegeError)


async def not_refused(connection: asyncpg.Connection, statements: Iterable[str]) -> list[str]:
    """Which of these statements the role was let to carry out; each is undone."""
    let = []
    for statement in statements:
        undone = connection.transaction()
        await undone.start()
        try:
            with suppress(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
                let.append(statement)
        finally:
            await undone.rollback()
    return let
