"""What migrations will make others wait for, estimated from their text and the present size of the tables."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from services.chassis.operations.administration import administrator_of
from services.chassis.operations.migrations import Migration

WORDS = {
    "all_wait": "todos esperan mientras se lee o se rehace · everybody waits while it is read or made again",
    "all_wait_a_moment": "todos esperan un momento · everybody waits for a moment",
    "writers_wait": "quien escribe espera mientras se hace el índice · writers wait while the index is built",
    "rows_change": "se escriben filas · rows are written",
}
_BODY = re.compile(r"\$(\w*)\$.*?\$\1\$", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*")
_ALTER = r"alter table (?:only )?(?:if exists )?([\w.]+)"
_STATEMENTS = (
    (re.compile(r"create (?:unique )?index (?!concurrently).*?\bon (?:only )?([\w.]+)"), "writers_wait"),
    (
        re.compile(rf"{_ALTER}(?=.*?\b(?:type|set not null|add .*?check|primary key)\b)"),
        "all_wait",
    ),
    (re.compile(_ALTER), "all_wait_a_moment"),
    (re.compile(r"(?:drop table|truncate)(?: table)?(?: if exists)? ([\w.]+)"), "all_wait_a_moment"),
    (re.compile(r"(?:update|delete from|insert into) (?:only )?([\w.]+)"), "rows_change"),
)
ROWS = "select greatest(reltuples, 0)::bigint from pg_class where oid = to_regclass($1)"


@dataclass(frozen=True, slots=True)
class Lock:
    """What one migration does to a table that is there."""

    table: str
    kind: str
    """A key of ``WORDS``."""
    rows: int
    """The planner's estimate; 0 also where it has none."""


def touched(migration: Migration) -> list[tuple[str, str]]:
    """Each table that a migration's statements name, with what they do to it. Bodies of functions do not count."""
    text = _BODY.sub("", _COMMENT.sub("", migration.sql)).lower()
    found: list[tuple[str, str]] = []
    for statement in (" ".join(each.split()) for each in text.split(";")):
        for pattern, kind in _STATEMENTS:
            matched = pattern.match(statement)
            if matched is not None:
                table = matched[1] if "." in matched[1] else f"{migration.schema}.{matched[1]}"
                found.append((table, kind))
                break
    return list(dict.fromkeys(found))


async def locks_of(dsn: str, missing: Iterable[Migration]) -> Mapping[Migration, Sequence[Lock]]:
    """What each of the migrations does to tables that are there already.

    Raises:
        CannotAdministerError: the server cannot be reached.
    """
    async with administrator_of(dsn) as connection:
        return {each: await _locks(connection, each) for each in missing}


async def _locks(connection: asyncpg.Connection, migration: Migration) -> list[Lock]:
    found = []
    for table, kind in touched(migration):
        rows = await connection.fetchval(ROWS, table)
        if rows is not None:
            found.append(Lock(table, kind, rows))
    return found
