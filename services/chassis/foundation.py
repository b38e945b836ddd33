"""What every composition root starts from: settings, secrets, the database, the clock and the broker."""

import base64
from dataclasses import dataclass

from faststream.nats import NatsBroker

from events.vocabulary import BoxClass
from services.chassis.accounts.oidc import Elsewhere, Provider
from services.chassis.accounts.second_factor import key_from
from services.chassis.accounts.signing_in import SigningIn
from services.chassis.accounts.store import Accounts
from services.chassis.broker import make_broker
from services.chassis.clock import Clock, system_clock
from services.chassis.database import Database
from services.chassis.keyring import Keyring
from services.chassis.names import Names
from services.chassis.secrets import Secrets
from services.chassis.settings import Settings
from services.chassis.tokens import Tokens


class NotConfiguredError(RuntimeError):
    """A service was started without knowing where PostgreSQL or NATS is."""


@dataclass(frozen=True, slots=True)
class Foundation:
    """Handed to a composition root, which builds the rest from it."""

    settings: Settings
    service: str
    secrets: Secrets
    database: Database
    clock: Clock

    @classmethod
    def of(
        cls, settings: Settings, service: str, *, secrets: Secrets | None = None, clock: Clock = system_clock
    ) -> "Foundation":
        """Reads the secrets from the installation's folder unless they are handed in.

        Raises:
            NotConfiguredError: PostgreSQL or NATS is not set.
            UnsafeSecretsError: the files of secrets cannot be used.
        """
        if settings.postgres_dsn is None or settings.nats_url is None:
            raise NotConfiguredError("CANALIZA_POSTGRES_DSN and CANALIZA_NATS_URL say where the servers are")
        known = secrets or Secrets.load(settings.data)
        dsn = settings.postgres_dsn.get_secret_value()
        database = Database(dsn, service=service, password=known.postgres[service])
        return cls(settings=settings, service=service, secrets=known, database=database, clock=clock)

    @property
    def names(self) -> Names:
        """Names of subjects, streams and users."""
        return self.settings.names

    def broker(self) -> NatsBroker:
        """The service's broker, not yet connected."""
        url = self.settings.nats_url or ""
        return make_broker(url, names=self.names, service=self.service, password=self.secrets.nats[self.service])

    def keyring(self, *kinds: BoxClass) -> Keyring:
        """A keyring that can open these classes and no others: it is given no other epoch key."""
        epoch_keys = {kind: base64.b64decode(self.secrets.epoch_keys[kind]) for kind in kinds}
        return Keyring(self.database, epoch_keys, self.clock)

    def signing_in(self) -> SigningIn:
        """How people sign in.

        Raises:
            NotConfiguredError: there is no key for accounts.
        """
        if self.secrets.accounts_key is None:
            raise NotConfiguredError("keys/accounts.json is missing: run canaliza migrate, which makes it")
        return SigningIn(Accounts(self.database), key_from(self.secrets.accounts_key), self.clock)

    def elsewhere(self, signing_in: SigningIn) -> Elsewhere | None:
        """How people sign in with their organisation's account; ``None``: that was not arranged."""
        settings = self.settings
        if settings.oidc_issuer is None or settings.oidc_client_id is None or settings.oidc_client_secret is None:
            return None
        provider = Provider(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
        )
        return Elsewhere(provider, signing_in)

    def tokens(self) -> Tokens:
        """Looks up who sends a request."""
        return Tokens(self.database, self.clock)
