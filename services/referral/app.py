"""The referral service's composition root."""

from fastapi import FastAPI

from events.intake import CaseOpened
from events.vocabulary import BoxClass
from services.chassis import web
from services.chassis.foundation import Foundation
from services.chassis.log import Log
from services.chassis.reacting import Reactions
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.referral import api
from services.referral.commands import Desk
from services.referral.deadlines import load_clocks
from services.referral.projections import project
from services.referral.reactions import load_keys, propose_referrals
from services.referral.rules import load_rules


def create_service(foundation: Foundation) -> Service:
    """Its log, the key to the coded answers (to nothing that names a person), the rules, and the desk."""
    log = Log(foundation.database, projections=[project])
    keyring = foundation.keyring(BoxClass.SCREENING)
    reactions = Reactions(
        log=log,
        clock=foundation.clock,
        table={CaseOpened: [propose_referrals(load_rules(), load_clocks())]},
        prepare=load_keys(keyring),
    )
    desk = Desk(log=log, clock=foundation.clock)
    return Service(
        foundation=foundation,
        log=log,
        router=api.routes(desk, foundation.tokens(), foundation),
        follows={"intake": reactions},
    )


def create_app() -> FastAPI:
    """The application that ``canaliza serve referral`` runs."""
    return web.application([create_service(Foundation.of(Settings(), "referral"))])
