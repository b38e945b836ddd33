"""Rows that are committed with the events that need them, such as the keys of their boxes."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import asyncpg

Rows: TypeAlias = Mapping[str, Sequence[tuple[Any, ...]]]
"""Rows by the statement that inserts them. It takes their columns as arrays, the first of which holds their ids; it
keeps existing rows, and returns the ``id`` of each row that it inserted."""


class RowsExistError(Exception):
    """A row of the request existed before, perhaps with other content: nothing of the request was appended.

    ``numbers`` are the affected requests inside a transaction of several.
    """

    def __init__(self, numbers: frozenset[int] = frozenset()) -> None:
        super().__init__()
        self.numbers = numbers


async def insert_rows(connection: asyncpg.Connection, requests: Sequence[tuple[int, Rows]]) -> None:
    """Inserts the rows of numbered requests, with one round trip for each statement.

    Raises:
        RowsExistError: a row existed, or came twice. The transaction must not be committed.
    """
    existing: set[int] = set()
    for statement in dict.fromkeys(statement for _, rows in requests for statement in rows):
        numbered = [(row, number) for number, rows in requests for row in rows.get(statement, ())]
        numbered.sort(key=lambda one: one[0][0].int)  # one order for every writer, or two could wait for each other
        columns = [list(column) for column in zip(*(row for row, _ in numbered), strict=True)]
        made = [one["id"].int for one in await connection.fetch(statement, *columns)]
        if len(made) < len(numbered):
            for row, number in numbered:
                if row[0].int in made:
                    made.remove(row[0].int)
                else:
                    existing.add(number)
    if existing:
        raise RowsExistError(frozenset(existing))
