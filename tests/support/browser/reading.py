"""Reads a page as people see it, and says what they should not have to see there: codes, addresses, ids."""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Any

from playwright.async_api import Page

import events.vocabulary
from events.vocabulary import Agency, RiskCategory

READ = """() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    if (text && !element.closest("script, style, [data-raw]") && element.checkVisibility()) texts.push(text);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"])
    for (const element of document.querySelectorAll(`[${name}]`)) texts.push(element.getAttribute(name));
  return {
    texts,
    lang: document.documentElement.lang,
    title: document.title,
    headings: [...document.querySelectorAll("h1")].map((one) => one.textContent.trim()),
    links: [...document.querySelectorAll("a[href]")].map((one) => one.href),
  };
}"""
"""Unfolds what is folded, then collects. ``data-raw`` marks what is shown as it is stored, on purpose."""

NEVER = (
    (re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b"), "a code"),
    (re.compile(r"\b[A-Z]+[0-9]*(?:_[A-Z0-9]+)+\b"), "a code"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-"), "an id"),
    (re.compile(r"/api/|https?://"), "an address"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d"), "a moment as programs write it"),
    (re.compile(r"\b(?:None|null|undefined|NaN|True|False)\b|\[object |\{\{|\{%"), "what a program left"),
)
"""What nobody should have to read anywhere in a text."""
ALSO_WORDS = {"no", "legal"}
"""Codes that are Spanish words."""


def _codes() -> set[str]:
    kinds = [one for one in vars(events.vocabulary).values() if isinstance(one, type) and issubclass(one, Enum)]
    return {str(member.value) for kind in kinds for member in kind}


LOWER_CODES = {code for code in _codes() if code == code.lower()} - ALSO_WORDS
CATEGORIES = {one.value for one in RiskCategory} - {one.value for one in Agency}


async def read(page: Page) -> dict[str, Any]:
    """Texts, language, title, headings and links of a page; what is folded is unfolded first."""
    found: dict[str, Any] = await page.evaluate(READ)
    return found


def unreadable(texts: Iterable[str], language: str) -> list[str]:
    """What of these texts is not for people. In English many a code is a word as well."""
    found = []
    for text in texts:
        found += [f"{what}: {text[:120]}" for pattern, what in NEVER if pattern.search(text)]
        if text in CATEGORIES or (text in LOWER_CODES and language == "es"):
            found.append(f"a code alone: {text}")
    return found


def misnamed(seen: dict[str, Any], language: str) -> list[str]:
    """What is wrong with a page's language, heading and title."""
    wrong = []
    if seen["lang"] != language:
        wrong.append(f"its language is {seen['lang']!r}, not {language!r}")
    if len(seen["headings"]) != 1:
        wrong.append(f"it has {len(seen['headings'])} headings of the first order")
    elif not seen["title"].startswith(seen["headings"][0]):
        wrong.append(f"its title {seen['title']!r} does not name it {seen['headings'][0]!r}")
    return wrong
