"""The FastAPI application of one service or of all: one origin, problem documents, headers, health.

``application([intake])`` is what ``canaliza serve intake`` runs, ``application([intake, referral, …])``
what ``canaliza up`` does: the same services, each started and stopped by the same lifespan.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.responses import JSONResponse

from services.chassis import problems
from services.chassis.accounts.api import routes as session_routes
from services.chassis.accounts.elsewhere_pages import elsewhere_pages
from services.chassis.accounts.pages import pages
from services.chassis.health import readiness
from services.chassis.names import SIGN_IN
from services.chassis.operating import routes
from services.chassis.requests import BodyTooLargeError, declared_length
from services.chassis.service import Service

API = "/api/v1"

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": "Problem", "content": {problems.MEDIA_TYPE: {"schema": {"type": "object"}}}}
    for status in (401, 403, 413, 422, 503)
}
"""How every route may refuse; a route adds its own."""


def application(services: Sequence[Service]) -> FastAPI:
    """The application of these services. Each is started in order and stopped in the reverse order."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for service in services:
                await service.start()
                stack.push_async_callback(service.stop)
            yield

    app = FastAPI(
        title="canaliza",
        version="1",
        summary="Canalización de personas en riesgo en tránsito · Referral of people at risk in transit",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.services = list(services)
    problems.install(app, HEADERS)
    _add_headers(app, min((each.foundation.settings.max_body_bytes for each in services), default=0))
    _add_health(app, services)
    if services:
        operating = routes(services, services[0].foundation.tokens())
        app.include_router(operating, prefix=API, responses=REFUSALS)
    for service in services:
        if service.name == SIGN_IN:
            signing_in = service.foundation.signing_in()
            session = session_routes(signing_in, service.foundation.tokens())
            app.include_router(session, prefix=API, responses=REFUSALS)
            elsewhere = service.foundation.elsewhere(signing_in)
            app.include_router(pages(signing_in, elsewhere=elsewhere is not None))
            public_url = service.foundation.settings.public_url
            app.include_router(elsewhere_pages(elsewhere, signing_in, public_url))
    for service in services:
        most = service.foundation.settings.max_body_bytes
        app.include_router(service.router, prefix=API, responses=REFUSALS, max_body_size=most)
        if service.pages is not None:
            app.include_router(service.pages)
    return app


def _add_headers(app: FastAPI, most: int) -> None:
    @app.middleware("http")
    async def security_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        # The framework's own limit answers a declared length with plain text, so that one is refused here.
        too_large = declared_length(request) > most
        response = problems.problem(BodyTooLargeError()) if too_large else await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _add_health(app: FastAPI, services: Sequence[Service]) -> None:
    @app.get("/health/live", tags=["health"])
    async def live() -> dict[str, str]:
        """The process turns."""
        return {"status": "live"}

    @app.get("/health/ready", tags=["health"], responses={503: {"description": "Not ready"}})
    async def ready() -> JSONResponse:
        """Every service reaches its database and NATS, is migrated, and lags no more than it may."""
        states = {service.name: await readiness(service) for service in services}
        is_ready = all(state for state, _ in states.values())
        answer = {
            "status": "ready" if is_ready else "not_ready",
            "services": {name: checks for name, (_, checks) in states.items()},
        }
        return JSONResponse(answer, status_code=200 if is_ready else 503)
