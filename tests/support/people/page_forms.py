"""The forms of a page, as a browser without scripts sends them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx2


@dataclass
class PageForm:
    """One form: where it is sent to, what it sends unless somebody writes, and what there is to choose from."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    button: str = ""

    async def sent_by(self, browser: httpx2.AsyncClient, **written: str) -> httpx2.Response:
        """Sends it, with what somebody writes into it."""
        return await browser.post(self.action, data=self.fields | written)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[PageForm] = []
        self._form: PageForm | None = None
        self._open: str | None = None
        self._name = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._form = PageForm(said.get("action", ""))
            if self._form.action:  # the others are a script's alone
                self.found.append(self._form)
        elif self._form is not None and tag in {"textarea", "button", "select"}:
            self._open, self._name = tag, said.get("name", "")
            if tag == "textarea":
                self._form.fields[self._name] = ""
        elif self._form is not None and tag == "option":
            self._choice(said["value"], chosen="selected" in said or self._name not in self._form.fields)
        elif self._form is not None and tag == "input":
            self._name = said["name"]
            if said.get("type") == "radio":
                self._choice(said["value"], chosen="checked" in said)
            else:
                self._form.fields[self._name] = said.get("value", "")

    def _choice(self, value: str, *, chosen: bool) -> None:
        assert self._form is not None
        self._form.choices.setdefault(self._name, []).append(value)
        if chosen:
            self._form.fields[self._name] = value

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._open == "textarea":
            self._form.fields[self._name] += data
        if self._form is not None and self._open == "button":
            self._form.button = (self._form.button + data).strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == self._open and tag != "select":
            self._open = None


def forms_of(page: str) -> list[PageForm]:
    """Every form of a page, in their order."""
    reader = _Forms()
    reader.feed(page)
    return reader.found


def form_to(page: str, end: str) -> PageForm:
    """The form that is sent to a path with this end.

    Raises:
        AssertionError: there is none, or more than one.
    """
    found = [form for form in forms_of(page) if form.action.endswith(end)]
    assert len(found) == 1, f"{len(found)} forms to {end}: {[form.action for form in forms_of(page)]}"
    return found[0]
