"""The referral service's composition root."""

from fastapi import FastAPI

from events.vocabulary import BoxClass
from services.chassis import web
from services.chassis.foundation import Foundation
from services.chassis.log import Log
from services.chassis.reacting import Reactions
from services.chassis.read_models import Fill, ReadModel
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.upstream import Upstream
from services.referral import api
from services.referral.adoption import Adoption
from services.referral.commands import Desk
from services.referral.deadlines import load_clocks
from services.referral.desks import Desks
from services.referral.projections import project
from services.referral.reactions import Reading, Routing
from services.referral.reading import Readings
from services.referral.rerouting import load_rerouting
from services.referral.rules import load_rules
from services.referral.sending import Policies

MODELS = (ReadModel(tables=("referral", "assessment"), fills={"referral": Fill(project=project)}),)


def create_service(foundation: Foundation, desks: Desks) -> Service:
    """Its log, the key to the coded answers (to nothing that names a person), the rules, and the desk.

    ``desks`` are the directory's, which this service does not know.
    """
    database, clock = foundation.database, foundation.clock
    log = Log(database, projections=[project])
    keyring = foundation.keyring(BoxClass.SCREENING)
    intake = Upstream(database, "intake")
    policies = Policies(load_rules(), load_clocks(), load_rerouting(), desks)
    reactions = Reactions(log=log, clock=clock, table=Routing(policies).table(), prepare=Reading(keyring, intake))
    desk = Desk(log=log, database=database, clock=clock, keyring=keyring, intake=intake, policies=policies)
    readings = Readings(log=log, clock=clock, keyring=keyring, intake=intake, policies=policies)
    return Service(
        foundation=foundation,
        log=log,
        keyring=keyring,
        router=api.routes(desk, readings, foundation.tokens(), foundation),
        follows={"intake": reactions},
        beside=[Adoption(log, clock, policies).run],
    )


def create_app(desks: Desks) -> FastAPI:
    """The service as an application of its own."""
    return web.application([create_service(Foundation.of(Settings(), "referral"), desks)])
