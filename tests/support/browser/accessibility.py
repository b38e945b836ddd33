"""What axe-core finds on a page: it reads it as somebody does who cannot see, or cannot see well."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

RUN = """() => {
  const options = { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } };
  return axe.run(document, options).then((found) => found.violations);
}"""


async def violations(page: Page) -> list[str]:
    """Every rule that the page breaks, with the elements that break it. Contrast is one of them."""
    if not await page.evaluate("() => 'axe' in globalThis"):
        await page.evaluate(AXE_SCRIPT)
    found = await page.evaluate(RUN)
    return [f"{one['id']} ({one['impact']}): " + " · ".join(node["html"] for node in one["nodes"]) for one in found]


async def assert_accessible(page: Page) -> None:
    """Looks for violations.

    Raises:
        AssertionError: the page breaks a rule; the message says which, and where.
    """
    found = await violations(page)
    assert not found, "\n".join([page.url, *found])
