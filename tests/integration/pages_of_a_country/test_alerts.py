"""The alerts that somebody is shown are those of plain statements that look at every row."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import UUID, uuid4

from events.vocabulary import AlertAbout, Urgency
from services.chassis.secrets.installation import Secrets
from services.chassis.web.cursors import Cursors
from services.notifications.alerts.inbox import Inbox
from services.notifications.alerts.queries import BEGINNING, list_alerts
from tests.support.system.logs import as_admin
from tests.support.system.plain_statements import HERE, NOW, READERS, THERE, plainly, put, reader_of

OWN_ALERTS = """
  case $1::text
    when 'shelter_worker' then shelter = $2
    when 'officer' then agency = $2 and of_desk and shelter is null
    else shelter is not distinct from $3 or ($3::text is null and code = $4) end
  and ($4::text is null or code = $4)
"""


async def some_alerts(dsn: str) -> None:
    draw = Random(3)
    async with as_admin(dsn) as admin:
        for sequence in range(1, 300):
            answered = draw.randrange(2) == 0
            await put(
                admin, "notifications.alert", alert_id=uuid4(), sequence=sequence, referral_id=uuid4(),
                agency=draw.choice(("UNICEF", "ACNUR")), urgency=draw.choice(list(Urgency)),
                code=draw.choice(("AAAA", "BBBB", "CCCC")), state="answered" if answered else "pending",
                raised_at=NOW + timedelta(minutes=draw.randrange(60)),
                answered_at=NOW + timedelta(minutes=draw.randrange(60)) if answered else None,
                about=draw.choice((AlertAbout.REFERRAL, AlertAbout.SILENCE)), of_desk=draw.randrange(3) > 0,
                shelter=draw.choice((None, None, HERE, THERE)),
            )  # fmt: skip


async def test_everybody_is_shown_their_own_alerts_whatever_they_ask_for(database: str, secrets: Secrets) -> None:
    await some_alerts(database)
    reader, cursors = reader_of(database, secrets, "notifications"), Cursors(bytes(64))
    try:
        for by, shelter, code, state in product(READERS, (None, HERE), (None, "AAAA"), (None, "pending", "answered")):
            wanted = await plainly(
                reader,
                f"select alert_id from alert where {OWN_ALERTS} and ($5::text is null or state = $5) order by sequence",
                by.role, by.org, shelter, code, state, by=by,
            )  # fmt: skip
            found = await list_alerts(
                reader, cursors, by, after=BEGINNING, limit=500, state=state, shelter=shelter, code=code,  # type: ignore[arg-type]
            )  # fmt: skip
            assert [one.alert_id for one in found.items] == [row["alert_id"] for row in wanted]
        assert wanted
    finally:
        await reader.close()


class NoHistory:
    """A log in which nothing is told of an alert."""

    async def streams(self, streams: list[UUID]) -> Mapping[UUID, list[Any]]:
        return {stream: [] for stream in streams}


async def test_the_page_of_alerts_goes_through_all_of_ones_own(database: str, secrets: Secrets) -> None:
    await some_alerts(database)
    reader = reader_of(database, secrets, "notifications")
    inbox = Inbox(database=reader, log=NoHistory(), cursors=Cursors(bytes(64)))  # type: ignore[arg-type]  # it has no more
    orders = {"pending": "urgency, raised_at, alert_id", "answered": "answered_at desc, alert_id desc"}
    try:
        for by, (which, order) in product(READERS, orders.items()):
            wanted = await plainly(
                reader,
                f"select alert_id, urgency from alert where {OWN_ALERTS} and state = $5 order by {order}",
                by.role, by.org, None, None, which, by=by,
            )  # fmt: skip
            found, after = list[UUID](), None
            while page := await inbox.page(by, which, after):  # type: ignore[arg-type]
                found += [one.alert.alert_id for one in page[0]]
                if (after := page[1]) is None:
                    break
            assert found == [row["alert_id"] for row in wanted]
            if which == "pending":
                each = [row["urgency"] for row in wanted]
                assert await inbox.waiting(by) == {one: each.count(one) for one in set(each)}
    finally:
        await reader.close()
