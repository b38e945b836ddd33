"""How each of intake's facts is told."""

from collections.abc import Callable, Mapping
from typing import Any

from events.contract import Event
from events.intake import (
    AnswersAmended,
    CaseOpened,
    ConsentRecorded,
    ConsentWithdrawn,
    ShelterHeard,
    SubmissionRefused,
)
from services.audit.prose.sentence import Sentence
from services.audit.words import DECISION, KIND, REFUSED


def _opened(event: CaseOpened) -> Sentence:
    kind_es, kind_en = KIND[event.kind]
    skew_es = skew_en = ""
    if event.skew_flagged:
        skew_es = f" El reloj del dispositivo difería {event.skew_seconds} s del servidor."
        skew_en = f" The device's clock was {event.skew_seconds} s off the server's."
    return Sentence(
        f"El albergue {event.shelter} registró {kind_es}, a cargo de {event.worker}. Los datos quedaron "
        f"sellados.{skew_es}",
        f"Shelter {event.shelter} flagged {kind_en}, taken by {event.worker}. The data were sealed.{skew_en}",
    )


def _amended(event: AnswersAmended) -> Sentence:
    return Sentence(
        f"El albergue {event.shelter} corrigió las respuestas; las anteriores quedan en la historia.",
        f"Shelter {event.shelter} amended the answers; the earlier ones stay in the history.",
    )


def _consented(event: ConsentRecorded) -> Sentence:
    es, en = DECISION[event.consent.decision]
    return Sentence(f"Sobre {event.consent.recipient}, la persona {es}.", f"About {event.consent.recipient}: {en}.")


def _took_back(event: ConsentWithdrawn) -> Sentence:
    return Sentence(
        f"La persona retiró su consentimiento para {event.recipient}.",
        f"The person withdrew their consent for {event.recipient}.",
    )


def _refused(event: SubmissionRefused) -> Sentence:
    es, en = REFUSED.get(event.code, ("no era válido", "it was not valid"))
    return Sentence(
        f"Un registro de {event.org} no se aceptó: {es} ({len(event.faults)}); quedó guardado, sellado.",
        f"A submission of {event.org} was not accepted: {en} ({len(event.faults)}); it is kept, sealed.",
    )


def _heard(event: ShelterHeard) -> Sentence:
    return Sentence(
        f"El albergue {event.shelter} dio señal de vida; tiene {event.waiting} registros sin enviar.",
        f"Shelter {event.shelter} gave a sign of life; {event.waiting} records wait there to be sent.",
    )


TELLERS: Mapping[type[Event], Callable[[Any], Sentence]] = {
    CaseOpened: _opened,
    AnswersAmended: _amended,
    ConsentRecorded: _consented,
    ConsentWithdrawn: _took_back,
    SubmissionRefused: _refused,
    ShelterHeard: _heard,
}
