"""Each check of the crawl can fail: on a page that is wrong in one thing, that one thing is found."""

from dataclasses import dataclass

import pytest
from playwright.async_api import Route

from tests.support.browser.crawling import Crawl, kind_of
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.layout import too_small, too_wide
from tests.support.browser.visiting import Visiting, Visitor

RIGHT = """<!doctype html><html lang="es"><head><title>Casos · canaliza</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><nav><a href="/entrar" style="display:inline-block;min-width:44px;min-height:44px">Entrar</a></nav>
<main><h1>Casos</h1><p>Nadie espera respuesta.</p></main></body></html>"""


WRONG = (
    ("espera respuesta", "está en blocked_consent", "a code: Nadie está en blocked_consent."),
    ("espera respuesta", "de ONU_MUJERES", "a code: Nadie de ONU_MUJERES."),
    ("Nadie espera respuesta.", "requested", "a code alone: requested"),
    ("Nadie espera respuesta.", "TRATA", "a code alone: TRATA"),
    ("<p>", "<details><summary>Más</summary>info_requested</details><p>", "a code: info_requested"),
    ("<p>", '<p title="on_call">', "a code: on_call"),
    ("Nadie", "0b9d7c1e-6f7a-4c1e-9a3e-5f8f0c7d1b11", "an id"),
    ("Nadie", "2013-06-12T08:34:00-05:00", "a moment as programs write it"),
    ("Nadie", "/api/v1/referrals", "an address"),
    ("Nadie", "None", "what a program left"),
    ('lang="es"', 'lang="en"', "its language is 'en'"),
    ("<h1>Casos</h1>", "", "it has 0 headings"),
    ("<title>Casos", "<title>canaliza", "does not name it"),
    ("<p>", '<p><a href="https://example.org/">Fuera</a>', "a link to another site"),
)
"""What stands on the page instead of what, and what is found then."""


@dataclass
class Shown:
    """A visitor of a page that only this test has, and its HTML."""

    visitor: Visitor
    html: str = RIGHT

    async def answer(self, route: Route) -> None:
        """Called by the browser."""
        await route.fulfill(body=self.html, content_type="text/html; charset=utf-8")

    async def found(self, html: str, most: int = 1) -> list[str]:
        """What a crawl finds on the page."""
        self.html = html
        crawl = Crawl(self.visitor, "es")
        await crawl.go("/prueba", most=most)
        return crawl.wrong


@pytest.fixture
async def shown(visiting: Visiting) -> Shown:
    page = Shown(await visiting.nobody(SMALL_PHONE))
    await page.visitor.context.route("**/prueba", page.answer)
    return page


async def test_nothing_is_found_on_a_page_that_is_right(shown: Shown) -> None:
    assert await shown.found(RIGHT) == []
    assert [*await too_small(shown.visitor.page), *await too_wide(shown.visitor.page)] == []


async def test_what_is_not_for_people_is_found(shown: Shown) -> None:
    for before, after, says in WRONG:
        assert says in "\n".join(await shown.found(RIGHT.replace(before, after)))


async def test_a_dead_link_is_found_with_the_page_that_has_it(shown: Shown) -> None:
    found = await shown.found(RIGHT.replace("/entrar", "/nada"), most=2)
    assert found == ["/nada: a dead link (404) on /prueba"]


async def test_a_small_button_and_a_wide_table_are_found(shown: Shown) -> None:
    await shown.found(
        RIGHT.replace("<p>", '<button style="height:20px">Sí</button><div style="width:500px">x</div><p>')
    )
    assert "x20: <button" in "".join(await too_small(shown.visitor.page))
    assert "width:500px" in "".join(await too_wide(shown.visitor.page))


def test_pages_that_differ_in_their_ids_are_of_one_kind() -> None:
    one, other = "0b9d7c1e-6f7a-4c1e-9a3e-5f8f0c7d1b11", "1b9d7c1e-6f7a-4c1e-9a3e-5f8f0c7d1b11"
    assert kind_of(f"/mesa/canalizaciones/{one}") == kind_of(f"/mesa/canalizaciones/{other}")
    assert kind_of(f"/mesa/canalizaciones/{one}") != kind_of(f"/auditoria/casos/{one}")
    assert kind_of("/mesa?urgencia=U0") == kind_of("/mesa?urgencia=U1") != kind_of("/mesa")
