import asyncpg

from services.chassis.operations.rebuild import rebuild
from services.system import MODELS

KEPT = """
select array_agg(column_expression order by column_expression) from (
  select pg_get_statisticsobjdef_expressions(oid)::text as column_expression from pg_statistic_ext
  where stxnamespace = 'referral'::regnamespace) as kept
"""


async def test_what_the_planner_is_told_of_a_table_is_told_after_a_rebuild_too(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        before = await connection.fetchval(KEPT)
        await rebuild(database, "referral", MODELS["referral"])
        assert before is not None
        assert await connection.fetchval(KEPT) == before
    finally:
        await connection.close()
