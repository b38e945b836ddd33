"""The notification service's composition root. It is given no key: it cannot leak what it cannot open."""

import random
import secrets
from collections.abc import Mapping
from functools import partial

from fastapi import FastAPI

from events.notifications import DeskHandedOver
from services.chassis import web
from services.chassis.foundation import Foundation
from services.chassis.log import Log
from services.chassis.reacting import Reactions
from services.chassis.read_models import Fill, ReadModel
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.notifications import api, contacts_api, handover_api
from services.notifications.address_book import AddressBook
from services.notifications.channels.email import EmailChannel
from services.notifications.channels.gateways import gateways
from services.notifications.contacts import contacts
from services.notifications.directing import Directing
from services.notifications.dispatch import Channel, Dispatcher
from services.notifications.handover import Handovers
from services.notifications.links import Link
from services.notifications.live import Live
from services.notifications.projections import LISTED, list_alerts, list_handovers, project
from services.notifications.reactions import REACTIONS, load_alerts
from services.notifications.telling import Telling, telling_in_force
from services.notifications.webhooks import api as webhooks_api
from services.notifications.webhooks.sender import Sender
from services.notifications.webhooks.subscriptions import Subscriptions
from services.notifications.whom import Roster

MODELS = (
    ReadModel(tables=("alert",), fills={"notifications": Fill(project=list_alerts, reads=LISTED)}),
    ReadModel(tables=("handover",), fills={"notifications": Fill(project=list_handovers, reads=(DeskHandedOver,))}),
)
"""Not the queue of deliveries: what is due is the present's business, and leases are in no log."""


def create_service(foundation: Foundation, roster: Roster, *, telling: Telling | None = None) -> Service:
    """Its log, the alerts, the pages that watch them, and the loop that sends them.

    ``roster`` says whom the directory names, which this service does not know. A demonstration that plays a day in
    seconds hands in another policy of telling: by its clock every hour is a burst.
    """
    settings, database, clock = foundation.settings, foundation.database, foundation.clock
    live, ways_out, telling = Live(), channels(settings), telling or telling_in_force()
    log = Log(database, projections=[project], listeners=[live.announce])
    dispatcher = Dispatcher(
        log=log,
        database=database,
        clock=clock,
        channels=ways_out,
        telling=telling,
        link=Link(settings.public_url, foundation.secrets.link_key, telling.links.valid_for),
    )
    log.listen(dispatcher.announce)
    book = AddressBook(
        log=log, roster=roster, first=partial(contacts, settings.contacts), channels=ways_out, clock=clock
    )
    contacts(settings.contacts)  # a fault in the file stops the service as it starts, not at its first alert
    router = api.routes(live, foundation.tokens(), foundation)
    contacts_api.add_contacts(
        router, Directing(log=log, clock=clock, database=database, book=book), foundation.tokens()
    )
    handovers = Handovers(log=log, database=database, clock=clock, book=book, roster=roster)
    handover_api.add_handovers(router, handovers, foundation.tokens())
    subscriptions = Subscriptions(
        log=log, database=database, clock=clock, random=secrets.token_bytes, private=settings.webhook_private
    )
    webhooks_api.add_webhooks(router, subscriptions, foundation.tokens())
    sender = Sender(
        database=database,
        clock=clock,
        luck=random.random,
        private=settings.webhook_private,
        disable=subscriptions.disable,
    )
    return Service(
        foundation=foundation,
        log=log,
        router=router,
        follows={"referral": Reactions(log=log, clock=clock, table=REACTIONS, prepare=load_alerts(book.ready))},
        on_stop=[live.close],
        beside=[dispatcher.run, sender.run],
    )


def channels(settings: Settings) -> Mapping[str, Channel]:
    """The ways out of the building that this installation has.

    Raises:
        PolicyFaultsError: the file of channels cannot be used.
    """
    found: dict[str, Channel] = dict(gateways(settings.channels))
    if settings.mail_url is not None:
        mail = EmailChannel(settings.mail_url.get_secret_value())
        found[mail.name] = mail
    return found


def create_app(roster: Roster) -> FastAPI:
    """The service as an application of its own."""
    return web.application([create_service(Foundation.of(Settings(), "notifications"), roster)])
