"""How each of notifications's facts is told."""

from collections.abc import Callable, Mapping
from typing import Any

from events.contract import Event
from events.notifications import (
    AlertAnswered,
    AlertDeferred,
    AlertDelivered,
    AlertNotDelivered,
    AlertRaised,
    ContactsChanged,
    DeskHandedOver,
    WebhookChanged,
)
from events.vocabulary import AlertAbout, Duty
from services.audit.prose.sentence import Sentence
from services.audit.words import CHANNEL, DUTY, OTHER_CHANNEL, and_, in_mexico, y

CHANGE = {
    "imported": ("se importaron", "were imported"),
    "disabled": ("se dieron de baja", "were disabled"),
    "enabled": ("se reactivaron", "were enabled again"),
}


def _raised(event: AlertRaised) -> Sentence:
    if event.about is AlertAbout.SILENCE:
        return Sentence(
            f"Se avisó a la coordinación del programa de un silencio: código {event.code}.",
            f"The programme's coordination was alerted of a silence: code {event.code}.",
        )
    if event.about is AlertAbout.ACCESS:
        return Sentence(
            f"Se avisó de un acceso excepcional a una canalización a {event.agency}: código {event.code}.",
            f"A break-glass access to a referral to {event.agency} was told: code {event.code}.",
        )
    if event.unreached:
        whom = [DUTY[duty] for duty in event.duties]
        es, en = y([one for one, _ in whom]), and_([one for _, one in whom])
        return Sentence(
            f"No se alcanzó a nadie de {event.agency} por ningún canal; se alertó {es}: urgencia {event.urgency}, "
            f"código {event.code}.",
            f"Nobody at {event.agency} could be reached by any channel; {en} alerted: urgency {event.urgency}, "
            f"code {event.code}.",
        )
    if event.duties != (Duty.DESK,):
        whom = [DUTY[duty] for duty in event.duties]
        es, en = y([one for one, _ in whom]), and_([one for _, one in whom])
        return Sentence(
            f"Se alertó {es}, por el silencio de {event.agency}: urgencia {event.urgency}, código {event.code}.",
            f"For {event.agency}'s silence, {en} alerted: urgency {event.urgency}, code {event.code}.",
        )
    return Sentence(
        f"Se alertó a la mesa de guardia de {event.agency}{_at(event)}: urgencia {event.urgency}, código {event.code}.",
        f"{event.agency}'s duty desk{_at(event)} was alerted: urgency {event.urgency}, code {event.code}.",
    )


def _at(event: AlertRaised) -> str:
    return "" if event.desk is None else f" ({event.desk})"


def _answered(event: AlertAnswered) -> Sentence:
    return Sentence(f"{event.agency} respondió; cesaron los avisos.", f"{event.agency} answered; alerts stopped.")


def _deferred(event: AlertDeferred) -> Sentence:
    at = in_mexico(event.until)
    return Sentence(
        f"Son horas de descanso de {event.contact}; el aviso a {event.agency} espera hasta las {at}.",
        f"These are {event.contact}'s quiet hours; the alert to {event.agency} waits until {at}.",
    )


def _delivered(event: AlertDelivered) -> Sentence:
    es, en = CHANNEL.get(event.channel, OTHER_CHANNEL)
    with_es = "" if event.together == 1 else f", junto con otros {event.together - 1}"
    with_en = "" if event.together == 1 else f", together with {event.together - 1} others"
    return Sentence(
        f"El aviso a {event.agency} salió por {es} a {event.contact} (intento {event.attempt}){with_es}.",
        f"The alert to {event.agency} left by {en} to {event.contact} (attempt {event.attempt}){with_en}.",
    )


def _not_delivered(event: AlertNotDelivered) -> Sentence:
    es, en = CHANNEL.get(event.channel, OTHER_CHANNEL)
    again_es = again_en = ""
    if event.retry_at is not None:
        at = in_mexico(event.retry_at)
        onward = event.next_way > event.way
        again_es = "; sigue su canal siguiente" if onward else f"; se reintenta a las {at}"
        again_en = "; the next of the contact's channels follows" if onward else f"; tried again at {at}"
    return Sentence(
        f"El aviso a {event.agency} no salió por {es} a {event.contact} (intento {event.attempt}){again_es}.",
        f"The alert to {event.agency} did not leave by {en} to {event.contact} (attempt {event.attempt}){again_en}.",
    )


def _contacts(event: ContactsChanged) -> Sentence:
    es, en = CHANGE[event.change]
    which = ", ".join(event.contacts[:20]) or "0"
    return Sentence(f"Contactos del personal: {es} ({which}).", f"Contacts of the staff {en} ({which}).")


HOOK = {
    "created": ("se creó", "made"),
    "deleted": ("se borró", "deleted"),
    "replayed": ("se repite", "replayed"),
    "disabled": ("se dio de baja", "disabled"),
}
WHY = {
    None: ("", ""),
    "gone": (": su receptor ya no existe", ": its receiver is gone"),
    "failing_for_days": (": falló durante días", ": it failed for days"),
}


def _webhook(event: WebhookChanged) -> Sentence:
    (es, en), (why_es, why_en) = HOOK[event.change], WHY[event.reason]
    return Sentence(f"Webhook de {event.org}: {es}{why_es}.", f"Webhook of {event.org}: {en}{why_en}.")


def _handed_over(event: DeskHandedOver) -> Sentence:
    given, taken, number = event.given_by, event.taken_by, event.number
    return Sentence(
        f"Cambio de guardia en {event.desk}: {given} la entregó a {taken} con {number} canalizaciones abiertas.",
        f"Change of shift: {given} handed {event.desk} over to {taken} with {number} open referrals.",
    )


TELLERS: Mapping[type[Event], Callable[[Any], Sentence]] = {
    AlertRaised: _raised,
    AlertAnswered: _answered,
    AlertDeferred: _deferred,
    AlertDelivered: _delivered,
    AlertNotDelivered: _not_delivered,
    ContactsChanged: _contacts,
    WebhookChanged: _webhook,
    DeskHandedOver: _handed_over,
}
