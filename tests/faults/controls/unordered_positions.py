"""Control: positions come from a sequence, as a serial column's do, instead of the counter row that a writer holds."""

import asyncpg

from tests.faults.stage import Stage

CHANGES = {
    "select position into strict held from head for update;": "held := 0;",
    "select held + row_number() over (order by ord), id,": "select nextval('serial'), id,",
    "update head set position = held + written;": "update head set position = (select max(position) from event);",
}


async def break_ground(stage: Stage) -> None:
    """Replaces the ``append()`` of intake's log."""
    connection = await asyncpg.connect(stage.dsn)
    try:
        definition: str = await connection.fetchval(
            "select pg_get_functiondef(oid) from pg_proc"
            " where proname = 'append' and pronamespace = 'intake'::regnamespace"
        )
        for rightly, wrongly in CHANGES.items():
            assert rightly in definition
            definition = definition.replace(rightly, wrongly)
        await connection.execute("set role canaliza_owner; create sequence intake.serial")
        await connection.execute(definition)
    finally:
        await connection.close()
