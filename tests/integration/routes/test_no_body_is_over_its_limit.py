"""Every route refuses a body over its limit, whatever the sender declares, and before it knows who sends it."""

import tracemalloc

import httpx2
import pytest

from events.vocabulary import Role
from services.audit.pages.bundle_check import MAX_BUNDLE_BYTES
from services.chassis.runtime.application import API
from services.chassis.web.bodies import SMALL
from services.chassis.web.pages.forms import MAX_FORM_BYTES
from services.intake.devices.policy import MAX_IMPORT_BYTES, MAX_RECORD_BYTES
from services.referral.pages.what_if import MAX_UPLOAD_BYTES
from tests.support.models.route_table import route_table
from tests.support.models.routes_by_role import filled
from tests.support.system.answers import has_the_headers, is_a_problem
from tests.support.system.raw_http import status_of_chunks
from tests.support.system.system import System

MIB = 1_048_576
LIMIT = 262_144


def _routes(system: System) -> list[tuple[str, str]]:
    return sorted(route_table(system.installation.application()))


WITHOUT_FORMS = ("/health", "/recursos", "/api/openapi.json")
OF_TELEPHONES = {
    f"{API}/device-records": MAX_RECORD_BYTES,
    f"{API}/device-records/import": MAX_IMPORT_BYTES,
    "/albergue/telefonos/archivo": MAX_IMPORT_BYTES,
}
OF_OTHER_RULES = {"/coordinacion/que-pasaria/comparar": MAX_UPLOAD_BYTES}
OF_AUDITORS = {"/auditoria/comprobar/archivo": MAX_BUNDLE_BYTES}


def _limit(path: str) -> int:
    """A page's form may hold free text, wherever it lies."""
    larger = OF_TELEPHONES | OF_OTHER_RULES | OF_AUDITORS
    if path in larger:
        return larger[path]
    if not path.startswith(API):
        return SMALL if path.startswith(WITHOUT_FORMS) else MAX_FORM_BYTES
    return SMALL if path.removeprefix(API).startswith(("/session", "/sessions", "/operate")) else LIMIT


def _head(system: System, method: str, path: str, *more: str) -> bytes:
    host = system.url.removeprefix("http://")
    lines = (f"{method} {filled(path)} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", *more)
    return "".join(f"{line}\r\n" for line in lines).encode()


@pytest.mark.parametrize("who", ["nobody", "somebody"])
async def test_every_route_refuses_a_body_in_pieces_that_is_over_its_limit(system: System, who: str) -> None:
    officer = await system.signed_in(Role.OFFICER, "UNICEF")
    more = () if who == "nobody" else (f"Authorization: {officer.headers['authorization']}",)
    tracemalloc.start()
    for method, path in _routes(system):
        status, sent = await status_of_chunks(system.url, _head(system, method, path, *more), 65_536, 96 * MIB)
        assert status == 413, (method, path)
        assert sent <= 16 * MIB, f"{method} {path} took {sent} bytes"  # what sockets buffer, not what we keep
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 32 * MIB


async def test_every_route_takes_a_body_in_pieces_that_is_within_its_limit(system: System) -> None:
    for method, path in _routes(system):
        size = _limit(path)
        status, _ = await status_of_chunks(system.url, _head(system, method, path), size, size)
        assert status != 413, (method, path)


async def test_a_body_that_declares_its_length_is_refused_before_it_is_read(
    system: System, anybody: httpx2.AsyncClient
) -> None:
    for method, path in _routes(system):
        answer = await anybody.request(method, filled(path), content=b" " * (_limit(path) + 1))
        assert answer.status_code == 413, (method, path)
        if path.startswith(API):
            assert is_a_problem(answer)["code"] == "too_large"
        has_the_headers(answer)
