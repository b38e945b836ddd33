"""The topology of the compose file, run as processes: people reach one address, and it is all four services."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
from playwright.async_api import expect

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.identity.tokens import create_token
from services.chassis.names import SERVICES
from services.chassis.secrets.installation import Secrets
from services.chassis.web.cookies import SECURE
from tests.support.browser.chromium import browser
from tests.support.browser.visiting import PATIENCE
from tests.support.people.accounts import OURS, PASSWORD, account, enrols, enters_first
from tests.support.system.composed import CANALIZA, Composed, composed
from tests.support.system.installations import fresh_database, fresh_installation
from tests.support.system.servers import RunServers
from tests.support.system.system import eventually, sample_day

pytestmark = pytest.mark.slow

A_CHILD_ALONE = 5
"""Its place in the sample day: UNICEF's desk is alerted."""


@pytest.fixture(scope="module")
async def behind(
    run_servers: RunServers, secrets: Secrets, namespaces: Iterator[str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Composed]:
    """Started once: the second test ends one of the services, after the first."""
    async with (
        fresh_database(run_servers) as dsn,
        fresh_installation(run_servers, dsn, secrets, next(namespaces)) as installation,
        composed(installation, tmp_path_factory.mktemp("composed")) as found,
    ):
        yield found


async def token(behind: Composed, role: Role, org: str) -> dict[str, str]:
    dsn = behind.installation.settings.postgres_dsn
    assert dsn is not None
    connection = await asyncpg.connect(dsn.get_secret_value())
    try:
        made = await create_token(connection, role=role, org=org, label="prueba", at=system_clock())
    finally:
        await connection.close()
    return {"Authorization": f"Bearer {made}"}


async def typed(behind: Composed, *words: str, **settings: str) -> tuple[int | None, str, str]:
    """A command on the machine of the installation, which asks by the proxy's address."""
    own = behind.installation.settings
    keys = behind.folder / "operator"
    if not keys.exists():
        keys.mkdir(mode=0o700)
        (keys / "installation.json").touch(mode=0o600)
        (keys / "installation.json").write_text(
            json.dumps({"operator_token": behind.installation.secrets.operator_token})
        )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
    environment = kept | {
        "CANALIZA_DATA": str(own.data),
        "CANALIZA_KEYS": str(keys),
        "CANALIZA_URL": behind.proxy.url,
        "SSL_CERT_FILE": str(behind.proxy.ca),
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CANALIZA, *words), env=environment | settings, stdout=pipe, stderr=pipe
    )
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


async def flagged(client: httpx2.AsyncClient, document: dict[str, Any]) -> str:
    answer = await client.post("/api/v1/submissions", json=document)
    assert answer.status_code == 201, answer.text
    case: str = answer.json()["case_id"]
    return case


async def referrals(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/api/v1/referrals")).json()["items"]
    return found


async def test_a_case_that_was_flagged_over_tls_is_on_the_desks_page_and_the_next_one_comes_by_itself(
    behind: Composed,
) -> None:
    proxy, day = behind.proxy, sample_day()
    async with (
        proxy.client(**await token(behind, Role.SHELTER_WORKER, "ALB-IXT-01")) as shelter,
        proxy.client(**await token(behind, Role.OFFICER, "UNICEF")) as desk,
        proxy.client(**OURS) as hers,
        browser() as chromium,
    ):
        async with desk.stream("GET", "/api/v1/alerts/stream") as stream:
            case = await flagged(shelter, day[A_CHILD_ALONE])
            async for line in stream.aiter_lines():
                if line == "event: raised":
                    break
        (referral,) = await eventually(lambda: referrals(desk))
        assert referral["case_id"] == case

        code = await account(behind.installation, "p-049", Role.OFFICER, "UNICEF")
        assert (await enters_first(hers, "p-049", code)).status_code == 201
        phone, _ = await enrols(hers)
        cookies = {one.name: one.secure for one in hers.cookies.jar}
        assert cookies[SECURE]
        assert all(cookies.values())

        context = await chromium.new_context(ignore_https_errors=True)  # the clients above check its certificate
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        await page.goto(proxy.url)
        await page.locator("input[name=cuenta]").fill("p-049")
        await page.locator("input[name=clave]").fill(PASSWORD)
        await page.locator("input[name=clave]").press("Enter")
        await page.locator("input[name=codigo]").fill(phone.at(system_clock() + timedelta(seconds=30)))
        await page.locator("input[name=codigo]").press("Enter")
        await page.wait_for_url(f"{proxy.url}/mesa")
        await expect(page.locator(f'[data-live-row="{referral["referral_id"]}"]')).to_be_visible(timeout=PATIENCE)
        another = day[A_CHILD_ALONE] | {"submission_id": str(uuid4())}
        await flagged(shelter, another)
        await expect(page.locator("[data-live-new]")).to_contain_text("1", timeout=PATIENCE)
        await context.close()


async def test_an_operator_is_told_of_all_four_or_which_is_missing_and_the_others_go_on(behind: Composed) -> None:
    code, said, complained = await typed(behind, "health", "--json")
    assert (code, set(json.loads(said)["services"])) == (0, set(SERVICES)), complained
    assert await typed(behind, "parked", "list") == (0, "", "0 en espera · parked\n")

    direct = {"CANALIZA_URL": f"http://127.0.0.1:{behind.ports['intake']}"}
    code, _, complained = await typed(behind, "parked", "list", **direct)
    assert code == 3
    assert "referral, notifications, audit" in complained, "what one process knows is not the whole"

    behind.processes["audit"].kill()
    code, _, complained = await typed(behind, "parked", "list")
    assert code == 3
    assert "Sin respuesta de: audit" in complained
    code, said, complained = await typed(behind, "health", "--json")
    assert code == 3
    assert json.loads(said)["status"] == "not_ready"

    async with behind.proxy.client(**await token(behind, Role.SHELTER_WORKER, "ALB-IXT-01")) as shelter:
        await flagged(
            shelter, sample_day()[A_CHILD_ALONE] | {"submission_id": str(uuid4())}
        )  # what is not away goes on
        away = await shelter.get(f"/api/v1/audit/cases/{UUID(int=0)}/history")
        assert (away.status_code, away.json()["code"]) == (503, "store_unavailable")

    code, _, complained = await typed(behind, "parked", "list", CANALIZA_URL="http://canaliza.example")
    assert (code, "https" in complained) == (2, True), "the operator's token is shown to nobody on the way"
