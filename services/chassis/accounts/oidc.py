"""Signing in at one's organisation (OpenID Connect, code flow with PKCE): the client's side.

Who somebody is, is the issuer and its own id of them, never an e-mail address. State, nonce and verifier are kept in
PostgreSQL and are good once, in the browser that began.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr

from services.chassis.accounts.policy import HALF, Stage, stage_after_first
from services.chassis.accounts.signing_in import Signed, SigningIn
from services.chassis.accounts.store import hashed, new_secret
from services.chassis.errors import ServiceError
from services.chassis.settings import LOOPBACK

logger = structlog.get_logger(__name__)

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Only those with a public key: with a shared secret, or none, anybody could sign."""
LEEWAY = 60
TIMEOUT = 10
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "swk", "sc", "pop"})
"""What of ``amr`` (RFC 8176) says that there was more than a password."""


class ElsewhereFailedError(ServiceError):
    """The organisation did not say, in a way that can be relied on, who it is; or the account is not linked."""

    code = "sign_in_elsewhere_failed"
    status = 401
    es = "No se pudo entrar con la cuenta de su organización."
    en = "You could not be signed in with your organisation's account."


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An organisation's sign-in, as it was arranged with it."""

    issuer: str
    client_id: str
    client_secret: SecretStr


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and the secret that it keeps meanwhile."""

    address: str
    browser: str


class Elsewhere:
    """Signs people in with what their organisation says of them."""

    def __init__(self, provider: Provider, signing_in: SigningIn) -> None:
        """``provider`` as the settings say."""
        self._provider = provider
        self._signing_in = signing_in

    async def begin(self, redirect: str, return_to: str) -> Begun:
        """A new attempt.

        Raises:
            ElsewhereFailedError: the provider cannot be reached, or is not who it should be.
        """
        known = await self._metadata()
        state, nonce, verifier, browser = (new_secret() for _ in range(4))
        at = self._signing_in.now()
        await self._signing_in.accounts.begin_oidc(
            hashed(state), hashed(browser), self._provider.issuer, nonce, verifier, return_to, at, at + HALF
        )
        async with self._client(redirect) as client:
            address, _ = client.create_authorization_url(
                known["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return Begun(address, browser)

    async def finish(
        self, redirect: str, *, state: str, code: str, issuer: str | None, browser: str, address: str
    ) -> tuple[Signed, str]:
        """The session, and where to go with it.

        Raises:
            ElsewhereFailedError: nothing was begun in this browser that this could end, or what came cannot be relied
                on, or nobody who is active is linked to it.
        """
        at = self._signing_in.now()
        begun = await self._signing_in.accounts.take_oidc(hashed(state), hashed(browser), at)
        if begun is None or begun["issuer"] != self._provider.issuer or issuer not in (None, self._provider.issuer):
            raise _failed("state")
        claims = await self._claims(redirect, code, begun["verifier"], begun["nonce"], at)
        person = await self._signing_in.accounts.person_of(self._provider.issuer, str(claims["sub"]))
        if person is None:
            raise _failed("not_linked")
        stage = stage_after_first(person.role, has_second=person.totp_confirmed)
        if stage is not Stage.FULL and SECOND_FACTORS & set(_listed(claims.get("amr"))):
            stage = Stage.FULL  # the organisation asked for a second factor itself
        return await self._signing_in.begin(person.person, stage, address), str(begun["return_to"])

    async def _claims(self, redirect: str, code: str, verifier: str, nonce: str, at: datetime) -> dict[str, Any]:
        known = await self._metadata()
        try:
            async with self._client(redirect) as client:
                token = await client.fetch_token(known["token_endpoint"], code=code, code_verifier=verifier)
            async with httpx2.AsyncClient(timeout=TIMEOUT) as client:
                keys = await client.get(known["jwks_uri"])
            return read_id_token(str(token["id_token"]), keys.json(), self._provider, nonce, at)
        except (OAuthError, httpx2.HTTPError, KeyError, ValueError) as error:
            raise _failed(type(error).__name__) from None

    async def _metadata(self) -> dict[str, Any]:
        """The discovery document (OpenID Connect Discovery 1.0 §4), of the very issuer."""
        where = f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT) as client:
                known: dict[str, Any] = (await client.get(where)).raise_for_status().json()
            endpoints = [str(known[name]) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        except (httpx2.HTTPError, KeyError, ValueError) as error:
            raise _failed(type(error).__name__) from None
        if known.get("issuer") != self._provider.issuer or not all(map(safe_address, endpoints)):
            raise _failed("issuer")
        return known

    def _client(self, redirect: str) -> Any:
        return AsyncOAuth2Client(
            self._provider.client_id,
            self._provider.client_secret.get_secret_value(),
            scope="openid",
            redirect_uri=redirect,
            code_challenge_method="S256",
            timeout=TIMEOUT,
        )


def read_id_token(token: str, keys: Any, provider: Provider, nonce: str, at: datetime) -> dict[str, Any]:
    """What the provider says of somebody, once it is sure that it says it, to us, now, for this very attempt.

    Raises:
        ElsewhereFailedError: it is not (OpenID Connect Core 1.0 §3.1.3.7).
    """
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        now = int(at.timestamp())
        jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True},
        ).validate(decoded.claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _failed(type(error).__name__) from None
    claims: dict[str, Any] = decoded.claims
    if not secrets.compare_digest(str(claims["nonce"]), nonce):
        raise _failed("nonce")
    if not str(claims["sub"]).isprintable():
        raise _failed("sub")
    others = _listed(claims["aud"]) != [provider.client_id]
    if (others or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise _failed("azp")
    if at - datetime.fromtimestamp(float(claims["iat"]), tz=at.tzinfo) > timedelta(minutes=10):
        raise _failed("too_old")
    return claims


def safe_address(address: str) -> bool:
    """Over TLS, unless it is on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(each) for each in value or ()]


def _failed(why: str) -> ElsewhereFailedError:
    logger.warning("sign_in_elsewhere_failed", code=why)
    return ElsewhereFailedError()
