"""How each of notifications's facts is told."""

from collections.abc import Callable, Mapping
from typing import Any

from events.contract import Event
from events.notifications import AlertAnswered, AlertDelivered, AlertNotDelivered, AlertRaised
from events.vocabulary import AlertAbout, Duty
from services.audit.prose.sentence import Sentence
from services.audit.words import CHANNEL, DUTY, OTHER_CHANNEL, and_, in_mexico, y


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
    es, en = CHANNEL.get(event.channel, OTHER_CHANNEL)
    return Sentence(
        f"El aviso a {event.agency} salió por {es} (intento {event.attempt}).",
        f"The alert to {event.agency} left by {en} (attempt {event.attempt}).",
    )


def _not_delivered(event: AlertNotDelivered) -> Sentence:
    es, en = CHANNEL.get(event.channel, OTHER_CHANNEL)
    again_es = "" if event.retry_at is None else f"; se reintenta a las {in_mexico(event.retry_at)}"
    again_en = "" if event.retry_at is None else f"; tried again at {in_mexico(event.retry_at)}"
    return Sentence(
        f"El aviso a {event.agency} no salió por {es} (intento {event.attempt}){again_es}.",
        f"The alert to {event.agency} did not leave by {en} (attempt {event.attempt}){again_en}.",
    )


TELLERS: Mapping[type[Event], Callable[[Any], Sentence]] = {
    AlertRaised: _raised,
    AlertAnswered: _answered,
    AlertDelivered: _delivered,
    AlertNotDelivered: _not_delivered,
}
