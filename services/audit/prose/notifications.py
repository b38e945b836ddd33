"""Describes alerts, contacts, webhooks and shift handovers."""

from collections.abc import Mapping

from events.contract import Event
from events.notifications import (
    AlertAnswered,
    AlertDeferred,
    AlertDelivered,
    AlertNotDelivered,
    AlertRaised,
    ChannelTested,
    ContactsChanged,
    DeskHandedOver,
    WebhookChanged,
)
from events.vocabulary import AlertAbout, Duty
from services.audit.prose.glossary import in_mexico, listed, urgency_in_words
from services.audit.prose.people import contact_in_words
from services.audit.prose.sentence import Describer
from services.chassis.locales import Translator


def _raised(event: AlertRaised, say: Translator) -> str:
    duties = listed([say(f"duty_to.{duty}") for duty in event.duties], say)
    if event.shelter is not None or event.about is not AlertAbout.REFERRAL:
        return _about(event, duties, say)
    what = {"agency": event.agency, "urgency": urgency_in_words(event.urgency, say), "code": event.code}
    if event.unreached:
        return say("prose.notifications.alert_raised.unreached", duties=duties, **what)
    if event.duties != (Duty.DESK,):
        return say("prose.notifications.alert_raised.unanswered", duties=duties, **what)
    if event.desk is None:
        return say("prose.notifications.alert_raised", **what)
    if event.formerly is not None:
        return say("prose.notifications.alert_raised.formerly", desk=event.desk, formerly=event.formerly, **what)
    return say("prose.notifications.alert_raised.at_desk", desk=event.desk, **what)


def _about(event: AlertRaised, duties: str, say: Translator) -> str:
    """An alert to a shelter, or to anybody about something else than a pending referral."""
    what = {"about": say(f"about.{event.about}"), "code": event.code}
    match event:
        case AlertRaised(about=AlertAbout.SILENCE):
            return say("prose.notifications.alert_raised.silence", code=event.code)
        case AlertRaised(about=AlertAbout.ACCESS):
            return say("prose.notifications.alert_raised.access", agency=event.agency, code=event.code)
        case AlertRaised(shelter=str() as shelter, duties=()):
            return say("prose.notifications.alert_raised.shelter_list", shelter=shelter, **what)
        case AlertRaised(shelter=str() as shelter):
            return say("prose.notifications.alert_raised.shelter", shelter=shelter, duties=duties, **what)
        case _ if Duty.DESK in event.duties:
            return say("prose.notifications.alert_raised.about_agency", agency=event.agency, duties=duties, **what)
        case _:
            return say("prose.notifications.alert_raised.about", duties=duties, **what)


def _answered(event: AlertAnswered, say: Translator) -> str:
    if event.shelter is not None:
        return say("prose.notifications.alert_answered.shelter", shelter=event.shelter)
    if not event.of_desk:
        return say("prose.notifications.alert_answered.programme")
    return say("prose.notifications.alert_answered", agency=event.agency)


def _deferred(event: AlertDeferred, say: Translator) -> str:
    until = in_mexico(event.until)
    return say(
        "prose.notifications.alert_deferred",
        contact=contact_in_words(event.contact, say),
        agency=event.agency,
        until=until,
    )


def _attempt(event: AlertDelivered | AlertNotDelivered, say: Translator) -> dict[str, object]:
    channel = say.first(f"channel.{event.channel}", "other.channel")
    return {
        "agency": event.agency,
        "channel": channel,
        "contact": contact_in_words(event.contact, say),
        "attempt": event.attempt,
    }


def _delivered(event: AlertDelivered, say: Translator) -> str:
    if event.together == 1:
        return say("prose.notifications.alert_delivered", **_attempt(event, say))
    return say.plural("prose.notifications.alert_delivered.together", event.together - 1, **_attempt(event, say))


def _not_delivered(event: AlertNotDelivered, say: Translator) -> str:
    what = _attempt(event, say)
    if event.retry_at is None:
        return say("prose.notifications.alert_not_delivered", **what)
    if event.next_way > event.way:
        return say("prose.notifications.alert_not_delivered.next_channel", **what)
    return say("prose.notifications.alert_not_delivered.again", at=in_mexico(event.retry_at), **what)


def _contacts(event: ContactsChanged, say: Translator) -> str:
    which = ", ".join(contact_in_words(one, say) for one in event.contacts[:20]) or "0"
    return say("prose.notifications.contacts_changed", change=say(f"contacts_change.{event.change}"), contacts=which)


def _tested(event: ChannelTested, say: Translator) -> str:
    channel = say.first(f"channel.{event.channel}", "other.channel")
    contact = contact_in_words(event.contact, say)
    return say.sentence("prose.notifications.channel_tested", contact=contact, channel=channel)


def _webhook(event: WebhookChanged, say: Translator) -> str:
    change = say(f"webhook_change.{event.change}")
    if event.reason is None:
        return say("prose.notifications.webhook_changed", org=event.org, change=change)
    why = say(f"webhook_why.{event.reason}")
    return say("prose.notifications.webhook_changed.because", org=event.org, change=change, why=why)


def _handed_over(event: DeskHandedOver, say: Translator) -> str:
    who = {"desk": event.desk, "given_by": event.given_by, "taken_by": event.taken_by}
    return say.plural("prose.notifications.desk_handed_over", event.number, **who)


DESCRIBERS: Mapping[type[Event], Describer] = {
    AlertRaised: _raised,
    AlertAnswered: _answered,
    AlertDeferred: _deferred,
    AlertDelivered: _delivered,
    AlertNotDelivered: _not_delivered,
    ContactsChanged: _contacts,
    ChannelTested: _tested,
    WebhookChanged: _webhook,
    DeskHandedOver: _handed_over,
}
