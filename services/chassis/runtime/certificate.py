"""Takes a renewed certificate without a restart: the next handshake has it, open connections go on."""

import asyncio
import ssl
from pathlib import Path

import structlog

from services.chassis.secrets.epoch_files import stamp_of

logger = structlog.get_logger(__name__)

LOOK_EVERY = 5.0
"""Seconds between two looks whether the files were replaced."""


class Certificate:
    """The certificate chain and the key (PEM) of a listening context."""

    def __init__(self, context: ssl.SSLContext, chain: Path, key: Path) -> None:
        """The context has loaded both already."""
        self._context = context
        self._chain = chain
        self._key = key
        self._stamp = self._stamps()

    def look(self) -> bool:
        """Takes the files if both were replaced by a pair that fits. Returns whether a new one was taken.

        One file may be there before the other: until they fit, the present certificate stays.
        """
        stamp = self._stamps()
        if stamp == self._stamp:
            return False
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
                self._chain, self._key
            )  # never a half on the live one
            self._context.load_cert_chain(self._chain, self._key)
        except (OSError, ssl.SSLError) as error:
            logger.warning("certificate_unusable", error=type(error).__name__)
            return False
        self._stamp = stamp
        logger.info("certificate_renewed")
        return True

    async def watch(self) -> None:
        """Looks again and again until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await asyncio.to_thread(self.look)

    def _stamps(self) -> tuple[object, object]:
        return stamp_of(self._chain), stamp_of(self._key)
