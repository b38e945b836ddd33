"""Every page that a role reaches from its first one: no dead link, no code without words, read and used by anybody."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from events.vocabulary import Role
from services.chassis.web.pages.navigation import DOORS, STAFF, first_page
from tests.journeys.conftest import programme_of
from tests.support.browser.accessibility import violations
from tests.support.browser.crawling import Crawl
from tests.support.browser.devices import DESKTOP, SMALL_PHONE, ZOOMED
from tests.support.browser.keyboard import by_tab
from tests.support.browser.layout import resize, too_small, too_wide
from tests.support.browser.traffic import FIRST_LOAD, FORM, LATER_PAGE, Traffic, traffic_of
from tests.support.browser.visiting import Visiting, Visitor
from tests.support.browser.visiting import visiting as visits
from tests.support.people.access_world import furnished
from tests.support.people.people import SHELTER
from tests.support.people.shelter_work import somebody
from tests.support.system.system import System

PLACES = {
    Role.OFFICER: "ACNUR",
    Role.SUPERVISOR: "OIM",
    Role.PROGRAMME_COORDINATOR: "*",
    Role.AUDITOR: "*",
    Role.SHELTER_WORKER: SHELTER,
    Role.SHELTER_COORDINATOR: SHELTER,
}
"""The roles that have pages, and the organisation of each."""
WITHOUT_A_DOOR = {(Role.PROGRAMME_COORDINATOR, "/albergue")}
"""The coordination may list the cases of every shelter (docs/guides/access.md), and has no door to them."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def furnished_system(module_system: System) -> System:
    """A system in which there is one thing of every kind, and more."""
    programme = await programme_of(module_system)
    await furnished(programme)
    for _ in range(2):
        await programme.flag(somebody())  # they look alike
    return module_system


async def is_for_thumbs(visitor: Visitor) -> Iterable[str]:
    """At 320 px, and at 200 % of a desktop."""
    found = [*await violations(visitor.page), *await too_wide(visitor.page), *await too_small(visitor.page)]
    await resize(visitor.page, ZOOMED)
    found += await too_wide(visitor.page)
    await resize(visitor.page, SMALL_PHONE)
    return found


async def is_for_a_keyboard(visitor: Visitor) -> Iterable[str]:
    """At a desk in the dark, and on paper."""
    found = [*await violations(visitor.page), *(await by_tab(visitor.page)).wrong]
    await visitor.page.emulate_media(media="print")
    shown = await visitor.page.locator("nav:visible, button:visible, .skip:visible").count()
    await visitor.page.emulate_media(media="screen")
    return [*found, f"{shown} links and buttons on paper"] if shown else found


@dataclass
class Line:
    """A slow line, which counts what each page takes."""

    traffic: Traffic
    most: int = FIRST_LOAD
    once: int = 0
    """What a form brings that goes on without a network; its scripts arrive with it or with the page after it."""

    async def carries(self, _visitor: Visitor) -> Iterable[str]:
        """The first page comes with style and scripts, a later one alone."""
        took, most = self.traffic.total, self.most
        if most < took <= self.once:
            most, self.once = self.once, 0
        self.traffic.reset()
        self.most = LATER_PAGE
        return [f"{took} bytes, more than {most}"] if took > most else []


ONCE = {(Role.SUPERVISOR, "en"), (Role.SHELTER_WORKER, "es"), (Role.SHELTER_COORDINATOR, "en")}
"""Who has nearly the pages of somebody else: a supervisor those of an officer, a shelter's coordination on a telephone
those of its workers, who are looked at at a desk."""


BESIDES = {
    *((Role.OFFICER, "es"), (Role.OFFICER, "en"), (Role.PROGRAMME_COORDINATOR, "en")),
    (Role.SHELTER_WORKER, "en"),
}
"""In ``make search``: the other language shows the same templates, and a supervisor's telephone an officer's pages."""


@pytest.mark.parametrize(
    ("role", "language"),
    [
        pytest.param(role, language, marks=[pytest.mark.search] if (role, language) in BESIDES else [])
        for role in PLACES
        for language in ("es", "en")
        if (role, language) not in ONCE
    ],
)
async def test_every_page_of_a_role_is_whole(
    chromium: Browser, furnished_system: System, role: Role, language: str
) -> None:
    small = language == "es"
    judge = is_for_thumbs if small else is_for_a_keyboard
    device = SMALL_PHONE if small else DESKTOP.in_the_dark()
    async with visits(chromium, furnished_system) as visiting:
        visitor = await visiting.signed_in(role, PLACES[role], device, language=language)
        line = Line(await traffic_of(visitor.page), once=FORM if role in STAFF else 0)
        crawl = Crawl(visitor, language, (line.carries, judge))
        await crawl.go(first_page(role))
    assert not crawl.wrong, "\n".join(crawl.wrong)
    assert crawl.pages.keys() >= {door.path for door in DOORS if role in door.roles}


@pytest.mark.parametrize("role", PLACES)
async def test_no_role_comes_through_anothers_door(visiting: Visiting, role: Role) -> None:
    visitor = await visiting.signed_in(role, PLACES[role], SMALL_PHONE)
    for door in (one for one in DOORS if (role, one.path) not in WITHOUT_A_DOOR):
        status = await visitor.goes_to(door.path)
        elsewhere = not visitor.path.startswith(door.path)  # a supervisor is led to what she may see of it
        assert status == 200 if role in door.roles else elsewhere or status in {403, 404}, door.path
