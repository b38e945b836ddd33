"""Audit's composition root: it follows every log, has no key, and records what becomes of accounts and tokens."""

from fastapi import APIRouter, FastAPI

import events.published  # noqa: F401 - registers every event: history reads all of them
from services.audit.history import api
from services.audit.pages import alert_trails, case_history, knowledge, search
from services.audit.pages import security as security_page
from services.audit.security import api as security
from services.audit.security.commands import Doorkeeper
from services.audit.security.projections import FOLLOWED, PROJECTIONS
from services.audit.security.scheduler import ActRecorder
from services.audit.trace.projections import PROJECTORS
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.projections import combine
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings

GATHERING = 0.1
"""Seconds in which events are gathered into one batch: an auditor sees an event that much later."""


def create_service(context: ServiceContext) -> Service:
    """Composes the service; its own log has security acts, and how far it has followed the three others."""
    database, tokens = context.database, context.tokens()
    log = Log(database, projections=PROJECTIONS)
    router = api.routes(database, tokens)
    security.add_routes(router, database, tokens)
    recorder = ActRecorder(log=log, database=database, clock=context.clock)
    return Service(
        context=context,
        log=log,
        router=router,
        pages=pages(context),
        follows={
            name: combine(fill, FOLLOWED[name]) if name in FOLLOWED else fill.follow
            for name, fill in PROJECTORS.items()
        },
        gathering=GATHERING,
        loops=[recorder.run],
        comparing=Doorkeeper(database),
    )


def pages(context: ServiceContext) -> APIRouter:
    """The auditor's pages, which change nothing."""
    router = APIRouter()
    for page in (search, case_history, knowledge, alert_trails, security_page):
        router.include_router(page.pages(context.database, context.tokens(), context.clock))
    return router


def create_app() -> FastAPI:
    """The application that ``canaliza serve audit`` runs."""
    return application([create_service(ServiceContext.of(Settings(), "audit"))])
