"""What an auditor looked at is in the log of audit, and in what she reads next; one question says who knew what."""

import json
import re
from uuid import UUID

from events.vocabulary import Role
from tests.journeys.readings.conftest import Watched
from tests.support.models.access_page import read_page
from tests.support.people.case_pages import case_page
from tests.support.people.page_forms import form_to
from tests.support.people.page_reading import headers, words_of
from tests.support.people.people import SHELTER, Item
from tests.support.system.system import eventually

LOOKED = "audit.history_read"
OF_AUDIT = ("/auditoria", "/api/v1/audit")
TELLS_OF_NO_CASE = {
    "/auditoria", "/auditoria/mesas",  # the fields in which one looks for a case, or for a desk
    "/auditoria/cuentas", "/api/v1/audit/counts",
    "/auditoria/sellos", "/auditoria/comprobar", "/api/v1/audit/checkpoints", "/api/v1/audit/checkpoints/{log}",
    "/api/v1/audit/proofs/inclusion", "/api/v1/audit/proofs/consistency",
    "/auditoria/alteraciones", "/api/v1/audit/tampering", "/api/v1/audit/comparison",
    "/api/v1/audit/bundle",  # an event of its own
}  # fmt: skip
"""Numbers, hashes and places in logs."""


KNOWN = {"case_id", "referral_id", "agency", "event_id", "log", "position"}


async def looks(watched: Watched) -> list[Item]:
    return await watched.records("audit", LOOKED)


async def test_every_route_of_audit_that_shows_something_records_who_looked(watched: Watched) -> None:
    await watched.programme.system.audited()
    entries = [
        one
        for one in read_page().routes.values()
        if one.method == "GET" and one.path.startswith(OF_AUDIT) and one.path not in TELLS_OF_NO_CASE
    ]
    assert len(entries) >= 8
    system = watched.programme.system
    opened = (await system.service("intake").log.streams([UUID(watched.case)]))[UUID(watched.case)][0]

    prover = await system.signed_in(Role.AUDITOR, "*", "y-prover")

    async def sealed() -> bool:
        answer = await prover.get(f"/api/v1/audit/proofs/event/{opened.id}")
        return answer.status_code == 200

    await eventually(sealed)
    for number, entry in enumerate(entries):
        unknown = set(re.findall(r"{(\w+)}", entry.path)) - KNOWN
        assert not unknown, f"{entry.path}: say here what it is about, so that its record can be looked for"
        auditor = await system.signed_in(Role.AUDITOR, "*", f"y-{number}")
        path = entry.path.format(
            case_id=watched.case,
            referral_id=watched.unfpa["referral_id"],
            agency="UNFPA",
            event_id=opened.id,
            log="intake",
            position=opened.position,
        )
        before = await system.service("audit").log.head()
        answer = await auditor.get(path, headers={} if path.startswith("/api/") else headers())
        assert answer.status_code == 200, (path, answer.text[:300])
        added = await system.service("audit").log.entries(after=before, limit=100)
        actor = f"auditor:*:{await system.person(Role.AUDITOR, '*', f'y-{number}')}"
        own = [one for one in added if one.name == LOOKED and json.loads(one.state)["actor"] == actor]
        of_many = "{agency}" in entry.path  # a desk's page shows a referral after the other
        assert own if of_many else len(own) == 1, f"{entry.path} shows something, and {len(own)} records say so"
        if "{" in entry.path:
            cases = {str(one.case) for one in own}
            assert watched.case in cases if of_many else cases == {watched.case}


async def test_a_search_that_finds_a_case_is_recorded_and_what_was_typed_is_not(watched: Watched) -> None:
    await watched.programme.system.audited()
    auditor = await watched.programme.system.signed_in(Role.AUDITOR, "*", "z-1")
    form = form_to((await auditor.get("/auditoria", headers=headers())).text, "/auditoria")
    head = await watched.programme.system.service("audit").log.head()
    await form.sent_by(auditor, busca="María Pérez")
    added = await watched.programme.system.service("audit").log.entries(after=head, limit=99)
    assert LOOKED not in {one.name for one in added}
    await form.sent_by(auditor, busca=watched.case)
    (found,) = [one for one in await looks(watched) if one["view"] == "search"]
    assert found.keys() == {"actor", "view", "referral", "at", "until"}


async def test_an_auditor_reads_her_own_earlier_looks_and_an_unknown_case_leaves_none(watched: Watched) -> None:
    await watched.programme.system.audited()
    auditor = await watched.programme.system.signed_in(Role.AUDITOR, "*", "z-2")
    who = f"auditor:*:{await watched.programme.system.person(Role.AUDITOR, '*', 'z-2')}"
    path = f"/api/v1/audit/cases/{watched.case}/history"
    own = [one for one in (await auditor.get(path)).json()["entries"] if one["actor"] == who]
    assert own == [], "this look is recorded after what it shows"
    own = [one for one in (await auditor.get(path)).json()["entries"] if one["actor"] == who]
    assert [(one["log"], one["name"], one["data"]["view"]) for one in own] == [("audit", LOOKED, "history")]
    assert own[0]["es"] == "Quien audita miró los registros en la historia del caso."
    unknown = "00000000-0000-4000-8000-000000000001"
    assert (await auditor.get(f"/api/v1/audit/cases/{unknown}/history")).status_code == 404
    assert await watched.records("audit", LOOKED, unknown) == []
    page = words_of((await auditor.get(f"/auditoria/casos/{watched.case}", headers=headers())).text)
    assert "miró los registros" in page


async def test_one_question_says_who_knew_what_and_when(watched: Watched) -> None:
    programme = watched.programme
    desk = await programme.system.signed_in(Role.OFFICER, "UNFPA", "z-3")
    await desk.get("/api/v1/referrals")
    await desk.get(f"/api/v1/referrals/{watched.unfpa['referral_id']}/disclosure")
    await programme.coordinator.get(f"/api/v1/cases/{watched.case}")
    told = form_to(await case_page(programme.shelter, watched.case), "/quien-ha-visto")
    assert (await told.sent_by(programme.shelter)).status_code == 303
    await programme.system.audited()
    auditor = await programme.system.signed_in(Role.AUDITOR, "*", "z-4")
    path = f"/api/v1/audit/cases/{watched.case}/knowledge"
    await auditor.get(path)
    answer = (await auditor.get(path)).json()
    found = {one["organisation"]: one for one in answer["organisations"]}
    assert next(iter(found)) == SHELTER
    assert list(found)[-2:] == ["*", "auditors"]
    assert found["UNFPA"]["standing"] == "open"
    assert {"shown", "disclosure"} <= {one["what"] for one in found["UNFPA"]["readings"]}
    assert {(one["what"], one["view"]) for one in found["auditors"]["readings"]} >= {("audit", "knowledge")}
    assert found["auditors"]["standing"] == "shown"
    assert ("shown", "case") in {(one["what"], one["view"]) for one in found["*"]["readings"]}
    assert [one["shelter"] for one in answer["told_the_person"]] == [SHELTER]
    assert "PEAS" not in answer["told_the_person"][0]["organisations"]
    opened = answer["organisations"][0]["could_read"][0]["windows"][0]["since"]
    then = (await auditor.get(path, params={"at": opened})).json()
    assert [one["organisation"] for one in then["organisations"]] == [SHELTER]
    page = words_of((await auditor.get(f"/auditoria/casos/{watched.case}/quien-supo", headers=headers())).text)
    assert "Quienes auditan los registros" in page
    assert "Qué se le mostró sin datos sellados" in page
    assert "le leyó quién había sabido de ella" in page
