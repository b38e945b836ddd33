"""The caller's own session over HTTP: sign in, in one step or two, read it, and end it."""

from fastapi import APIRouter, Request, Response

from services.chassis.authorization.policy import Principal
from services.chassis.errors import AdmissionClosedError, StoreUnavailableError
from services.chassis.identity.browsers import caller_of, start_session
from services.chassis.identity.commands import (
    GuessablePasswordError,
    ProofNeededError,
    SecondFactorError,
    SignInFailedError,
    SigningIn,
    WeakPasswordError,
)
from services.chassis.identity.passwords import BusyError
from services.chassis.identity.policy import MUST_HAVE_SECOND_FACTOR, Stage
from services.chassis.identity.request_guard import signed_in
from services.chassis.identity.schemas import (
    Credentials,
    FirstSignIn,
    OfferedSecondFactor,
    SecondFactorCode,
    SecondFactorConfirmed,
    SessionStage,
    SignedInPrincipal,
)
from services.chassis.identity.session_guard import ProvenSession, requires_session
from services.chassis.identity.tokens import Tokens
from services.chassis.throttle import TooManyAttemptsError
from services.chassis.web.cookies import drop_cookie, session_cookie
from services.chassis.web.refusals import refuses

SIGN_IN_REFUSALS = (SignInFailedError, TooManyAttemptsError, BusyError, StoreUnavailableError, AdmissionClosedError)
PASSWORD_REFUSALS = (WeakPasswordError, GuessablePasswordError)


def routes(signing_in: SigningIn, tokens: Tokens) -> APIRouter:  # noqa: C901 - one function a route
    """``/session`` and ``/sessions``."""
    router = APIRouter(tags=["session"])

    @router.post("/session", status_code=201, responses=refuses(*SIGN_IN_REFUSALS))
    async def sign_in(request: Request, response: Response, body: Credentials) -> SessionStage:
        """Signs in with a password. ``stage`` is the next step: ``full`` (none), ``second_factor`` or ``enrolment``."""
        signed = await signing_in.with_password(body.account, body.password, caller_of(request))
        start_session(request, response, signed)
        await end_session_before(request)
        return SessionStage(stage=signed.stage)

    @router.post("/session/first", status_code=201, responses=refuses(*SIGN_IN_REFUSALS, *PASSWORD_REFUSALS))
    async def sign_in_first(request: Request, response: Response, body: FirstSignIn) -> SessionStage:
        """Signs in for the first time, or after a reset, with the one-time code; sets the password."""
        signed = await signing_in.first_time(body.account, body.code, body.password, caller_of(request))
        start_session(request, response, signed)
        await end_session_before(request)
        return SessionStage(stage=signed.stage)

    async def end_session_before(request: Request) -> None:
        before = session_cookie(request)
        if before is not None:  # another person's session on the same device must not go on
            await signing_in.accounts.end(before, signing_in.now())

    @router.post("/session/second-step", status_code=201, responses=refuses(SignInFailedError, TooManyAttemptsError))
    async def complete_sign_in(
        request: Request,
        response: Response,
        body: SecondFactorCode,
        proven: ProvenSession = requires_session(signing_in, Stage.SECOND_FACTOR),
    ) -> SessionStage:
        """Completes a sign-in with a code of the second factor."""
        signed = await signing_in.with_code(proven.session, proven.secret, body.code, caller_of(request))
        start_session(request, response, signed)
        return SessionStage(stage=signed.stage)

    @router.get("/session")
    async def get_session(request: Request, principal: Principal = signed_in(tokens)) -> SignedInPrincipal:
        """The caller's role, organisation and account."""
        secret = None if "authorization" in request.headers else session_cookie(request)
        session = None if secret is None else await signing_in.accounts.session(secret, signing_in.now())
        return SignedInPrincipal(
            role=principal.role,
            org=principal.org,
            label=principal.label,
            person=principal.person,
            scopes=None if principal.scopes is None else sorted(principal.scopes),
            second_factor_needed=principal.role in MUST_HAVE_SECOND_FACTOR,
            language=session and session.language,
            time_zone=session and session.time_zone,
            expires_at=session and session.expires_at,
        )

    @router.delete("/session", status_code=204)
    async def sign_out(request: Request, proven: ProvenSession = requires_session(signing_in)) -> Response:
        """Ends the session."""
        await signing_in.accounts.end(proven.secret, signing_in.now())
        answer = Response(status_code=204)
        drop_cookie(request, answer)
        return answer

    @router.post("/session/totp", status_code=201, responses=refuses(SecondFactorError, ProofNeededError))
    async def offer_second_factor(
        proven: ProvenSession = requires_session(signing_in, Stage.FULL, Stage.ENROLMENT),
    ) -> OfferedSecondFactor:
        """Makes a secret for an authenticator, shown once; it counts after one of its codes was confirmed.

        Until then the authenticator before it counts. Within a whole session the password or a code must have been
        given again, at most five minutes before.
        """
        offered = await signing_in.offer(proven.session, proven.secret)
        return OfferedSecondFactor(secret=offered.secret, uri=offered.uri)

    @router.post(
        "/session/totp/confirm",
        status_code=201,
        responses=refuses(SignInFailedError, SecondFactorError, TooManyAttemptsError),
    )
    async def confirm_second_factor(
        request: Request,
        response: Response,
        body: SecondFactorCode,
        proven: ProvenSession = requires_session(signing_in, Stage.FULL, Stage.ENROLMENT),
    ) -> SecondFactorConfirmed:
        """Confirms the second factor, which counts from now on; the recovery codes are shown this once.

        The person's other sessions end, and this one gets a new cookie.
        """
        signed, codes = await signing_in.confirm(proven.session, body.code, caller_of(request))
        start_session(request, response, signed)
        return SecondFactorConfirmed(stage=signed.stage, recovery_codes=codes)

    @router.post(
        "/session/totp/disable",
        status_code=204,
        responses=refuses(SignInFailedError, SecondFactorError, TooManyAttemptsError),
    )
    async def disable_second_factor(
        request: Request, body: SecondFactorCode, proven: ProvenSession = requires_session(signing_in, Stage.FULL)
    ) -> Response:
        """Removes the second factor, with one of its codes; roles that need one keep it.

        The person's other sessions end, and this one gets a new cookie.
        """
        signed = await signing_in.take_off(proven.session, body.code, caller_of(request))
        answer = Response(status_code=204)
        start_session(request, answer, signed)
        return answer

    return router
