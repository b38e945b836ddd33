"""A shelter worker who registers somebody on a telephone: answers, goes on, goes back, asks for consent."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from playwright.async_api import Locator, Page, expect

from tests.support.browser.visiting import Visitor

HERE = "/albergue/registrar"
Look = Callable[[Page], Awaitable[list[str]]]


@dataclass
class Registering:
    """The form in one tab. ``looks`` judges each screen as it is drawn."""

    visitor: Visitor
    looks: Look | None = None
    seen: list[str] = field(default_factory=list)
    """The headings of the screens, in their order."""
    answers: int = 0
    """How many answers were given."""
    wrong: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        """The first tab."""
        return self.visitor.page

    @property
    def heading(self) -> Locator:
        """The heading of the screen."""
        return self.page.locator("#register section:not([hidden]) > h2")

    async def begins(self) -> None:
        """Opens the form."""
        await self.visitor.goes_to(HERE)
        await self.page.locator("#register[data-loaded]").wait_for()
        await self._look()

    async def answers_with(self, answers: Mapping[str, str]) -> None:
        """Answers whatever of these is asked on the screen."""
        for name, code in answers.items():
            field = self.page.locator(f'#register section:not([hidden]) [name="{name}"]:visible').first
            if await field.count() == 0:
                continue
            self.answers += 1
            if await field.evaluate("(one) => one.tagName") == "SELECT":
                await field.select_option(code)
            elif await field.get_attribute("type") in {"radio", "checkbox"}:
                await self.page.locator(f'[name="{name}"][value="{code}"]').check()
            else:
                await field.fill(code)

    async def goes_on(self) -> None:
        """Taps "Seguir" and waits for the next screen."""
        before = await self.heading.inner_text()
        await self.page.locator("[data-next]").click()
        await expect(self.heading).not_to_have_text(before)
        await self._look()

    async def goes_on_to(self, step: str, answers: Mapping[str, str]) -> None:
        """Answers and goes on until this screen."""
        while not await self.page.locator(f'[data-step="{step}"]:visible').count():
            await self.answers_with(answers)
            await self.goes_on()

    async def goes_back(self) -> None:
        """Presses the browser's Back."""
        before = await self.heading.inner_text()
        await self.page.go_back()
        await expect(self.heading).not_to_have_text(before)

    async def says(self, agency: str, decision: str, **more: str) -> None:
        """What the person decides about one recipient, on its screen."""
        await expect(self.page.locator(f"[data-step=ask-{agency}]")).to_be_visible()
        await self.page.locator(f'[name="ask-{agency}-decision"][value={decision}]').check()
        for part, code in more.items():
            field = self.page.locator(f'[name="ask-{agency}-{part}"]')
            if part == "until":
                await field.select_option(code)
            else:
                await self.page.locator(f'[name="ask-{agency}-{part}"][value="{code}"]').check()

    async def _look(self) -> None:
        self.seen.append(await self.heading.inner_text())
        if self.looks is not None:
            self.wrong += [f"{self.seen[-1]}: {one}" for one in await self.looks(self.page)]
