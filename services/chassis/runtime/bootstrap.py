"""The common start of every composition root: settings, secrets, the database, the clock and the broker."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Literal

from faststream.nats import NatsBroker

from events.vocabulary import BoxClass
from services.chassis.clock import Clock, system_clock
from services.chassis.database import Database
from services.chassis.identity.commands import SigningIn
from services.chassis.identity.oidc import OidcSignIn, Provider
from services.chassis.identity.passkey_commands import Passkeys
from services.chassis.identity.passkey_store import PasskeyStore
from services.chassis.identity.passkeys import relying_party
from services.chassis.identity.store import Accounts
from services.chassis.identity.tokens import Tokens
from services.chassis.messaging.broker import make_broker
from services.chassis.names import Names
from services.chassis.replication.outlet import Outlet
from services.chassis.secrets.epoch_files import stamp_of
from services.chassis.secrets.folder import EPOCHS_FILE, keys_folder
from services.chassis.secrets.key_ring import KeyRing
from services.chassis.secrets.live import LiveSecrets
from services.chassis.secrets.service import ServiceSecrets
from services.chassis.security.refusals import WatchedCounts
from services.chassis.settings import Settings
from services.chassis.vault.epochs import EpochKeys, KeysByEpoch, decoded
from services.chassis.vault.keyring import Keyring
from services.chassis.web.cursors import Cursors, key_of


class NotConfiguredError(RuntimeError):
    """A setting or a key that the service needs is missing."""


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """The argument of a composition root, which builds the rest of its service from it."""

    settings: Settings
    service: str
    live: LiveSecrets
    """Its own secrets; it reads no other service's."""
    database: Database
    clock: Clock
    counts: WatchedCounts = field(default_factory=WatchedCounts)
    """What this service answered of what is watched for bursts."""

    @classmethod
    def of(
        cls, settings: Settings, service: str, *, secrets: ServiceSecrets | None = None, clock: Clock = system_clock
    ) -> "ServiceContext":
        """Reads the service's secrets from its folder, unless they are passed.

        Raises:
            NotConfiguredError: PostgreSQL or NATS is not set.
            UnsafeSecretsError: the files of secrets cannot be used.
        """
        if settings.postgres_dsn is None or settings.nats_url is None:
            raise NotConfiguredError("CANALIZA_POSTGRES_DSN and CANALIZA_NATS_URL say where the servers are")
        live = LiveSecrets.of(keys_folder(settings.data, settings.keys), service, secrets)
        dsn = settings.postgres_dsn.get_secret_value()
        database = Database(dsn, service=service, password=lambda: live.now.all_of("postgres"))
        return cls(settings=settings, service=service, live=live, database=database, clock=clock)

    @property
    def secrets(self) -> ServiceSecrets:
        """Its secrets as they are now. What outlives a renewal asks again instead of keeping one."""
        return self.live.now

    @property
    def names(self) -> Names:
        """Names of subjects, streams and users."""
        return self.settings.names

    def broker(self) -> NatsBroker:
        """The service's broker, not yet connected."""
        url = self.settings.nats_url or ""
        return make_broker(url, names=self.names, service=self.service, password=lambda: self.secrets.all_of("nats"))

    @property
    def outlet(self) -> Outlet:
        """Where and how the service publishes its log."""
        return Outlet.of(self.names, self.secrets.stream_subject, *self.secrets.all_of("stream_key"))

    def keyring(self, *kinds: BoxClass) -> Keyring:
        """A keyring that can open boxes of these classes only: it gets no other epoch key."""
        folder = keys_folder(self.settings.data, self.settings.keys)

        def of_these(secrets: ServiceSecrets) -> KeysByEpoch:
            return {kind: decoded(secrets.epoch_keys[kind]) for kind in kinds}

        epochs = EpochKeys(
            of_these(self.secrets),
            read=lambda: of_these(ServiceSecrets.load(folder, self.service)),
            stamp=lambda: stamp_of(folder / self.service / EPOCHS_FILE),
        )
        return Keyring(self.database, epochs, self.clock)

    def keys(self, name: Literal["link_key", "accounts_key", "transit_key"]) -> KeyRing:
        """The keys of one purpose, which may be renewed while the service runs."""
        return lambda: self.secrets.all_of(name)

    def key(self, name: Literal["index_key", "slips_key"]) -> bytes:
        """One of the service's keys of 32 bytes.

        Raises:
            NotConfiguredError: the service has no such key.
        """
        found: str | None = getattr(self.secrets, name)
        if found is None:
            raise NotConfiguredError(f"{self.service} has no {name}: bring its service.json back from its backup")
        return base64.b64decode(found)

    def cursors(self) -> Cursors:
        """The cursors of the service's lists: the same in each of its processes, with or without a renewed file."""
        kept = self.secrets.cursor_key
        return Cursors(key_of(self.secrets.postgres) if kept is None else base64.b64decode(kept))

    def derived_key(self, purpose: bytes) -> bytes:
        """A key of 32 bytes for one purpose, derived from that of the service's stream (HMAC-SHA-256); not stored."""
        return hmac.digest(base64.b64decode(self.secrets.stream_key), purpose, "sha256")

    @property
    def place_key(self) -> bytes:
        """The key of the digests of network addresses: where people sign in one made from the key for accounts.

        Another process has one of its own, which no two share: there, digests can be compared within the service.
        """
        key = self.secrets.accounts_key or self.secrets.stream_key
        return hmac.digest(base64.b64decode(key), b"canaliza places v1", hashlib.sha256)

    def signing_in(self) -> SigningIn:
        """How people sign in.

        Raises:
            NotConfiguredError: the key for accounts is missing.
        """
        if self.secrets.accounts_key is None:
            raise NotConfiguredError("service.json of intake has no accounts_key: bring it back from its backup")
        return SigningIn(Accounts(self.database), self.keys("accounts_key"), self.clock)

    def oidc_sign_in(self, signing_in: SigningIn) -> OidcSignIn | None:
        """How people sign in with their organisation's account; ``None``: not configured."""
        settings = self.settings
        if settings.oidc_issuer is None or settings.oidc_client_id is None or settings.oidc_client_secret is None:
            return None
        provider = Provider(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
        )
        return OidcSignIn(provider, signing_in)

    def passkeys(self, signing_in: SigningIn) -> Passkeys | None:
        """How people sign in with a passkey; ``None``: people reach this installation by no name."""
        party = relying_party(self.settings.public_url)
        return None if party is None else Passkeys(signing_in, PasskeyStore(self.database), party)

    def tokens(self) -> Tokens:
        """Authenticates the senders of requests."""
        return Tokens(self.database, self.clock)
