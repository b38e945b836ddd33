"""The notification service's composition root. It is given no key: it cannot leak what it cannot open."""

from fastapi import FastAPI

from services.chassis import web
from services.chassis.foundation import Foundation
from services.chassis.log import Log
from services.chassis.reacting import Reactions
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.notifications import api
from services.notifications.live import Live
from services.notifications.projections import project
from services.notifications.reactions import REACTIONS, load_alerts


def create_service(foundation: Foundation) -> Service:
    """Its log, the alerts, and the pages that watch them."""
    live = Live()
    log = Log(foundation.database, projections=[project], listeners=[live.announce])
    reactions = Reactions(log=log, clock=foundation.clock, table=REACTIONS, prepare=load_alerts)
    return Service(
        foundation=foundation,
        log=log,
        router=api.routes(live, foundation.tokens(), foundation),
        follows={"referral": reactions},
        on_stop=[live.close],
    )


def create_app() -> FastAPI:
    """The application that ``canaliza serve notifications`` runs."""
    return web.application([create_service(Foundation.of(Settings(), "notifications"))])
