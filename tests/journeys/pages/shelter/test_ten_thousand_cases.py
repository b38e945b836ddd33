"""A shelter with ten thousand cases: page after page, each case once, and what waits is found among them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx2
import pytest
from asyncpg import Connection

from events.vocabulary import Role
from tests.support.people.page_reading import looked_at, words_of
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to
from tests.support.system.logs import as_admin

ROWS = 10_000
COLUMNS = """
select string_agg(column_name, ', ') from information_schema.columns
where table_schema = 'intake' and table_name = $1 and is_generated = 'NEVER'
"""
COPIED_CASES = """
insert into intake.submission ({columns}) select {columns} from (
  select (jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid(), 'case_id', gen_random_uuid(),
    'receipt', 'VIEJ-' || number, 'recorded_at', one.recorded_at - number * $3::interval,
    'changed_at', one.recorded_at - number * $3::interval))).*
  from intake.submission as one, generate_series(1, $1) as number where case_id = $2) as copied
"""
COPIED_REFERRALS = """
insert into intake.referral_status ({columns}) select {columns} from (
  select (jsonb_populate_record(one, jsonb_build_object('referral_id', gen_random_uuid(), 'case_id', old.case_id,
    'state', case when one.state = 'requested' then 'loop_closed' else 'cancelled' end,
    'changed_at', old.changed_at))).*
  from intake.referral_status as one, intake.submission as old
  where one.case_id = $1 and old.receipt like 'VIEJ-%') as copied
"""
NEXT = re.compile(r'href="([^"]+)" rel="next"')
CASE = re.compile(r'href="/albergue/casos/([0-9a-f-]{36})"')


LAST_CHANGED = """
select s.case_id::text from intake.submission as s join intake.referral_status as r using (case_id)
group by s.case_id order by greatest(max(s.changed_at), max(r.changed_at)) desc, s.case_id desc
"""


@asynccontextmanager
async def copied(own_programme: Programme, rows: int, apart: timedelta) -> AsyncIterator[tuple[Connection, str]]:
    """A case that waits, and so many older ones, each recorded so much before the next."""
    case = await own_programme.flag(an_adult(consent_to("ACNUR")))
    await own_programme.told(case, await own_programme.referral_to("ACNUR", case, state="requested"), "requested")
    dsn = own_programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    async with as_admin(dsn.get_secret_value()) as connection, connection.transaction():
        await connection.execute("set local canaliza.role = 'system'")
        columns = await connection.fetchval(COLUMNS, "submission")
        await connection.execute(COPIED_CASES.format(columns=columns), rows, case, apart)
        columns = await connection.fetchval(COLUMNS, "referral_status")
        await connection.execute(COPIED_REFERRALS.format(columns=columns), case)
        yield connection, case


@pytest.fixture
async def many(own_programme: Programme) -> tuple[httpx2.AsyncClient, str]:
    """A worker of a shelter with ten thousand old cases, and the one that waits."""
    async with copied(own_programme, ROWS, timedelta(minutes=1)) as (_, case):
        pass
    return await own_programme.system.signed_in(Role.SHELTER_WORKER, SHELTER), case


async def test_ten_thousand_cases_are_read_page_by_page(many: tuple[httpx2.AsyncClient, str]) -> None:
    worker, waiting = many
    path, seen = "/albergue", set[str]()
    for number in range(1, 5):
        page = await looked_at(worker, path)
        shown = CASE.findall(page)
        assert len(shown) == 25
        seen |= set(shown)
        assert len(seen) == 25 * number, "no case twice"
        path = NEXT.findall(page)[0].replace("&amp;", "&")
    narrowed = await looked_at(worker, "/albergue?espera=si")
    assert CASE.findall(narrowed) == [waiting]
    assert "1 esperan que hagamos algo" in words_of(narrowed)


async def test_what_changed_last_is_first_however_long_ago_that_was(own_programme: Programme) -> None:
    async with copied(own_programme, 70, timedelta(days=6)) as (connection, _):
        await connection.execute(  # a referral of every third case moved much later than the case
            """update intake.referral_status as r set changed_at = r.changed_at + (c.number % 3) * interval '41 days'
            from (select case_id, row_number() over (order by case_id) as number from intake.submission) as c
            where c.case_id = r.case_id"""
        )
        expected = [row["case_id"] for row in await connection.fetch(LAST_CHANGED)]
    worker = await own_programme.system.signed_in(Role.SHELTER_WORKER, SHELTER)
    path, seen = "/albergue", list[str]()
    for _ in range(3):
        page = await looked_at(worker, path)
        seen += CASE.findall(page)
        path = (NEXT.findall(page) or [""])[0].replace("&amp;", "&")
    assert len(seen) == 71
    assert seen == expected
