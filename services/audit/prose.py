"""Each event as a sentence, Spanish first: an auditor reads a history, not JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from events.contract import Event, Recorded
from events.intake import CaseOpened
from events.notifications import AlertAnswered, AlertDelivered, AlertNotDelivered, AlertRaised
from events.referral import (
    CaseAssessed,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralBlocked,
    ReferralProposed,
    ReferralRequested,
)
from services.audit.words import BASIS, KIND, REASON, and_, in_mexico, y


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened, in the two languages of the programme."""

    es: str
    en: str


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


def _assessed(event: CaseAssessed) -> Sentence:
    if not event.categories:
        return Sentence(
            f"Las reglas {event.rule_set} no señalaron ninguna categoría de riesgo.",
            f"Rules {event.rule_set} named no risk category.",
        )
    lead_es = f" Agencia responsable: {event.lead}." if event.lead else ""
    lead_en = f" Lead agency: {event.lead}." if event.lead else ""
    return Sentence(
        f"Las reglas {event.rule_set} señalaron {y(event.categories)}.{lead_es}",
        f"Rules {event.rule_set} named {and_(event.categories)}.{lead_en}",
    )


def _proposed(event: ReferralProposed) -> Sentence:
    return Sentence(
        f"Se propuso canalizar a {event.agency} con urgencia {event.urgency} por {y(event.categories)}.",
        f"A referral to {event.agency} was proposed, urgency {event.urgency}, for {and_(event.categories)}.",
    )


def _requested(event: ReferralRequested) -> Sentence:
    es, en = BASIS[event.basis]
    refused_es = " La persona se había negado; la ley lo permite y se muestra." if event.refusal_shown else ""
    refused_en = " The person had refused; the law allows it, and it is shown." if event.refusal_shown else ""
    until = event.deadlines
    return Sentence(
        f"Se envió la canalización a la mesa de guardia de {event.agency} ({es}); acusar antes de "
        f"{in_mexico(until.acknowledge_by)} y decidir antes de {in_mexico(until.decide_by)}.{refused_es}",
        f"The referral was sent to {event.agency}'s duty desk ({en}); to acknowledge by "
        f"{in_mexico(until.acknowledge_by)} and decide by {in_mexico(until.decide_by)}.{refused_en}",
    )


def _blocked(event: ReferralBlocked) -> Sentence:
    es, en = REASON[event.reason]
    return Sentence(
        f"La canalización a {event.agency} no se envió: {es}.",
        f"The referral to {event.agency} was not sent: {en}.",
    )


def _acknowledged(event: ReferralAcknowledged) -> Sentence:
    return Sentence(f"{event.agency} acusó recibo.", f"{event.agency} acknowledged.")


def _accepted(event: ReferralAccepted) -> Sentence:
    return Sentence(
        f"{event.agency} aceptó y asume la responsabilidad.",
        f"{event.agency} accepted and takes responsibility.",
    )


def _raised(event: AlertRaised) -> Sentence:
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


TELLERS: dict[type[Event], Callable[[Any], Sentence]] = {
    CaseOpened: _opened,
    CaseAssessed: _assessed,
    ReferralProposed: _proposed,
    ReferralRequested: _requested,
    ReferralBlocked: _blocked,
    ReferralAcknowledged: _acknowledged,
    ReferralAccepted: _accepted,
    AlertRaised: _raised,
    AlertAnswered: _answered,
    AlertDelivered: _delivered,
    AlertNotDelivered: _not_delivered,
}
"""One teller an event; a test shows that none is missing."""


def tell(fact: Recorded[Event]) -> Sentence:
    """The sentence of one fact."""
    return TELLERS[type(fact.event)](fact.event)
