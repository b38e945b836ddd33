"""Receives sealed submissions from a shelter's stream. None is lost, and none blocks those behind it."""

import asyncio
import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

import structlog

from events.vocabulary import Role
from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.database import is_outage
from services.chassis.errors import (
    EntryTooLargeError,
    LogHaltedError,
    NotAllowedError,
    ServiceError,
    StoreUnavailableError,
    VersionConflictError,
)
from services.chassis.identity.tokens import Tokens
from services.chassis.secrets.key_ring import KeyRing
from services.chassis.web.bodies import BodyTooLargeError
from services.intake.leaf_nodes.envelope import CannotOpenError, OpenedEnvelope, open_from_transit
from services.intake.submissions.commands import SubmissionCommands, SubmissionConflictError, SubmissionRefusedError
from services.intake.submissions.rejections import RejectedSubmissions, TooManyRefusedError

logger = structlog.get_logger(__name__)

RETRY_SECONDS = 0.5
MAX_ATTEMPTS = 3
"""Attempts after an unexpected error before the message is given up."""

UNREADABLE = "cannot_be_opened"
UNEXPECTED = "unexpected_error"

OUTAGES = (StoreUnavailableError, LogHaltedError, TooManyRefusedError)
"""What passes by itself. What is refused beyond the limit waits in the stream, where nothing of it is lost."""
STORED_ALREADY = (SubmissionRefusedError, SubmissionConflictError)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSubmissionReceiver:
    """Opens each message and submits it as the principal of its token. Rejected ones are stored sealed, and logged."""

    commands: SubmissionCommands
    rejected: RejectedSubmissions
    tokens: Tokens
    max_bytes: int
    private_keys: KeyRing = field(repr=False)
    """The present one, and those that a shelter's node may still seal to."""
    retry_seconds: float = RETRY_SECONDS

    async def receive(self, shelter: str, message: bytes) -> None:
        """Returns when the submission is recorded, or stored as rejected. Retries through an outage, however long."""
        for attempt in count(1):
            try:
                await self._receive(shelter, message)
            except Exception as error:
                if not _is_outage(error):
                    logger.exception("sealed_submission_failed", shelter=shelter)
                    if attempt >= MAX_ATTEMPTS:
                        await self._give_up(shelter, message)
                        return
                await asyncio.sleep(self.retry_seconds)
            else:
                return

    async def _receive(self, shelter: str, message: bytes) -> None:
        try:
            opened = self._open(shelter, message)
        except CannotOpenError:
            await self._store_rejected(message, shelter, UNREADABLE)
            return
        try:
            principal = await self.tokens.principal(f"Bearer {opened.token}")
            if not role_allows(principal, Action.SUBMIT):
                raise NotAllowedError
            if len(opened.document) > self.max_bytes:
                raise BodyTooLargeError
            await self.commands.submit(opened.document, principal, shelter)
        except (*OUTAGES, VersionConflictError):
            raise
        except STORED_ALREADY as refusal:
            logger.warning("sealed_submission_refused", shelter=shelter, code=refusal.code)
        except ServiceError as refusal:
            await self._store_rejected(opened.document, shelter, refusal.code)

    def _open(self, shelter: str, message: bytes) -> OpenedEnvelope:
        """Opens a message with whichever key it was sealed to: a node has the former one until it is told.

        Raises:
            CannotOpenError: it was sealed to none of them.
        """
        for key in self.private_keys():
            with suppress(CannotOpenError):
                return open_from_transit(key, shelter=shelter, message=message)
        raise CannotOpenError

    async def _store_rejected(self, raw: bytes, shelter: str, code: str) -> None:
        """Stores the message as the shelter's, the only writer of the stream; one too large only by size and hash."""
        sender = Principal(Role.INTEGRATOR, shelter, "leaf")
        try:
            await self.rejected.store(raw, sender, code, [("message", code)])
        except EntryTooLargeError:
            summary = json.dumps({"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}).encode()
            await self.rejected.store(summary, sender, code, [("message", code), ("message", EntryTooLargeError.code)])
        logger.warning("sealed_submission_refused", shelter=shelter, code=code)

    async def _give_up(self, shelter: str, message: bytes) -> None:
        """Stores a message that failed repeatedly. In an outage it raises, and the follower retries."""
        try:
            await self._store_rejected(message, shelter, UNEXPECTED)
        except Exception as error:
            if _is_outage(error):
                raise
            logger.exception("sealed_submission_not_kept", shelter=shelter)  # it stays in the stream until it expires


def _is_outage(error: Exception) -> bool:
    """Whether the servers failed, not the message."""
    return isinstance(error, OUTAGES) or is_outage(error)
