"""Reads an auditor's page as text, and the moments at which a case's facts were recorded."""

import html
import re
from typing import Any

import httpx2

from tests.support.people.people import Item, Programme

TAG = re.compile(r"<[^>]+>")
BLANK = re.compile(r"\s+")


def text_of(page: str) -> str:
    """What can be read on a page, in one line."""
    body = page.partition("<main")[2].partition("</main>")[0]
    return BLANK.sub(" ", html.unescape(TAG.sub(" ", body))).strip()


def section(page: str, heading: str) -> str:
    """What can be read in the section of an organisation."""
    for part in page.split("<section")[1:]:
        text = text_of(f"<main>{part.partition('</section>')[0]}</main>")
        if heading in text.partition("Qué podía leer")[0]:
            return text
    raise AssertionError(f"no section of {heading}: {text_of(page)}")


async def shown(auditor: httpx2.AsyncClient, path: str, **query: str) -> str:
    """A page that is answered."""
    answer = await auditor.get(path, params=query)
    assert answer.status_code == 200, (path, answer.status_code, answer.text)
    return answer.text


async def recorded(programme: Programme, case: str, name: str, **said: Any) -> Item:
    """The first fact of a name in a case's history, with these fields."""
    for entry in await programme.history(case):
        if entry["name"] == name and all(entry["data"].get(field) == value for field, value in said.items()):
            return entry
    raise AssertionError(f"no {name}")
