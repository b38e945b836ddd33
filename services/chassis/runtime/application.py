"""The FastAPI application of one service or of all: one origin, problem documents, headers, health.

``canaliza serve intake`` runs ``application([intake])``, ``canaliza up`` runs ``application([intake, referral, …])``:
the same services, started and stopped by the same lifespan.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, Response
from fastapi.routing import APIRoute

from services.chassis.identity.account_api import account_routes
from services.chassis.identity.account_pages import account_pages
from services.chassis.identity.api import routes as session_routes
from services.chassis.identity.oidc_pages import oidc_pages
from services.chassis.identity.page_forms import PageForms
from services.chassis.identity.pages import pages
from services.chassis.identity.passkey_pages import passkey_pages
from services.chassis.names import SIGN_IN
from services.chassis.runtime import telemetry
from services.chassis.runtime.health import Health, all_ok, reports
from services.chassis.runtime.openapi import describe
from services.chassis.runtime.operations_api import routes as operations_routes
from services.chassis.runtime.schemas import Flow, Liveness, Readiness
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings
from services.chassis.web import problems
from services.chassis.web.access_log import AccessLog
from services.chassis.web.admission import Admission
from services.chassis.web.bodies import SMALL
from services.chassis.web.entry import Entry
from services.chassis.web.head import HeadAsGet
from services.chassis.web.pages.assets import routes as asset_routes
from services.chassis.web.pages.forms import MAX_FORM_BYTES
from services.chassis.web.placing import place

if TYPE_CHECKING:
    from services.chassis.telemetry.tracing import Traces  # it loads OpenTelemetry, which few installations use

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

HSTS = {"Strict-Transport-Security": "max-age=63072000"}
"""Where people reach us by TLS, browsers use nothing else for two years (RFC 6797). It says nothing of subdomains."""


def application(services: Sequence[Service], traces: "Traces | None" = None) -> FastAPI:
    """The application of these services. Each is started in order and stopped in the reverse order.

    ``traces``: instead of those that the environment asks for.
    """
    examined = {service.name: Health(service) for service in services}

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(telemetry.end, app)
            for service in services:
                await service.start()
                stack.push_async_callback(service.stop)
                stack.push_async_callback(examined[service.name].close)
            yield

    app = FastAPI(
        title="canaliza",
        version="1",
        summary="Canalización de personas en riesgo en tránsito · Referral of people at risk in transit",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        lifespan=lifespan,
    )
    app.state.services = list(services)
    app.state.examined = examined
    settings = app.state.settings = services[0].context.settings if services else Settings()
    headers = HEADERS | (HSTS if settings.by_tls else {})
    problems.install(app, headers)
    max_bytes = min((each.context.settings.max_body_bytes for each in services), default=SMALL)
    app.add_middleware(Entry, admission=Admission(app, max_bytes=max_bytes), headers=headers)
    app.add_middleware(HeadAsGet)
    _add_access_log(app, services)
    _add_health(app, examined)
    place(app.router, asset_routes())
    if services:
        place(app.router, operations_routes(services, examined, services[0].context.tokens()), prefix=API)
    for service in services:
        if service.name == SIGN_IN:
            signing_in = service.context.signing_in()
            place(app.router, session_routes(signing_in, service.context.tokens()), prefix=API)
            place(app.router, account_routes(signing_in), prefix=API)
            oidc = service.context.oidc_sign_in(signing_in)
            passkeys = service.context.passkeys(signing_in)
            forms = PageForms(signing_in, with_oidc=oidc is not None, passkeys=passkeys)
            place(app.router, pages(forms), max_body_size=MAX_FORM_BYTES)
            place(app.router, account_pages(forms), max_body_size=MAX_FORM_BYTES)
            place(app.router, passkey_pages(forms), max_body_size=MAX_FORM_BYTES)
            place(
                app.router,
                oidc_pages(oidc, signing_in, service.context.settings.public_url),
                max_body_size=MAX_FORM_BYTES,
            )
    for service in services:
        place(app.router, service.router, prefix=API, max_body_size=service.context.settings.max_body_bytes)
        if service.pages is not None:
            place(app.router, service.pages, max_body_size=MAX_FORM_BYTES)
    describe(app)
    owners = {
        API + route.path: each.name for each in services for route in each.router.routes if isinstance(route, APIRoute)
    }
    telemetry.attach(app, services, traces, owners)
    return app


def _add_access_log(app: FastAPI, services: Sequence[Service]) -> None:
    """Adds the outermost middleware: what one process answers is counted by the service that keeps the accounts."""
    if services:
        first = next((each for each in services if each.name == SIGN_IN), services[0]).context
        app.add_middleware(AccessLog, counts=first.counts, place_key=first.place_key)


def _add_health(app: FastAPI, examined: Mapping[str, Health]) -> None:
    @app.get("/health/live", tags=["health"])
    async def get_liveness() -> Liveness:
        """Whether the process answers."""
        return Liveness(status="live")

    @app.get(
        "/health/ready",
        tags=["health"],
        responses={503: {"description": "Not ready: `GET /api/v1/operate/ready` says why", "model": Readiness}},
    )
    async def get_readiness(response: Response) -> Readiness:
        """Whether every service may take requests: for load balancers.

        Needed are the database, this program's schema and a log that accepts writes; not NATS, because what is stored
        is passed on afterwards. Whether it is passed on is another question: `GET /health/flow`.
        """
        is_ready = all_ok(await reports(examined, Health.readiness))
        response.status_code = 200 if is_ready else 503
        return Readiness(status="ready" if is_ready else "not_ready")

    @app.get(
        "/health/flow",
        tags=["health"],
        responses={
            503: {"description": "Something waits too long: `GET /api/v1/operate/flow` says what", "model": Flow}
        },
    )
    async def get_flow(response: Response) -> Flow:
        """Whether what comes in goes all the way to the desks: for alarms, not for load balancers.

        Looks at ages: the oldest event that was not copied or digested, timers and alerts that are late, parked events,
        channels that fail, background loops, and the other services' signs of life.
        """
        flows = all_ok(await reports(examined, Health.flow))
        response.status_code = 200 if flows else 503
        return Flow(status="flowing" if flows else "not_flowing")
