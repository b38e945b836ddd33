"""Intake's composition root: read it from top to bottom to know what intake is made of."""

from fastapi import FastAPI

from events.continuity import DuplicateDecided, HandedOver
from events.intake import CaseOpened
from events.vocabulary import BoxClass
from services.chassis import web
from services.chassis.foundation import Foundation
from services.chassis.log import Log
from services.chassis.programme import shelters
from services.chassis.read_models import Fill, ReadModel, together
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.intake import api, authority_api, continuity_api
from services.intake.amending import Amending
from services.intake.answer_readings import AnswerReadings
from services.intake.authority_tables import CONTACT_FACTS, DEMAND_FACTS, project_contacts, project_demands
from services.intake.by_slip import BySlip
from services.intake.case_commands import CaseCommands
from services.intake.commands import Intake
from services.intake.contacting import RestrictedContacts
from services.intake.continuity_tables import ASSESSMENTS, project_continuity, project_duplicates
from services.intake.continuity_tables import FACTS as CONTINUITY_FACTS
from services.intake.duplicates import Duplicates
from services.intake.handovers import Handovers
from services.intake.heartbeats import Heartbeats, add_heartbeats
from services.intake.leaves import follow_leaves
from services.intake.person_index import PURPOSE
from services.intake.projections import ACCESSES, ALERTS, REFERRALS, project
from services.intake.refusals import Refusals
from services.intake.register import Register
from services.intake.slip_store import Throttle
from services.intake.slip_verifier import LOOKUP
from services.intake.slips import Slips
from services.intake.wordings import Use, wordings

MODELS = (
    ReadModel(tables=("submission",), fills={"intake": Fill(project=project, reads=(CaseOpened, HandedOver))}),
    ReadModel(tables=("referral_status",), fills={"referral": REFERRALS}),
    ReadModel(tables=("exceptional_access",), fills={"referral": ACCESSES}),
    ReadModel(tables=("alert_status",), fills={"notifications": ALERTS}),
    ReadModel(tables=("restricted_contact",), fills={"intake": Fill(project=project_contacts, reads=CONTACT_FACTS)}),
    ReadModel(tables=("authority_demand",), fills={"intake": Fill(project=project_demands, reads=DEMAND_FACTS)}),
    ReadModel(tables=("continuity",), fills={"intake": Fill(project=project_continuity, reads=CONTINUITY_FACTS)}),
    ReadModel(tables=("assessed",), fills={"referral": ASSESSMENTS}),
    ReadModel(tables=("duplicate",), fills={"intake": Fill(project=project_duplicates, reads=(DuplicateDecided,))}),
)

PROJECTIONS = (project, project_contacts, project_demands, project_continuity, project_duplicates)

GATHERING = 0.1
"""What a shelter is told about its referrals may be a tenth of a second old."""


def create_service(foundation: Foundation) -> Service:
    """Intake: its log, both classes of keys, and the referrals' facts that the shelter is told."""
    log = Log(foundation.database, projections=PROJECTIONS)
    keyring = foundation.keyring(BoxClass.IDENTITY, BoxClass.SCREENING)
    tokens = foundation.tokens()
    clock, known = foundation.clock, shelters()
    refusals = Refusals(log=log, keyring=keyring, clock=clock)
    texts = wordings(Use.CONSENT)
    index_key = foundation.derived_key(BoxClass.IDENTITY, PURPOSE)
    intake = Intake(
        log=log,
        keyring=keyring,
        database=foundation.database,
        clock=clock,
        shelters=known,
        wordings=texts,
        refusals=refusals,
        index_key=index_key,
    )
    amending = Amending(log=log, keyring=keyring, clock=clock, shelters=known, wordings=texts, index_key=index_key)
    router = api.routes(intake, amending, tokens, foundation)
    contacts = RestrictedContacts(log=log, keyring=keyring, clock=clock)
    authority_api.add_contacts(router, contacts, tokens, foundation.database)
    register = Register(log=log, clock=clock, shelters=known)
    authority_api.add_demands(router, register, tokens, foundation.database, clock)
    slips_key = foundation.derived_key(BoxClass.IDENTITY, LOOKUP)
    commands = CaseCommands(log=log, clock=clock)
    slips = Slips(
        commands=commands,
        database=foundation.database,
        keyring=keyring,
        clock=clock,
        lookup_key=slips_key,
        throttle=Throttle(foundation.database, slips_key),
    )
    continuity_api.add_slips(router, slips, BySlip(commands=commands, slips=slips), tokens)
    handovers = Handovers(log=log, keyring=keyring, clock=clock, slips=slips)
    readings = AnswerReadings(log=log, keyring=keyring, clock=clock)
    continuity_api.add_handovers(router, handovers, readings, tokens)
    duplicates = Duplicates(log=log, database=foundation.database, clock=clock)
    continuity_api.add_duplicates(router, duplicates, tokens)
    add_heartbeats(router, Heartbeats(log=log, clock=clock, shelters=known), tokens)
    leaves = follow_leaves(foundation, log, intake, refusals)
    return Service(
        foundation=foundation,
        log=log,
        keyring=keyring,
        router=router,
        follows={"referral": together(REFERRALS, ASSESSMENTS, ACCESSES), "notifications": ALERTS.follow},
        gathering=GATHERING,
        subscribe=lambda broker: api.subscribe(broker, intake, tokens, foundation),
        with_nats=leaves.loops,
        details=leaves.details,
    )


def create_app() -> FastAPI:
    """The application that ``canaliza serve intake`` runs."""
    return web.application([create_service(Foundation.of(Settings(), "intake"))])
