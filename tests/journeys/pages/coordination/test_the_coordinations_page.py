"""The coordination's page: who is silent and what runs out, each list as the API would tell it, and each in words."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.ids import short_code
from services.referral import parts
from services.referral.policies.loader import PolicySet, policies_in_force
from services.system import Installation
from tests.journeys.conftest import programme_of
from tests.support.builders.slips import slip_of, takes_back
from tests.support.people.alerts import Clock
from tests.support.people.page_reading import headers, looked_at, read, words_of
from tests.support.people.people import SHELTER, Item, Programme, a_child_alone, an_adult, consent_to, taken
from tests.support.system.logs import as_admin
from tests.support.system.system import HANG, eventually, running

HERE = "/coordinacion"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def in_time(installation: Installation, clock: Clock) -> AsyncIterator[Programme]:
    async with running(installation, clock) as system:
        yield await programme_of(system)


async def sent(programme: Programme, **answers: Any) -> Item:
    case = await programme.flag(an_adult(consent_to("ACNUR"), **answers))
    return await programme.referral_to("ACNUR", case, state="requested")


async def comes_to(client: httpx2.AsyncClient, path: str, text: str) -> str:
    """The page, once it says this."""

    async def look() -> str:
        found = await read(client, path)
        return found if text in found else ""

    return await eventually(look)


async def test_an_empty_day_says_so_in_sentences(own_programme: Programme) -> None:
    seen = await read(own_programme.coordinator, HERE)
    assert "¿Quién no responde y qué vence primero?" in seen
    assert "0 casos sin canalizar 0 vencidas 0 esperan que se pregunte 0 callan" in seen
    assert "Nadie calla." in seen
    for name, nothing in (
        ("vencidas", "No hay ninguna."),
        ("espera", "No hay ninguna."),
        ("retiros", "No hay ninguna."),
        ("decisiones", "No hay ninguna."),
        ("sin-canalizar", "Todos los casos se pudieron leer."),
        ("caravanas", "No hay ningún modo caravana encendido."),
    ):
        assert nothing in await read(own_programme.coordinator, f"{HERE}/{name}")
    assert "Nothing is overdue" not in await read(own_programme.coordinator, HERE, "en")
    assert "Nobody is silent." in await read(own_programme.coordinator, HERE, "en")


async def test_what_is_overdue_says_who_owes_what_since_when_and_leads_to_it(in_time: Programme, clock: Clock) -> None:
    late = await sent(in_time)
    urgent = await sent(in_time, danger_now="yes")
    accepted = await sent(in_time)
    await taken(await in_time.desk("ACNUR"), accepted, "accept")
    clock.now += timedelta(days=6)
    page = await looked_at(in_time.coordinator, f"{HERE}/vencidas")
    seen = words_of(page)
    codes = [item["code"] for item in (urgent, late, accepted)]
    assert all(code in seen for code in codes), seen
    assert seen.index(codes[0]) < min(seen.index(code) for code in codes[1:]), "the most urgent comes first"
    assert "Falta empezar la atención, vencía" in seen
    assert f"{SHELTER} → ACNUR" in seen
    assert f'href="/mesa/canalizaciones/{late["referral_id"]}"' in page
    assert "Falta" in await read(in_time.coordinator, HERE)
    first = await in_time.coordinator.get(HERE, headers=headers())
    assert 'href="#vencidas"' in first.text


async def test_what_waits_is_grouped_by_shelter_and_reason_and_names_no_agency_that_would_tell_the_case(
    own_programme: Programme,
) -> None:
    programme = own_programme
    plain = await programme.flag(an_adult(consent_to("ACNUR")))
    restricted = await programme.flag(
        an_adult(consent_to("ACNUR"), harm_events=[{"kind": "sexual_violence", "when": "older"}])
    )
    waiting = [await programme.referral_to(to, case) for to, case in (("OIM", plain), ("UNFPA", restricted))]
    seen = await read(programme.coordinator, HERE)
    assert f"{SHELTER} Falta pedir el consentimiento" in seen
    page = await looked_at(programme.coordinator, f"{HERE}/espera?albergue={SHELTER}&motivo=consent_not_asked")
    lines = {code: line for code in (one["code"] for one in waiting) for line in page.split("<tr>") if code in line}
    assert "OIM" in words_of(lines[waiting[0]["code"]])
    assert "UNFPA" not in words_of(lines[waiting[1]["code"]])
    nowhere = await read(programme.coordinator, f"{HERE}/espera?albergue=ALB-XXX-99")
    assert "No hay ninguna." in nowhere


async def test_who_said_no_is_not_asked_about_again(own_programme: Programme) -> None:
    case = await own_programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM", "refused")))
    refused = await own_programme.referral_to("OIM", case, state="blocked_consent")
    assert refused["code"] not in await read(own_programme.coordinator, f"{HERE}/espera")


async def test_a_withdrawal_to_check_and_a_decision_of_two_people_are_shown_with_their_time(
    own_programme: Programme,
) -> None:
    programme = own_programme
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    frozen = await programme.referral_to("ACNUR", case, state="requested")
    async with httpx2.AsyncClient(base_url=programme.system.url, timeout=HANG) as anybody:
        assert (await takes_back(anybody, await slip_of(programme.shelter, case))).status_code == 202
    seen = await comes_to(programme.coordinator, f"{HERE}/retiros", frozen["code"])
    assert "Comprobar con la persona a más tardar" in seen
    child = a_child_alone()
    at_odds = await programme.flag(child)
    contested = await programme.referral_to("UNICEF", at_odds, state="requested", basis="best_interests")
    assert (await programme.amend(at_odds, child | {"withhold_from": ["UNICEF"]})).status_code == 200
    seen = await comes_to(programme.coordinator, f"{HERE}/decisiones", contested["code"])
    assert "Una corrección excluye a la agencia" in seen
    assert "Hacen falta dos personas." in seen
    overview = await read(programme.coordinator, HERE)
    assert "retiros por comprobar" in overview
    assert "1 decisión de dos personas" in overview


async def test_a_silent_desk_is_named_with_since_when_and_why(in_time: Programme, clock: Clock) -> None:
    await sent(in_time)
    clock.now += timedelta(days=6)
    seen = await comes_to(in_time.coordinator, HERE, "mesa de guardia")
    assert "ACNUR-" in seen
    assert "sin acuse" in seen
    own = await in_time.desk("ACNUR", Role.SUPERVISOR)
    assert "ACNUR-" in await read(own, "/mesa/silencio")
    stranger = await read(await in_time.desk("UNODC", Role.SUPERVISOR), "/mesa/silencio")
    assert "ACNUR" not in stranger
    assert "Nadie calla." in stranger


async def test_a_case_that_nobody_received_is_told_with_what_to_do_now(own_programme: Programme) -> None:
    programme = own_programme
    case = await programme.flag(an_adult())
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    async with as_admin(dsn.get_secret_value()) as connection:
        statement = "insert into referral.parked values ('intake', 1, $1, 'x', 'Broken', now())"
        await connection.execute(statement, case)
    for path in (HERE, f"{HERE}/sin-canalizar"):
        seen = await read(programme.coordinator, path)
        assert short_code(UUID(case)) in seen
        assert SHELTER in seen
        assert "Avise ahora a quien opera el sistema y llame al albergue" in seen
        assert "Broken" not in seen


async def test_a_fault_in_the_written_rules_is_told_without_the_path_of_the_machine(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the loader answers when a file has a fault, and a set was adopted before."""
    fault = f"{tmp_path / 'ladders.yaml'}:12: no es un número · is not a number"

    def with_a_fault(*said: Any) -> PolicySet:
        return replace(policies_in_force(*said), faults=(fault,))

    monkeypatch.setattr(parts, "policies_in_force", with_a_fault)
    async with running(installation) as system:
        seen = await read((await programme_of(system)).coordinator, HERE)
    assert "Las reglas escritas tienen una falla y no se usan" in seen
    assert "Archivo ladders.yaml, línea 12" in seen
    assert str(tmp_path) not in seen


async def test_everybody_else_is_led_to_their_own_or_refused(programme: Programme) -> None:
    supervisor = await programme.desk("ACNUR", Role.SUPERVISOR)
    for path in (HERE, f"{HERE}/vencidas", f"{HERE}/sin-canalizar", f"{HERE}/caravanas"):
        led = await supervisor.get(path, headers=headers())
        assert (led.status_code, led.headers["location"]) == (303, "/mesa/silencio")
        for client in (await programme.desk("ACNUR"), programme.shelter):
            assert (await client.get(path, headers=headers())).status_code == 403


async def test_a_cursor_or_a_filter_that_is_wrong_is_refused_in_words(programme: Programme) -> None:
    for path in ("vencidas?cursor=nada", "espera?motivo=CANARIO", "sin-canalizar?cursor=x"):
        answer = await programme.coordinator.get(f"{HERE}/{path}", headers=headers())
        assert answer.status_code in {404, 422}
        assert "CANARIO" not in words_of(answer.text)
