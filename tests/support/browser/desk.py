"""A desk's officer at a browser: opens a referral's page and takes its steps by their forms."""

from dataclasses import dataclass

from playwright.async_api import Locator, Page

from tests.support.browser.visiting import Visitor

PAGE = "/mesa/canalizaciones/{}"


@dataclass(frozen=True, slots=True)
class AtTheDesk:
    """Somebody who has the page of one referral open, in the first tab or another."""

    visitor: Visitor
    tab: Page | None = None

    @property
    def page(self) -> Page:
        """The tab."""
        return self.tab or self.visitor.page

    async def opens(self, referral: str) -> int:
        """Opens the page of a referral. Returns the answer's status."""
        answer = await self.page.goto(self.visitor.system.url + PAGE.format(referral))
        assert answer is not None
        return answer.status

    def form(self, step: str) -> Locator:
        """The form of a step."""
        return self.page.locator(f'form[action$="/{step}"]')

    async def unfolds(self, step: str) -> Locator:
        """The form of a step, unfolded if it was folded."""
        form = self.form(step)
        if not await form.is_visible():
            await self.page.locator(f"#paso-{step} > summary").click()
        return form

    async def writes(self, step: str, **fields: str) -> Locator:
        """Fills in the form of a step: what is chosen by its value, what is written as it is. Returns its button."""
        form = await self.unfolds(step)
        for name, value in fields.items():
            found = form.locator(f"[name={name}]")
            kind = await found.first.evaluate("(one) => one.type")
            if kind == "radio":
                await form.locator(f"[name={name}][value={value}]").check()
            elif kind.startswith("select"):
                await found.select_option(value)
            else:
                await found.fill(value)
        return form.locator("button")

    async def takes(self, step: str, **fields: str) -> None:
        """Sends the form of a step, and waits for the page that comes after it."""
        button = await self.writes(step, **fields)
        async with self.page.expect_navigation():
            await button.click()

    async def offered(self) -> list[str]:
        """The steps that the page has forms for."""
        actions: list[str] = await self.page.eval_on_selector_all(
            "form.act", "(forms) => forms.map((one) => one.getAttribute('action'))"
        )
        return [action.rpartition("/")[2] for action in actions]

    async def reads(self) -> str:
        """What can be read on the page, in one line."""
        return " ".join((await self.page.locator("body").inner_text()).split())
