"""The referral service's composition root."""

from collections.abc import Sequence
from functools import cache

import asyncpg
from fastapi import FastAPI

from events.contract import Event, Recorded
from events.vocabulary import BoxClass
from services.chassis import web
from services.chassis.clock import Clock
from services.chassis.foundation import Foundation
from services.chassis.link_codes import LinkCodes
from services.chassis.log import Log
from services.chassis.programme import shelters
from services.chassis.reacting import Reactions
from services.chassis.read_models import Fill, ReadModel
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.upstream import Upstream
from services.referral import api, capacity_api, links_api
from services.referral.adoption import Adoption
from services.referral.capacity_book import FACTS as CAPACITY_FACTS
from services.referral.capacity_book import CapacityBook, project_capacity
from services.referral.clockwork import Clockwork
from services.referral.commands import Desk
from services.referral.deadlines import load_clocks
from services.referral.desks import Desks
from services.referral.ladder_policy import Ladders, load_ladders
from services.referral.links import Links
from services.referral.projections import project
from services.referral.reactions import Reading, Routing
from services.referral.reading import Readings
from services.referral.rerouting import load_rerouting
from services.referral.rules import load_rules
from services.referral.sending import Policies
from services.referral.timers import Winding


@cache
def _ladders() -> Ladders:
    return load_ladders()


async def project_and_wind(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """All that the service shows, and the timers, which are read from it."""
    await project(connection, batch)
    await Winding(_ladders())(connection, batch)


MODELS = (
    ReadModel(tables=("referral", "assessment", "timer"), fills={"referral": Fill(project=project_and_wind)}),
    ReadModel(tables=("capacity",), fills={"referral": Fill(project=project_capacity, reads=CAPACITY_FACTS)}),
)


def create_service(foundation: Foundation, desks: Desks, *, clockwork_clock: Clock | None = None) -> Service:
    """Its log, the key to the coded answers (to nothing that names a person), the rules, the desk and the clockwork.

    A demonstration that plays a day in seconds hands in another clock for the clockwork. ``desks`` are the
    directory's, which this service does not know.
    """
    database, clock = foundation.database, foundation.clock
    log = Log(database, projections=[project_and_wind, project_capacity])
    keyring = foundation.keyring(BoxClass.SCREENING)
    intake = Upstream(database, "intake")
    policies = Policies(load_rules(), load_clocks(), load_rerouting(), desks)
    reactions = Reactions(log=log, clock=clock, table=Routing(policies).table(), prepare=Reading(keyring, intake))
    desk = Desk(log=log, database=database, clock=clock, keyring=keyring, intake=intake, policies=policies)
    readings = Readings(log=log, clock=clock, keyring=keyring, intake=intake, policies=policies)
    clockwork = Clockwork(log=log, database=database, clock=clockwork_clock or clock, ladders=_ladders())
    log.listen(clockwork.announce)
    key, tokens = foundation.secrets.link_key, foundation.tokens()
    links = Links(log, clock, None if key is None else LinkCodes(key))
    router = api.routes(desk, readings, tokens, foundation)
    links_api.add_links(router, links, desk, tokens)
    book = CapacityBook(log=log, database=database, clock=clock, shelters=shelters(), desks=desks)
    capacity_api.add_capacity(router, book, tokens)
    return Service(
        foundation=foundation,
        log=log,
        keyring=keyring,
        router=router,
        pages=links_api.pages(links, tokens),
        follows={"intake": reactions},
        beside=[Adoption(log, clock, policies, _ladders()).run, clockwork.run],
    )


def create_app(desks: Desks) -> FastAPI:
    """The service as an application of its own."""
    return web.application([create_service(Foundation.of(Settings(), "referral"), desks)])
