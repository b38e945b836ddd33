"""Follows every link of a visitor's pages, one page of each kind, and judges each page."""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlsplit

from tests.support.browser.reading import misnamed, read, unreadable
from tests.support.browser.visiting import Visitor

IDS = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|p-\d{3,6}|(?<=/c/)[^/]+|(?<=/turno/)[^/?]+|[A-Z]{3}-[A-Z]{3}-\d+"
)
ELSEWHERE = ("tel:", "mailto:", "otpauth:")
"""Links that open no page."""
Judge = Callable[[Visitor], Awaitable[Iterable[str]]]
"""What somebody finds wrong with the page that a visitor sees."""


def kind_of(url: str) -> str:
    """An address without its ids: pages of one kind differ in them alone, or in what they are asked for."""
    parts = urlsplit(url)
    asked = "&".join(sorted({name for name, value in parse_qsl(parts.query) if value}))
    return IDS.sub("*", parts.path) + (f"?{asked}" if asked else "")


@dataclass
class Crawl:
    """The pages that were found, by kind, and what is wrong with them."""

    visitor: Visitor
    language: str
    judges: tuple[Judge, ...] = ()
    pages: dict[str, str] = field(default_factory=dict)
    """The path of the page that was seen of each kind."""
    wrong: list[str] = field(default_factory=list)

    async def go(self, *paths: str, most: int = 80) -> None:
        """Visits these paths and all that they lead to."""
        waiting = [(path, "") for path in paths]
        while waiting and len(self.pages) < most:
            path, before = waiting.pop(0)
            if (kind := kind_of(path)) not in self.pages:
                self.pages[kind] = path
                waiting += [(further, path) for further in await self._visit(path, before)]

    async def _visit(self, path: str, before: str) -> list[str]:
        status = await self.visitor.goes_to(path)
        if status != 200:
            self.wrong.append(f"{path}: a dead link ({status}) on {before or 'no page'}")
            return []
        seen = await read(self.visitor.page)
        wrong = [*misnamed(seen, self.language), *unreadable([*seen["texts"], seen["title"]], self.language)]
        for judge in self.judges:
            wrong += await judge(self.visitor)
        self.wrong += [f"{path}: {one}" for one in wrong]
        return self._inside(path, seen)

    def _inside(self, path: str, seen: dict[str, Any]) -> list[str]:
        """The paths of this system that a page links to."""
        found = []
        for link in seen["links"]:
            url = urldefrag(link).url
            if url.startswith(f"{self.visitor.system.url}/"):
                found.append(url.removeprefix(self.visitor.system.url))
            elif not url.startswith(ELSEWHERE):
                self.wrong.append(f"{path}: a link to another site: {url}")
        return found
