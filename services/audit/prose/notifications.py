"""How each of notifications's facts is told."""

from collections.abc import Callable, Mapping
from typing import Any

from events.contract import Event
from events.notifications import AlertAnswered, AlertDelivered, AlertNotDelivered, AlertRaised
from events.vocabulary import Duty
from services.audit.prose.sentence import Sentence
from services.audit.words import DUTY, and_, in_mexico, y


def _raised(event: AlertRaised) -> Sentence:
    if event.duties != (Duty.DESK,):
        whom = [DUTY[duty] for duty in event.duties]
        es, en = y([one for one, _ in whom]), and_([one for _, one in whom])
        return Sentence(
            f"Se alertó {es}, por el silencio de {event.agency}: urgencia {event.urgency}, código {event.code}.",
            f"For {event.agency}'s silence, {en} alerted: urgency {event.urgency}, code {event.code}.",
        )
    return Sentence(
        f"Se alertó a la mesa de guardia de {event.agency}: urgencia {event.urgency}, código {event.code}.",
        f"{event.agency}'s duty desk was alerted: urgency {event.urgency}, code {event.code}.",
    )


def _answered(event: AlertAnswered) -> Sentence:
    return Sentence(f"{event.agency} respondió; cesaron los avisos.", f"{event.agency} answered; alerts stopped.")


def _delivered(event: AlertDelivered) -> Sentence:
    return Sentence(
        f"El aviso a {event.agency} salió por {event.channel} (intento {event.attempt}).",
        f"The alert to {event.agency} left by {event.channel} (attempt {event.attempt}).",
    )


def _not_delivered(event: AlertNotDelivered) -> Sentence:
    again_es = "" if event.retry_at is None else f"; se reintenta a las {in_mexico(event.retry_at)}"
    again_en = "" if event.retry_at is None else f"; tried again at {in_mexico(event.retry_at)}"
    return Sentence(
        f"El aviso a {event.agency} no salió por {event.channel} (intento {event.attempt}){again_es}.",
        f"The alert to {event.agency} did not leave by {event.channel} (attempt {event.attempt}){again_en}.",
    )


TELLERS: Mapping[type[Event], Callable[[Any], Sentence]] = {
    AlertRaised: _raised,
    AlertAnswered: _answered,
    AlertDelivered: _delivered,
    AlertNotDelivered: _not_delivered,
}
