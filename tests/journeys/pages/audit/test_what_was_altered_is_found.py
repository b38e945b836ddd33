"""Whoever has the database's own rights alters a log while it runs: it is located, told, and never read as truth."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2

from events.vocabulary import Role
from services.audit.tampering.scheduler import LogComparer
from services.system import Installation
from tests.journeys.pages.audit.reading import text_of
from tests.support.people.people import Item, Programme, an_adult, consent_to, taken
from tests.support.system.logs import as_admin
from tests.support.system.system import HANG, System, eventually, running

COPY = "create table kept_{log} as select * from {log}.event"
RESTORE = "delete from {log}.event; insert into {log}.event select * from kept_{log}"
MOVE = """
update {log}.event set position = -(position + ({by})) where position >= {first};
update {log}.event set position = -position where position < 0
"""
"""Renumbers from a position on."""
PUT_IN = """
insert into {log}.event select {position}, gen_random_uuid(), gen_random_uuid(), 1, topic, case_id, recorded_at, state
from {log}.event where position = {like}
"""
SWAP_STATES = """
update {log}.event e set state = o.state from {log}.event o
where (e.position, o.position) in (({a}, {b}), ({b}, {a}))
"""
SWAP_PLACES = """
update {log}.event set position = -position where position in ({a}, {b});
update {log}.event set position = case position when -{a} then {b} else {a} end where position < 0
"""
SWAP_BOXES = """
with boxed as (select position, convert_from(state, 'UTF8') as text,
    (regexp_match(convert_from(state, 'UTF8'), '"screening":(\\{{[^}}]*\\}})'))[1] as box
  from {log}.event where position in ({a}, {b}))
update {log}.event e set state = convert_to(replace(own.text, own.box, other.box), 'UTF8')
from boxed own, boxed other where own.position = e.position and other.position <> e.position
"""
OPEN = "select count(*) from audit.tampering where ended_at is null"
SEALS_NO_MORE = """
create or replace function audit.add_checkpoint(of_ledger text, of_log text, of_size bigint, of_root bytea,
  signed_note text, at timestamptz) returns boolean language sql as 'select false'
"""
FORGED = """
update referral.event set state = convert_to(replace(convert_from(state, 'UTF8'), 'ACNUR', 'PNUD'), 'UTF8')
where position = {position}
"""


@asynccontextmanager
async def owner(installation: Installation) -> AsyncIterator[asyncpg.Connection]:
    """The database's owner, whom no trigger holds."""
    assert installation.settings.postgres_dsn is not None
    async with as_admin(installation.settings.postgres_dsn.get_secret_value()) as connection:
        await connection.execute("set session_replication_role = replica")
        yield connection


def comparer_of(system: System) -> LogComparer:
    """The loop that the audit service runs."""
    loops = [getattr(loop, "__self__", None) for loop in system.service("audit").loops_everywhere]
    (found,) = [loop for loop in loops if isinstance(loop, LogComparer)]
    return found


async def sealed(system: System, auditor: httpx2.AsyncClient, log: str) -> int:
    """Until all of a log is sealed and signed; how much it is."""

    async def look() -> int:
        size: int = (await auditor.get("/api/v1/audit/comparison", params={"log": log})).json()["size"]
        head = await system.service(log).log.head()
        walker = comparer_of(system)
        await walker.compare(log)
        walked = walker.passes.get(log)
        return size if size == head and walked is not None and walked.size >= head else 0

    await system.audited()
    return await eventually(look)


async def accepted(system: System) -> tuple[str, Item]:
    """Two cases; the desk of ACNUR accepted the first. The first, and its acceptance in the log."""
    shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-HUI-01")
    programme = Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await taken(await programme.desk("ACNUR"), referral, "accept")
    await programme.has_caught_up(case)
    (fact,) = [entry for entry in await programme.history(case) if entry["name"] == "referral.accepted"]
    assert "ACNUR" in fact["es"]
    return case, fact


async def compared(auditor: httpx2.AsyncClient, log: str) -> list[tuple[str, int, int]]:
    """What ``canaliza audit compare`` asks for."""
    answer = await auditor.get("/api/v1/audit/comparison", params={"log": log})
    assert answer.status_code == 200, answer.text
    return [(one["kind"], one["position"], one["last"]) for one in answer.json()["differences"]]


async def test_each_way_to_alter_a_log_is_located_while_it_runs_and_over_once_it_is_put_back(
    own_system: System,
) -> None:
    system = own_system
    auditor = await system.signed_in(Role.AUDITOR, "*")
    _, fact = await accepted(system)
    sizes = {log: await sealed(system, auditor, log) for log in ("intake", "referral")}
    last, middle = sizes["referral"], sizes["referral"] // 2
    told: dict[str, tuple[str, Sequence[str], Sequence[tuple[str, int, int]]]] = {
        "edit": (
            "referral",
            [FORGED.format(position=fact["position"])],
            [("edited", fact["position"], fact["position"])],
        ),
        "delete": (
            "referral",
            [f"delete from referral.event where position = {middle}"],
            [("missing", middle, middle)],
        ),
        "delete and renumber": (
            "referral",
            [f"delete from referral.event where position = {middle}", MOVE.format(log="referral", by=-1, first=middle)],
            [("missing", middle, middle), ("renumbered", middle, last)],
        ),
        "insert": (
            "referral",
            [
                MOVE.format(log="referral", by=1, first=middle),
                PUT_IN.format(log="referral", position=middle, like=middle + 1),
            ],
            [("extra", middle, middle), ("renumbered", middle + 1, last)],
        ),
        "swap two contents": (
            "referral",
            [SWAP_STATES.format(log="referral", a=2, b=last - 1)],
            [("swapped", 2, 2), ("swapped", last - 1, last - 1)],
        ),
        "swap two places": (
            "referral",
            [SWAP_PLACES.format(log="referral", a=2, b=last - 1)],
            [("reordered", 2, 2), ("reordered", last - 1, last - 1)],
        ),
        "swap two cases' boxes": (
            "intake",
            [SWAP_BOXES.format(log="intake", a=1, b=2)],
            [("swapped", 1, 1), ("swapped", 2, 2)],
        ),
        "truncate": (
            "referral",
            [f"delete from referral.event where position > {middle}"],
            [("missing", middle + 1, last)],
        ),
        "redate": (
            "referral",
            [f"update referral.event set recorded_at = recorded_at - interval '1 day' where position = {middle}"],
            [("misdated", middle, middle)],
        ),
    }
    walker = comparer_of(system)
    async with owner(system.installation) as connection:
        for log in sizes:
            await connection.execute(COPY.format(log=log))
        for how, (log, statements, expected) in told.items():
            async with connection.transaction():
                for statement in statements:
                    done = await connection.execute(statement)
                    assert done.split()[-1] != "0", how
            found = [(one.kind.value, one.position, one.last) for one in await walker.compare(log)]
            assert found == expected, how
            assert await compared(auditor, log) == expected, how
            async with connection.transaction():
                await connection.execute(RESTORE.format(log=log))
            assert await walker.compare(log) == [], how
            assert await compared(auditor, log) == []
        await eventually(lambda: _altered_is(system, ok=True))
        await connection.execute(FORGED.format(position=fact["position"]))
        assert len(await walker.compare("referral")) == 1
        async with connection.transaction():
            await connection.execute(SEALS_NO_MORE)
            await connection.execute("delete from audit.checkpoint where log = 'referral'")
        assert await walker.compare("referral") == [], "nothing is left that it could be compared with"
        assert await connection.fetchval(OPEN) == 1, "so nothing is known to be as it was"
        await connection.execute("update audit.tampering set ended_at = now()")
        assert await _altered_is(system, ok=False), "what the process found itself does not end with a row"
        page = await auditor.get("/auditoria/alteraciones", headers={"Accept": "text/html"})
        assert "1 alteración sigue sin reponerse" in text_of(page.text)
        await connection.execute(RESTORE.format(log="referral"))

    items: list[Item] = (await auditor.get("/api/v1/audit/tampering")).json()["items"]
    assert len(items) >= len(told)
    assert {item["kind"] for item in items if item["ended_at"]} >= {"missing", "extra", "swapped"}


async def test_a_forgery_is_never_read_as_truth_also_after_a_restart(installation: Installation) -> None:
    async with running(installation) as system:
        auditor = await system.signed_in(Role.AUDITOR, "*")
        case, fact = await accepted(system)
        await sealed(system, auditor, "referral")
        async with owner(installation) as connection:
            await connection.execute(COPY.format(log="referral"))
            await connection.execute(FORGED.format(position=fact["position"]))
        await _is_not_believed(auditor, case, fact)
        await _is_shown_to_people(system, auditor, case, fact)
        await _raises_the_alarm(system, auditor)
    async with running(installation) as system:
        auditor = await system.signed_in(Role.AUDITOR, "*")
        await _is_not_believed(auditor, case, fact)
        async with owner(installation) as connection, connection.transaction():
            await connection.execute(RESTORE.format(log="referral"))
        entries = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()["entries"]
        assert {entry["seal"] for entry in entries if entry["log"] != "audit"} == {"sealed"}
        await comparer_of(system).compare("referral")
        await eventually(lambda: _altered_is(system, ok=True))


async def _is_not_believed(auditor: httpx2.AsyncClient, case: str, fact: Item) -> None:
    """The history has a line that tells nothing, and the comparison what was sealed and what is there."""
    entries: list[Item] = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()["entries"]
    assert "PNUD" not in str(entries)
    (line,) = [entry for entry in entries if entry["seal"] == "altered"]
    assert (line["log"], line["position"], line["name"], line["data"]) == ("referral", fact["position"], "altered", {})
    assert {entry["seal"] for entry in entries if entry["log"] != "audit"} == {"sealed", "altered"}

    async def both() -> Any:
        answer = (await auditor.get(f"/api/v1/audit/comparison/referral/{fact['position']}")).json()
        return answer if answer["as_sealed"] else None

    answer = await eventually(both)
    assert answer["agrees"] is False
    assert answer["as_sealed"]["es"] == fact["es"]
    assert answer["now"]["es"] == fact["es"].replace("ACNUR", "PNUD")


async def _is_shown_to_people(system: System, auditor: httpx2.AsyncClient, case: str, fact: Item) -> None:
    own = {"Accept": "text/html", "Authorization": auditor.headers["authorization"]}
    async with httpx2.AsyncClient(base_url=system.url, headers=own, timeout=HANG) as browser:
        history = text_of((await browser.get(f"/auditoria/casos/{case}")).text)
        assert "Este renglón no es lo que se selló" in history
        assert "PNUD" not in history
        await comparer_of(system).compare("referral")
        listed = text_of((await browser.get("/auditoria/alteraciones")).text)
        assert "1 alteración sigue sin reponerse" in listed
        assert f"canalización {fact['position']} " in listed
        entry = text_of((await browser.get(f"/auditoria/alteraciones/referral/{fact['position']}")).text)
        assert "No es lo que se selló" in entry
        assert entry.index(fact["es"]) < entry.index("Lo que dice ahora") < entry.index("PNUD")


async def _altered_is(system: System, *, ok: bool) -> bool:
    operator = await system.signed_in(Role.OPERATOR, "*")
    services = (await operator.get("/api/v1/operate/flow")).json()["services"]
    return [check["ok"] for check in services["audit"]["checks"] if check["code"] == "altered"] == [ok]


async def _raises_the_alarm(system: System, auditor: httpx2.AsyncClient) -> None:
    assert await _altered_is(system, ok=False)

    async def raised() -> list[Item]:
        items = (await auditor.get("/api/v1/audit/security")).json()["items"]
        return [one for one in items if one["data"].get("watched") == "altered_events"]

    assert await eventually(raised)
