"""One's own session over HTTP: sign in, in one step or two, see who one is, and end it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from services.chassis.access import Principal
from services.chassis.accounts.cookies import drop_cookie, session_cookie, set_cookie
from services.chassis.accounts.gate import Held, holding
from services.chassis.accounts.policy import MUST_HAVE_SECOND_FACTOR, Stage
from services.chassis.accounts.signing_in import Signed, SigningIn
from services.chassis.errors import NotFoundError
from services.chassis.problems import MEDIA_TYPE
from services.chassis.requests import signed_in
from services.chassis.tokens import Tokens

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
    for status in (404, 409, 429)
}

Account = Annotated[str, Field(min_length=1, max_length=64)]
Password = Annotated[str, Field(min_length=1, max_length=512)]
Code = Annotated[str, Field(min_length=1, max_length=64)]


class _Body(BaseModel):
    """Closed, and silent about its input when it is wrong."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Credentials(_Body):
    """The account is a code such as ``p-003``, never a name or an address."""

    account: Account
    password: Password


class FirstTime(_Body):
    """With the one-time code that an administrator handed over."""

    account: Account
    code: Code
    password: Password


class OneCode(_Body):
    """A code from the telephone, or one of the printed ones."""

    code: Code


def address_of(request: Request) -> str:
    """Where it comes from. Behind a proxy: as the server was told to trust one, never by a header alone."""
    return request.client.host if request.client else "-"


def _began(request: Request, signed: Signed, status: int = 201, **more: Any) -> JSONResponse:
    answer = JSONResponse({"stage": signed.stage, **more}, status_code=status)
    set_cookie(request, answer, signed.secret)
    return answer


def routes(signing_in: SigningIn, tokens: Tokens) -> APIRouter:  # noqa: C901 - one function a route
    """``/session`` and ``/sessions``."""
    router = APIRouter(tags=["session"], responses=REFUSALS)

    @router.post("/session", status_code=201)
    async def sign_in(request: Request, body: Credentials) -> JSONResponse:
        """Signs in with a password. ``stage`` says what is still to do: ``full``, ``second_factor``, ``enrolment``."""
        signed = await signing_in.with_password(body.account, body.password, address_of(request))
        return await _instead(request, _began(request, signed))

    @router.post("/session/first", status_code=201)
    async def sign_in_first(request: Request, body: FirstTime) -> JSONResponse:
        """The first sign-in, or the one after a reset: the one-time code, and a password of one's own."""
        signed = await signing_in.first_time(body.account, body.code, body.password, address_of(request))
        return await _instead(request, _began(request, signed))

    async def _instead(request: Request, answer: JSONResponse) -> JSONResponse:
        before = session_cookie(request)
        if before is not None:  # nobody goes on under what somebody else signed in with on the same device
            await signing_in.accounts.end(before, signing_in.now())
        return answer

    @router.post("/session/second-step", status_code=201)
    async def second_step(
        request: Request, body: OneCode, held: Held = holding(signing_in, Stage.SECOND_FACTOR)
    ) -> JSONResponse:
        """The second step."""
        return _began(request, await signing_in.with_code(held.session, held.secret, body.code, address_of(request)))

    @router.get("/session")
    async def who_am_i(request: Request, principal: Principal = signed_in(tokens)) -> dict[str, Any]:
        """Who one is to the program."""
        secret = None if "authorization" in request.headers else session_cookie(request)
        session = None if secret is None else await signing_in.accounts.session(secret, signing_in.now())
        return {
            "role": principal.role,
            "org": principal.org,
            "label": principal.label,
            "person": principal.person,
            "scopes": None if principal.scopes is None else sorted(principal.scopes),
            "second_factor_needed": principal.role in MUST_HAVE_SECOND_FACTOR,
            "language": session and session.language,
            "time_zone": session and session.time_zone,
            "expires_at": session and session.expires_at.isoformat(),
        }

    @router.delete("/session", status_code=204)
    async def sign_out(request: Request, held: Held = holding(signing_in)) -> Response:
        """Ends the session."""
        await signing_in.accounts.end(held.secret, signing_in.now())
        answer = Response(status_code=204)
        drop_cookie(request, answer)
        return answer

    @router.get("/sessions")
    async def my_sessions(held: Held = holding(signing_in, Stage.FULL)) -> dict[str, Any]:
        """One's own sessions that live, the oldest first."""
        rows = await signing_in.accounts.sessions(held.secret, signing_in.now())
        items = [
            {
                "session_id": str(row["id"]),
                "created_at": row["created_at"].isoformat(),
                "seen_at": row["seen_at"].isoformat(),
                "expires_at": row["expires_at"].isoformat(),
                "this_one": row["own"],
            }
            for row in rows
        ]
        return {"items": items}

    @router.delete("/sessions/{session_id}", status_code=204)
    async def end_session(session_id: UUID, held: Held = holding(signing_in, Stage.FULL)) -> Response:
        """Ends one of one's own sessions, from the next request on."""
        if not await signing_in.accounts.end(held.secret, signing_in.now(), session_id):
            raise NotFoundError
        return Response(status_code=204)

    @router.post("/session/totp", status_code=201)
    async def offer_second_factor(held: Held = holding(signing_in, Stage.FULL, Stage.ENROLMENT)) -> dict[str, str]:
        """A secret for an authenticator, shown once; it counts when a code of it was confirmed."""
        offered = await signing_in.offer(held.session)
        return {"secret": offered.secret, "uri": offered.uri}

    @router.post("/session/totp/confirm", status_code=201)
    async def confirm_second_factor(
        request: Request, body: OneCode, held: Held = holding(signing_in, Stage.FULL, Stage.ENROLMENT)
    ) -> JSONResponse:
        """The second factor counts from now on; the recovery codes are shown this once."""
        signed, codes = await signing_in.confirm(held.session, held.secret, body.code, address_of(request))
        return _began(request, signed, recovery_codes=codes)

    @router.post("/session/totp/disable", status_code=204)
    async def disable_second_factor(
        request: Request, body: OneCode, held: Held = holding(signing_in, Stage.FULL)
    ) -> Response:
        """Takes the second factor off, with one of its codes; roles that need one keep it."""
        await signing_in.take_off(held.session, body.code, address_of(request))
        return Response(status_code=204)

    return router
