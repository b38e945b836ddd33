"""The notification service's composition root. It is given no key: it cannot leak what it cannot open."""

from collections.abc import Mapping

from fastapi import FastAPI

from services.chassis import web
from services.chassis.foundation import Foundation
from services.chassis.log import Log
from services.chassis.reacting import Reactions
from services.chassis.read_models import Fill, ReadModel
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.notifications import api
from services.notifications.channels.email import EmailChannel
from services.notifications.contacts import Contacts, contacts
from services.notifications.dispatch import Channel, Dispatcher
from services.notifications.live import Live
from services.notifications.projections import LISTED, list_alerts, project
from services.notifications.reactions import REACTIONS, load_alerts

MODELS = (ReadModel(tables=("alert",), fills={"notifications": Fill(project=list_alerts, reads=LISTED)}),)
"""Not the queue of deliveries: what is due is the present's business, and leases are in no log."""


def create_service(foundation: Foundation) -> Service:
    """Its log, the alerts, the pages that watch them, and the loop that sends them."""
    settings, database, clock = foundation.settings, foundation.database, foundation.clock
    live = Live()
    log = Log(database, projections=[project], listeners=[live.announce])
    dispatcher = Dispatcher(log=log, database=database, clock=clock, channels=channels(settings))
    log.listen(dispatcher.announce)
    desks = Contacts(database, contacts(settings.contacts))
    return Service(
        foundation=foundation,
        log=log,
        router=api.routes(live, foundation.tokens(), foundation),
        follows={"referral": Reactions(log=log, clock=clock, table=REACTIONS, prepare=load_alerts(desks.ready))},
        on_stop=[live.close],
        beside=[dispatcher.run],
    )


def channels(settings: Settings) -> Mapping[str, Channel]:
    """The ways out of the building that this installation has."""
    if settings.mail_url is None:
        return {}
    mail = EmailChannel(settings.mail_url.get_secret_value())
    return {mail.name: mail}


def create_app() -> FastAPI:
    """The application that ``canaliza serve notifications`` runs."""
    return web.application([create_service(Foundation.of(Settings(), "notifications"))])
