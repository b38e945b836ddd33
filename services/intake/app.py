"""Intake's composition root: builds the commands, routes and followers of the service."""

from datetime import timedelta

from fastapi import APIRouter, FastAPI

from events.vocabulary import BoxClass
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.projections import combine
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings
from services.chassis.throttle import Throttle
from services.intake.amendments import api as amendments
from services.intake.amendments.commands import AmendmentCommands
from services.intake.authority_demands import api as authority_demands
from services.intake.authority_demands.commands import AuthorityDemandCommands
from services.intake.case_list import api as case_list
from services.intake.case_status import api as case_status
from services.intake.case_status.known import KNOWN_CATEGORIES
from services.intake.case_status.projections import ACCESSES, ALERTS, REFERRALS
from services.intake.case_status.waiting import WAITING
from services.intake.cases.commands import CaseCommands
from services.intake.cases.hidden_answers import with_kept_harm
from services.intake.consents import api as consents
from services.intake.consents.commands import ConsentCommands
from services.intake.disclosures import api as disclosures
from services.intake.disclosures.commands import AnswerReader
from services.intake.duplicates import api as duplicates
from services.intake.duplicates.commands import DuplicateCommands, DuplicateList
from services.intake.duplicates.policy import DuplicatePolicy
from services.intake.erasures import api as erasures
from services.intake.erasures.commands import ErasureCommands
from services.intake.erasures.policy import retention_policy
from services.intake.heartbeats import api as heartbeats
from services.intake.heartbeats.commands import HeartbeatCommands
from services.intake.identity import api as identity
from services.intake.identity.commands import IdentityReader
from services.intake.leaf_nodes.wiring import follow_leaf_nodes
from services.intake.projections import PROJECTIONS
from services.intake.refusals import api as refusals
from services.intake.refusals.commands import RefusalCommands
from services.intake.restorations.commands import RestorationCommands
from services.intake.restricted_contacts import api as restricted_contacts
from services.intake.restricted_contacts.commands import RestrictedContactCommands
from services.intake.routing.projections import ROUTING
from services.intake.routing.queries import RoutingStates
from services.intake.slips import api as slips
from services.intake.slips.commands import SlipCommands
from services.intake.slips.policy import DAY
from services.intake.slips.projections import ASSESSMENTS
from services.intake.submissions import api as submissions
from services.intake.submissions import policy as submission_policy
from services.intake.submissions.commands import SubmissionCommands
from services.intake.submissions.rejections import RejectedSubmissions
from services.intake.submissions.subscriber import subscribe
from services.intake.transfers import api as transfers
from services.intake.transfers.commands import TransferCommands
from services.intake.withdrawals import api as withdrawals
from services.intake.withdrawals.commands import WithdrawalCommands
from services.intake.wordings import Use, wordings
from services.programme.directory_file import shelters

BATCH_DELAY_SECONDS = 0.1
"""A referral's state in a case's status may be this much out of date."""


def create_service(context: ServiceContext) -> Service:
    """The service with its log, keys of both classes, and the events of referral and notifications that it follows."""
    database, clock, tokens, shelter_codes = context.database, context.clock, context.tokens(), shelters()
    log = Log(database, projections=PROJECTIONS)
    keyring = context.keyring(BoxClass.IDENTITY, BoxClass.SCREENING)
    consent_texts = wordings(Use.CONSENT)
    index_key = context.key("index_key")
    cursors = context.cursors()
    slips_key = context.key("slips_key")

    rejected = RejectedSubmissions(
        log=log,
        keyring=keyring,
        database=database,
        clock=clock,
        throttle=Throttle(database, slips_key, "refusal_attempt", submission_policy.DAY),
        index_key=index_key,
    )
    restoring = RestorationCommands(log=log, keyring=keyring, clock=clock, index_key=index_key)
    submitting = SubmissionCommands(
        log=log,
        keyring=keyring,
        database=database,
        clock=clock,
        shelters=shelter_codes,
        wordings=consent_texts,
        rejected=rejected,
        index_key=index_key,
        restore=restoring.restore,
        keep=with_kept_harm,
    )
    commands = CaseCommands(log=log, clock=clock)
    amending = AmendmentCommands(
        commands=commands,
        keyring=keyring,
        rejected=rejected,
        shelters=shelter_codes,
        wordings=consent_texts,
        index_key=index_key,
    )
    correcting = RefusalCommands(log=log, keyring=keyring, clock=clock, submissions=submitting, amendments=amending)
    contacts = RestrictedContactCommands(log=log, keyring=keyring, clock=clock)
    slip_commands = SlipCommands(
        commands=commands,
        database=database,
        keyring=keyring,
        clock=clock,
        lookup_key=slips_key,
        throttle=Throttle(database, slips_key, "slip_attempt", DAY),
    )
    handovers = TransferCommands(log=log, keyring=keyring, clock=clock, slips=slip_commands)
    router = APIRouter(tags=["intake"])
    submissions.add_routes(router, submitting, tokens, context.settings.max_body_bytes)
    refusals.add_routes(router, correcting, tokens, database, cursors)
    routing = RoutingStates(database, clock, timedelta(seconds=context.settings.not_routed_after))
    case_list.add_routes(router, database, routing, cursors, tokens)
    case_status.add_routes(router, database, log, routing, tokens)
    amendments.add_routes(router, amending, tokens)
    consents.add_routes(router, ConsentCommands(commands=commands), consent_texts, tokens)
    restricted_contacts.add_routes(router, contacts, wordings(Use.RESTRICTED_CONTACT), tokens, database, clock)
    authority_demands.add_routes(
        router,
        AuthorityDemandCommands(log=log, clock=clock, shelters=shelter_codes),
        tokens,
        database,
        cursors,
        clock,
    )
    slips.add_routes(router, slip_commands, tokens)
    withdrawals.add_routes(
        router, WithdrawalCommands(commands=commands, slips=slip_commands, database=database), tokens
    )
    transfers.add_routes(router, handovers, wordings(Use.HANDOVER), tokens)
    erasures.add_routes(
        router,
        ErasureCommands(log=log, database=database, clock=clock),
        retention_policy(),
        tokens,
        database,
        clock,
    )
    disclosures.add_routes(router, AnswerReader(log=log, keyring=keyring, clock=clock), tokens)
    identity.add_routes(router, IdentityReader(log=log, keyring=keyring, clock=clock), tokens)
    pairs = DuplicateList(log=log, database=database, clock=clock, policy=DuplicatePolicy.load(), cursors=cursors)
    duplicates.add_routes(router, DuplicateCommands(log=log, clock=clock), pairs, tokens)
    heartbeats.add_routes(router, HeartbeatCommands(log=log, clock=clock, shelters=shelter_codes), tokens)
    leaf_nodes = follow_leaf_nodes(context, log, submitting, rejected)
    return Service(
        context=context,
        log=log,
        keyring=keyring,
        router=router,
        follows={
            "referral": combine(REFERRALS, WAITING, KNOWN_CATEGORIES, ASSESSMENTS, ACCESSES, ROUTING),
            "notifications": ALERTS.follow,
        },
        gathering=BATCH_DELAY_SECONDS,
        subscribe=lambda broker: subscribe(broker, submitting, tokens, context),
        with_nats=leaf_nodes.loops,
        details=leaf_nodes.details,
    )


def create_app() -> FastAPI:
    """The application that ``canaliza serve intake`` runs."""
    return application([create_service(ServiceContext.of(Settings(), "intake"))])
