"""Counts what a database holds, so that a copy of it can be compared: every row of the logs, and how many elsewhere."""

import asyncpg

TABLES = """
select quote_ident(schemaname) || '.' || quote_ident(tablename) as name, tablename = 'event' as log from pg_tables
where schemaname not in ('pg_catalog', 'information_schema') order by 1
"""
ROWS = "select count(*)::text from {table}"
CONTENTS = "select count(*) || ' ' || coalesce(sum(hashtextextended(e::text, 0)), 0) from {table} e"


async def census(dsn: str, *, analyse: bool = False) -> dict[str, str]:
    """The number of rows of every table, and of each log a sum over the contents of its rows.

    ``analyse``: gathers the planner's statistics afterwards.
    """
    connection = await asyncpg.connect(dsn)
    try:
        found = {}
        for table in await connection.fetch(TABLES):
            query = CONTENTS if table["log"] else ROWS
            found[table["name"]] = str(await connection.fetchval(query.format(table=table["name"])))
        if analyse:
            await connection.execute("analyze")
        return found
    finally:
        await connection.close()
