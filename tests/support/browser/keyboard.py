"""Goes through a page by the Tab key alone, as somebody does who holds no mouse."""

from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

TOP = """() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
  scrollTo(0, 0);
}"""
MARK = """() => {
  const usable = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const folded = "details:not([open]) > :not(summary)";
  let count = 0;
  for (const one of document.querySelectorAll(usable))
    if (one.checkVisibility({visibilityProperty: true}) && !one.disabled && !one.closest(folded))
      one.dataset.nth = String(count++);
  return [...document.querySelectorAll("[data-nth]")].map((one) =>
    [one.outerHTML.slice(0, 120), one.type === "radio" ? `${one.form?.action} ${one.name}` : ""]);
}"""
WHERE = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one.dataset.nth === undefined) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    nth: Number(one.dataset.nth),
    seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0,
  };
}"""

STOPS_OF_A_DATE = 8
"""Day, month, year, hour … of a field for a moment are stops of their own."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What Tab reached, in order, and what is wrong."""

    reached: list[str]
    wrong: list[str]


async def from_the_top(page: Page) -> None:
    """Lets the next Tab go to the first link, wherever a script has put the focus."""
    await page.evaluate(TOP)


async def by_tab(page: Page) -> Walk:
    """Presses Tab from the top of the page to its end.

    A group of radio buttons is one stop: the arrow keys choose in it.
    """
    marked: list[list[str]] = await page.evaluate(MARK)
    await from_the_top(page)
    reached: dict[int, dict[str, Any]] = {}
    before = -1
    for _ in range(len(marked) + STOPS_OF_A_DATE * len(marked)):
        await page.keyboard.press("Tab")
        there = await page.evaluate(WHERE)
        if there is None or (there["nth"] in reached and there["nth"] != before):
            break
        before = there["nth"]
        shown = there["seen"] or reached.get(before, there)["seen"]  # a part of a field shows the focus instead
        reached[before] = there | {"seen": shown}
    groups = {marked[nth][1] for nth in reached} - {""}
    wrong = [
        f"Tab does not reach {html}"
        for nth, (html, group) in enumerate(marked)
        if nth not in reached and group not in groups
    ]
    wrong += [f"the focus is not shown: {marked[nth][0]}" for nth in reached if not reached[nth]["seen"]]
    wrong += [f"the focus is off the screen: {marked[nth][0]}" for nth in reached if not reached[nth]["inside"]]
    return Walk([marked[nth][0] for nth in reached], wrong)
