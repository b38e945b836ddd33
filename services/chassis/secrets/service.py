"""The secrets of one service, from its own folder: nobody who enters one service finds another's."""

import base64
import json
from pathlib import Path
from typing import Annotated, Self

import pydantic

from events.vocabulary import BoxClass
from services.chassis.private_files import UnsafeSecretsError, read_private
from services.chassis.secrets.folder import EPOCHS_FILE, SERVICE_FILE

EpochKeys = dict[BoxClass, dict[int, str]]
"""The epoch keys (32 bytes, base64) of each class by the number of their epoch; the highest wraps new keys."""

OPENS: dict[str, tuple[BoxClass, ...]] = {
    "intake": (BoxClass.IDENTITY, BoxClass.SCREENING),
    "referral": (BoxClass.SCREENING,),
}
"""The classes that a service may open; the others get no epoch key."""


def _of_size(size: int) -> pydantic.AfterValidator:
    def check(value: str) -> str:
        if len(base64.b64decode(value, validate=True)) != size:
            raise ValueError(f"the key is not {size} bytes")
        return value

    return pydantic.AfterValidator(check)


Key32 = Annotated[str, _of_size(32)]
Key64 = Annotated[str, _of_size(64)]


class ServiceSecrets(pydantic.BaseModel):
    """What one service signs in with and opens with. Nothing appears in a repr or in a validation error."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    postgres: str = pydantic.Field(repr=False, min_length=1)
    """The password of its PostgreSQL role."""
    nats: str = pydantic.Field(repr=False, min_length=1)
    """The password of its NATS user."""
    stream_subject: str = pydantic.Field(repr=False, pattern=r"^[A-Za-z0-9_-]{20,}$")
    """The token in the subject under which its stream takes messages; nobody else can publish into the stream."""
    stream_key: Key32 = pydantic.Field(repr=False)
    """Authenticates the messages of its stream as copies of its log."""
    transit_key: Key32 | None = pydantic.Field(default=None, repr=False)
    """Intake's private key for submissions that are sealed in transit (X25519)."""
    accounts_key: Key32 | None = pydantic.Field(default=None, repr=False)
    """Intake's: seals second factors and hashes the addresses that people sign in from."""
    index_key: Key32 | None = pydantic.Field(default=None, repr=False)
    """Intake's: makes the digests by which two cases of one person are found."""
    slips_key: Key32 | None = pydantic.Field(default=None, repr=False)
    """Intake's: makes the digests by which a slip is found."""
    link_key: Key64 | None = pydantic.Field(default=None, repr=False)
    """Referral's and the notifications': makes the codes in the links of alerts. It opens no data about people."""
    cursor_key: Key64 | None = pydantic.Field(default=None, repr=False)
    """Makes the cursors of lists, which tell nothing but a place. ``None``: derived from ``postgres``, which is still
    the first one; its renewal writes here what was derived, so that all processes go on reading each other's."""
    ledger_key: Key32 | None = pydantic.Field(default=None, repr=False)
    """Audit's: what the keys that sign checkpoints are derived from (ADR 0048)."""
    ledger_id: str | None = pydantic.Field(default=None, repr=False, pattern=r"^[0-9a-f]{32}$")
    """Audit's: the ledger's id, part of the public name of every log. Made with the key."""
    ledgers_before: tuple[str, ...] | None = None
    """Audit's: ids of ledgers that an operator gave up because their key was lost."""
    former: dict[str, tuple[str, ...]] = pydantic.Field(default_factory=dict, repr=False)
    """What was replaced and still counts, by field, the latest first: a password that a server may still want, a key
    that something was made with."""
    epoch_keys: EpochKeys = pydantic.Field(default_factory=dict, repr=False)
    """Those of the classes in ``OPENS``."""

    @classmethod
    def load(cls, keys: Path, service: str) -> Self:
        """Reads the secrets of one service; no other file is opened.

        Raises:
            UnsafeSecretsError: a file is missing, incomplete, or accessible to other users.
        """
        folder = keys / service
        try:
            content = json.loads(read_private(folder / SERVICE_FILE))
            epochs = json.loads(read_private(folder / EPOCHS_FILE)) if service in OPENS else {}
            return cls(**content, epoch_keys=epochs)
        except pydantic.ValidationError as error:
            faults = "; ".join(fault["msg"] for fault in error.errors(include_input=False, include_url=False))
            raise UnsafeSecretsError(f"a file in {folder} cannot be used: {faults}") from None
        except (ValueError, TypeError):
            raise UnsafeSecretsError(f"a file in {folder} is not JSON of the expected form") from None

    @pydantic.field_validator("epoch_keys")
    @classmethod
    def _keys_are_whole(cls, value: EpochKeys) -> EpochKeys:
        for kind, epochs in value.items():
            if not epochs:
                raise ValueError(f"there is no epoch key {kind}")
            if any(len(base64.b64decode(key, validate=True)) != 32 for key in epochs.values()):
                raise ValueError(f"the epoch key {kind} is not 32 bytes")
        return value

    def all_of(self, name: str) -> tuple[str, ...]:
        """The present value of a field and then its former ones; none: the service has no such key."""
        value: str | None = getattr(self, name)
        return () if value is None else (value, *self.former.get(name, ()))

    def file(self) -> str:
        """The content of ``service.json``."""
        without = {"epoch_keys"} if self.former else {"epoch_keys", "former"}
        return self.model_dump_json(exclude=without, exclude_none=True, indent=2) + "\n"

    def epochs_file(self) -> str:
        """The content of ``epochs.json``."""
        return json.dumps(self.model_dump(mode="json")["epoch_keys"], indent=2) + "\n"
