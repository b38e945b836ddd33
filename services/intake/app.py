"""Intake's composition root: the routes, followers and loops of the service."""

from fastapi import APIRouter, FastAPI

from services.chassis.eventlog.projections import combine
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings
from services.intake.amendments import api as amendments
from services.intake.authority_demands import api as authority_demands
from services.intake.case_list import api as case_list
from services.intake.case_status import api as case_status
from services.intake.case_status.known import KNOWN_CATEGORIES
from services.intake.case_status.projections import ACCESSES, ALERTS, REFERRALS
from services.intake.case_status.waiting import WAITING
from services.intake.consents import api as consents
from services.intake.devices import api as devices
from services.intake.devices.gauges import DeviceGauges
from services.intake.devices.scheduler import ReceptionKeyScheduler
from services.intake.disclosures import api as disclosures
from services.intake.duplicates import api as duplicates
from services.intake.erasures import api as erasures
from services.intake.erasures.policy import retention_policy
from services.intake.heartbeats import api as heartbeats
from services.intake.heartbeats.gauges import Outboxes
from services.intake.identity import api as identity
from services.intake.leaf_nodes.gauges import LeafGauges
from services.intake.leaf_nodes.wiring import follow_leaf_nodes
from services.intake.pages.router import router as pages_router
from services.intake.parts import Parts
from services.intake.reference import api as reference
from services.intake.refusals import api as refusals
from services.intake.restricted_contacts import api as restricted_contacts
from services.intake.routing.projections import ROUTING
from services.intake.slips import api as slips
from services.intake.slips.projections import ASSESSMENTS
from services.intake.submissions import api as submissions
from services.intake.submissions.subscriber import subscribe
from services.intake.transfers import api as transfers
from services.intake.withdrawals import api as withdrawals
from services.intake.wordings import Use, wordings

BATCH_DELAY_SECONDS = 0.1
"""A referral's state in a case's status may be this much out of date."""


def create_service(context: ServiceContext) -> Service:
    """The service with its log, keys of both classes, and the events of referral and notifications that it follows."""
    parts = Parts(context)
    outboxes = Outboxes()
    parts.log.listen(outboxes.listen)
    leaf_nodes = follow_leaf_nodes(context, parts.log, parts.submissions, parts.rejected)
    return Service(
        context=context,
        log=parts.log,
        keyring=parts.keyring,
        router=_api(parts),
        pages=pages_router(parts),
        follows={
            "referral": combine(REFERRALS, WAITING, KNOWN_CATEGORIES, ASSESSMENTS, ACCESSES, ROUTING),
            "notifications": ALERTS.follow,
        },
        gathering=BATCH_DELAY_SECONDS,
        subscribe=lambda broker: subscribe(broker, parts.submissions, parts.tokens, context),
        loops=[ReceptionKeyScheduler(keys=parts.reception_keys).run],
        with_nats=leaf_nodes.loops,
        with_nats_everywhere=leaf_nodes.loops_everywhere,
        gauges=[DeviceGauges(parts.clock)],
        told=[outboxes.samples, *(LeafGauges(tell) for tell in leaf_nodes.details.values())],
        details=leaf_nodes.details,
    )


def _api(parts: Parts) -> APIRouter:
    """The routes for programs, and for the scripts of pages."""
    router, tokens = APIRouter(tags=["intake"]), parts.tokens
    database, clock, cursors = parts.database, parts.clock, parts.cursors
    submissions.add_routes(router, parts.submissions, tokens, parts.context.settings.max_body_bytes)
    refusals.add_routes(router, parts.refusals, tokens, database, cursors)
    case_list.add_routes(router, database, parts.routing, cursors, parts.showings, tokens)
    case_status.add_routes(router, database, parts.log, parts.routing, parts.showings, tokens)
    amendments.add_routes(router, parts.amendments, tokens)
    consents.add_routes(router, parts.consents, parts.consent_texts, tokens)
    contact_texts = wordings(Use.RESTRICTED_CONTACT)
    restricted_contacts.add_routes(router, parts.restricted_contacts, contact_texts, tokens, database, clock)
    authority_demands.add_routes(router, parts.authority_demands, tokens, database, cursors, clock)
    slips.add_routes(router, parts.slips, tokens)
    withdrawals.add_routes(router, parts.withdrawals, tokens)
    transfers.add_routes(router, parts.transfers, wordings(Use.HANDOVER), tokens)
    erasures.add_routes(router, parts.erasures, retention_policy(), tokens, database, clock)
    disclosures.add_routes(router, parts.answers, tokens)
    identity.add_routes(router, parts.identity, tokens)
    duplicates.add_routes(router, parts.duplicates, parts.duplicate_list, tokens)
    devices.add_routes(router, parts.devices, parts.records, tokens, database, cursors)
    heartbeats.add_routes(router, parts.heartbeats, tokens)
    reference.add_routes(router, tokens)
    return router


def create_app() -> FastAPI:
    """The application that ``canaliza serve intake`` runs."""
    return application([create_service(ServiceContext.of(Settings(), "intake"))])
