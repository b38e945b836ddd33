"""``make screens``: plays the day, follows the printed links, and puts a picture of every page in docs/screens."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from playwright.async_api import Browser, expect
from rich.console import Console

from services.demo.entry import ENROL
from tests.support.browser.chromium import browser
from tests.support.browser.crawling import Crawl, kind_of
from tests.support.browser.devices import DESKTOP, SMALL_PHONE, Device
from tests.support.browser.pictures import small_png
from tests.support.browser.registering import Registering
from tests.support.browser.telephone import fill_in
from tests.support.browser.visiting import PATIENCE, Visiting, Visitor
from tests.support.system.system import System

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
LARGEST, TOGETHER = 60_000, 1_500_000
"""Bytes."""
AUDIT = "/auditoria"
"""An auditor's first page: it leads to no case until somebody types one."""

console = Console(highlight=False)


@asynccontextmanager
async def demonstration() -> AsyncIterator[tuple[str, list[str], str]]:
    """The played day, left up: its address, the paths of its links, and the page of a case that it told."""
    arguments = ("-c", "from services.cli import main; main()", "demo")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE, stderr=STDOUT)
    try:
        text = await _told(process)
        (url,) = set(re.findall(r"(http://[\d.:]+)/demostracion", text))
        told = re.findall(r"^Caso ([0-9a-f-]{36})", text, re.MULTILINE)
        yield url, re.findall(r"http://[\d.:]+(/demostracion/\S+)", text), f"{AUDIT}/casos/{told[-1]}"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()


async def _told(process: Process) -> str:
    assert process.stdout is not None
    text = ""
    while "Ctrl-C" not in text:
        line = await process.stdout.readline()
        assert line, f"the demonstration ended: {text[-2000:]}"
        text += line.decode()
    return text


PERSON = {"private": "yes", "danger_now": "no", "medical_now": "no", "age_band": "25-59", "age_certainty": "stated"}
PERSON |= {"travelling": "with_children", "language": "es", "sex": "F", "fear_of_return": "yes"}
PERSON |= {"planned_departure": "72h", "safe_contact": "shelter_only"}
"""Somebody who is asked about ACNUR."""


@dataclass
class Camera:
    """Takes each page once."""

    device: Device
    taken: dict[str, int]

    async def take(self, visitor: Visitor) -> Iterable[str]:
        """Keeps a picture of what the visitor sees, unless it is a filter's or a further page of a list."""
        kind = kind_of(visitor.path)
        if "?" in kind:
            return []
        name = "-".join([*kind.replace("*", "x").strip("/").split("/"), f"{self.device.name}.png"])
        if name in self.taken:
            return []
        await visitor.page.reload()  # whoever read it has unfolded it
        return await self.keep(visitor, name)

    async def keep(self, visitor: Visitor, name: str) -> list[str]:
        """Keeps a picture of what the visitor sees under this name."""
        picture = small_png(await visitor.page.screenshot())
        (FOLDER / name).write_bytes(picture)
        self.taken[name] = len(picture)
        return [f"{len(picture)} bytes, more than {LARGEST}"] if len(picture) > LARGEST else []


async def picture_the_telephone(visitor: Visitor, camera: Camera, code: str) -> list[str]:
    """Makes the browser a telephone of the shelter, and registers somebody with the network off."""
    await visitor.goes_to(ENROL)
    await fill_in(visitor.page, code)
    await expect(visitor.page.locator("[data-done]")).to_be_visible(timeout=PATIENCE)
    await visitor.page.evaluate("() => navigator.serviceWorker.ready")
    async with visitor.page.expect_response("**/api/v1/directory?language=en", timeout=PATIENCE):
        await visitor.goes_to("/albergue/trabajo")
    await visitor.context.set_offline(True)
    registering = Registering(visitor)
    await registering.begins()
    wrong = await camera.keep(visitor, "albergue-registrar-phone.png")
    await registering.goes_on_to("ask-ACNUR", PERSON)
    wrong += await camera.keep(visitor, "albergue-registrar-permiso-phone.png")
    await registering.says("ACNUR", "granted")
    while not await visitor.page.locator("[data-step=save]:visible").count():
        for refused in await visitor.page.locator("section:not([hidden]) input[value=refused]:visible").all():
            await refused.check()
        await registering.goes_on()
    await visitor.page.locator("[data-save] button").click()
    await expect(visitor.page.get_by_text("Guardado en este dispositivo").first).to_be_visible(timeout=PATIENCE)
    wrong += await camera.keep(visitor, "albergue-registrar-guardado-phone.png")
    await visitor.goes_to("/albergue/pendientes")
    await expect(visitor.page.locator("[data-record]")).to_have_count(1)
    wrong += await camera.keep(visitor, "albergue-pendientes-phone.png")
    await visitor.context.set_offline(False)
    await expect(visitor.page.locator("[data-record]")).to_have_count(0, timeout=PATIENCE)
    return wrong


async def picture_everything(
    chromium: Browser, url: str, links: list[str], case: str
) -> tuple[dict[str, int], list[str]]:
    """Takes pictures as nobody and as each role. Returns the files' sizes and what was wrong."""
    visits = Visiting(chromium, System(cast("Any", None), url, []))
    taken: dict[str, int] = {}
    wrong: list[str] = []
    for link in (None, *links):
        start, cookies, code = "/entrar", list[Any](), ""
        for device in (DESKTOP, SMALL_PHONE):
            visitor, camera = await visits.nobody(device), Camera(device, taken)
            await visitor.context.add_cookies(cookies)
            if link is not None and not cookies:
                await visitor.goes_to(link)
                start, cookies = visitor.path, list(await visitor.context.cookies())
                if start.startswith(ENROL):
                    code = await visitor.page.locator("main input[name=codigo]").input_value()
                    start = "/albergue"
            elif code:
                wrong += await picture_the_telephone(visitor, camera, code)
            crawl = Crawl(visitor, "es", (camera.take,))
            await crawl.go(start, *([case] if start == AUDIT else []))
            wrong += crawl.wrong
            await visitor.context.close()
    return taken, wrong


async def main() -> None:
    """Writes the pictures; ends with 1 if one is too large or a page was not as it must be."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    async with demonstration() as (url, links, case), browser() as chromium:
        taken, wrong = await picture_everything(chromium, url, links, case)
    for name, size in sorted(taken.items()):
        console.print(f"{size:7} {name}")
    console.print(f"{sum(taken.values()):7} of {TOGETHER}", *wrong, sep="\n")
    sys.exit(bool(wrong) or sum(taken.values()) > TOGETHER)


if __name__ == "__main__":
    asyncio.run(main())
