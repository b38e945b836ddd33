"""The referral service's composition root."""

from functools import partial
from pathlib import Path

from fastapi import APIRouter, FastAPI

from services.chassis.clock import Clock
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings
from services.chassis.web.placing import place
from services.referral.alert_links import api as alert_links_api
from services.referral.bodies.ports import Bodies, NoBodies
from services.referral.break_glass import api as break_glass_api
from services.referral.capacity import api as capacity_api
from services.referral.caravans import api as caravans_api
from services.referral.contests import api as contests_api
from services.referral.deadlines.ports import Desks
from services.referral.disclosures import api as disclosures_api
from services.referral.escalation.queries import late_timers
from services.referral.lifecycle import api as lifecycle_api
from services.referral.milestones import api as milestones_api
from services.referral.obligations import api as obligations_api
from services.referral.obligations.queries import late_obligations
from services.referral.offers import api as offers_api
from services.referral.overview.gauges import ReferralGauges
from services.referral.pages.router import router as pages_router
from services.referral.parts import Parts
from services.referral.phones.ports import NoPhones, PhoneBook
from services.referral.policies.commands import PolicyAdoption
from services.referral.policies.loader import FOLDER
from services.referral.reference import api as reference_api
from services.referral.silence import api as silence_api
from services.referral.silence.queries import late_watches
from services.referral.worklist import api as worklist_api


def create_service(
    context: ServiceContext,
    desks: Desks,
    bodies: Bodies | None = None,
    phones: PhoneBook | None = None,
    *,
    scheduler_clock: Clock | None = None,
    policy_folder: Path = FOLDER,
) -> Service:
    """Composes the service.

    ``desks``, ``bodies`` and ``phones`` come from the directory, which this service does not import.
    ``scheduler_clock``: a demonstration, which plays a day in seconds, drives the periodic jobs by a clock of its own.
    """
    scheduler_time = scheduler_clock or context.clock
    parts = Parts(context, desks, bodies or NoBodies(), phones or NoPhones(), scheduler_time, policy_folder)
    parts.log.listen(parts.escalations.on_commit)
    parts.log.listen(parts.stream.tail.announce)
    late = partial(partial, clock=scheduler_time, limit=context.settings.flow_due)
    return Service(
        context=context,
        log=parts.log,
        keyring=parts.keyring,
        router=_api(parts),
        pages=pages_router(parts),
        follows={"intake": parts.reactions},
        parked_cases=parts.unrouted,
        urgent_cases=parts.unrouted.urgent,
        gauges=[ReferralGauges(scheduler_time)],
        flow=[late(late_timers), late(late_obligations), late(late_watches)],
        details={"policy_faults": lambda: list(parts.in_force.faults)},
        on_stop=[parts.stream.close, parts.what_if.close],
        loops=[
            PolicyAdoption(parts.log, context.clock, parts.in_force, desks.version).run,
            parts.escalations.run,
        ],
        loops_everywhere=[parts.stream.tail.run],
    )


def _api(parts: Parts) -> APIRouter:
    """The routes for programs, and for the scripts of pages."""
    router, tokens = APIRouter(tags=["referral"]), parts.tokens
    for routes in (
        worklist_api.router(parts.worklist, tokens),
        disclosures_api.router(parts.disclosures, tokens),
        lifecycle_api.router(parts.referrals, tokens),
        contests_api.router(parts.contests, tokens),
        offers_api.router(parts.offers, tokens),
        alert_links_api.router(parts.links, parts.referrals, tokens),
        capacity_api.router(parts.capacity_commands, parts.capacity_overview, tokens),
        break_glass_api.router(parts.break_glass, parts.access_reader, tokens, parts.database, parts.showings),
        silence_api.router(tokens, parts.database, parts.in_force.rules.policy.restricted, parts.showings),
        caravans_api.router(parts.caravans, tokens, parts.database),
        obligations_api.router(parts.obligations, parts.obligation_lists, tokens),
        milestones_api.router(parts.milestones, tokens),
        reference_api.router(parts.in_force.rules, parts.phones, parts.bodies, parts.clock, tokens),
    ):
        place(router, routes)
    return router


def create_app(desks: Desks, bodies: Bodies | None = None, phones: PhoneBook | None = None) -> FastAPI:
    """The service as an application of its own, with the directory's desks, bodies and telephones."""
    return application([create_service(ServiceContext.of(Settings(), "referral"), desks, bodies, phones)])
