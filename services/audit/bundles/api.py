"""The whole history as one verifiable file over HTTP."""

from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.audit.bundles.commands import BundleExports, ExportRunningError, NothingSealedError
from services.chassis.authorization.policy import Action, Principal
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses

MEDIA_TYPE = "application/octet-stream"
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}, "description": "Bundle"}
}


class BundleResponse(StreamingResponse):
    """Streams a bundle, and lets go of the moment that it was read from, however the answer ends."""

    media_type = MEDIA_TYPE

    def holding(self, stack: AsyncExitStack) -> "BundleResponse":
        """The same answer, which closes ``stack`` at its end."""
        self._stack = stack
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        async with self._stack:
            await super().__call__(scope, receive, send)


def add_routes(router: APIRouter, exports: BundleExports, tokens: Tokens) -> None:
    """``GET /audit/bundle``."""

    @router.get(
        "/audit/bundle",
        response_class=BundleResponse,
        responses={**ANSWER, **refuses(NothingSealedError, ExportRunningError)},
    )
    async def export_bundle(principal: Principal = requires(tokens, Action.EXPORT_HISTORY)) -> BundleResponse:
        """Exports every log with its proofs, what was shown of it, and every erasure's report; sealed stays sealed.

        `canaliza audit verify` checks the file without a network. Who exports is recorded before the first byte.
        """
        async with AsyncExitStack() as stack:
            pieces = await stack.enter_async_context(exports.begin(uuid4(), principal))
            disposition = 'attachment; filename="canaliza.bundle"'
            answer = BundleResponse(pieces, headers={"Content-Disposition": disposition, "Cache-Control": "no-store"})
            return answer.holding(stack.pop_all())
