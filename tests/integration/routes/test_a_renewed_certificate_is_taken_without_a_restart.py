"""The server's own certificate is renewed: the next handshake has the new one, and open connections go on."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from services.chassis.runtime import certificate
from services.chassis.runtime.server import listen, served, url_of
from services.chassis.settings import Settings
from tests.support.fakes.certificates import Authority, Files
from tests.support.system.system import HANG, eventually


@dataclass(frozen=True)
class ByTls:
    url: str
    files: Files

    def context(self, authority: Authority) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(authority.ca))

    async def answers(self, authority: Authority) -> bool:
        """To a new connection of somebody who trusts this authority alone."""
        async with httpx2.AsyncClient(verify=self.context(authority), timeout=HANG) as client:
            try:
                return (await client.get(f"{self.url}/")).status_code == 404
            except httpx2.ConnectError:
                return False


def put(files: Files, at: Files) -> None:
    """As a renewal does: each file is replaced, one after the other."""
    for old, new in ((files.cert, at.cert), (files.key, at.key)):
        shutil.copy(old, new.with_suffix(".new"))
        new.with_suffix(".new").replace(new)


def authority_in(folder: Path) -> Authority:
    folder.mkdir()
    return Authority(folder)


@asynccontextmanager
async def serving(authority: Authority, folder: Path) -> AsyncIterator[ByTls]:
    files = Files(folder / "chain.pem", folder / "key.pem")
    put(authority.files("127.0.0.1"), files)
    app = FastAPI()
    app.state.settings = Settings(tls_cert=files.cert, tls_key=files.key)
    app.state.services = []
    listener = listen("127.0.0.1", 0)
    async with served(app, listener):
        yield ByTls(url_of(listener, tls=True), files)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "LOOK_EVERY", 0.02)


async def test_the_next_connection_has_the_new_certificate_and_an_open_one_goes_on(tmp_path: Path) -> None:
    first, second = authority_in(tmp_path / "first"), authority_in(tmp_path / "second")
    async with serving(first, tmp_path) as server:
        async with httpx2.AsyncClient(verify=server.context(first), timeout=HANG) as open_one:
            assert (await open_one.get(f"{server.url}/")).status_code == 404
            put(second.files("127.0.0.1"), server.files)
            await eventually(lambda: server.answers(second))
            assert (await open_one.get(f"{server.url}/")).status_code == 404
        assert not await server.answers(first)


async def test_a_pair_that_does_not_fit_is_not_taken_and_the_present_one_goes_on(tmp_path: Path) -> None:
    first, second = authority_in(tmp_path / "first"), authority_in(tmp_path / "second")
    async with serving(first, tmp_path) as server:
        shutil.copy(second.files("127.0.0.1").cert, server.files.cert)  # the key is still the former one's
        watched = certificate.Certificate(server.context(first), server.files.cert, server.files.key)
        watched._stamp = (None, None)
        assert watched.look() is False
        await asyncio.sleep(0)
        assert await server.answers(first)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_nobody_is_answered_below_tls_1_2(tmp_path: Path, version: ssl.TLSVersion) -> None:
    authority = authority_in(tmp_path / "authority")
    async with serving(authority, tmp_path) as server:
        old = server.context(authority)
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            old.minimum_version = old.maximum_version = version
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        host, port = server.url.removeprefix("https://").split(":")
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await asyncio.open_connection(host, int(port), ssl=old)
