"""Reads and sends the forms of the pages of alerts, as a browser does without scripts."""

import html
import re

import httpx2

from events.vocabulary import Role
from tests.support.people.accounts import OURS
from tests.support.system.system import HANG, System

FORM = re.compile(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
TAG = re.compile(r"<[^>]+>")


def text_of(page: str) -> str:
    """What can be read on a page, in one line."""
    body = page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return " ".join(html.unescape(TAG.sub(" ", body)).split())


def forms(page: str, action: str) -> list[dict[str, str]]:
    """The hidden fields of each form that is sent to an address."""
    return [dict(HIDDEN.findall(inside)) for to, inside in FORM.findall(page) if to == action]


async def browser_of(system: System, role: Role, org: str, label: str = "prueba") -> httpx2.AsyncClient:
    """Somebody's browser, as far as pages go: with a token of theirs, which is read as a session is."""
    client = await system.signed_in(role, org, label)
    headers = {**OURS, "Accept": "text/html", "Authorization": client.headers["authorization"]}
    browser = httpx2.AsyncClient(base_url=system.url, headers=headers, timeout=HANG)
    system._clients.append(browser)
    return browser


async def shown(browser: httpx2.AsyncClient, path: str) -> str:
    """A page that is answered."""
    answer = await browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code, text_of(answer.text))
    return answer.text
