"""The caller's own account over HTTP: password, recovery codes, sessions, and who proves again that they are there."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.chassis.errors import NotFoundError
from services.chassis.identity.account_commands import AccountCommands
from services.chassis.identity.api import PASSWORD_REFUSALS, SIGN_IN_REFUSALS
from services.chassis.identity.browsers import caller_of, start_session
from services.chassis.identity.commands import ProofNeededError, SecondFactorError, SigningIn
from services.chassis.identity.policy import Stage
from services.chassis.identity.schemas import (
    EndedSessions,
    NewPassword,
    OwnSession,
    OwnSessions,
    Proof,
    RecoveryCodes,
    SessionStage,
)
from services.chassis.identity.session_guard import ProvenSession, requires_session
from services.chassis.web.refusals import refuses


def account_routes(signing_in: SigningIn) -> APIRouter:
    """``/session/…`` and ``/sessions``."""
    router = APIRouter(tags=["session"])
    commands = AccountCommands(signing_in)

    @router.post("/session/proof", status_code=201, responses=refuses(*SIGN_IN_REFUSALS))
    async def prove_again(
        request: Request,
        response: Response,
        body: Proof,
        proven: ProvenSession = requires_session(signing_in, Stage.FULL),
    ) -> SessionStage:
        """Checks the password or a code again. It counts for five minutes; the session gets a new cookie."""
        signed = await commands.prove(proven.session, proven.secret, password=body.password, code=body.code)
        start_session(request, response, signed)
        return SessionStage(stage=signed.stage)

    @router.post("/session/password", status_code=201, responses=refuses(*SIGN_IN_REFUSALS, *PASSWORD_REFUSALS))
    async def change_password(
        request: Request,
        response: Response,
        body: NewPassword,
        proven: ProvenSession = requires_session(signing_in, Stage.FULL),
    ) -> SessionStage:
        """Changes the password. The person's other sessions end, and this one gets a new cookie."""
        signed = await commands.change_password(proven.session, body.present, body.new, caller_of(request))
        start_session(request, response, signed)
        return SessionStage(stage=signed.stage)

    @router.post("/session/recovery-codes", status_code=201, responses=refuses(ProofNeededError, SecondFactorError))
    async def replace_recovery_codes(
        proven: ProvenSession = requires_session(signing_in, Stage.FULL),
    ) -> RecoveryCodes:
        """Makes new recovery codes, shown this once. The old ones, and the person's other sessions, end."""
        return RecoveryCodes(recovery_codes=await commands.replace_recovery_codes(proven.session, proven.secret))

    @router.get("/sessions")
    async def list_sessions(proven: ProvenSession = requires_session(signing_in, Stage.FULL)) -> OwnSessions:
        """The caller's own sessions that have not ended, the oldest first."""
        rows = await signing_in.accounts.sessions(proven.secret, signing_in.now())
        items = [
            OwnSession(
                session_id=row["id"],
                created_at=row["created_at"],
                seen_at=row["seen_at"],
                expires_at=row["expires_at"],
                this_one=row["own"],
            )
            for row in rows
        ]
        return OwnSessions(items=items)

    @router.delete("/sessions", responses=refuses(ProofNeededError))
    async def end_other_sessions(
        proven: ProvenSession = requires_session(signing_in, Stage.FULL),
    ) -> EndedSessions:
        """Ends all of the caller's sessions but this one, from the next request on."""
        return EndedSessions(ended=await commands.end_others(proven.secret))

    @router.delete("/sessions/{session_id}", status_code=204, responses=refuses(NotFoundError, ProofNeededError))
    async def end_session(
        session_id: UUID, proven: ProvenSession = requires_session(signing_in, Stage.FULL)
    ) -> Response:
        """Ends one of the caller's own sessions, from the next request on."""
        await commands.end_session(proven.secret, session_id, proven.session.id)
        return Response(status_code=204)

    return router
