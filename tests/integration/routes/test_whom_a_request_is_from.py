"""A request is from whoever connects; a header says otherwise only through the installation's own proxies."""

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.chassis.runtime.application import application
from services.chassis.runtime.server import listen, served, url_of
from services.chassis.settings import Settings
from services.chassis.web.forwarded import Forwarded
from tests.support.fakes.certificates import Authority
from tests.support.system.answers import is_a_problem
from tests.support.system.system import HANG


async def _seen(request: Request) -> JSONResponse:
    assert request.client is not None
    return JSONResponse([request.client.host, request.url.scheme])


def _app(settings: Settings | None = None) -> Any:
    app: Any = Starlette(routes=[Route("/", _seen), Route("/health/live", _seen)])
    app.state.services, app.state.settings = [], settings or Settings()
    return app


async def _asked(sender: str, proxies: Sequence[str], path: str = "/", **headers: str) -> httpx2.Response:
    """The answer to a request from an address."""
    transport = httpx2.ASGITransport(Forwarded(_app(), proxies), client=(sender, 1234))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx2.AsyncClient(transport=transport, base_url="http://canaliza.example.org") as client:
        return await client.get(path, headers=named)


async def test_whoever_is_on_this_machine_does_not_choose_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    listener = listen("127.0.0.1", 0)
    async with served(_app(), listener), httpx2.AsyncClient(base_url=url_of(listener), timeout=HANG) as client:
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        assert (await client.get("/", headers=headers)).json() == ["127.0.0.1", "http"]


@pytest.mark.parametrize(
    ("hops", "counts"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the first was written by the sender
        ("198.51.100.1, 203.0.113.9, 10.0.0.8", "203.0.113.9"),
        ("10.0.0.8, 203.0.113.9", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
async def test_behind_our_proxies_the_last_hop_that_they_saw_is_the_sender(hops: str, counts: str) -> None:
    proxies = ("10.0.0.0/24", "127.0.0.1")
    seen = await _asked("10.0.0.7", proxies, X_Forwarded_For=hops, X_Forwarded_Proto="https")
    assert seen.json() == [counts, "https"]
    served_here = await _asked("127.0.0.1", proxies, X_Forwarded_For=hops, X_Forwarded_Proto="https")
    assert served_here.json() == [counts, "https"]


async def test_plain_http_from_another_machine_that_is_no_proxy_is_refused_but_for_health() -> None:
    for headers in ({}, {"X_Forwarded_For": "127.0.0.1"}, {"X_Forwarded_Proto": "https"}):
        refused = await _asked("203.0.113.9", ("10.0.0.7",), **headers)
        assert refused.status_code == 403
        assert is_a_problem(refused)["code"] == "tls_required"
    assert (await _asked("203.0.113.9", ("10.0.0.7",), "/health/live")).status_code == 200


async def test_a_server_with_a_certificate_answers_by_tls_and_browsers_use_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    files = authority.files("127.0.0.1")
    monkeypatch.setenv("CANALIZA_TLS_CERT", str(files.cert))
    monkeypatch.setenv("CANALIZA_TLS_KEY", str(files.key))
    listener = listen("127.0.0.1", 0)
    trusting = ssl.create_default_context(cafile=authority.ca)
    async with (
        served(application([]), listener),
        httpx2.AsyncClient(base_url=url_of(listener, tls=True), verify=trusting, timeout=HANG) as client,
    ):
        for path in ("/health/live", "/nowhere"):
            answer = await client.get(path)
            assert answer.headers["strict-transport-security"] == "max-age=63072000"


@pytest.mark.parametrize(("public", "said"), [("https://canaliza.example.org", True), ("http://127.0.0.1:8080", False)])
async def test_browsers_are_told_to_use_tls_where_people_reach_us_by_it(
    public: str, *, said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANALIZA_PUBLIC_URL", public)
    transport = httpx2.ASGITransport(application([]))
    async with httpx2.AsyncClient(transport=transport, base_url=public) as client:
        answer = await client.get("/health/live")
    assert ("strict-transport-security" in answer.headers) is said
