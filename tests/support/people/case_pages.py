"""The pages of a shelter's cases, as a browser without scripts asks for them."""

import httpx2

from tests.support.people.page_forms import PageForm, forms_of
from tests.support.people.page_reading import headers, looked_at, words_of

LIST = "/albergue"


def page_of(case: str) -> str:
    """The address of a case's page."""
    return f"{LIST}/casos/{case}"


async def case_page(client: httpx2.AsyncClient, case: str, language: str = "es") -> str:
    """The page of a case, as HTML; it names nothing by an id or by a code."""
    return await looked_at(client, page_of(case), language)


async def case_words(client: httpx2.AsyncClient, case: str, language: str = "es") -> str:
    """What can be read on it."""
    return words_of(await case_page(client, case, language))


async def forms_to(client: httpx2.AsyncClient, case: str, end: str) -> list[PageForm]:
    """The forms of a case's page that are sent to this place below it."""
    return [form for form in forms_of(await case_page(client, case)) if form.action == f"{page_of(case)}/{end}"]


async def sends(client: httpx2.AsyncClient, form: PageForm, **written: str) -> httpx2.Response:
    """Sends a form as its page would, with what somebody writes into it."""
    return await client.post(form.action, data=form.fields | written, headers=headers())


async def after(client: httpx2.AsyncClient, answer: httpx2.Response) -> str:
    """What can be read on the page that an act leads to."""
    assert answer.status_code == 303, words_of(answer.text)[:600]
    return words_of(await looked_at(client, answer.headers["location"]))
