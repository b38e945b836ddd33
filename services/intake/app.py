"""Intake's composition root: read it from top to bottom to know what intake is made of."""

from fastapi import FastAPI

from events.vocabulary import BoxClass
from services.chassis import web
from services.chassis.foundation import Foundation
from services.chassis.log import Log
from services.chassis.programme import shelters
from services.chassis.reacting import Reactions
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.intake import api
from services.intake.commands import Intake
from services.intake.projections import STATE_AFTER, follow_referrals, project


def create_service(foundation: Foundation) -> Service:
    """Intake: its log, both classes of keys, and the referrals' facts that the shelter is told."""
    log = Log(foundation.database, projections=[project])
    keyring = foundation.keyring(BoxClass.IDENTITY, BoxClass.SCREENING)
    tokens = foundation.tokens()
    intake = Intake(log=log, keyring=keyring, database=foundation.database, clock=foundation.clock, shelters=shelters())
    told = Reactions(log=log, clock=foundation.clock, table=dict.fromkeys(STATE_AFTER, ()), project=follow_referrals)
    return Service(
        foundation=foundation,
        log=log,
        keyring=keyring,
        router=api.routes(intake, tokens, foundation),
        follows={"referral": told},
        subscribe=lambda broker: api.subscribe(broker, intake, tokens, foundation),
    )


def create_app() -> FastAPI:
    """The application that ``canaliza serve intake`` runs."""
    return web.application([create_service(Foundation.of(Settings(), "intake"))])
