"""Measures a page: whether it scrolls sideways, whether a thumb hits its buttons, what is left of it on paper."""

from playwright.async_api import Page

from tests.support.browser.devices import Device

THUMB = 44
"""CSS pixels that a target of a thumb measures at least, in width and height (WCAG 2.2, 2.5.5)."""

TARGETS = "nav a, button, .button, summary, input:not([type=hidden]), select, textarea, .choice label"
SMALL = """([selector, least]) => [...document.querySelectorAll(selector)]
  .filter((one) => one.checkVisibility() && !one.matches("main p a, .skip, .choice input, .bottom a"))
  .map((one) => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.height < least - 0.5 || box.width < 24))
  .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)}: ${html}`)
"""
"""A radio button's target is its label, which is measured; a link inside a sentence has the sentence's height."""

TOO_WIDE = """() => {
  const width = document.scrollingElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > width + 1)
    .map((one) => one.outerHTML.slice(0, 120)).slice(-3);
}"""


async def too_small(page: Page) -> list[str]:
    """The targets that a thumb does not hit."""
    found: list[str] = await page.evaluate(SMALL, [TARGETS, THUMB])
    return [f"a small target, {one}" for one in found]


async def too_wide(page: Page) -> list[str]:
    """The innermost elements that make the page scroll sideways."""
    found: list[str] = await page.evaluate(TOO_WIDE)
    return [f"it scrolls sideways because of {one}" for one in found]


async def resize(page: Page, device: Device) -> None:
    """Gives the page another size, as turning a telephone or zooming does."""
    width, height = device.size
    await page.set_viewport_size({"width": width, "height": height})
