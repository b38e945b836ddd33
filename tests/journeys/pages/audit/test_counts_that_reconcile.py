"""Per shelter and day, device, log, stream and rules must agree; what does not is shown, and what explains it (A11)."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.audit.reconciliation import queries
from services.audit.reconciliation.queries import Counts
from services.audit.trace.stream_copies import StreamCopies
from services.chassis.authorization.policy import Principal
from services.chassis.clock import MEXICO, system_clock
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.names import Names
from services.cli import reconciling
from tests.journeys.pages.audit.reading import text_of
from tests.support.people.people import SHELTER, Item, an_adult, consent_to
from tests.support.system.logs import as_admin
from tests.support.system.system import HANG, System, eventually

COUNTS = "/api/v1/audit/counts"
DEVICE, LOST = "d-901", "d-902"
Hole = tuple[str, int, int]


@pytest.fixture
def system(own_system: System) -> System:
    """One of its own: everything in it is counted."""
    return own_system


@pytest.fixture
async def page(system: System) -> AsyncIterator[httpx2.AsyncClient]:
    token = (await system.signed_in(Role.AUDITOR, "*")).headers["authorization"]
    own = {"Accept": "text/html", "Authorization": token}
    async with httpx2.AsyncClient(base_url=system.url, headers=own, timeout=HANG) as browser:
        yield browser


def numbered(number: int, device: str = DEVICE, **more: Any) -> Item:
    return an_adult(consent_to("ACNUR")) | {"device": {"id": device, "sequence": number}} | more


async def flagged(shelter: httpx2.AsyncClient, *documents: Item) -> list[str]:
    answers = [await shelter.post("/api/v1/submissions", json=document) for document in documents]
    assert [answer.status_code for answer in answers] == [201] * len(documents), answers[0].text
    return [answer.json()["case_id"] for answer in answers]


async def row_of(auditor: httpx2.AsyncClient, gaps: Mapping[Hole, str] | None = None, **wanted: Any) -> Item:
    """The row of today, once it is as wanted and its gaps have these reasons: each comes by an event of its own."""

    def as_wanted(row: Item) -> bool:
        found = {(gap["device"], gap["first"], gap["last"]): gap["why"] for gap in row["gaps"]}
        return gaps in (None, found) and all(row[name] == value for name, value in wanted.items())

    async def look() -> Item | None:
        answer = await auditor.get(COUNTS, params={"shelter": SHELTER})
        assert answer.status_code == 200, answer.text
        today = system_clock().astimezone(MEXICO).date().isoformat()
        rows: list[Item] = [row for row in answer.json()["items"] if row["day"] == today]
        assert len(rows) <= 1
        return rows[0] if rows and as_wanted(rows[0]) else None

    row = await eventually(look)
    assert row is not None
    return row


async def test_what_is_counted_agrees_and_a_gap_says_what_is_missing(
    system: System, page: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    auditor = await system.signed_in(Role.AUDITOR, "*")
    cases = await flagged(shelter, numbered(1), numbered(2))
    decided = {"routed": 2, "nothing_fired": 0, "parked": 0, "waiting": 0}
    row = await row_of(auditor, accepted=2, assessed=decided)
    assert (row["numbered"], row["refused"], row["gaps"], row["agrees"]) == (2, 0, [], True)
    assert row["flagged"] == 0, "by the reporter's clock they are of another day"
    (of_intake,) = [log for log in row["logs"] if log["log"] == "intake"]
    assert of_intake["events"] == row["in_stream"] == 2
    (earlier,) = (await auditor.get(COUNTS, params={"from": "2013-06-01", "to": "2013-06-30"})).json()["items"]
    assert (earlier["day"], earlier["flagged"], earlier["accepted"]) == ("2013-06-12", 2, 0)

    wrong = numbered(3)
    wrong["screening"]["sex"] = "?"
    assert (await shelter.post("/api/v1/submissions", json=wrong)).status_code == 422
    await flagged(shelter, numbered(6), numbered(1, LOST), numbered(3, LOST))
    said = await shelter.post(f"/api/v1/shelters/{SHELTER}/heartbeat", json={"device": LOST, "waiting": 1})
    assert said.status_code == 200, said.text
    reasons = {(DEVICE, 3, 3): "refused", (DEVICE, 4, 5): "unexplained", (LOST, 2, 2): "on_its_way"}
    row = await row_of(auditor, reasons, accepted=5, refused=1, assessed={**decided, "routed": 5})
    (hole,) = [gap for gap in row["gaps"] if (gap["device"], gap["first"]) == (DEVICE, 4)]
    assert (hole["before"]["number"], hole["before"]["opened"], hole["after"]["number"]) == (3, False, 6)
    assert row["agrees"] is False
    told = text_of((await page.get("/auditoria/cuentas", params={"albergue": SHELTER.lower()})).text)
    assert "No cuadra" in told
    assert f"Sin explicación {DEVICE}: faltan del 4 al 5" in told

    with monkeypatch.context() as few:
        few.setattr(queries, "MAX_RECORDS", 4)
        assert (await row_of(auditor))["gaps"] == row["gaps"], "however few records are compared at once"

    reconciling._show([row], reconciling.WORDS("es"))
    assert f"{SHELTER} {DEVICE}: faltan 4 a 5. Sin explicación." in capsys.readouterr().out
    await _what_was_lost_is_missing(system, auditor, page, UUID(cases[0]))


async def _what_was_lost_is_missing(
    system: System, auditor: httpx2.AsyncClient, page: httpx2.AsyncClient, case: UUID
) -> None:
    """Somebody with the database deletes an event, and a stream that was made anew lacks a message."""
    settings = system.installation.settings
    assert settings.postgres_dsn is not None
    async with as_admin(settings.postgres_dsn.get_secret_value()) as connection:
        await connection.execute("set session_replication_role = replica")
        number = await connection.execute(
            "delete from referral.event where case_id = $1 and topic like 'referral.case_assessed.v%'", case
        )
        assert number == "DELETE 1"
        position = await connection.fetchval("select position from intake.event where case_id = $1", case)
    row = await row_of(auditor)
    assert [log["missing"] for log in row["logs"]] == [0, 1, 0]
    assert "falta 1" in text_of((await page.get("/auditoria/cuentas")).text)
    context = system.service("audit").context
    there = StreamLacking(context.names, "audit", position)
    there._client = system.service("audit").client
    counts = Counts(context.database, context.cursors(), there)
    day = system_clock().astimezone(MEXICO).date()
    someone = Principal(role=Role.AUDITOR, org="*", label="prueba")
    asked: Item = {"shelter": SHELTER, "first": day, "last": day, "cursor": None, "limit": 1}
    (counted,) = (await counts.page(someone, **asked)).items
    assert counted.in_stream == counted.logs[0].events - 1
    there._client = None
    (counted,) = (await counts.page(someone, **asked)).items
    assert counted.in_stream is None, "what cannot be asked is not told as a number"


class StreamLacking(StreamCopies):
    """A stream without one of its messages: the real one lets nobody delete any."""

    def __init__(self, names: Names, service: str, position: int) -> None:
        super().__init__(names, service)
        self._lacking = position

    async def entries(self, log: str, first: int, last: int, *, whole: bool = False) -> AsyncIterator[LogEntry]:
        async for entry in super().entries(log, first, last, whole=whole):
            if entry.position != self._lacking:
                yield entry


async def test_days_are_paged_and_what_is_no_day_is_refused(system: System, page: httpx2.AsyncClient) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    auditor = await system.signed_in(Role.AUDITOR, "*")
    days = [f"2013-06-{day:02}" for day in (10, 11, 12)]
    await flagged(shelter, *(numbered(n, occurred_at=f"{day}T08:00:00-05:00") for n, day in enumerate(days)))
    asked = {"from": "2013-06-01", "to": "2013-06-30", "limit": "1"}

    async def listed() -> list[str] | None:
        found, cursor = [], ""
        while cursor is not None:
            answer = (await auditor.get(COUNTS, params=asked | ({"cursor": cursor} if cursor else {}))).json()
            found += [row["day"] for row in answer["items"]]
            cursor = answer["next_cursor"]
        return found if len(found) == len(days) else None

    assert await eventually(listed) == days[::-1]
    assert (await auditor.get(COUNTS, params={"cursor": "of-another-list"})).status_code == 422
    assert (await auditor.get(COUNTS, params={"from": "2013-02-30"})).status_code == 422
    answer = await page.get("/auditoria/cuentas", params={"desde": "ayer", "sigue": json.dumps(str(uuid4()))})
    assert answer.status_code == 422
    assert "Cuentas" in answer.text, "the page is shown again, with what is wrong"
    for role, org in ((Role.SHELTER_COORDINATOR, SHELTER), (Role.OFFICER, "ACNUR"), (Role.PROGRAMME_COORDINATOR, "*")):
        other = await system.signed_in(role, org)
        assert (await other.get(COUNTS)).status_code == 403
