"""Passkeys (WebAuthn Level 3): what a browser is asked, and what its answer proves. Without I/O.

The library is imported when somebody uses a passkey: it is 8 MB.
"""

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import structlog

from services.chassis.errors import ServiceError
from services.chassis.identity.policy import CHALLENGE_LIFETIME

logger = structlog.get_logger(__name__)

MAX_ANSWER = 12_000
"""Characters of a browser's answer."""
_DEFAULT_PORTS = {"https": 443, "http": 80}


class PasskeyFailedError(ServiceError):
    """The passkey is unknown or was removed, or its answer does not fit the challenge; it is not said which."""

    code = "passkey_failed"
    status = 401


class Purpose(StrEnum):
    """What a challenge is for. An answer serves no other purpose."""

    SIGN_IN = "sign_in"
    """A whole sign-in: the authenticator must have verified who holds it, so it proves two factors."""
    SECOND_FACTOR = "second_factor"
    """The second step after a password: possession is enough."""
    PROOF = "proof"
    """Proving again who is there, within a session: verified, because the authenticator may be part of the computer."""
    REGISTRATION = "registration"

    @property
    def needs_verification(self) -> bool:
        """Whether the authenticator must have asked for a PIN, a finger or a face."""
        return self in (Purpose.SIGN_IN, Purpose.PROOF)


@dataclass(frozen=True, slots=True)
class StoredPasskey:
    """A passkey of an active account."""

    person: str
    public_key: bytes
    uses: int
    """The authenticator's own counter when it was last used; 0: it keeps none."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that a browser has made."""

    credential: bytes
    public_key: bytes
    uses: int


@dataclass(frozen=True, slots=True)
class PasskeyAnswer:
    """A browser's answer, parsed and not yet believed: which challenge it answers, and which passkey it says it is."""

    credential: bytes
    challenge: bytes
    handle: bytes | None
    parsed: Any


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This installation as authenticators know it: its host's name, and the origin of its pages."""

    id: str
    origin: str

    def request(self, challenge: bytes, purpose: Purpose, allowed: Iterable[bytes]) -> str:
        """The options of ``navigator.credentials.get``, as JSON; ``allowed``: none means any passkey of this site."""
        from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415
        from webauthn.helpers.structs import (  # noqa: PLC0415
            PublicKeyCredentialDescriptor,
            UserVerificationRequirement,
        )

        verification = UserVerificationRequirement.REQUIRED if purpose.needs_verification else None
        options = generate_authentication_options(
            rp_id=self.id,
            challenge=challenge,
            timeout=CHALLENGE_LIFETIME // timedelta(milliseconds=1),
            allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in allowed],
            user_verification=verification or UserVerificationRequirement.PREFERRED,
        )
        return options_to_json(options)

    def creation(self, challenge: bytes, handle: bytes, person: str, present: Iterable[bytes]) -> str:
        """The options of ``navigator.credentials.create``, as JSON; ``present``: the person's passkeys so far."""
        from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415
        from webauthn.helpers.structs import (  # noqa: PLC0415
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        options = generate_registration_options(
            rp_id=self.id,
            rp_name="canaliza",
            user_id=handle,
            user_name=person,
            challenge=challenge,
            timeout=CHALLENGE_LIFETIME // timedelta(milliseconds=1),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in present],
        )
        return options_to_json(options)

    def made(self, answer: PasskeyAnswer) -> NewPasskey:
        """The passkey of an answer to ``creation``.

        Raises:
            PasskeyFailedError: the answer is for another site or challenge, or of an unknown kind.
        """
        from webauthn import verify_registration_response  # noqa: PLC0415

        try:
            made = verify_registration_response(
                credential=answer.parsed,
                expected_challenge=answer.challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
            )
        except Exception as error:  # noqa: BLE001 - bytes of a stranger's, parsed by a library
            raise failed(type(error).__name__) from None
        return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count)

    def verify(self, answer: PasskeyAnswer, stored: StoredPasskey, purpose: Purpose) -> int:
        """Checks an answer to ``request``. Returns the authenticator's counter.

        Raises:
            PasskeyFailedError: the signature is not of this passkey, or for another site or challenge; the counter has
                not grown; or the authenticator has not verified who holds it, and the purpose needs that.
        """
        from webauthn import verify_authentication_response  # noqa: PLC0415

        try:
            checked = verify_authentication_response(
                credential=answer.parsed,
                expected_challenge=answer.challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
                credential_public_key=stored.public_key,
                credential_current_sign_count=stored.uses,
                require_user_verification=purpose.needs_verification,
            )
        except Exception as error:  # noqa: BLE001 - likewise
            raise failed(type(error).__name__) from None
        return checked.new_sign_count


def relying_party(public_url: str | None) -> RelyingParty | None:
    """This installation by the address that people open; ``None``: it has none, or one without a name.

    Browsers bind a passkey to a host's name: an address of digits has no passkeys.
    """
    where = urlsplit(public_url or "")
    if not where.hostname or where.scheme not in _DEFAULT_PORTS:
        return None
    try:
        ipaddress.ip_address(where.hostname)
    except ValueError:
        port = "" if where.port in (None, _DEFAULT_PORTS[where.scheme]) else f":{where.port}"
        return RelyingParty(where.hostname, f"{where.scheme}://{where.hostname}{port}")
    return None


def challenge_hash(challenge: bytes) -> bytes:
    """The SHA-256 hash that is stored of a challenge."""
    return hashlib.sha256(challenge).digest()


def parse_answer(text: str, *, made: bool = False) -> PasskeyAnswer:
    """Parses what a browser sent; ``made``: it answers ``creation``.

    Raises:
        PasskeyFailedError: it is no such answer.
    """
    if not text or len(text) > MAX_ANSWER:
        raise failed("length")
    from webauthn.helpers import (  # noqa: PLC0415
        parse_authentication_credential_json,
        parse_client_data_json,
        parse_registration_credential_json,
    )

    try:
        parsed: Any = parse_registration_credential_json(text) if made else parse_authentication_credential_json(text)
        challenge = parse_client_data_json(parsed.response.client_data_json).challenge
        handle = None if made else parsed.response.user_handle
    except Exception as error:  # noqa: BLE001 - likewise
        raise failed(type(error).__name__) from None
    return PasskeyAnswer(parsed.raw_id, challenge, handle, parsed)


def failed(why: str) -> PasskeyFailedError:
    """Logs why a passkey was refused, which the answer does not say."""
    logger.warning("passkey_failed", code=why)
    return PasskeyFailedError()
