"""Audit's composition root: it follows every log, has no key, and records what becomes of accounts and tokens."""

from collections.abc import Callable

from fastapi import APIRouter, FastAPI

import events.published  # noqa: F401 - registers every event: history reads all of them
from services.audit.bundles import api as bundles
from services.audit.explanations import api as explanations
from services.audit.history import api as history
from services.audit.knowledge import api as knowledge_api
from services.audit.ledger import api as ledger
from services.audit.ledger.gauges import SealGauges
from services.audit.pages import (
    alert_trails,
    bundle_check,
    case_history,
    case_moment,
    checkpoints,
    desk_moment,
    explanation,
    knowledge,
    search,
)
from services.audit.pages import counts as counts_page
from services.audit.pages import security as security_page
from services.audit.pages import tampering as tampering_page
from services.audit.parts import Parts
from services.audit.projections import FOLLOWED
from services.audit.reconciliation import api as reconciliation
from services.audit.security import api as security
from services.audit.tampering import api as tampering
from services.audit.tampering.gauges import ComparisonGauges
from services.audit.time_machine import api as time_machine
from services.audit.verification.models import Replays
from services.audit.witnesses import api as witnesses
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings
from services.chassis.web.placing import place

GATHERING = 0.1
"""Seconds in which events are gathered into one batch: an auditor sees an event that much later."""


def create_service(context: ServiceContext, replays: Callable[[], Replays] | None = None) -> Service:
    """Composes the service; its own log has security acts, what auditors looked at, and how far it has followed."""
    parts = Parts(context, replays)
    return Service(
        context=context,
        log=parts.log,
        router=routes(parts),
        pages=pages(parts),
        follows=FOLLOWED,
        gathering=GATHERING,
        loops=[parts.acts.run, parts.ledger.run, parts.witnesses.run],
        loops_everywhere=[parts.walker.run],
        with_nats_everywhere=[parts.copies.run],
        flow=[parts.ledger.flow, parts.witnesses.flow, parts.walker.flow],
        comparing=parts.doorkeeper,
        gauges=[SealGauges(parts.ledger_keys.id)],
        told=[ComparisonGauges(lambda: parts.walker.passes, context.clock)],
    )


def routes(parts: Parts) -> APIRouter:
    """What programs ask for."""
    database, tokens, clock, cursors = parts.database, parts.tokens, parts.clock, parts.cursors
    router = history.routes(parts.histories, tokens)
    knowledge_api.add_routes(router, parts.histories, tokens, clock)
    time_machine.add_routes(router, parts.histories, tokens, cursors, clock)
    explanations.add_routes(router, parts.histories, tokens)
    reconciliation.add_routes(router, parts.counts, tokens, clock)
    ledger.add_routes(router, database, parts.readings, tokens, cursors)
    witnesses.add_routes(router, database, tokens, parts.seals)
    bundles.add_routes(router, parts.exports, tokens)
    tampering.add_routes(router, parts.comparer, parts.findings, tokens)
    security.add_routes(router, database, parts.readings, tokens)
    return router


def pages(parts: Parts) -> APIRouter:
    """The auditor's pages, which change nothing but the record of who looked."""
    router, tokens, clock = APIRouter(), parts.tokens, parts.clock
    for page in (search, case_history, case_moment, explanation, knowledge, alert_trails):
        place(router, page.pages(parts.histories, tokens, clock))
    place(router, security_page.pages(parts.database, parts.readings, tokens, clock))
    place(router, desk_moment.pages(parts.histories, tokens, clock, parts.cursors))
    place(router, counts_page.pages(parts.counts, tokens, clock))
    place(router, bundle_check.pages(parts.bundle_checks, tokens, clock))
    place(router, checkpoints.pages(parts.database, tokens, clock, parts.seals))
    place(router, tampering_page.pages(parts.comparer, parts.findings, lambda: parts.walker.passes, tokens, clock))
    return router


def create_app() -> FastAPI:
    """The application that ``canaliza serve audit`` runs."""
    return application([create_service(ServiceContext.of(Settings(), "audit"))])
