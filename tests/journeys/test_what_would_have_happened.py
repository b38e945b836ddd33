"""An auditor asks what other rules would have led to, on the page and from the terminal: recorded, without a person."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.clock import MEXICO, system_clock
from services.referral.routing.policy import POLICY
from tests.journeys.test_upkeep_commands import canaliza
from tests.support.people.accounts import OURS
from tests.support.people.erasing import erase
from tests.support.people.page_reading import read, words_of
from tests.support.people.people import Programme, a_child_alone, an_adult, consent_to
from tests.support.system.system import eventually

HERE = "/coordinacion/que-pasaria"
HTML = {"Accept": "text/html"} | OURS
RULES = POLICY.read_text(encoding="utf-8")
ANOTHER_LEAD = RULES.replace("lead: ACNUR", "lead: PNUD", 1)
"""Whoever fears to return goes to PNUD."""
SAID = {"gender_self": "CANARIO-41f", "language": "hat", "entry_date": "2013-05-19", "country_origin": "HTI"}
TODAY = system_clock().astimezone(MEXICO).date().isoformat()


@pytest.fixture
def programme(own_programme: Programme) -> Programme:
    """Its cases are counted."""
    return own_programme


async def asked(client: httpx2.AsyncClient, rules: str, **fields: str) -> httpx2.Response:
    form = {"orden": str(uuid4()), "desde": TODAY, "hasta": TODAY, "reglas": rules, "plazos": ""} | fields
    return await client.post(f"{HERE}/comparar", data=form, headers=HTML)


async def answered(client: httpx2.AsyncClient, rules: str, **fields: str) -> str:
    """The address of a comparison that has come to its end."""
    answer = await asked(client, rules, **fields)
    assert answer.status_code == 303, words_of(answer.text)
    path = answer.headers["location"]

    async def is_over() -> bool:
        return "terminada" in await read(client, path)

    await eventually(is_over)
    return str(path)


async def stored(programme: Programme, query: str) -> list[Any]:
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    connection = await asyncpg.connect(dsn.get_secret_value())
    try:
        await connection.execute("set canaliza.role = 'system'")
        return list(await connection.fetch(query))
    finally:
        await connection.close()


async def test_what_would_have_happened_is_asked_recorded_and_told_without_a_person(
    programme: Programme, tmp_path: Path
) -> None:
    auditor = await programme.system.signed_in(Role.AUDITOR, "*")
    adults = [await programme.flag(an_adult(consent_to("ACNUR"), **SAID)) for _ in range(12)]
    await programme.flag(a_child_alone(fear_of_return="no"))
    await programme.has_caught_up(adults[0])  # one adult more
    assert (await erase(programme.coordinator, adults[3])).status_code == 200

    path = await answered(auditor, ANOTHER_LEAD)
    seen = await read(auditor, path)
    assert "13 casos comparados. Casos en que algo habría sido distinto: 12." in seen
    assert "1 caso suprimido" in seen
    assert "12 las reglas nombrarían también a PNUD; las reglas no nombrarían a ACNUR" in seen
    assert "ACNUR 12 → 0" in seen, "what waits for PNUD's consent is nobody's load"
    assert "Una mesa habría respondido tanto tiempo después del envío como respondió." in seen
    picture = await auditor.get(f"{path}/carga.svg", headers=HTML)
    assert (picture.headers["content-type"], picture.text[:4]) == ("image/svg+xml", "<svg")
    assert "ACNUR, antes" in picture.text

    same = await read(programme.coordinator, await answered(programme.coordinator, RULES))
    assert "13 casos comparados. Nada habría sido distinto." in same

    order = path.rpartition("/")[2]  # the same form, sent again
    assert (await asked(auditor, ANOTHER_LEAD, orden=order)).headers["location"] == path
    assert (await asked(auditor, RULES, orden=order)).status_code == 409, "one order is one question"
    events = await stored(programme, "select state from referral.event where topic like 'referral.rules_replayed%'")
    assert [json.loads(one["state"])["data"]["cases"] for one in events] == [14, 14]

    await programme.system.audited()
    acts = (await auditor.get("/api/v1/audit/security")).json()["items"]
    assert [one["name"] for one in acts].count("referral.rules_replayed") == 2

    await _from_the_terminal(programme, adults, tmp_path)
    rows = await stored(programme, "select what_if_run::text as whole from referral.what_if_run")
    everything = [
        seen,
        same,
        picture.text,
        (await auditor.get(HERE, headers=HTML)).text,
        *(one["whole"] for one in rows),
    ]
    for secret in ("CANARIO-41f", "2013-05-19", "HTI", "ALB-HUI-01", *adults):
        assert not [text for text in everything if secret in text.replace(ANOTHER_LEAD, "").replace(RULES, "")], secret


async def _from_the_terminal(programme: Programme, adults: list[str], folder: Path) -> None:
    rules, picture = folder / "rules.yaml", folder / "load.svg"
    rules.write_text(ANOTHER_LEAD, encoding="utf-8")
    days = ("--from", TODAY, "--to", TODAY)
    code, said, complained = await canaliza(
        programme.system.installation,
        *("audit", "whatif", "--rules", str(rules), *days, "--json", "--svg", str(picture)),
    )
    assert code == 0, complained
    found = json.loads(said)
    assert (found["compared"], found["erased"], found["not_reproduced"], found["deadlines_differ"]) == (13, 1, 0, 0)
    assert {one["case_id"] for one in found["named"]} > {*adults} - {adults[3]}
    assert adults[3] not in said
    assert picture.read_text(encoding="utf-8").startswith("<svg")


async def test_a_question_that_cannot_be_asked_opens_nothing(programme: Programme) -> None:
    auditor = await programme.system.signed_in(Role.AUDITOR, "*")
    await programme.flag(an_adult(consent_to("ACNUR")))
    faulty = await asked(auditor, ANOTHER_LEAD.replace("lead: UNODC", "lead: INM", 1))
    line = RULES[: RULES.index("lead: UNODC")].count("\n") + 1
    assert faulty.status_code == 422
    assert f"rules.yaml:{line}:" in words_of(faulty.text)
    assert 'value="' + TODAY in faulty.text, "what was filled in is not lost"
    for refused, status in (
        (await asked(auditor, "", plazos=""), 422),
        (await asked(auditor, RULES, desde="2013-13-01"), 422),
        (await asked(auditor, RULES, hasta="2013-06-12"), 422),
    ):
        assert refused.status_code in {status, 400}, words_of(refused.text)
    assert not await stored(programme, "select 1 from referral.event where topic like 'referral.rules_replayed%'")

    running = """
        insert into referral.what_if_run
          (run_id, state, started_at, started_by, seen_at, first_day, last_day, cases, texts)
        values (gen_random_uuid(), 'running', now(), 'auditor:*', now(), now(), now(), 1, '{}')
    """
    await stored(programme, running)
    busy = await asked(auditor, RULES)
    assert (busy.status_code, "Ya hay una comparación en marcha" in words_of(busy.text)) == (409, True)
    assert not await stored(programme, "select 1 from referral.event where topic like 'referral.rules_replayed%'")
    await stored(programme, "update referral.what_if_run set seen_at = now() - interval '3 minutes'")
    assert "no llegó a su fin" in (await auditor.get(HERE, headers=HTML)).text
    assert (await asked(auditor, RULES)).status_code == 303, "one whose process is no more holds nobody up"

    officer = await programme.desk("ACNUR")
    assert (await officer.get(HERE, headers=HTML)).status_code == 403
    nobody = await programme.system.nobody_in_particular(Role.AUDITOR, "*")
    assert (await asked(nobody, RULES)).status_code == 403
