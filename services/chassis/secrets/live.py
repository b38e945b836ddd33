"""A service's secrets as they are now: its file is read again when it was replaced, so that nothing is started anew."""

from collections.abc import Callable
from pathlib import Path

import structlog

from services.chassis.private_files import UnsafeSecretsError
from services.chassis.secrets.epoch_files import stamp_of
from services.chassis.secrets.folder import SERVICE_FILE
from services.chassis.secrets.service import ServiceSecrets

logger = structlog.get_logger(__name__)


class LiveSecrets:
    """The secrets of one process."""

    def __init__(
        self,
        secrets: ServiceSecrets,
        *,
        read: Callable[[], ServiceSecrets] | None = None,
        stamp: Callable[[], object] = lambda: None,
    ) -> None:
        """``read`` reads the file again; ``stamp`` is another value once the file was replaced."""
        self._secrets = secrets
        self._read = read
        self._stamp_of = stamp
        self._stamp = stamp()

    @classmethod
    def of(cls, keys: Path, service: str, secrets: ServiceSecrets | None = None) -> "LiveSecrets":
        """Those of a service, from its folder, or beginning with those that are passed.

        Raises:
            UnsafeSecretsError: the files of secrets cannot be used.
        """
        return cls(
            secrets or ServiceSecrets.load(keys, service),
            read=lambda: ServiceSecrets.load(keys, service),
            stamp=lambda: stamp_of(keys / service / SERVICE_FILE),
        )

    @property
    def now(self) -> ServiceSecrets:
        """The present secrets. A file that cannot be used is named in the log, and the last ones go on."""
        stamp = self._stamp_of()
        if self._read is None or stamp == self._stamp:
            return self._secrets
        self._stamp = stamp
        try:
            self._secrets = self._read()
        except UnsafeSecretsError as error:
            logger.warning("key_file_unusable", error=type(error).__name__)
        return self._secrets
