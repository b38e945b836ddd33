"""The referral service's composition root."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

import asyncpg
from fastapi import FastAPI

from events.contract import Event, Recorded
from events.vocabulary import BoxClass
from services.chassis import web
from services.chassis.clock import Clock
from services.chassis.entry import Entry, recorded_from
from services.chassis.foundation import Foundation
from services.chassis.link_codes import LinkCodes
from services.chassis.log import Log
from services.chassis.programme import shelters
from services.chassis.reacting import Digested, Reactions
from services.chassis.read_models import Fill, ReadModel
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.upstream import Upstream
from services.referral import api, capacity_api, link_pages, links_api
from services.referral.access_api import add_accesses
from services.referral.accesses import project_accesses
from services.referral.adoption import Adoption
from services.referral.capacity_book import FACTS as CAPACITY_FACTS
from services.referral.capacity_book import CapacityBook, project_capacity
from services.referral.caravanning import Caravanning
from services.referral.caravans import Modes, project_caravans
from services.referral.clockwork import Clockwork
from services.referral.commands import Desk
from services.referral.deadlines import Counting
from services.referral.desks import Desks
from services.referral.exceptional import BreakGlass
from services.referral.links import Links
from services.referral.policy_in_force import FOLDER, InForce, kept_in, policies_in_force
from services.referral.projections import project, project_policy
from services.referral.reactions import Reading, Routing
from services.referral.reading import Readings
from services.referral.sending import Policies
from services.referral.silence_api import add_silence
from services.referral.timers import Winding
from services.referral.vigil import Vigil
from services.referral.watches import FROM_THE_SHELTER, Watching


def policies_of_the_files() -> InForce:
    """For whoever has no database to ask for older ones.

    Raises:
        PolicyFaultsError: one has a fault.
    """
    return policies_in_force(dict)


class Projecting:
    """All that the service shows, and what is due of it, which is read from that: one transaction with the events."""

    def __init__(self, desks: Callable[[], Desks], policies: Callable[[], InForce] = policies_of_the_files) -> None:
        """``desks`` are the directory's; both are asked for at the first batch: a rebuild is described before."""
        self._desks = desks
        self._policies = policies
        self._parts = cache(self._made)

    def _made(self) -> tuple[Winding, Watching]:
        desks, policies = self._desks(), self._policies()
        winding = Winding(policies.ladders, Counting(policies.clocks, desks))
        return winding, Watching(policies.silence, desks)

    async def __call__(self, connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
        """Brings it up to a batch of the service's own log."""
        winding, watching = self._parts()
        await project(connection, batch)
        await project_caravans(connection, batch)
        await project_accesses(connection, batch)
        await project_policy(connection, batch)
        await winding(connection, batch)
        await watching(connection, batch)

    async def hear(self, connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
        """Signs of the shelters' life in intake's log."""
        _, watching = self._parts()
        await watching.hear(connection, batch)

    async def follow(self, entries: Sequence[Entry]) -> Digested:
        """Such signs as they come in."""
        names = {event.NAME for event in FROM_THE_SHELTER}
        facts = [recorded_from(entry) for entry in entries if entry.name in names]
        return Digested(within=partial(self.hear, batch=facts)) if facts else Digested()


def models(desks: Callable[[], Desks]) -> Sequence[ReadModel]:
    """What can be rebuilt from the logs, with the directory's desks."""
    projecting = Projecting(desks)
    fills = {"referral": Fill(project=projecting), "intake": Fill(project=projecting.hear, reads=FROM_THE_SHELTER)}
    return (
        ReadModel(tables=("referral", "assessment", "timer", "caravan", "watch", "access", "policy"), fills=fills),
        ReadModel(tables=("capacity",), fills={"referral": Fill(project=project_capacity, reads=CAPACITY_FACTS)}),
    )


def create_service(
    foundation: Foundation, desks: Desks, *, clockwork_clock: Clock | None = None, policy_folder: Path = FOLDER
) -> Service:
    """Its log, the key to the coded answers (to nothing that names a person), the rules, the desk and the clockwork.

    A demonstration that plays a day in seconds hands in another clock for the clockwork. ``desks`` are the
    directory's, which this service does not know.
    """
    database, clock = foundation.database, foundation.clock
    in_force = policies_in_force(kept_in(database), policy_folder)
    projecting = Projecting(lambda: desks, lambda: in_force)
    log = Log(database, projections=[projecting, project_capacity])
    keyring = foundation.keyring(BoxClass.SCREENING)
    intake = Upstream(database, "intake")
    modes = Modes(database)
    policies = Policies(in_force.rules, in_force.clocks, in_force.rerouting, desks, modes)
    reactions = Reactions(
        log=log,
        clock=clock,
        table=Routing(policies).table(),
        prepare=Reading(keyring, intake, modes),
        beside=projecting.follow,
    )
    desk = Desk(log=log, database=database, clock=clock, keyring=keyring, intake=intake, policies=policies)
    readings = Readings(log=log, clock=clock, keyring=keyring, intake=intake, policies=policies)
    ladders, silence, beat = in_force.ladders, in_force.silence, clockwork_clock or clock
    vigil = Vigil(log=log, database=database, clock=beat, policy=silence, desks=desks)
    break_glass = BreakGlass(log=log, database=database, clock=clock, keyring=keyring, intake=intake, policies=policies)
    clockwork = Clockwork(
        log=log,
        database=database,
        clock=beat,
        ladders=ladders,
        counting=policies.counting,
        beside=[vigil.strike, partial(break_glass.strike, beat)],
    )
    log.listen(clockwork.announce)
    key, tokens = foundation.secrets.link_key, foundation.tokens()
    links = Links(log, clock, None if key is None else LinkCodes(key))
    router = api.routes(desk, readings, tokens, foundation)
    links_api.add_links(router, links, desk, tokens)
    book = CapacityBook(log=log, database=database, clock=clock, shelters=shelters(), desks=desks)
    capacity_api.add_capacity(router, book, tokens)
    caravanning = Caravanning(log=log, database=database, clock=clock, desks=desks, ladders=ladders, silence=silence)
    add_accesses(router, break_glass, tokens, database)
    add_silence(router, caravanning, tokens, database)
    return Service(
        foundation=foundation,
        log=log,
        keyring=keyring,
        router=router,
        pages=link_pages.pages(links, desk, tokens),
        follows={"intake": reactions},
        details={"policy_faults": lambda: list(in_force.faults)},
        beside=[Adoption(log, clock, in_force, desks.version).run, clockwork.run],
    )


def create_app(desks: Desks) -> FastAPI:
    """The service as an application of its own."""
    return web.application([create_service(Foundation.of(Settings(), "referral"), desks)])
