"""The referral service's composition root."""

from functools import partial
from pathlib import Path

from fastapi import APIRouter, FastAPI

from events.vocabulary import BoxClass
from services.chassis.clock import Clock
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.reactions import Reactions
from services.chassis.eventlog.upstream import Upstream
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings
from services.chassis.throttle import Throttle
from services.chassis.vault.link_codes import LinkCodes
from services.programme.directory_file import shelters
from services.referral.alert_links import api as alert_links_api
from services.referral.alert_links import pages as alert_links_pages
from services.referral.alert_links.queries import AlertLinks
from services.referral.assessment import Policies
from services.referral.bodies.ports import Bodies, NoBodies
from services.referral.break_glass import api as break_glass_api
from services.referral.break_glass.bulk import LIMIT_KEY_PURPOSE, LONGEST, AccessesInBulk
from services.referral.break_glass.commands import BreakGlass
from services.referral.break_glass.queries import AccessLists
from services.referral.break_glass.readings import AccessReader
from services.referral.break_glass.scheduler import OverdueReviews
from services.referral.capacity import api as capacity_api
from services.referral.capacity.commands import CapacityCommands
from services.referral.capacity.projections import project_capacity
from services.referral.capacity.queries import CapacityOverview, DesksWithoutRoom
from services.referral.caravans import api as caravans_api
from services.referral.caravans.commands import CaravanCommands
from services.referral.caravans.queries import ActiveCaravans
from services.referral.caravans.scheduler import CaravanExpiry
from services.referral.case_file.queries import CaseFiles
from services.referral.contests import api as contests_api
from services.referral.contests.commands import ContestCommands
from services.referral.deadlines.ports import Desks
from services.referral.disclosures import api as disclosures_api
from services.referral.disclosures.commands import DisclosureReader
from services.referral.escalation.queries import late_timers
from services.referral.escalation.scheduler import EscalationScheduler
from services.referral.lifecycle import api as lifecycle_api
from services.referral.lifecycle.commands import ReferralCommands
from services.referral.lifecycle.expiry import ConsentExpiry
from services.referral.lifecycle.reactions import IntakeReactions, ReactionContext
from services.referral.lifecycle.scheduler import ExpiredReferrals
from services.referral.lifecycle.sending_on import SendingOn
from services.referral.live.queries import ReferralChanges
from services.referral.live.stream import ReferralStream
from services.referral.milestones import api as milestones_api
from services.referral.milestones.commands import MilestoneCommands
from services.referral.obligations import api as obligations_api
from services.referral.obligations.commands import ObligationCommands
from services.referral.obligations.queries import ObligationLists, late_obligations
from services.referral.obligations.scheduler import ObligationClock
from services.referral.offers import api as offers_api
from services.referral.offers.commands import OfferCommands
from services.referral.offers.queries import AskedReferrals
from services.referral.overview.queries import Overview
from services.referral.pages import asked_page, break_glass_acts, break_glass_opening, referral_page
from services.referral.pages import board as board_pages
from services.referral.pages import break_glass as break_glass_pages
from services.referral.pages import capacity as capacity_pages
from services.referral.pages import caravans as caravans_pages
from services.referral.pages import coordination as coordination_pages
from services.referral.pages import duties as duties_pages
from services.referral.pages import live as live_pages
from services.referral.pages import phones as phones_pages
from services.referral.pages import silence as silence_pages
from services.referral.pages.board import BoardPages
from services.referral.pages.break_glass import AccessPages
from services.referral.pages.capacity import Rooms
from services.referral.pages.caravans import Caravans
from services.referral.pages.coordination import Coordination
from services.referral.pages.referral_acts import ReferralActs, acts
from services.referral.pages.referral_page import ReferralPages
from services.referral.pages.referral_reading import readings
from services.referral.phones.ports import NoPhones, PhoneBook
from services.referral.policies.commands import PolicyAdoption
from services.referral.policies.loader import FOLDER, last_adopted, policies_in_force
from services.referral.projections import ReferralProjections
from services.referral.silence import api as silence_api
from services.referral.silence.queries import late_watches
from services.referral.silence.scheduler import SilenceMonitor
from services.referral.timeline.queries import ReferralHistories
from services.referral.unrouted.commands import UnroutedCases
from services.referral.unrouted.queries import UnroutedList
from services.referral.worklist import api as worklist_api
from services.referral.worklist.counts import DeskCounts
from services.referral.worklist.queries import Worklist


def create_service(
    context: ServiceContext,
    desks: Desks,
    bodies: Bodies | None = None,
    phones: PhoneBook | None = None,
    *,
    scheduler_clock: Clock | None = None,
    policy_folder: Path = FOLDER,
) -> Service:
    """Composes the service. It holds the key of the coded answers, but none that opens a name.

    ``desks``, ``bodies`` and ``phones`` come from the directory, which this service does not import.
    ``scheduler_clock``: a demonstration, which plays a day in seconds, drives the periodic jobs by a clock of its own.
    """
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
    return Service(
        context=context,
        log=log,
        keyring=keyring,
        router=router,
        pages=pages,
        follows={"intake": reactions},
        parked_cases=unrouted,
        urgent_cases=unrouted.urgent,
        flow=[
            partial(late_timers, clock=scheduler_time, limit=context.settings.flow_due),
            partial(late_obligations, clock=scheduler_time, limit=context.settings.flow_due),
            partial(late_watches, clock=scheduler_time, limit=context.settings.flow_due),
        ],
        details={"policy_faults": lambda: list(in_force.faults)},
        on_stop=[stream.close],
        loops=[PolicyAdoption(log, clock, in_force, desks.version).run, escalations.run, stream.tail.run],
    )


def create_app(desks: Desks, bodies: Bodies | None = None, phones: PhoneBook | None = None) -> FastAPI:
    """The service as an application of its own, with the directory's desks, bodies and telephones."""
    return application([create_service(ServiceContext.of(Settings(), "referral"), desks, bodies, phones)])
