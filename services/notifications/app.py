"""The notification service's composition root. It has no key to sealed data: it cannot leak what it cannot open."""

import random
import secrets
from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, FastAPI

from services.chassis.eventlog.log import Log
from services.chassis.eventlog.reactions import Reactions
from services.chassis.eventlog.upstream import Upstream
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import NotConfiguredError, ServiceContext
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings
from services.chassis.web.placing import place
from services.notifications.alerts import api as alerts_api
from services.notifications.alerts.channel_alerts import ChannelAlerts
from services.notifications.alerts.commands import AlertCommands
from services.notifications.alerts.inbox import Inbox
from services.notifications.alerts.reactions import load_alerts, reactions
from services.notifications.alerts.stream import AlertStream
from services.notifications.channel_health.gauges import DeliveryGauges
from services.notifications.channel_health.queries import DeliveryFlow
from services.notifications.channel_health.scheduler import ChannelMonitor
from services.notifications.channel_tests.commands import ChannelTestCommands
from services.notifications.channels.email import EmailChannel
from services.notifications.channels.gateways import gateways
from services.notifications.command_contents.queries import CommandContents
from services.notifications.contacts import api as contacts_api
from services.notifications.contacts.commands import ContactCommands
from services.notifications.contacts.file_format import Known
from services.notifications.contacts.loader import load_contacts
from services.notifications.contacts.own import OwnContacts
from services.notifications.contacts.projections import AddressBook
from services.notifications.contacts.roster import Roster
from services.notifications.delivery.links import Link
from services.notifications.delivery.policy import NotificationPolicy, notification_policy
from services.notifications.delivery.scheduler import Channel, Dispatcher
from services.notifications.pages import shift
from services.notifications.pages.channels import ChannelPages
from services.notifications.pages.channels import pages as channel_pages_of
from services.notifications.pages.inbox import pages as inbox_pages
from services.notifications.projections import project
from services.notifications.security_alarms.policy import alarm_policy
from services.notifications.security_alarms.scheduler import BurstMonitor
from services.notifications.shifts import api as shifts_api
from services.notifications.shifts.commands import ShiftCommands
from services.notifications.shifts.queries import Shifts
from services.notifications.webhooks import api as webhooks_api
from services.notifications.webhooks.commands import WebhookCommands
from services.notifications.webhooks.domain import Most
from services.notifications.webhooks.places import Places
from services.notifications.webhooks.policy import webhook_policy
from services.notifications.webhooks.scheduler import WebhookSender
from services.notifications.webhooks.sealed_secrets import SealedSecrets


def create_service(context: ServiceContext, roster: Roster, *, policy: NotificationPolicy | None = None) -> Service:
    """Composes alerts, deliveries, contacts, shift handovers and webhooks on one log.

    Args:
        context: The service's settings, database, clock and secrets.
        roster: What the directory says of desks and people; this service does not read it.
        policy: Replaces the policy that ships with the program.

    Raises:
        PolicyFaultsError: the file of contacts or of channels has a fault.
        NotConfiguredError: the key for links is missing.
        UnknownDeskError: the file of contacts names a desk of an organisation that is no agency.
    """
    settings, database, clock = context.settings, context.database, context.clock
    configured, policy = channels(settings), policy or notification_policy()
    log = Log(database, projections=[project])
    stream = AlertStream(log, settings.alert_stream_check)
    log.listen(stream.announce)
    if context.secrets.link_key is None:
        raise NotConfiguredError("service.json of notifications has no link_key: bring it back from its backup")
    link_keys = context.keys("link_key")
    dispatcher = Dispatcher(
        log=log,
        database=database,
        clock=clock,
        channels=configured,
        policy=policy,
        link=Link(settings.public_url, link_keys, policy.links.valid_for),
    )
    log.listen(dispatcher.announce)
    known = Known(roster.shelters, roster.people)
    monitor = ChannelMonitor(log=log, database=database, clock=clock, policy=policy.outage, configured=list(configured))
    book = AddressBook(
        log=log,
        roster=roster,
        default=partial(load_contacts, settings.contacts, known),
        channels=configured,
        clock=clock,
    )
    bursts = BurstMonitor(log=log, database=database, clock=clock, policy=alarm_policy())
    channel_alerts = ChannelAlerts(log, clock, book.ready)
    log.listen(channel_alerts.announce)
    load_contacts(settings.contacts, known)  # a fault in the file stops the start, not the first alert
    alert_commands = AlertCommands(log=log, clock=clock, database=database)
    contents = CommandContents(database, link_keys)
    contact_commands = ContactCommands(log=log, clock=clock, database=database, book=book, contents=contents)
    shifts = Shifts(database=database, clock=clock, roster=roster)
    shift_commands = ShiftCommands(log=log, clock=clock, book=book, shifts=shifts)
    webhook_secrets = SealedSecrets(link_keys, secrets.token_bytes)
    webhook_commands = WebhookCommands(
        log=log,
        database=database,
        contents=contents,
        secrets=webhook_secrets,
        clock=clock,
        random=secrets.token_bytes,
        private=settings.webhook_private,
        most=Most(active=webhook_policy().most_active, in_all=webhook_policy().most),
    )
    sender = WebhookSender(
        database=database,
        clock=clock,
        jitter=random.random,
        private=settings.webhook_private,
        commands=webhook_commands,
        secrets=webhook_secrets,
        places=Places(webhook_policy().at_once),
    )
    tokens, router = context.tokens(), APIRouter()
    own = OwnContacts(database=database, book=book)
    channel_pages = ChannelPages(
        contacts=own,
        commands=contact_commands,
        tests=ChannelTestCommands(log=log, clock=clock, contacts=own),
        policy=policy,
        clock=clock,
    )
    inbox = Inbox(database=database, log=log, cursors=context.cursors())
    pages = APIRouter()
    for page in (
        shift.pages(shift_commands, shifts, tokens, clock),
        channel_pages_of(channel_pages, tokens),
        inbox_pages(inbox, alert_commands, tokens, clock),
    ):
        place(pages, page)
    for capability in (
        alerts_api.routes(alert_commands, stream, database, context.cursors(), tokens, settings.alert_streams),
        contacts_api.routes(contact_commands, book, known, database, tokens),
        shifts_api.routes(shift_commands, shifts, tokens),
        webhooks_api.routes(webhook_commands, database, tokens),
    ):
        place(router, capability)
    return Service(
        context=context,
        log=log,
        router=router,
        pages=pages,
        follows={
            "referral": Reactions(
                log=log,
                clock=clock,
                table=reactions(policy.changes.wait),
                prepare=load_alerts(book.ready, Upstream(database, "referral")),
            )
        },
        on_stop=[stream.close],
        loops=[dispatcher.run, sender.run, channel_alerts.run, monitor.run, bursts.run],
        loops_everywhere=[stream.tail.run],
        gauges=[DeliveryGauges(clock, frozenset(configured))],
        flow=[
            DeliveryFlow(
                clock=clock,
                configured=list(configured),
                late=settings.flow_due,
                share=settings.flow_failed_share,
                window=settings.flow_failed_window,
            )
        ],
    )


def channels(settings: Settings) -> Mapping[str, Channel]:
    """The channels that this installation has, by name.

    Raises:
        PolicyFaultsError: the file of channels has a fault.
    """
    found: dict[str, Channel] = dict(gateways(settings.channels))
    if settings.mail_url is not None:
        mail = EmailChannel(settings.mail_url.get_secret_value())
        found[mail.name] = mail
    return found


def create_app(roster: Roster) -> FastAPI:
    """The application that ``canaliza serve notifications`` runs."""
    return application([create_service(ServiceContext.of(Settings(), "notifications"), roster)])
