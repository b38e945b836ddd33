"""The demonstration ends with a link for each role; each is followed here as it was printed."""

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from playwright.async_api import Browser
from rich.console import Console

from services.chassis.runtime.server import listen, served, url_of
from services.chassis.web.pages.navigation import first_page
from services.demo.entry import ENROL, GUESTS, PATH, show_links, sign_in_links
from services.system import Installation
from tests.support.browser.visiting import visiting
from tests.support.system.system import HANG, NO_TLS, System, until_attached


@asynccontextmanager
async def demonstrated(installation: Installation) -> AsyncIterator[tuple[System, list[str]]]:
    """A system as the demonstration serves it, and the links as they are printed."""
    app = installation.application()
    links, listener = sign_in_links(app), listen("127.0.0.1", 0)
    async with served(app, listener):
        system = System(installation, url_of(listener), list(app.state.services))
        await until_attached(system.services)
        assert installation.settings.postgres_dsn is not None
        terminal = io.StringIO()
        invited = await links.invite(installation.settings.postgres_dsn.get_secret_value())
        show_links(Console(file=terminal, width=80), system.url, invited)
        yield system, re.findall(r"http://\S+", terminal.getvalue())


async def test_each_link_signs_in_once_and_leads_to_the_first_page_of_its_role(
    installation: Installation, chromium: Browser
) -> None:
    async with demonstrated(installation) as (system, links), visiting(chromium, system) as visitors:
        assert len(links) == len(GUESTS) == 5
        for guest, link in zip(GUESTS, links, strict=True):
            visitor = await visitors.nobody()
            await visitor.page.goto(link)
            first = ENROL if guest.coordinator else first_page(guest.role)
            assert visitor.path.partition("#")[0] == first
            session = await (await visitor.context.request.get(f"{system.url}/api/v1/session")).json()
            assert (session["person"], session["role"]) == (guest.person, guest.role)
            another = await visitors.nobody()
            assert await another.goes_to(link.removeprefix(system.url)) == 404
            assert await another.context.cookies() == []


async def test_what_is_no_link_signs_nobody_in_and_other_systems_have_none(
    installation: Installation, system: System
) -> None:
    async with demonstrated(installation) as (demo, links), httpx2.AsyncClient(verify=NO_TLS, timeout=HANG) as client:
        for link in (f"{demo.url}{PATH}/x", links[0].replace(demo.url, system.url), f"{links[0]}x"):
            refused = await client.get(link)
            assert (refused.status_code, list(refused.cookies)) == (404, []), link
        assert (await client.get(links[0])).status_code == 303
