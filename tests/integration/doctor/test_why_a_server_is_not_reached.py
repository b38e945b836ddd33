"""Why a server is not reached is said in words, and which of several it is; nothing else of the address is told."""

import ssl
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.doctor.domain import Code, Level, Why
from services.doctor.reasons import why_of
from services.doctor.words import in_words
from services.local.nats_port import url_in
from tests.support.doctoring.installed import Installed, looked
from tests.support.fakes.certificates import Authority

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("dsn", "why"), [
    ("postgresql://u:secreto@127.0.0.1:1/canaliza", Why.REFUSED),
    ("postgresql://u:secreto@no-such-host.invalid/canaliza?sslmode=verify-full&sslrootcert={ca}", Why.UNKNOWN_HOST),
    ("postgresql://u:secreto@no-such-host.invalid/canaliza?sslmode=verify-full&sslrootcert=/gone", Why.NO_AUTHORITY),
    ("postgresql://canaliza_admin:secreto@/canaliza?{here}", Why.WRONG_PASSWORD),
    ("{admin}", Why.NO_DATABASE),
])  # fmt: skip
async def test_why_postgresql_is_not_reached_is_said(installed: Installed, tmp_path: Path, dsn: str, why: Why) -> None:
    elsewhere = installed.dsn.replace("/canaliza?", "/not_there?")
    there = dsn.format(here=installed.dsn.partition("?")[2], admin=elsewhere, ca=Authority(tmp_path).ca)
    (found,) = await looked(installed.ground(postgres_dsn=SecretStr(there)), Code.POSTGRES)
    assert (found.level, found.why) == (Level.BAD, why)
    assert "secreto" not in str(in_words(found))


@pytest.mark.parametrize(("url", "why"), [
    ("nats://127.0.0.1:1", Why.REFUSED),
    ("tls://no-such-host.invalid:4222", Why.UNKNOWN_HOST),
])  # fmt: skip
async def test_why_nats_is_not_reached_is_said(installed: Installed, url: str, why: Why) -> None:
    (found,) = await looked(installed.ground(nats_url=url), Code.NATS)
    assert (found.level, found.why) == (Level.BAD, why)


async def test_one_of_several_servers_that_is_away_is_named(installed: Installed) -> None:
    there = url_in(installed.here.data)
    found = await looked(installed.ground(nats_url=f"{there},nats://127.0.0.1:1"), Code.NATS)
    assert [one.level for one in found] == [Level.OK, Level.BAD]
    assert found[1].about == "127.0.0.1:1"


def test_a_certificate_that_is_not_trusted_is_told_from_a_server_that_speaks_no_tls() -> None:
    assert why_of(ssl.SSLCertVerificationError("x")) is Why.CERTIFICATE
    assert why_of(ssl.SSLError("x")) is Why.NO_TLS
