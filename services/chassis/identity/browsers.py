"""Where a request comes from, and the cookies that a browser gets when somebody signs in with it."""

from datetime import timedelta

from fastapi import Request, Response

from services.chassis.identity.commands import Caller, SessionStarted
from services.chassis.identity.policy import CHALLENGE_LIFETIME
from services.chassis.web.cookies import cookie_name, set_cookie
from services.chassis.web.places import place_of

KNOWN_FOR = timedelta(days=180)
"""How long a browser is known without a sign-in."""


def caller_of(request: Request) -> Caller:
    """The sender's place, and the secret by which its browser is known."""
    return Caller(place_of(request), request.cookies.get(_name(request)) or None)


def start_session(request: Request, response: Response, signed: SessionStarted) -> None:
    """Sets the session's cookie, and after a whole sign-in the one by which the browser is known.

    The second one opens nothing: with it, failed attempts of others, wherever they are, do not make this person wait.
    """
    set_cookie(request, response, signed.secret)
    if signed.browser is not None:
        name = _name(request)
        response.set_cookie(
            name,
            signed.browser,
            max_age=int(KNOWN_FOR.total_seconds()),
            path="/",
            secure=name.startswith("__Host-"),
            httponly=True,
            samesite="lax",
        )


def binding(request: Request) -> str | None:
    """The secret to which the challenges of passkeys are bound in a browser without a session."""
    return request.cookies.get(_binding_name(request)) or None


def remember_binding(request: Request, response: Response, secret: str) -> None:
    """Binds challenges to this browser, as long as they live."""
    name = _binding_name(request)
    response.set_cookie(
        name,
        secret,
        max_age=int(CHALLENGE_LIFETIME.total_seconds()),
        path="/",
        secure=name.startswith("__Host-"),
        httponly=True,
        samesite="strict",
    )


def forget_binding(request: Request, response: Response) -> None:
    """Deletes the cookie once somebody has signed in."""
    name = _binding_name(request)
    if name in request.cookies:
        response.delete_cookie(name, path="/", secure=name.startswith("__Host-"), httponly=True, samesite="strict")


def _binding_name(request: Request) -> str:
    return f"{cookie_name(request)}-passkey"


def _name(request: Request) -> str:
    return f"{cookie_name(request)}-browser"
