"""All secrets of an installation, for ``up`` and ``migrate``: generated once, in files that only their owner reads."""

import base64
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pydantic

from events.vocabulary import BoxClass
from services.chassis.names import SERVICES
from services.chassis.own_system import INSTALLATION_FILE
from services.chassis.private_files import UnsafeSecretsError, private_folder, read_private, write_private
from services.chassis.secrets import earlier
from services.chassis.secrets.folder import EPOCHS_FILE, SERVICE_FILE, alone_in, keys_folder
from services.chassis.secrets.ledger import add_ledger_key, new_ledger
from services.chassis.secrets.service import OPENS, EpochKeys, Key32, ServiceSecrets

UNFINISHED_FILE = "unfinished"
"""There while the files are written for the first time: none of them was in use yet."""


class Secrets(pydantic.BaseModel):
    """Every secret of an installation. None appears in a repr or in a validation error."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    postgres_admin: str = pydantic.Field(repr=False, min_length=1)
    nats_admin: str = pydantic.Field(repr=False, min_length=1)
    operator_token: str = pydantic.Field(repr=False, pattern=r"^czl_[A-Za-z0-9_-]{43}$")
    jetstream_key: Key32 = pydantic.Field(repr=False)
    """Encrypts JetStream's files at rest."""
    shelter_nats: dict[str, str | None] = pydantic.Field(default_factory=dict, repr=False)
    """The password of each shelter's own NATS user; ``None``: it was revoked (see ``secrets.shelters``)."""
    former: dict[str, tuple[str, ...]] = pydantic.Field(default_factory=dict, repr=False)
    """What is being replaced and may still be what a server wants, by field."""
    services: dict[str, ServiceSecrets] = pydantic.Field(default_factory=dict, repr=False)

    def of(self, service: str) -> ServiceSecrets:
        """The secrets of one service."""
        return self.services[service]

    def all_of(self, name: str) -> tuple[str, ...]:
        """The present value of a field of the installation's own, and then what it replaces."""
        return (getattr(self, name), *self.former.get(name, ()))

    @property
    def postgres(self) -> dict[str, str]:
        """The password of each service's PostgreSQL role."""
        return {name: self.services[name].postgres for name in SERVICES}

    @property
    def nats(self) -> dict[str, str]:
        """The passwords of NATS' administrator and of each service's NATS user."""
        return {"admin": self.nats_admin, **{name: self.services[name].nats for name in SERVICES}}

    @property
    def epoch_keys(self) -> EpochKeys:
        """The epoch keys of every class."""
        return self.services["intake"].epoch_keys

    @property
    def transit_key(self) -> str | None:
        """Intake's private key for submissions that are sealed in transit."""
        return self.services["intake"].transit_key

    @property
    def link_key(self) -> str | None:
        """The key of the codes in the links of alerts."""
        return self.services["referral"].link_key

    @classmethod
    def generate(cls, kept: Mapping[str, Any] | None = None) -> Self:
        """New random secrets, but for those of an earlier layout that are ``kept`` (see ``earlier``).

        They need no quoting in a URL or in a NATS configuration.
        """
        old = kept or {}
        word = secrets.token_urlsafe
        of_intake = {name: old.get(name) or _key(32) for name in ("transit_key", "accounts_key")}
        of_intake |= {name: old.get(name) or _key(32) for name in ("index_key", "slips_key")}
        link = {"link_key": old.get("link_key") or _key(64)}
        more = {"intake": of_intake, "referral": link, "notifications": link, "audit": new_ledger()}
        epochs = old.get("epoch_keys") or {kind: {1: _key(32)} for kind in BoxClass}
        return cls(
            postgres_admin=old.get("postgres_admin") or word(32),
            nats_admin=old.get("nats", {}).get("admin") or word(32),
            operator_token=old.get("operator_token") or f"czl_{word(32)}",
            jetstream_key=_key(32),
            services={
                name: ServiceSecrets(
                    postgres=old.get("postgres", {}).get(name) or word(32),
                    nats=old.get("nats", {}).get(name) or word(32),
                    stream_subject=word(24),
                    stream_key=_key(32),
                    epoch_keys={kind: epochs[kind] for kind in OPENS.get(name, ())},
                    **more.get(name, {}),
                )
                for name in SERVICES
            },
        )

    @classmethod
    def load_or_create(cls, data: Path, keys: Path | None = None) -> Self:
        """The installation's secrets; generated on the first start, or moved out of the data if they are still there.

        Existing keys are always kept. Missing ones are never generated again beside others: everything sealed with
        them would be lost without notice.

        Secrets in the data that are not those in the folder stay where they are: the folder may be another
        installation's, set by mistake, and then they are the only ones that open the data.

        Raises:
            UnsafeSecretsError: the files cannot be used, or the folder is not apart from the data.
        """
        folder = keys_folder(data, keys)
        private_folder(folder)
        with alone_in(folder):
            if not (folder / INSTALLATION_FILE).exists():
                left = [name for name in SERVICES if (folder / name / SERVICE_FILE).exists()]
                if left and not (folder / UNFINISHED_FILE).exists():
                    raise UnsafeSecretsError(f"{folder / INSTALLATION_FILE} is gone: bring it back from its backup")
                _write(folder, cls.generate(earlier.found_in(data)))
            (folder / UNFINISHED_FILE).unlink(missing_ok=True)
            add_ledger_key(folder)  # an installation that was there before has none
            made = cls.load(data, keys)
            if earlier.are_of(data, made.postgres_admin, made.of("intake").index_key):
                earlier.remove_from(data)
            return made

    @classmethod
    def load(cls, data: Path, keys: Path | None = None) -> Self:
        """Reads the secrets.

        Raises:
            UnsafeSecretsError: a file is missing, incomplete, or accessible to other users.
        """
        folder = keys_folder(data, keys)
        try:
            content = json.loads(read_private(folder / INSTALLATION_FILE))
            content.pop("nats_shelters", None)  # the one user of all shelters, which each has of its own since
            services = {name: ServiceSecrets.load(folder, name) for name in SERVICES}
            return cls(**content, services=services)
        except pydantic.ValidationError as error:
            faults = "; ".join(fault["msg"] for fault in error.errors(include_input=False, include_url=False))
            raise UnsafeSecretsError(f"{folder / INSTALLATION_FILE} cannot be used: {faults}") from None
        except (ValueError, TypeError):
            raise UnsafeSecretsError(f"{folder / INSTALLATION_FILE} is not JSON of the expected form") from None


def _write(folder: Path, made: Secrets) -> None:
    """Writes every file, the installation's last: a first start that was interrupted begins again."""
    write_private(folder / UNFINISHED_FILE, "")
    for name, of_service in made.services.items():
        private_folder(folder / name)
        if name in OPENS:
            write_private(folder / name / EPOCHS_FILE, of_service.epochs_file())
    for name, of_service in made.services.items():
        write_private(folder / name / SERVICE_FILE, of_service.file())
    write_installation(folder, made)


def write_installation(folder: Path, secrets: Secrets) -> None:
    """Writes ``installation.json`` anew."""
    without = {"services"} if secrets.former else {"services", "former"}
    write_private(folder / INSTALLATION_FILE, secrets.model_dump_json(exclude=without, indent=2) + "\n")


def _key(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode()
