"""The passwords and keys of one installation: made once, kept in two files that only their owner reads.

``secrets.json`` lets one in; ``keys/keys.json`` opens what is sealed about people, ``keys/transit.json`` what
shelters seal to intake on its way, ``keys/accounts.json`` what is kept of people who sign in. They are apart
because they are backed up apart: whoever finds a backup of the data must not find the keys in it.
"""

import base64
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pydantic

from events.vocabulary import BoxClass
from services.chassis.names import SERVICES, SHELTERS

SECRETS_FILE = "secrets.json"
KEYS_FILE = Path("keys") / "keys.json"
TRANSIT_FILE = Path("keys") / "transit.json"
ACCOUNTS_FILE = Path("keys") / "accounts.json"
LINKS_FILE = Path("links.json")

LATER = {"transit_key": TRANSIT_FILE, "accounts_key": ACCOUNTS_FILE, "link_key": LINKS_FILE}
"""Keys that came after the first: an installation from before them is given them, each in a file of its own."""


class UnsafeSecrets(Exception):  # noqa: N818
    """The files of secrets are missing, incomplete, or within somebody else's reach."""


class Secrets(pydantic.BaseModel):
    """Every secret of an installation. Nothing of it shows in a repr or in a validation error."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    postgres_admin: str = pydantic.Field(repr=False, min_length=1)
    postgres: dict[str, str] = pydantic.Field(repr=False)
    nats: dict[str, str] = pydantic.Field(repr=False)
    epoch_keys: dict[BoxClass, str] = pydantic.Field(repr=False)
    operator_token: str = pydantic.Field(repr=False, pattern=r"^czl_[A-Za-z0-9_-]{43}$")
    transit_key: str | None = pydantic.Field(default=None, repr=False)
    """Intake's private key for submissions that are sealed on their way (X25519, base64)."""
    accounts_key: str | None = pydantic.Field(default=None, repr=False)
    """Seals second factors, and hashes the addresses that people sign in from (base64)."""
    link_key: str | None = pydantic.Field(default=None, repr=False)
    """What codes in the links of alerts are made and read with (64 bytes, base64). It opens nothing about people."""

    @pydantic.model_validator(mode="after")
    def is_complete(self) -> Self:
        """A service without a password would otherwise be found out only when it starts."""
        missing = [f"postgres {name}" for name in SERVICES if not self.postgres.get(name)]
        missing += [f"nats {name}" for name in ("admin", *SERVICES, SHELTERS) if not self.nats.get(name)]
        missing += [f"epoch key {box}" for box in BoxClass if box not in self.epoch_keys]
        if missing:
            raise ValueError(f"missing: {', '.join(missing)}")
        for box, key in self.epoch_keys.items():
            if len(base64.b64decode(key, validate=True)) != 32:
                raise ValueError(f"the epoch key {box} is not 32 bytes")
        for name, later, size in (
            ("transit", self.transit_key, 32),
            ("accounts", self.accounts_key, 32),
            ("link", self.link_key, 64),
        ):
            if later is not None and len(base64.b64decode(later, validate=True)) != size:
                raise ValueError(f"the {name} key is not {size} bytes")
        return self

    @classmethod
    def generate(cls) -> Self:
        """New random secrets, safe inside a URL and inside a NATS configuration."""
        return cls(
            postgres_admin=secrets.token_urlsafe(32),
            postgres={name: secrets.token_urlsafe(32) for name in SERVICES},
            nats={name: secrets.token_urlsafe(32) for name in ("admin", *SERVICES, SHELTERS)},
            epoch_keys={box: base64.b64encode(secrets.token_bytes(32)).decode() for box in BoxClass},
            operator_token=f"czl_{secrets.token_urlsafe(32)}",
            transit_key=base64.b64encode(secrets.token_bytes(32)).decode(),
            accounts_key=base64.b64encode(secrets.token_bytes(32)).decode(),
            link_key=base64.b64encode(secrets.token_bytes(64)).decode(),
        )

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """The installation's secrets; made on the first start.

        Keys that are there are always kept. Keys that are gone are never made anew beside old secrets:
        everything sealed under the old ones would be lost without a word.
        """
        private_folder(folder)
        with _alone_in(folder):
            keys, rest = folder / KEYS_FILE, folder / SECRETS_FILE
            fresh = cls.generate()
            if not rest.exists():
                private_folder(keys.parent)
                if not keys.exists():
                    write_private(keys, json.dumps(fresh.epoch_keys, indent=2) + "\n")
                write_private(rest, fresh.model_dump_json(exclude={"epoch_keys", *LATER}, indent=2) + "\n")
            found = cls.load(folder)
            # An installation from before there was one; what it has is complete, so its folder of keys exists.
            missing = [name for name in LATER if getattr(found, name) is None]
            for name in missing:
                write_private(folder / LATER[name], json.dumps({name: getattr(fresh, name)}, indent=2) + "\n")
            return cls.load(folder) if missing else found

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the secrets, or refuse them if anybody else could have read or written them."""
        keys, rest = folder / KEYS_FILE, folder / SECRETS_FILE
        if rest.exists() and not keys.exists():
            raise UnsafeSecrets(f"{keys} is gone: bring it back from its own backup, nothing else opens the data")
        try:
            later: dict[str, str] = {}
            for path in LATER.values():
                later = {**later, **(json.loads(_read_private(folder / path)) if (folder / path).exists() else {})}
            return cls(**json.loads(_read_private(rest)), epoch_keys=json.loads(_read_private(keys)), **later)
        except pydantic.ValidationError as error:
            faults = "; ".join(fault["msg"] for fault in error.errors(include_input=False, include_url=False))
            raise UnsafeSecrets(f"{rest} or a file in {keys.parent} cannot be used: {faults}") from None
        except (ValueError, TypeError):
            raise UnsafeSecrets(f"{rest} or a file in {keys.parent} is not JSON of the expected form") from None


def private_folder(folder: Path) -> None:
    """Make the folder, or make it private; refuse one that belongs to somebody else."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise UnsafeSecrets(f"{folder} belongs to user {found.st_uid}, not to user {os.geteuid()}")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone; on the disk when this returns."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_private(path: Path) -> str:
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW))
    except OSError as error:
        raise UnsafeSecrets(f"{path} cannot be read: {error.strerror}") from None
    with file:
        found = os.fstat(file.fileno())
        if found.st_uid != os.geteuid():
            raise UnsafeSecrets(f"{path} belongs to user {found.st_uid}, not to user {os.geteuid()}")
        if found.st_mode & 0o077:
            raise UnsafeSecrets(f"{path} is open to other users: run chmod 600 on it, and renew what it holds")
        return file.read()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Two first starts at once must not each make secrets of their own."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
