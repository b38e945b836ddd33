"""Takes in what came sealed through a shelter's stream. Nothing of it is lost, and nothing of it holds up the rest."""

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from itertools import count

import structlog

from events.vocabulary import Role
from services.chassis.access import Action, Principal, ever
from services.chassis.database import is_outage
from services.chassis.errors import (
    EntryTooLargeError,
    LogHaltedError,
    NotAllowedError,
    ServiceError,
    StoreUnavailableError,
    VersionConflictError,
)
from services.chassis.requests import BodyTooLargeError
from services.chassis.tokens import Tokens
from services.intake.commands import Intake, SubmissionConflictError, SubmissionRefusedError
from services.intake.refusals import Refusals
from services.intake.transit import CannotOpenError, open_from_transit

logger = structlog.get_logger(__name__)

BACK_OFF = 0.5
ATTEMPTS = 3
"""How often something unforeseen is tried before the message is passed over."""

UNREADABLE = "cannot_be_opened"
UNEXPECTED = "unexpected_error"

WAITED_OUT = (StoreUnavailableError, LogHaltedError)
KEPT_ALREADY = (SubmissionRefusedError, SubmissionConflictError)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSubmissions:
    """Opens each message and hands it to intake as whoever its token says. What is refused is kept, and logged."""

    intake: Intake
    refusals: Refusals
    tokens: Tokens
    most_bytes: int
    private_key: str = field(repr=False)

    async def take(self, shelter: str, message: bytes) -> None:
        """Returns when the submission is taken in, or kept as refused. An outage is waited out, however long it is."""
        for attempt in count(1):
            try:
                await self._take(shelter, message)
            except Exception as error:
                if not _passes(error):
                    logger.exception("sealed_submission_failed", shelter=shelter)
                    if attempt >= ATTEMPTS:
                        await self._pass_over(shelter, message)
                        return
                await asyncio.sleep(BACK_OFF)
            else:
                return

    async def _take(self, shelter: str, message: bytes) -> None:
        try:
            opened = open_from_transit(self.private_key, shelter=shelter, message=message)
        except CannotOpenError:
            await self._keep(message, shelter, UNREADABLE)
            return
        try:
            principal = await self.tokens.principal(f"Bearer {opened.token}")
            if not ever(principal, Action.SUBMIT):
                raise NotAllowedError
            if len(opened.document) > self.most_bytes:
                raise BodyTooLargeError
            await self.intake.submit(opened.document, principal, shelter)
        except (*WAITED_OUT, VersionConflictError):
            raise
        except KEPT_ALREADY as refusal:
            logger.warning("sealed_submission_refused", shelter=shelter, code=refusal.code)
        except ServiceError as refusal:
            await self._keep(opened.document, shelter, refusal.code)

    async def _keep(self, raw: bytes, shelter: str, code: str) -> None:
        """As the shelter's: it could write to its stream. What fits into no entry stays in the stream alone."""
        sender = Principal(Role.INTEGRATOR, shelter, "leaf")
        try:
            await self.refusals.keep(raw, sender, code, [("message", code)])
        except EntryTooLargeError:
            about = json.dumps({"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}).encode()
            await self.refusals.keep(about, sender, code, [("message", code), ("message", EntryTooLargeError.code)])
        logger.warning("sealed_submission_refused", shelter=shelter, code=code)

    async def _pass_over(self, shelter: str, message: bytes) -> None:
        """Keeps what nobody can explain. In an outage it raises, and whoever follows the stream comes back to it."""
        try:
            await self._keep(message, shelter, UNEXPECTED)
        except Exception as error:
            if _passes(error):
                raise
            logger.exception("sealed_submission_not_kept", shelter=shelter)  # it stays in the stream until it expires


def _passes(error: Exception) -> bool:
    """Whether it is an outage, which says nothing about the message."""
    return isinstance(error, WAITED_OUT) or is_outage(error)
