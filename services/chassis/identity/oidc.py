"""Signing in at an organisation's own provider (OpenID Connect, code flow with PKCE): the client's side.

A person is identified by the issuer and its id of them, never by an e-mail address. State, nonce and verifier are
stored in PostgreSQL and are valid once, in the browser that began.
"""

import asyncio
import secrets
from dataclasses import dataclass, replace
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

from services.chassis.errors import ServiceError
from services.chassis.identity.commands import Caller, SessionStarted, SigningIn
from services.chassis.identity.policy import (
    PROOF_LIFETIME,
    SECOND_STEP_LIFETIME,
    Stage,
    proves_two_factors,
)
from services.chassis.identity.store import hashed, new_secret
from services.chassis.settings import LOOPBACK

logger = structlog.get_logger(__name__)

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Only algorithms with a public key: a shared secret, or none, would let others sign."""
LEEWAY = 60
"""Seconds that the provider's clock may differ."""
TIMEOUT = 10
"""Seconds to wait for the provider."""
METADATA_FOR, FAILURE_FOR = timedelta(hours=1), timedelta(seconds=10)
"""How long a provider's metadata are used, and how long a provider that does not answer is not asked again."""


class OidcFailedError(ServiceError):
    """The provider's answer cannot be trusted, or no active account is linked to that identity."""

    code = "sign_in_elsewhere_failed"
    status = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An organisation's OpenID provider, and our credentials there."""

    issuer: str
    client_id: str
    client_secret: SecretStr


@dataclass(frozen=True, slots=True)
class OidcAttempt:
    """The URL to send the browser to, and the secret that the browser keeps until it returns."""

    address: str
    browser: str


class OidcSignIn:
    """Signs people in with their organisation's provider."""

    def __init__(self, provider: Provider, signing_in: SigningIn) -> None:
        """``provider`` comes from the settings."""
        self._provider = provider
        self._signing_in = signing_in
        self._asking = asyncio.Lock()
        self._metadata_until: tuple[dict[str, Any] | None, datetime] | None = None

    async def begin(self, redirect: str, return_to: str, caller: Caller, *, proves: bool = False) -> OidcAttempt:
        """Starts a sign-in. ``redirect``: the URL that the provider returns to; ``return_to``: our page after it.

        ``proves``: somebody who has signed in proves again who they are: the provider is told to ask them, whatever
        session they have there.

        Raises:
            OidcFailedError: the provider cannot be reached, or its metadata name another issuer.
            TooManyAttemptsError: too many were begun at that address and not finished.
        """
        await self._signing_in.count([self._signing_in.address_count("elsewhere", caller)])
        metadata = await self._metadata()
        state, nonce, verifier, browser = (new_secret() for _ in range(4))
        at = self._signing_in.now()
        await self._signing_in.accounts.begin_oidc(
            hashed(state),
            hashed(browser),
            self._provider.issuer,
            nonce,
            verifier,
            return_to,
            at,
            at + SECOND_STEP_LIFETIME,
            proves=proves,
        )
        asked = {"prompt": "login", "max_age": "0"} if proves else {}
        async with self._client(redirect) as client:
            address, _ = client.create_authorization_url(
                metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier, **asked
            )
        return OidcAttempt(address, browser)

    async def finish(
        self, redirect: str, *, state: str, code: str, issuer: str | None, browser: str, caller: Caller
    ) -> tuple[SessionStarted, str]:
        """Ends a sign-in. Returns the new session, and our page to go to.

        Raises:
            OidcFailedError: this browser began no such sign-in, the provider's answer cannot be trusted, or no active
                account is linked to the identity.
        """
        at = self._signing_in.now()
        begun = await self._signing_in.accounts.take_oidc(hashed(state), hashed(browser), at)
        if begun is None or begun["issuer"] != self._provider.issuer or issuer not in (None, self._provider.issuer):
            raise _failed("state")
        claims = await self._claims(redirect, code, begun["verifier"], begun["nonce"], at)
        if begun["proves"] and not _asked_just_now(claims, at):
            raise _failed("auth_time")
        person = await self._signing_in.accounts.person_of(self._provider.issuer, str(claims["sub"]))
        if person is None:
            raise _failed("not_linked")
        stage = await self._signing_in.next_stage(person.person, person.role, has_totp=person.totp_confirmed)
        if stage is not Stage.FULL and proves_two_factors(_listed(claims.get("amr"))):
            stage = Stage.FULL  # the provider has checked two factors
        signed = await self._signing_in.begin(person.person, stage, caller)
        if begun["proves"] and stage is Stage.FULL:
            renewed = await self._signing_in.accounts.prove(signed.secret, at)
            signed = replace(signed, secret=renewed or signed.secret)
        return signed, str(begun["return_to"])

    async def _claims(self, redirect: str, code: str, verifier: str, nonce: str, at: datetime) -> dict[str, Any]:
        metadata = await self._metadata()
        try:
            async with self._client(redirect) as client:
                token = await client.fetch_token(metadata["token_endpoint"], code=code, code_verifier=verifier)
            async with httpx2.AsyncClient(timeout=TIMEOUT) as client:
                keys = await client.get(metadata["jwks_uri"])
            return read_id_token(str(token["id_token"]), keys.json(), self._provider, nonce, at)
        except (OAuthError, httpx2.HTTPError, KeyError, ValueError) as error:
            raise _failed(type(error).__name__) from None

    async def _metadata(self) -> dict[str, Any]:
        """The provider's metadata, read once for everybody who begins within ``METADATA_FOR``.

        Raises:
            OidcFailedError: they cannot be read, or are not this issuer's; that, too, is kept for ``FAILURE_FOR``.
        """
        async with self._asking:
            now = self._signing_in.now()
            if self._metadata_until is None or self._metadata_until[1] <= now:
                self._metadata_until = None, now + FAILURE_FOR
                self._metadata_until = await self._discovered(), now + METADATA_FOR
            found, _ = self._metadata_until
        if found is None:
            raise OidcFailedError
        return found

    async def _discovered(self) -> dict[str, Any]:
        """The discovery document (OpenID Connect Discovery 1.0 §4), checked to be this issuer's.

        Raises:
            OidcFailedError: it cannot be read, or is not this issuer's.
        """
        where = f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT) as client:
                metadata: dict[str, Any] = (await client.get(where)).raise_for_status().json()
            endpoints = [str(metadata[name]) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        except (httpx2.HTTPError, KeyError, ValueError) as error:
            raise _failed(type(error).__name__) from None
        if metadata.get("issuer") != self._provider.issuer or not all(map(safe_address, endpoints)):
            raise _failed("issuer")
        return metadata

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
    """The claims of an ID token whose signature, issuer, audience, time and nonce are right.

    The checks are those of OpenID Connect Core 1.0 §3.1.3.7.

    Raises:
        OidcFailedError: one of the checks failed.
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
    """Whether a URL is https, or http on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _asked_just_now(claims: dict[str, Any], at: datetime) -> bool:
    """Whether the provider says that it asked the person just now (``auth_time``, OpenID Connect Core 1.0 §2)."""
    said = claims.get("auth_time")
    return isinstance(said, int | float) and at.timestamp() - said <= PROOF_LIFETIME.total_seconds() + LEEWAY


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(each) for each in value or ()]


def _failed(why: str) -> OidcFailedError:
    logger.warning("sign_in_elsewhere_failed", code=why)
    return OidcFailedError()
