"""Deliveries that are due are found by the index, however many others wait."""

from datetime import timedelta

import pytest

from events.vocabulary import Urgency
from services.chassis.secrets.installation import Secrets
from services.notifications.delivery.queries import DUE, FORCE_INDEX, LEASE
from tests.support.system.logs import A_DAY, as_admin, database_of

WAITING = """
insert into delivery (alert_id, contact_id, referral_id, agency, urgency, code, channel, due_at, leased_until)
select gen_random_uuid(), contact_id, gen_random_uuid(), 'OIM', $2, '7F3K', channel, $3, $4
from contact_way, generate_series(1, $5) where channel = $1
"""
CONTACTS = """
insert into notifications.contact (contact_id, agency) values ('OIM/email/1', 'OIM'), ('OIM/sms/1', 'OIM');
insert into notifications.contact_way values
('OIM/email/1', 1, 1, 'email', 'x'), ('OIM/sms/1', 1, 1, 'sms', 'y')"""
OTHER_CHANNEL = ("sms", "U0", A_DAY, None)
LATER = ("email", "U0", A_DAY + timedelta(hours=1), None)
LEASED = ("email", "U0", A_DAY, A_DAY + timedelta(hours=1))


@pytest.fixture
async def contacts(database: str) -> None:
    async with as_admin(database) as admin:
        await admin.execute(CONTACTS)


@pytest.mark.usefixtures("contacts")
async def test_the_most_urgent_is_leased_first_and_of_those_the_longest_due(database: str, secrets: Secrets) -> None:
    own = database_of(database, secrets, "notifications")
    async with own.reading() as connection:
        for number, urgency in enumerate(["U2", "U1", "U3", "U1", "U0", "U2"]):
            await connection.execute(WAITING, "email", urgency, A_DAY - timedelta(minutes=number), None, 1)
        for not_due in (OTHER_CHANNEL, LATER, LEASED):
            await connection.execute(WAITING, *not_due, 1)
        async with connection.transaction():
            await connection.execute(FORCE_INDEX)
            rows = await connection.fetch(DUE, A_DAY, LEASE, 4, ["email"], list(Urgency))
            again = await connection.fetch(DUE, A_DAY, LEASE, 4, ["email"], list(Urgency))
    waited = sorted((row["urgency"], (A_DAY - row["due_at"]).seconds // 60) for row in rows)
    assert waited == [("U0", 4), ("U1", 1), ("U1", 3), ("U2", 5)]
    assert sorted(row["urgency"] for row in again) == ["U2", "U3"]
    await own.close()


@pytest.mark.usefixtures("contacts")
async def test_twenty_thousand_deliveries_that_are_not_due_are_not_read(database: str, secrets: Secrets) -> None:
    """With a plan that was cached while the table was empty."""
    own = database_of(database, secrets, "notifications")
    async with own.reading() as connection:

        async def look() -> tuple[int, int]:
            async with connection.transaction():
                await connection.execute(FORCE_INDEX)
                rows = await connection.fetch(DUE, A_DAY, LEASE, 8, ["email"], list(Urgency))
                touched = await connection.fetchval(
                    """select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables
                    where relname = 'delivery'"""
                )
            return len(rows), touched

        for _ in range(8):
            assert await look() == (0, 0)
        for waiting in (OTHER_CHANNEL, LATER):
            await connection.execute(WAITING, *waiting, 10_000)
        await connection.execute(WAITING, "email", "U3", A_DAY, None, 8)
        found, touched = await look()
    assert found == 8
    assert touched < 100
    await own.close()
