"""An organisation's sign-in on this machine: discovery, codes good once, PKCE, signed tokens; and it can lie."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from services.chassis.clock import Clock
from services.chassis.runtime.server import listen, served, url_of
from services.chassis.settings import Settings

CLIENT, SECRET = "canaliza", "s3creto del proveedor"


@dataclass
class OrganisationsSignIn:
    """Whoever comes is signed in as ``subject``; ``lies`` replaces claims of the token."""

    clock: Clock
    issuer: str = ""
    subject: str = "7f3a-0001"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}, private=True))
    signs_with: RSAKey | None = None
    lies: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    """What each browser was sent with."""
    discovered: int = 0
    """How often its metadata were read."""

    async def discovery(self, _request: Request) -> Response:
        self.discovered += 1
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
            }
        )

    async def jwks(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        self.asked.append(asked)
        code = str(uuid4())
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", status_code=302)

    async def token(self, request: Request) -> Response:
        given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(given["code"], None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        right = (
            asked is not None
            and request.headers["authorization"] == f"Basic {basic}"
            and given["redirect_uri"] == asked["redirect_uri"]
            and create_s256_code_challenge(given["code_verifier"]) == asked["code_challenge"]
        )
        if not right or asked is None:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        token = self.id_token(asked["nonce"], asked_again="max_age" in asked)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token})

    def id_token(self, nonce: str, *, asked_again: bool = False) -> str:
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.subject,
            "nonce": nonce,
            "iat": now,
            "exp": now + 60,
            "email": "guardia@organizacion.example",
            "email_verified": True,
            **({"auth_time": now} if asked_again else {}),
            **self.lies,
        }
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.signs_with or self.key)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["OrganisationsSignIn"]:
        """Served on this machine."""
        app: Any = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/jwks", self.jwks),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
            ]
        )
        app.state.services = []
        app.state.settings = Settings()
        listener = listen("127.0.0.1", 0)
        self.issuer = url_of(listener)
        async with served(app, listener):
            yield self
