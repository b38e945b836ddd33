"""A token that nobody could rely on says nothing, however it is written."""

import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from services.chassis.identity.oidc import OidcFailedError, Provider, read_id_token, safe_address
from tests.support.system.logs import A_DAY

ISSUER = "https://cuentas.organizacion.example"
PROVIDER = Provider(issuer=ISSUER, client_id="canaliza", client_secret=SecretStr("x"))
KEY = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
KEYS: dict[str, Any] = {"keys": [KEY.as_dict(private=False)]}
NOW = int(A_DAY.timestamp())
CLAIMS = {"iss": ISSUER, "aud": "canaliza", "sub": "7", "nonce": "n", "iat": NOW, "exp": NOW + 60}


def signed(**changes: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, KEY)


def read(token: str, nonce: str = "n") -> dict[str, Any]:
    return read_id_token(token, KEYS, PROVIDER, nonce, A_DAY)


def written(header: dict[str, str]) -> str:
    parts = (header, CLAIMS)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


def unsigned() -> str:
    return written({"alg": "none"}) + "."


def signed_with_the_public_key() -> str:
    """As if it were a shared secret: everybody knows it."""
    said = written({"alg": "HS256", "kid": "k1"})
    mark = hmac.digest(KEY.as_pem(private=False), said.encode(), "sha256")
    return f"{said}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"


def test_the_truth_is_believed() -> None:
    assert read(signed())["sub"] == "7"
    assert read(signed(azp="canaliza"))["sub"] == "7"


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in CLAIMS),
        {"iss": f"{ISSUER}/"},
        {"aud": "otro"},
        {"aud": ["canaliza", "otro"]},
        {"azp": "otro"},
        {"nonce": "m"},
        {"exp": NOW - 61},
        {"iat": NOW - 601},
        {"iat": NOW + 61},
    ],
    ids=str,
)
def test_a_claim_that_is_missing_or_of_something_else_is_not(changes: dict[str, Any]) -> None:
    with pytest.raises(OidcFailedError):
        read(signed(**changes))


@pytest.mark.parametrize("make", [unsigned, signed_with_the_public_key, lambda: "", lambda: "a.b.c", lambda: "null"])
def test_a_token_that_is_not_signed_with_the_providers_own_key_is_not(make: Any) -> None:
    with pytest.raises(OidcFailedError):
        read(make())


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://x.example/token", True),
        ("http://127.0.0.1:9/token", True),
        ("http://x.example/token", False),
        ("file:///etc/passwd", False),
        ("//x.example", False),
    ],
)
def test_nothing_is_asked_for_in_clear_but_on_this_machine(address: str, *, safe: bool) -> None:
    assert safe_address(address) == safe
