"""Certificates: this server's own, those of PostgreSQL and NATS, and that of the address people open."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509

from services.doctor.domain import Code, Found, Why, fails, holds, unseen, warns
from services.doctor.ground import PATIENCE, Ground
from services.doctor.looking import Look
from services.doctor.nats_way import NATS_PORT
from services.doctor.reasons import CannotLookError, host_and_port, why_of

SOON, AT_LAST = timedelta(days=21), timedelta(days=3)
HTTPS_PORT, POSTGRES_PORT = 443, 5432
TLS_PLEASE = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
"""PostgreSQL's request to go on by TLS."""


async def certificates(ground: Ground) -> list[Found]:
    """Each that there is, until when it is valid."""
    settings = ground.settings
    found: list[Found] = []
    if settings.tls_cert is not None:
        found += [_own(ground, settings.tls_cert, settings.tls_key)]
    asked = [(url, *host_and_port(url, NATS_PORT), b"NATS") for url in settings.nats_urls if url.startswith("tls:")]
    if (settings.public_url or "").startswith("https:"):
        asked.append((settings.public_url or "", *host_and_port(settings.public_url or "", HTTPS_PORT), b""))
    dsn = ground.dsn or ""
    if parse_qs(urlsplit(dsn).query).get("sslmode") == ["verify-full"]:
        asked.append(("PostgreSQL", *host_and_port(dsn, POSTGRES_PORT), TLS_PLEASE))
    found += await asyncio.gather(*(_asked(ground, *one) for one in asked))
    return found or [unseen(Code.CERTIFICATE, Why.NOT_SET)]


def _own(ground: Ground, path: Path, key: Path | None) -> Found:
    try:
        raw = path.read_bytes()
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, key)
        return _judged(ground, str(path), x509.load_pem_x509_certificate(raw))
    except (OSError, ValueError) as error:  # a key that is not the certificate's is an OSError, too
        return fails(Code.CERTIFICATE, str(path), until="-", why=why_of(error))


async def _asked(ground: Ground, name: str, host: str, port: int, hello: bytes) -> Found:
    place = f"{host}:{port}"
    try:
        async with asyncio.timeout(PATIENCE):
            raw = await _shown(host, port, hello)
    except CannotLookError as error:
        return unseen(Code.CERTIFICATE, error.why, place)
    except (OSError, TimeoutError) as error:
        return unseen(Code.CERTIFICATE, why_of(error), place)
    return _judged(ground, f"{name.partition('://')[0]} {place}", x509.load_der_x509_certificate(raw))


async def _shown(host: str, port: int, hello: bytes) -> bytes:
    """The certificate that a server shows. Whether it is to be trusted its users decide; here its end is read."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(host, port)
    try:
        if hello == TLS_PLEASE:
            writer.write(hello)
            if await reader.readexactly(1) != b"S":
                raise CannotLookError(Why.NO_TLS)
        elif hello:
            await reader.readline()  # NATS speaks first, in clear
        await writer.start_tls(context, server_hostname=host)
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.close()
    if not found:
        raise CannotLookError(Why.NO_TLS)
    return bytes(found)


def _judged(ground: Ground, name: str, certificate: x509.Certificate) -> Found:
    end = certificate.not_valid_after_utc
    left = end - ground.clock()
    early = certificate.not_valid_before_utc > ground.clock()
    verdict = fails if left < AT_LAST or early else warns if left < SOON else holds
    return verdict(Code.CERTIFICATE, name, until=end.date().isoformat())


LOOKS: Sequence[Look] = (Look((Code.CERTIFICATE,), certificates),)
