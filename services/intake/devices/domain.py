"""A shelter's telephone folded from its events, its code, and the code that enrols it. Pure."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from events.contract import Event, Recorded
from events.devices import DeviceEnrolled, DeviceRevoked
from events.vocabulary import Role
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import ServiceError
from services.chassis.ids import OF_A_RECEIPT, receipt_as_typed, uuid5

NAMESPACE = UUID("0d8c1c6c-93f5-5a6c-9f0b-6f5a0c4b7e21")
PREFIX, NUMBERS = "tel-", 10_000
CODE_LENGTH = 8


class DeviceCodeNotAcceptedError(ServiceError):
    """No such code, another shelter's, one that was used, or one that is too old; the answer does not say which."""

    code = "device_code_not_accepted"
    status = 403


class UnknownDeviceError(ServiceError):
    """No enrolled telephone signed this: it is not enrolled here, or the signature is another's."""

    code = "unknown_device"
    status = 404


class DeviceRevokedError(ServiceError):
    """The telephone was revoked. What it signed is taken only from the hands of its shelter's coordinator."""

    code = "device_revoked"
    status = 403


class ReceptionKeyGoneError(ServiceError):
    """The key that the record was sealed to was deleted, or never was ours: nobody can open it."""

    code = "reception_key_gone"
    status = 410


class RecordUnreadableError(ServiceError):
    """It is no record, was changed, or holds something else than its envelope says."""

    code = "record_unreadable"
    status = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One telephone after all its events."""

    id: str
    shelter: str
    key: str
    """Its public key, as in the event."""
    revoked: bool = False

    @property
    def principal(self) -> Principal:
        """The sender of its records, who may submit and do nothing else."""
        scopes = frozenset({Action.SUBMIT})
        return Principal(Role.INTEGRATOR, self.shelter, f"device {self.id}", scopes=scopes)


def stream_of(device: str) -> UUID:
    """The stream of a telephone: two can never have one code."""
    return uuid5(NAMESPACE, f"device:{device}")


def code_of_device(command: UUID, attempt: int) -> str:
    """The code of a telephone that a command enrols; another at each attempt, where it is taken."""
    return f"{PREFIX}{uuid5(NAMESPACE, f'{command}/{attempt}').int % NUMBERS:04}"


def fold(history: Sequence[Recorded[Event]]) -> Device | None:
    """The state after a whole history; ``None`` if it is empty."""
    device: Device | None = None
    for fact in history:
        event = fact.event
        if isinstance(event, DeviceEnrolled):
            device = Device(id=event.device, shelter=event.shelter, key=event.public_key)
        elif isinstance(event, DeviceRevoked) and device is not None:
            device = replace(device, revoked=True)
    return device


def code_for(key: bytes, command: UUID, shelter: str) -> str:
    """The one-time code that a command gives out: the same for the same command, so that it need not be stored."""
    number = int.from_bytes(hmac.digest(key, f"code\x00{shelter}\x00{command}".encode(), hashlib.sha256))
    letters = ""
    for _ in range(CODE_LENGTH):
        number, index = divmod(number, len(OF_A_RECEIPT))
        letters += OF_A_RECEIPT[index]
    return f"{letters[:4]}-{letters[4:]}"


def lookup_of(key: bytes, written: str) -> bytes:
    """The keyed digest under which a code is stored, however it was typed."""
    return hmac.digest(key, b"lookup\x00" + receipt_as_typed(written).encode(), hashlib.sha256)
