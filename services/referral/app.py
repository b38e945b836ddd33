"""The referral service's composition root."""

from functools import partial
from pathlib import Path

from fastapi import APIRouter, FastAPI

from services.chassis.clock import Clock
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings
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
from services.referral.pages.router import router as pages_router
from services.referral.parts import Parts
from services.referral.phones.ports import NoPhones, PhoneBook
from services.referral.policies.commands import PolicyAdoption
from services.referral.policies.loader import FOLDER
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
<<<<<<< HEAD
    database, clock, scheduler_time = context.database, context.clock, scheduler_clock or context.clock
    in_force = policies_in_force(last_adopted(database), policy_folder)
    projections = ReferralProjections(lambda: desks, lambda: in_force)
    log = Log(database, projections=[projections, project_capacity])
    keyring, intake = context.keyring(BoxClass.SCREENING), Upstream(database, "intake")
    files, caravans = CaseFiles(intake, keyring), ActiveCaravans(database)
    duties, offices = in_force.obligations, bodies or NoBodies()
    policies = Policies(in_force.rules, in_force.clocks, desks, caravans, DesksWithoutRoom(database), duties, offices)
    reactions = Reactions(
        log=log,
        clock=clock,
        table=IntakeReactions(policies, in_force.rerouting).table(),
        prepare=ReactionContext(keyring, intake, policies.refresh, duties),
        also=projections.follow,
    )
    sending_on = SendingOn(database=database, files=files, policies=policies, rerouting=in_force.rerouting)
    referral_commands = ReferralCommands(
        log=log, clock=clock, keyring=keyring, files=files, policies=policies, sending_on=sending_on
    )
    offer_commands = OfferCommands(log=log, clock=clock, sending_on=sending_on)
    expired_referrals = ExpiredReferrals(log=log, database=database, clock=scheduler_time, sending_on=sending_on)
    unrouted = UnroutedCases(log, clock, files, policies)
    in_bulk = AccessesInBulk(
        log=log,
        clock=clock,
        throttle=Throttle(database, context.derived_key(LIMIT_KEY_PURPOSE), "access_attempt", LONGEST),
        policy=in_force.accesses,
    )
    break_glass = BreakGlass(log=log, clock=clock, keyring=keyring, files=files, policies=policies, in_bulk=in_bulk)
    access_reader = AccessReader(log=log, clock=clock, keyring=keyring, files=files, policies=policies)
    caravan_commands = CaravanCommands(
        log=log,
        database=database,
        clock=clock,
        desks=desks,
        escalation=in_force.escalation.version,
        silence=in_force.silence.version,
    )
    silence_monitor = SilenceMonitor(
        log=log, database=database, clock=scheduler_time, policy=in_force.silence, desks=desks
    )
    caravan_expiry = CaravanExpiry(log=log, database=database, clock=scheduler_time, actor=silence_monitor.actor)
    overdue_reviews = OverdueReviews(log=log, database=database, clock=scheduler_time)
    obligation_clock = ObligationClock(log=log, database=database, clock=scheduler_time, files=files, policy=duties)
    escalations = EscalationScheduler(
        log=log,
        database=database,
        clock=scheduler_time,
        policy=in_force.escalation,
        counted_hours=policies.counted_hours,
        expiry=ConsentExpiry(files=files, policies=policies),
        also_due=[
            silence_monitor.run_due,
            caravan_expiry.run_due,
            overdue_reviews.run_due,
            expired_referrals.run_due,
            obligation_clock.run_due,
        ],
    )
    log.listen(escalations.on_commit)
    key, tokens, of_shelters = context.secrets.link_key, context.tokens(), shelters()
    cursors = context.cursors()
    worklist = Worklist(
        database=database, clock=clock, counted_hours=policies.counted_hours, keyring=keyring, cursors=cursors
    )
    changes = ReferralChanges(database, cursors)
    stream = ReferralStream(log, changes, context.settings.alert_stream_check)
    log.listen(stream.tail.announce)
    board = BoardPages(
        worklist=worklist,
        counts=DeskCounts(database=database, keyring=keyring),
        changes=changes,
        desks=desks,
        clock=clock,
    )
    links = AlertLinks(log, clock, None if key is None else LinkCodes(key))
    capacity_commands = CapacityCommands(log=log, clock=clock, shelters=of_shelters, desks=desks)
    capacity_overview = CapacityOverview(database=database, clock=clock, shelters=of_shelters, desks=desks)
    reader, asked = DisclosureReader(log=log, clock=clock, files=files, policies=policies), AskedReferrals(log=log)
    contests = ContestCommands(log=log, clock=clock, files=files, policies=policies)
    milestones = MilestoneCommands(log=log, clock=clock, policy=duties, bodies=offices)
    one_referral = ReferralPages(
        histories=ReferralHistories(log=log, worklist=worklist),
        asked=asked,
        changes=changes,
        rules=in_force.rules,
        clock=clock,
    )
    obligation_commands = ObligationCommands(log=log, clock=clock, files=files)
    obligation_lists = ObligationLists(database=database, clock=clock, bodies=offices, cursors=cursors)
    access_lists, restricted = AccessLists(database=database, cursors=cursors), in_force.rules.policy.restricted
    overview = Overview(database=database, clock=clock, cursors=cursors, restricted=restricted)
    access_pages = AccessPages(readings=access_reader, lists=access_lists, overview=overview, clock=clock)
    coordination = Coordination(
        overview=overview,
        unrouted=UnroutedList(database=database, intake=intake, cursors=cursors),
        capacity=capacity_overview,
        accesses=access_lists,
        obligations=obligation_lists,
        faults=lambda: in_force.faults,
    )
    router = APIRouter(tags=["referral"])
    for routes in (
        worklist_api.router(worklist, tokens),
        disclosures_api.router(reader, tokens),
        lifecycle_api.router(referral_commands, tokens),
        contests_api.router(contests, tokens),
        offers_api.router(offer_commands, tokens),
        alert_links_api.router(links, referral_commands, tokens),
        capacity_api.router(capacity_commands, capacity_overview, tokens),
        break_glass_api.router(break_glass, access_reader, tokens, database),
        silence_api.router(tokens, database, restricted),
        caravans_api.router(caravan_commands, tokens, database),
        obligations_api.router(obligation_commands, obligation_lists, tokens),
        milestones_api.router(milestones, tokens),
    ):
        router.include_router(routes)
    pages = APIRouter(include_in_schema=False)
    for of_people in (
        alert_links_pages.pages(links, tokens),
        asked_page.pages(asked, offer_commands, clock, tokens),
        referral_page.pages(one_referral, tokens),
        readings(one_referral, reader, tokens),
        acts(
            ReferralActs(drawn=one_referral, commands=referral_commands, contests=contests, milestones=milestones),
            tokens,
        ),
        board_pages.pages(board, tokens),
        live_pages.pages(worklist, stream, clock, tokens, context.settings.alert_streams),
        break_glass_opening.pages(break_glass, access_lists, in_force.accesses, tokens, clock),
        break_glass_acts.acts(access_pages, break_glass, tokens),
        break_glass_pages.pages(access_pages, tokens),
        capacity_pages.pages(Rooms(commands=capacity_commands, overview=capacity_overview), tokens, clock),
        caravans_pages.pages(Caravans(commands=caravan_commands, database=database, desks=desks), tokens, clock),
        coordination_pages.pages(coordination, tokens, clock),
        duties_pages.pages(obligation_commands, obligation_lists, overview, tokens, clock),
        phones_pages.pages(phones or NoPhones(), tokens, clock),
        silence_pages.pages(database, restricted, tokens, clock),
    ):
        pages.include_router(of_people)
=======
    scheduler_time = scheduler_clock or context.clock
    parts = Parts(context, desks, bodies or NoBodies(), phones or NoPhones(), scheduler_time, policy_folder)
    parts.log.listen(parts.escalations.on_commit)
    parts.log.listen(parts.stream.tail.announce)
    late = partial(partial, clock=scheduler_time, limit=context.settings.flow_due)
>>>>>>> main
    return Service(
        context=context,
        log=parts.log,
        keyring=parts.keyring,
        router=_api(parts),
        pages=pages_router(parts),
        follows={"intake": parts.reactions},
        parked_cases=parts.unrouted,
        urgent_cases=parts.unrouted.urgent,
        flow=[late(late_timers), late(late_obligations), late(late_watches)],
        details={"policy_faults": lambda: list(parts.in_force.faults)},
        on_stop=[parts.stream.close],
        loops=[
            PolicyAdoption(parts.log, context.clock, parts.in_force, desks.version).run,
            parts.escalations.run,
            parts.stream.tail.run,
        ],
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
        break_glass_api.router(parts.break_glass, parts.access_reader, tokens, parts.database),
        silence_api.router(tokens, parts.database, parts.in_force.rules.policy.restricted),
        caravans_api.router(parts.caravans, tokens, parts.database),
        obligations_api.router(parts.obligations, parts.obligation_lists, tokens),
        milestones_api.router(parts.milestones, tokens),
    ):
        router.include_router(routes)
    return router


def create_app(desks: Desks, bodies: Bodies | None = None, phones: PhoneBook | None = None) -> FastAPI:
    """The service as an application of its own, with the directory's desks, bodies and telephones."""
    return application([create_service(ServiceContext.of(Settings(), "referral"), desks, bodies, phones)])
