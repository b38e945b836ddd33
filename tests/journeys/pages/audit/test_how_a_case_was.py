"""How a case and a desk were at a moment, by either time, with the clocks of that moment; and why it was routed so."""

from datetime import datetime, timedelta
from importlib.resources import files
from uuid import UUID, uuid4

import httpx2
import pytest

from events.referral import assessment_stream
from events.vocabulary import Role
from services.audit.pages import desk_moment
from services.chassis.operations.migrate import OWNER
from tests.journeys.pages.audit.reading import recorded, shown, text_of
from tests.support.people.people import SHELTER, Item, Programme, a_child_alone, an_adult, consent_to
from tests.support.system.logs import as_admin
from tests.support.system.system import System

API = "/api/v1/audit"
BEGIN = "-- What was there before"
STORED = (
    "select * from audit.desk_stay order by referral, number",
    "select * from audit.desk_fact order by position",
)
TICK = timedelta(microseconds=1)


def right_before(moment: str) -> str:
    return (datetime.fromisoformat(moment) - TICK).isoformat()


async def state(client: httpx2.AsyncClient, path: str, **query: str) -> Item:
    answer = await client.get(f"{API}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: Item = answer.json()
    return found


async def test_a_case_is_as_it_was_before_and_after_each_step_with_the_clocks_that_ran(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    one = referral["referral_id"]
    acnur = await programme.desk("ACNUR")
    assert (await acnur.get(f"/api/v1/referrals/{one}/disclosure")).status_code == 200
    for step in ("acknowledge", "accept"):
        now = await programme.referral_to("ACNUR", case)
        body = {"command_id": str(uuid4()), "expected_version": now["version"]}
        assert (await acnur.post(f"/api/v1/referrals/{one}/{step}", json=body)).status_code == 200
    accepted = await recorded(programme, case, "referral.accepted")
    asked = await state(auditor, f"cases/{case}/state", at=right_before(accepted["recorded_at"]))
    (before,) = [each for each in asked["referrals"] if each["referral_id"] == one]
    assert before["state"] == "acknowledged"
    clocks = {clock["what"]: clock for clock in before["clocks"]}
    assert clocks.keys() == {"decide"}
    assert clocks["decide"]["until"] == referral["deadlines"]["decide_by"]
    assert asked["readings"][0]["org"] == "ACNUR"
    assert {reader["org"]: reader["standing"] for reader in asked["readers"]}["ACNUR"] == "open"
    after = await state(auditor, f"referrals/{one}/state", at=accepted["recorded_at"])
    assert after["referral"]["state"] == "accepted"
    assert [clock["what"] for clock in after["referral"]["clocks"]] == ["serve"]
    other = await auditor.get(f"{API}/referrals/{assessment_stream(UUID(case))}/state")
    assert other.status_code == 404, "not everything of a case is a referral"
    nothing = await state(auditor, f"cases/{case}/state", at="2012-01-01T00:00:00Z")
    assert (nothing["facts"], nothing["shelter"], nothing["referrals"]) == (0, None, [])

    page = await shown(auditor, f"/auditoria/casos/{case}/momento", hasta=right_before(accepted["recorded_at"]))
    told = text_of(page)
    assert "acusada" in told.lower() or "acuse" in told.lower()
    assert "Decidir hasta el" in told
    assert "faltaba:" in told
    assert 'data-step="1"' in page
    assert 'rel="next"' in page
    assert "Empezar la atención" in text_of(await shown(auditor, f"/auditoria/casos/{case}/momento"))
    assert "Nada se había registrado entonces." in text_of(
        await shown(auditor, f"/auditoria/casos/{case}/momento", hasta="2012-01-01T00:00")
    )


async def test_what_came_late_is_there_by_when_it_happened_and_not_by_when_it_was_known(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    opened = await recorded(programme, case, "intake.case_opened")
    between = (datetime.fromisoformat(opened["occurred_at"]) + timedelta(hours=1)).isoformat()
    known = await state(auditor, f"cases/{case}/state", at=between, by="recorded")
    assert (known["facts"], known["shelter"]) == (0, None)
    assert [late["name"] for late in known["late"]] == ["intake.case_opened"]
    so = await state(auditor, f"cases/{case}/state", at=between, by="occurred")
    assert (so["facts"], so["shelter"], so["referrals"]) == (1, SHELTER, [])
    told = text_of(await shown(auditor, f"/auditoria/casos/{case}/momento", hasta=between))
    assert "1 hecho ya había pasado y aún no se registraba." in told
    assert "Nada se había registrado entonces." in told
    by_event = text_of(await shown(auditor, f"/auditoria/casos/{case}/momento", hasta=between, por="occurred"))
    assert f"Albergue que lo tenía {SHELTER}" in by_event
    assert "Aún no había ninguna canalización." in by_event


async def test_a_desk_is_read_as_it_was_in_pages_of_one_moment(
    programme: Programme, system: System, auditor: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await programme.flag(a_child_alone())
    began = await recorded(programme, first, "referral.requested", agency="UNICEF")
    cases = [first, *[await programme.flag(a_child_alone()) for _ in range(2)]]
    await system.audited()
    last = max([await recorded(programme, case, "referral.requested", agency="UNICEF") for case in cases],
               key=lambda fact: fact["recorded_at"])["recorded_at"]  # fmt: skip
    seen, cursor = list[str](), None
    while True:
        query = {"at": last, "limit": "1"} | ({} if cursor is None else {"cursor": cursor})
        found = await state(auditor, "desks/UNICEF/state", **query)
        seen += [item["referral"]["case_id"] for item in found["items"]]
        cursor = found["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == found["number"]
    assert set(cases) <= set(seen)
    assert all(item["referral"]["state"] == "requested" for item in found["items"])
    before = await state(auditor, "desks/UNICEF/state", at=right_before(began["recorded_at"]), limit="200")
    assert first not in {item["referral"]["case_id"] for item in before["items"]}

    unicef = await programme.desk("UNICEF")
    referral = await programme.referral_to("UNICEF", first)
    body = {"command_id": "5f0f8d3c-1f2e-4d4c-8b6a-000000000001", "expected_version": referral["version"],
            "reason": "no_capacity"}  # fmt: skip
    declined = await unicef.post(f"/api/v1/referrals/{referral['referral_id']}/decline", json=body)
    assert declined.status_code == 200, declined.text
    await programme.referral_to("UNICEF", first, state="rerouted")
    ended = await recorded(programme, first, "referral.rerouted", agency="UNICEF")
    gone = await state(auditor, "desks/UNICEF/state", at=ended["recorded_at"], limit="200")
    assert first not in {item["referral"]["case_id"] for item in gone["items"]}
    still = await state(auditor, "desks/UNICEF/state", at=right_before(ended["recorded_at"]), limit="200")
    assert first in {item["referral"]["case_id"] for item in still["items"]}

    monkeypatch.setattr(desk_moment, "PAGE_SIZE", 1)
    page = await shown(auditor, "/auditoria/mesas", agencia="UNICEF", hasta=last)
    assert "canalizaciones en sus mesas" in text_of(page)
    assert 'rel="next"' in page
    assert (await auditor.get("/auditoria/mesas", params={"agencia": "INM"})).status_code == 422
    assert (await auditor.get("/auditoria/mesas", params={"agencia": "OIM", "sigue": cursor or "x"})).status_code == 422
    assert (await auditor.get(f"{API}/desks/OIM/state", params={"cursor": "x"})).status_code == 422


async def test_why_a_case_was_routed_so_is_told_by_the_rules_that_were_adopted_and_no_answer_is(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR"), removal_risk="yes"))
    await programme.referral_to("ACNUR", case, state="requested")
    await programme.referral_to("OIM", case, state="blocked_consent")
    await programme.system.audited()
    found = await state(auditor, f"cases/{case}/explanation")
    (assessment,) = found["assessments"]
    assert assessment["words_known"]
    asylum = next(rule for rule in assessment["fired"] if rule["category"] == "ASILO")
    assert "temor de regresar" in asylum["condition"]["es"]
    assert "fear_of_return" in asylum["fields"]
    decisions = {one["agency"]: {each["what"]: each for each in one["decisions"]} for one in found["referrals"]}
    assert decisions["ACNUR"]["sent"]["code"] == "consent"
    assert "Sin ese consentimiento" in decisions["ACNUR"]["sent"]["otherwise"][0]["es"]
    assert "raised" in decisions["ACNUR"], "the risk of removal made it more urgent than asylum is by itself"
    assert decisions["OIM"]["blocked"]["code"] == "consent_not_asked"
    assert "OIM" in decisions["OIM"]["blocked"]["otherwise"][0]["en"]
    page = text_of(await shown(auditor, f"/auditoria/casos/{case}/por-que"))
    assert "su texto está en el registro" in page
    assert "Respuestas que mira temor de regresar" in page
    assert "Qué lo habría cambiado" in page
    early = text_of(await shown(auditor, f"/auditoria/casos/{case}/por-que", hasta="2012-01-01T00:00"))
    assert "Las reglas no se habían corrido." in early


async def test_nobody_but_an_auditor_looks_back(programme: Programme, system: System) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    paths = [f"/auditoria/casos/{case}/momento", f"/auditoria/casos/{case}/por-que", "/auditoria/mesas",
             f"{API}/cases/{case}/state", f"{API}/cases/{case}/explanation", f"{API}/desks/OIM/state"]  # fmt: skip
    for role, org in ((Role.OFFICER, "ACNUR"), (Role.SHELTER_WORKER, SHELTER), (Role.PROGRAMME_COORDINATOR, "*")):
        client = await system.signed_in(role, org)
        for path in paths:
            assert (await client.get(path, headers={"Accept": "text/html"})).status_code == 403, (role, path)


async def test_an_installation_that_was_there_before_finds_the_stays_of_before(
    programme: Programme, system: System
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    await programme.referral_to("ACNUR", case, state="requested")
    await recorded(programme, case, "referral.requested")
    assert system.installation.settings.postgres_dsn is not None
    async with as_admin(system.installation.settings.postgres_dsn.get_secret_value()) as admin:
        text = (files("services.audit") / "migrations" / "0011_desk_stays.sql").read_text()
        assert text.count(BEGIN) == 1
        undone = admin.transaction()
        await undone.start()
        before = [await admin.fetch(query) for query in STORED]
        await admin.execute(f"set local role {OWNER}; set local search_path = audit")
        await admin.execute("delete from desk_stay; delete from desk_fact")
        await admin.execute(text[text.index(BEGIN) :])
        after = [await admin.fetch(query) for query in STORED]
        await undone.rollback()
    assert before[0]
    assert after == before
