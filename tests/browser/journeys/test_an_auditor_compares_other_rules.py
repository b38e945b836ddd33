"""An auditor asks on a small telephone what other rules would have led to, with scripts and without."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from events.vocabulary import Role
from services.chassis.clock import MEXICO, system_clock
from services.referral.routing.policy import POLICY
from tests.journeys.conftest import programme_of
from tests.support.browser.accessibility import violations
from tests.support.browser.devices import DESKTOP, SMALL_PHONE
from tests.support.browser.layout import too_small, too_wide
from tests.support.browser.visiting import PATIENCE, visiting
from tests.support.people.people import a_child_alone, an_adult, consent_to
from tests.support.system.system import System

pytestmark = pytest.mark.slow
OTHER = POLICY.read_text(encoding="utf-8").replace("lead: ACNUR", "lead: PNUD", 1)
TODAY = system_clock().astimezone(MEXICO).date()


async def test_other_rules_are_typed_in_compared_and_read_on_a_small_telephone(
    chromium: Browser, own_system: System
) -> None:
    programme = await programme_of(own_system)
    for _ in range(12):
        await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM")))
        await programme.flag(a_child_alone())
    async with visiting(chromium, own_system) as visitors:
        for device, scripts in ((SMALL_PHONE, False), (DESKTOP, True)):
            auditor = await visitors.signed_in(Role.AUDITOR, "*", device, scripts=scripts)
            assert await auditor.goes_to("/auditoria") == 200
            await auditor.page.get_by_role("link", name="¿Qué habría pasado?").click()
            page = auditor.page
            found = (
                [*await violations(page), *await too_wide(page), *await too_small(page)]
                if scripts
                else await too_wide(page)
            )
            assert found == []
            await _pictured(page, f"ask-{device.name}")
            await page.get_by_label("Desde el día").fill((TODAY - timedelta(days=1)).isoformat())
            await page.get_by_label("Otras reglas (rules.yaml)").fill(OTHER.replace("lead: UNODC", "lead: INM", 1))
            await page.get_by_role("button", name="Comparar").click()
            await expect(page.get_by_role("alert")).to_contain_text("tienen fallas")
            await _pictured(page, f"fault-{device.name}")
            await page.get_by_label("Otras reglas (rules.yaml)").fill(OTHER)
            await page.get_by_role("button", name="Comparar").click()
            while "en marcha" in await auditor.text():
                await page.get_by_role("link", name="Actualizar").click()  # at the foot of every page
            await expect(page.get_by_text("las reglas no nombrarían a ACNUR").first).to_be_visible(timeout=PATIENCE)
            assert (
                await page.locator("img").evaluate_all("all => all.every(one => one.naturalWidth > 0)") or not scripts
            )
            assert await too_wide(page) == []
            await _pictured(page, f"run-{device.name}")


async def _pictured(page: object, name: str) -> None:
    folder = os.environ.get("PICTURES")
    if folder:
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)  # type: ignore[attr-defined]
