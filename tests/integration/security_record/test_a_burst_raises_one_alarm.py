"""Guesses, refusals, exceptional accesses: much within a short time alerts the coordinator and the operator, once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role, Watched
from services.chassis.replication import relay as relay_module
from services.intake.slips.domain import new_code
from services.notifications.security_alarms.policy import alarm_policy
from services.system import Installation, administrator
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.accounts import account, browser, enters, enters_first, failed
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to
from tests.support.system.lists import all_alerts
from tests.support.system.logs import outlet_of
from tests.support.system.system import HANG, System, eventually, running

Item = dict[str, Any]
LIMITS = alarm_policy().watched


@pytest.fixture
def clock() -> AdjustableClock:
    return AdjustableClock()


@pytest.fixture
async def own_system(installation: Installation, clock: AdjustableClock) -> AsyncIterator[System]:
    async with running(installation, clock) as everything:
        yield everything


async def alarms(system: System) -> list[Item]:
    """Alarms and their ends, oldest first, as an auditor reads them."""
    auditor = await system.signed_in(Role.AUDITOR, "*", "alarms")
    items = (await auditor.get("/api/v1/audit/security", params={"limit": 500})).json()["items"][::-1]
    return [item for item in items if item["name"].startswith("notifications.security_alarm")]


async def until_alarmed(system: System, *wanted: tuple[str, str]) -> list[Item]:
    """The alarms, once these are among them: what was watched, and in which scope."""

    async def there() -> list[Item]:
        found = await alarms(system)
        raised = {
            (item["data"]["watched"], item["data"]["scope"]) for item in found if item["name"].endswith("_raised")
        }
        return found if set(wanted) <= raised else []

    return await eventually(there)


async def until_counted(system: System, watched: str, whose: str, number: int) -> None:
    """Until so many are counted of one sender, or of all (``whose`` is empty)."""
    scope = "one_sender" if whose else "everywhere"
    query = "select sum(counted) from accounts.watched where watched = $1 and scope = $2 and whose = $3"

    async def counted() -> bool:
        async with system.service("notifications").context.database.reading() as connection:
            return bool(await connection.fetchval(query, watched, scope, whose) == number)

    await eventually(counted)


async def security_alerts(client: httpx2.AsyncClient) -> list[Item]:
    return [alert for alert in await all_alerts(client) if alert["about"] == "security"]


async def test_guessing_a_password_alerts_once_and_ends_when_it_is_quiet(
    own_system: System, clock: AdjustableClock
) -> None:
    coordinator = await own_system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    code = await account(own_system.installation, "p-201", Role.OFFICER, "ACNUR", clock)
    async with browser(own_system) as client:
        assert (await enters_first(client, "p-201", code)).status_code == 201
    async with browser(own_system) as guesser:
        for _ in range(LIMITS[Watched.SIGN_IN_GUESSES].one_sender or 0):
            assert failed(await enters(guesser, "p-201", "no es esta clave"))[0] in {401, 429}
    [alarm] = await until_alarmed(own_system, ("sign_in_guesses", "one_sender"))
    assert alarm["data"]["who"] == "p-201"
    assert alarm["data"]["whom"] == ["coordinator", "operator"]
    assert "intentos fallidos de entrar de una misma cuenta o credencial (p-201)" in alarm["es"]

    async def alerted() -> list[Item]:
        return await security_alerts(coordinator)

    [alert] = await eventually(alerted)
    assert (alert["state"], alert["urgency"], alert["referral_id"], alert["case_id"]) == ("pending", "U1", None, None)
    assert "p-201" not in str(alert)
    assert "127.0.0.1" not in str(alert)
    async with browser(own_system) as guesser:
        await enters(guesser, "p-201", "tampoco es esta")
    await until_counted(own_system, "sign_in_guesses", "p-201", alarm["data"]["counted"] + 1)

    clock.ahead += alarm_policy().quiet + timedelta(minutes=2)

    async def over() -> list[Item]:
        return [alert for alert in await security_alerts(coordinator) if alert["state"] == "answered"]

    assert len(await eventually(over)) == 1
    assert [item["name"].rpartition("_")[2] for item in await alarms(own_system)] == ["raised", "ended"]


async def test_messages_that_somebody_wrote_into_a_stream_alert_coordinator_and_operator_once(
    own_system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CHECK_INTERVAL", 0.2)
    installation = own_system.installation
    coordinator = await own_system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    outlet = outlet_of(installation.secrets, installation.settings.names, "audit")
    for number in (1, 2):
        async with administrator(installation.settings, installation.secrets) as jetstream:
            await jetstream.publish(outlet.subject("audit.token_created"), b"forged")
        await until_counted(own_system, "foreign_messages", "", number)
        [alarm] = await until_alarmed(own_system, ("foreign_messages", "everywhere"))
        assert "mensajes ajenos en los flujos" in alarm["es"]
        assert (alarm["data"]["whom"], alarm["data"].get("who")) == (["coordinator", "operator"], None)

    async def alerted() -> list[Item]:
        return await security_alerts(coordinator)

    assert len(await eventually(alerted)) == 1


async def test_every_kind_that_is_watched_raises_an_alarm(own_system: System) -> None:
    officer = await own_system.nobody_in_particular(Role.OFFICER, "ACNUR", "o")
    worker = await own_system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
    nobody = httpx2.AsyncClient(base_url=own_system.url, timeout=HANG)
    async with nobody:
        for _ in range(LIMITS[Watched.FORBIDDEN_REQUESTS].one_sender or 0):
            assert (await officer.get("/api/v1/audit/security")).status_code == 403
        for _ in range(LIMITS[Watched.UNKNOWN_CREDENTIALS].one_place or 0):
            assert (await nobody.get("/api/v1/referrals")).status_code == 401
        for _ in range(LIMITS[Watched.DUPLICATE_SEARCHES].one_sender or 0):
            assert (await worker.get("/api/v1/duplicates")).status_code == 200
        for _ in range(LIMITS[Watched.SLIP_GUESSES].one_place or 0):
            body = {"command_id": str(uuid4()), "slip": new_code(), "word": "otra", "recipient": "ACNUR"}
            assert (await nobody.post("/api/v1/slips/withdraw", json=body)).status_code in {403, 429}
    found = await until_alarmed(
        own_system,
        ("forbidden_requests", "one_sender"),
        ("unknown_credentials", "one_place"),
        ("duplicate_searches", "one_sender"),
        ("slip_guesses", "one_place"),
    )
    coordinator = await own_system.signed_in(Role.PROGRAMME_COORDINATOR, "*")

    async def alerted() -> list[Item]:
        pending = [alert for alert in await security_alerts(coordinator) if alert["state"] == "pending"]
        return pending if len(pending) >= 4 else []

    [first, *_] = await eventually(alerted)
    seen = await coordinator.post(f"/api/v1/alerts/{first['alert_id']}/seen", json={"command_id": str(uuid4())})
    assert (seen.status_code, seen.json()["state"]) == (200, "answered"), "it asks for nothing but to be looked at"
    [refused] = [item for item in found if item["data"]["watched"] == "forbidden_requests"]
    [unknown] = [item for item in found if item["data"]["watched"] == "unknown_credentials"]
    assert refused["data"]["who"] != worker.headers["Authorization"]
    assert len(unknown["data"]["place"]) == 32


async def test_a_few_errors_of_many_people_alert_nobody(own_system: System) -> None:
    for number in range(3):
        client = await own_system.nobody_in_particular(Role.OFFICER, "ACNUR", f"o-{number}")
        for _ in range(5):
            assert (await client.get("/api/v1/audit/security")).status_code == 403
    await until_counted(own_system, "forbidden_requests", "", 15)
    assert await alarms(own_system) == []


async def test_an_exceptional_access_is_counted_of_whoever_opened_it_and_a_refused_one_is_not(system: System) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    programme = Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    label = f"g-{uuid4().hex[:8]}"
    officer = await system.signed_in(Role.OFFICER, "OIM", label)
    body = {"command_id": str(uuid4()), "basis": "imminent_danger_to_life", "justification": "La busca su agresor."}
    absent = await officer.post(f"/api/v1/referrals/{uuid4()}/break-glass", json=body)
    assert absent.status_code == 404
    opened = await officer.post(f"/api/v1/referrals/{referral['referral_id']}/break-glass", json=body)
    assert opened.status_code == 201, opened.text
    await until_counted(system, "exceptional_accesses", await system.person(Role.OFFICER, "OIM", label), 1)
