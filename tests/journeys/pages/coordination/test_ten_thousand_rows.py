"""Lists of ten thousand: page after page, each row once, and no count that reads them all."""

import re

import httpx2
import pytest

from events.vocabulary import Role
from tests.support.people.page_reading import looked_at, read
from tests.support.people.people import Programme, an_adult, consent_to
from tests.support.system.logs import as_admin

ROWS = 10_000
COLUMNS = """
select string_agg(column_name, ', ') from information_schema.columns
where table_schema = 'referral' and table_name = 'referral' and is_generated = 'NEVER'
"""
COPY = """
insert into referral.referral ({columns}) select {columns} from (
  select (jsonb_populate_record(one, jsonb_build_object('referral_id', gen_random_uuid(), 'case_id', gen_random_uuid(),
    'sequence', 1000000 + number, 'acknowledge_by', now() - interval '1 hour' - number * interval '1 minute'))).*
  from referral.referral as one, generate_series(1, $1) as number where referral_id = $2) as copied
"""
NEXT = re.compile(r'href="([^"]+)" rel="next"')
REFERRAL = re.compile(r'href="/mesa/canalizaciones/([0-9a-f-]{36})"')


@pytest.fixture
async def many(own_programme: Programme) -> httpx2.AsyncClient:
    """A coordinator of a programme in which ten thousand referrals are overdue."""
    case = await own_programme.flag(an_adult(consent_to("ACNUR")))
    referral = await own_programme.referral_to("ACNUR", case, state="requested")
    dsn = own_programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    async with as_admin(dsn.get_secret_value()) as connection, connection.transaction():
        await connection.execute("set local canaliza.role = 'system'")
        columns = await connection.fetchval(COLUMNS)
        await connection.execute(COPY.format(columns=columns), ROWS, referral["referral_id"])
    return await own_programme.system.signed_in(Role.PROGRAMME_COORDINATOR, "*")


async def test_a_list_of_ten_thousand_is_read_page_by_page_and_counted_only_so_far(many: httpx2.AsyncClient) -> None:
    assert "más de 999 vencidas" in await read(many, "/coordinacion")
    path, seen = "/coordinacion/vencidas", set[str]()
    for number in range(1, 9):
        page = await looked_at(many, path)
        shown = REFERRAL.findall(page)
        assert len(shown) == 25
        seen |= set(shown)
        assert len(seen) == 25 * number, "no row twice"
        path = NEXT.findall(page)[0].replace("&amp;", "&")
    narrowed = await looked_at(many, "/coordinacion/vencidas?albergue=ALB-XXX-99")
    assert REFERRAL.findall(narrowed) == []
