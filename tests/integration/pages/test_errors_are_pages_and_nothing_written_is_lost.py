"""A refused browser gets a page that says what to do; a form whose session ended comes back with what was written."""

import re
from uuid import uuid4

import pytest

from tests.support.people.accounts import browser
from tests.support.system.system import System

HTML = {"Accept": "text/html"}
NOTE = "Falta un intérprete de mam · «Xjalb'il»"


@pytest.mark.parametrize("path", ["/no-hay-tal-pagina", "/c/no-es-un-codigo", "/recursos/x/no-hay.css"])
async def test_what_does_not_exist_is_a_page_with_a_way_back(system: System, path: str) -> None:
    async with browser(system, **HTML) as client:
        answer = await client.get(path, follow_redirects=True)
        assert answer.headers["content-type"].startswith("text/html")
        assert "canaliza</title>" in answer.text


async def test_a_program_is_still_answered_a_problem(system: System) -> None:
    async with browser(system, Accept="application/json") as client:
        answer = await client.get("/no-hay-tal-pagina")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_policy_of_a_page_says_every_directive_and_allows_nothing_inline(system: System) -> None:
    async with browser(system, **HTML) as client:
        first, second = [await client.get("/no-hay") for _ in range(2)]
        policy = first.headers["content-security-policy"]
        for directive in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert directive in policy
        assert "unsafe" not in policy
        assert policy != second.headers["content-security-policy"]
        (nonce,) = set(re.findall(r'nonce="([^"]+)"', first.text))
        assert f"script-src 'nonce-{nonce}'" in policy


async def test_the_look_of_a_page_is_kept_by_the_browser_for_ever_and_compressed(system: System) -> None:
    async with browser(system, **HTML) as client:
        page = (await client.get("/no-hay")).text
        (path,) = re.findall(r'rel="stylesheet" href="([^"]+)"', page)
        sent = await client.get(path)
        assert sent.status_code == 200
        assert "immutable" in sent.headers["cache-control"]
        assert sent.headers["content-encoding"] == "gzip"
        old = await client.get(path.replace(path.split("/")[2], "0" * 16))
        assert old.status_code == 200  # a page from before an upgrade keeps its look
        assert old.headers["cache-control"] == "no-store"


def declining(path: str, fields: dict[str, str]) -> dict[str, str]:
    return {"orden": str(uuid4()), "version": "1", **fields, "ruta": path}


async def test_a_form_whose_session_has_ended_comes_back_with_what_was_written(system: System) -> None:
    path = "/mesa/exportar"
    async with browser(system, **HTML) as client:
        answer = await client.post(path, data=declining(path, {"nota": NOTE, "paso": "decline"}))
        assert answer.status_code == 401
        assert "Su sesión terminó" in answer.text
        assert f'action="{path}"' in answer.text
        assert "Falta un intérprete de mam · «Xjalb&#39;il»" in answer.text
        assert answer.headers["cache-control"] == "no-store"


async def test_a_form_from_another_site_does_not_come_back(system: System) -> None:
    async with browser(system, **HTML) as client:
        elsewhere = {"Origin": "https://elsewhere.invalid", "Sec-Fetch-Site": "cross-site"}
        answer = await client.post("/mesa/exportar", data={"nota": NOTE}, headers=elsewhere)
        assert answer.status_code == 403
        assert "mam" not in answer.text
