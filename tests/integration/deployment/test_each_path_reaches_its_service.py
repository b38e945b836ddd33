"""The proxy's own files in the real nginx: every route of every service reaches the service that has it."""

import asyncio
import json
import re
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from functools import cache
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from services.chassis.errors import StoreUnavailableError
from services.chassis.names import SERVICES
from services.chassis.runtime.application import application
from services.chassis.web.admission import Admission
from services.chassis.web.problems import problem
from tests.contract.published_api import offline_installation
from tests.support.fakes.certificates import Authority
from tests.support.fakes.told_services import told_services
from tests.support.system.proxying import Proxied, proxying

SAMPLE = "1b671a64-40d5-491e-99b0-da01ff1f3341"
EVERYWHERE = frozenset(SERVICES)
PAGES_OF_ALL = re.compile(r"^/recursos/")
"""Files that every service sends, the same under the same address: whose is no matter."""
AWAY = {"intake": 1, "referral": 1, "notifications": 1, "audit": 1}
"""Ports on which nobody listens."""


@cache
def served_by(service: str) -> FastAPI:
    return application([offline_installation().service(service)])


@cache
def routes() -> dict[tuple[str, str], frozenset[str]]:
    """Which services have each route, by its method and path."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for name in SERVICES:
        for route in served_by(name).routes:
            methods, path = getattr(route, "methods", ()), getattr(route, "path", "")
            for method in methods:
                found[method, path].add(name)
    return {key: frozenset(names) for key, names in found.items()}


def filled(path: str) -> str:
    return re.sub(r"{\w+}", SAMPLE, path)


def by_tls(authority: Authority, *names: str) -> ssl.SSLContext:
    files, context = authority.files(*names), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.cert, files.key)
    return context


@pytest.fixture(scope="module")
async def proxied(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proxied]:
    """The proxy of a cluster, which does all that the others do, and checks the services' certificates besides."""
    folder = tmp_path_factory.mktemp("proxy")
    authority = Authority(folder)
    async with (
        told_services(SERVICES, tls=by_tls(authority, *SERVICES)) as ports,
        proxying(folder, ports, site="kubernetes.conf", authority=authority) as found,
    ):
        yield found


@pytest.fixture
async def client(proxied: Proxied) -> AsyncIterator[httpx2.AsyncClient]:
    async with proxied.client() as found:
        yield found


async def reached(client: httpx2.AsyncClient, method: str, path: str) -> tuple[str, str]:
    """Which service a request reached, and the path it saw; an empty name: none."""
    answer = await client.request(method, path)
    if answer.headers.get("content-type") != "application/json" or not answer.content:
        return "", str(answer.status_code)
    told: dict[str, Any] = answer.json()
    return told.get("service", ""), told.get("path", "")


async def test_every_route_of_one_service_reaches_that_service_as_it_was_asked(client: httpx2.AsyncClient) -> None:
    own = {key: names for key, names in routes().items() if names != EVERYWHERE and key[0] != "HEAD"}
    assert len(own) > 200
    wrong = []
    for (method, path), names in own.items():
        if await reached(client, method, filled(path)) not in {(name, filled(path)) for name in names}:
            wrong.append(f"{method} {path}")
    assert wrong == []


@pytest.mark.parametrize("site", ["nginx.conf", "container.conf"])
async def test_each_site_has_the_same_map(site: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    async with (
        told_services(SERVICES) as ports,
        proxying(tmp_path_factory.mktemp("proxy"), ports, site=site) as found,
        found.client() as client,
    ):
        for path, service in {"/entrar": "intake", "/mesa": "referral", "/avisos": "notifications"}.items():
            assert await reached(client, "GET", path) == (service, path)
        assert await reached(client, "GET", "/services/audit/health/flow") == ("audit", "/health/flow")


async def test_what_every_service_has_is_asked_of_each_by_its_name(client: httpx2.AsyncClient) -> None:
    of_all = [key for key, names in routes().items() if names == EVERYWHERE and key[0] != "HEAD"]
    asked = [(method, path) for method, path in of_all if "operate" in path or "/health/" in path]
    assert len(asked) == 7
    for method, path in asked:
        for name in SERVICES:
            assert await reached(client, method, f"/services/{name}{filled(path)}") == (name, filled(path))
        service, seen = await reached(client, method, filled(path))
        assert (service, seen) == ("intake", "/no-existe"), "a quarter of the answer would pass for the whole"
    others = {path for method, path in of_all if (method, path) not in asked}
    assert others == {"/api/openapi.json", "/recursos/{version}/{name}"}
    assert (await client.get("/api/openapi.json")).json() == {}, "the description of the whole is a file"
    assert (await reached(client, "GET", "/recursos/0123/app.css"))[0] == "intake"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/metrics",
            "/services/intake/metrics",
            "/services/audit/api/v1/audit/security",
            "/services/nobody/health/live",
        ),
        *("/services/intake/health/live/x", "/services/intake/api/v1/cases", "/health/live", "/docs", "/.env"),
        *("/entrarx", "/api/v1/casesx", "/api/v2/cases", "/mesa.php", "/Entrar", "/api/v1/", "/canaliza.conf"),
        *("/api/v1/operate/ready", "/no/%2e%2e/such", "/services/intake/%2e%2e/referral"),
    ],
)
async def test_nothing_else_is_let_through(client: httpx2.AsyncClient, path: str) -> None:
    assert await reached(client, "GET", f"{path}?token=secret") == ("intake", "/no-existe")


async def test_a_person_who_types_the_name_alone_comes_to_the_entrance(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"].endswith("/entrar")) == (302, True)


async def test_whoever_asks_is_told_by_the_proxy_alone(client: httpx2.AsyncClient) -> None:
    lies = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "http",
        "X-Real-IP": "203.0.113.9",
        "Forwarded": "for=203.0.113.9",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
        "tracestate": "vendor=words",
        "baggage": "words=more",
        "X-Request-Id": "not an id",
    }
    for path in ("/entrar", "/api/v1/alerts", "/nowhere"):
        told = (await client.get(path, headers=lies)).json()["headers"]
        assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == ("127.0.0.1", "https")
        assert "forwarded" not in told
        assert "x-real-ip" not in told
        assert not {"traceparent", "tracestate", "baggage"} & told.keys(), "whose request it is decides nobody outside"
        assert re.fullmatch(r"[0-9a-f]{32}", told["x-request-id"])
        assert "203.0.113.9" not in str(told)
    named = (await client.get("/entrar", headers={"X-Request-Id": SAMPLE})).json()["headers"]
    assert named["x-request-id"] == SAMPLE


async def test_a_program_shows_its_token_by_tls_only(proxied: Proxied) -> None:
    async with httpx2.AsyncClient(base_url=f"http://localhost:{proxied.plain_port}") as plain:
        for path in ("/api/v1/submissions", "/services/intake/api/v1/operate/ready"):
            assert (await plain.get(path)).status_code == 403
        assert (await plain.post("/entrar")).status_code == 403
        sent_on = await plain.get("/entrar?a=b")
        assert sent_on.status_code == 301
        assert sent_on.headers["location"] == "https://localhost/entrar?a=b"


async def test_another_name_is_nobodys(proxied: Proxied, client: httpx2.AsyncClient) -> None:
    assert (await client.get("/entrar", headers={"Host": "elsewhere.example"})).status_code == 421
    believing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    believing.check_hostname = False
    believing.verify_mode = ssl.CERT_NONE  # whoever looks for what is here takes any certificate
    with pytest.raises(ssl.SSLError):
        await asyncio.open_connection("127.0.0.1", proxied.port, ssl=believing, server_hostname="elsewhere.example")


async def test_the_proxys_lines_have_no_path_and_no_address(proxied: Proxied, client: httpx2.AsyncClient) -> None:
    await client.get("/c/secret-code?person=canary", headers={"User-Agent": "canary-agent"})
    async with httpx2.AsyncClient(base_url=f"http://localhost:{proxied.plain_port}") as plain:
        await plain.get("/c/secret-code")
    said = proxied.said.read_text()
    assert '"service":"referral"' in said
    assert not re.search(r"secret-code|canary|127\.0\.0\.1", said)


async def test_a_body_may_be_as_large_as_the_application_takes_it(client: httpx2.AsyncClient) -> None:
    for name in SERVICES:
        app = served_by(name)
        for route in Admission(app, max_bytes=262_144).routes():
            if "POST" not in route.methods and "PUT" not in route.methods:
                continue
            path = next(filled(one) for _, one in routes() if route.pattern.fullmatch(filled(one)))
            shown = f"/services/{name}{path}" if "/operate/" in path else path
            answer = await client.request(min(route.methods), shown, content=b"0" * route.max_bytes)
            assert answer.status_code == 200, (path, route.max_bytes)
    assert (await client.post("/api/v1/submissions", content=b"0" * (600 << 10))).status_code == 413


async def test_a_service_that_cannot_be_reached_is_told_in_the_applications_words(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with proxying(tmp_path_factory.mktemp("proxy"), AWAY) as alone, alone.client() as client:
        answer = await client.post("/api/v1/submissions", json={})
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json() == json.loads(bytes(problem(StoreUnavailableError()).body))
        page = await client.get("/mesa", headers={"Accept": "text/html,application/xhtml+xml"})
        assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert "no se duplicará" in page.text
        assert int(page.headers["retry-after"]) > 0


async def test_in_a_cluster_a_service_without_its_own_certificate_gets_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("proxy")
    authority = Authority(folder)
    async with (
        told_services(SERVICES, tls=by_tls(authority, "elsewhere")) as ports,
        proxying(folder, ports, site="kubernetes.conf", authority=authority) as found,
        found.client() as client,
    ):
        assert (await client.post("/api/v1/submissions", json={})).status_code == 503


async def test_every_line_of_an_event_stream_comes_at_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    go_on = asyncio.Event()

    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for line in (b"4\r\n:1\n\n\r\n", b"4\r\n:2\n\n\r\n"):
                writer.write(line)
                await writer.drain()
                await go_on.wait()

    server = await asyncio.start_server(stream, "127.0.0.1", 0)
    ports = dict.fromkeys(SERVICES, server.sockets[0].getsockname()[1])
    async with server, proxying(tmp_path_factory.mktemp("proxy"), ports) as found, found.client() as client:
        for path in ("/api/v1/alerts/stream", "/mesa/cambios", "/api/v1/audit/bundle"):
            async with client.stream("GET", path) as answer:
                lines = answer.aiter_lines()
                assert await anext(lines) == ":1"
        go_on.set()
