"""A coordinator gives out a code, sees what enrolled with it, hands in its file, and takes its right away."""

import json
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import expect

from events.vocabulary import Role
from tests.support.browser.accessibility import violations
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.layout import too_small, too_wide
from tests.support.browser.visiting import Visiting, Visitor
from tests.support.builders.device_records import Telephone, hands_in
from tests.support.people.people import is_a_problem
from tests.support.people.shelter_work import spoilt
from tests.support.system.system import HANG

SHELTER = "ALB-TAP-01"
HERE = "/albergue/telefonos"


async def is_for_anybody(visitor: Visitor) -> None:
    assert [*await violations(visitor.page), *await too_wide(visitor.page), *await too_small(visitor.page)] == []


async def test_a_telephone_from_its_code_to_its_end(visiting: Visiting, tmp_path: Path) -> None:
    visitor = await visiting.signed_in(Role.SHELTER_COORDINATOR, SHELTER, SMALL_PHONE)
    page = visitor.page
    await visitor.goes_to("/albergue/trabajo")
    await page.get_by_role("link", name="Teléfonos del albergue").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Teléfonos del albergue")
    await page.get_by_role("button", name="Dar una clave").click()
    code = await page.locator("p.large strong").inner_text()
    await page.reload()
    await expect(page.locator("p.large strong")).to_have_text(code)
    assert code not in page.url
    await is_for_anybody(visitor)

    worker = await visiting.system.signed_in(Role.SHELTER_WORKER, SHELTER)
    telephone = Telephone()
    assert (await telephone.enrols(worker, code)).status_code == 201
    await page.reload()
    await expect(page.locator("#clave + p")).to_contain_text(f"ya se usó: inscribió el teléfono {telephone.id}")
    await page.goto(visiting.system.url + HERE)
    row = page.locator("tr", has_text=telephone.id)
    await expect(row).to_contain_text("en uso")

    whole, faulty = telephone.seals(telephone.document()), telephone.seals(spoilt(telephone.document()))
    file = tmp_path / "canaliza-registros.json"
    file.write_text(json.dumps({"records": [whole, faulty, {"no": 1}]}), encoding="utf-8")
    await page.set_input_files("#elegir", file)
    await expect(page.locator("#registros")).to_have_value(file.read_text(encoding="utf-8"))
    await page.get_by_role("button", name="Entregar").click()
    outcomes = page.locator("#resultado ~ ol li")
    await expect(outcomes).to_have_count(3)
    for at, said in enumerate(("recibido", "falta corregirlo", "no se pudo recibir")):
        await expect(outcomes.nth(at)).to_contain_text(said)
    await is_for_anybody(visitor)
    await outcomes.nth(1).get_by_role("link", name="Verlo y corregirlo").click()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()

    await page.goto(visiting.system.url + HERE)
    await row.get_by_text(f"Dar de baja {telephone.id}").click()
    await is_for_anybody(visitor)
    await row.get_by_role("button", name="Sí, dar de baja").click()
    await expect(page.locator("p.notice.good[role=status]")).to_have_text("✓ El teléfono está dado de baja.")
    await expect(row).to_contain_text("dado de baja")
    async with httpx2.AsyncClient(base_url=visiting.system.url, timeout=HANG) as anybody:
        is_a_problem(await hands_in(anybody, telephone.seals(telephone.document())), 403, "device_revoked")


@pytest.mark.search
async def test_without_scripts_and_in_english_a_file_is_pasted(visiting: Visiting) -> None:
    visitor = await visiting.signed_in(
        Role.SHELTER_COORDINATOR, SHELTER, SMALL_PHONE, label="english", language="en", scripts=False
    )
    coordinator = await visiting.system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
    telephone = await Telephone.enrolled(coordinator, coordinator)
    page = visitor.page
    await visitor.goes_to(HERE)
    await expect(page.get_by_role("heading", level=1)).to_have_text("The shelter's telephones")
    await expect(page.locator("#elegir")).to_be_hidden()
    await page.locator("#registros").fill("no es nada")
    await page.get_by_role("button", name="Hand in").click()
    await expect(page.locator("#fault")).to_contain_text("it is not a telephone's file")
    await page.locator("#registros").fill(json.dumps([telephone.seals(telephone.document())]))
    await page.get_by_role("button", name="Hand in").click()
    await expect(page.locator("#resultado ~ ol li")).to_contain_text("received")
