"""How each of referral's facts is told."""

from collections.abc import Callable, Mapping
from typing import Any

from events.contract import Event
from events.referral import (
    CaseAssessed,
    ContactLost,
    DeletionConfirmed,
    DeletionDue,
    DisclosureRead,
    EnteredInError,
    InfoRequested,
    InfoSupplied,
    LoopClosed,
    PolicyKept,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralBlocked,
    ReferralCancelled,
    ReferralDeclined,
    ReferralEscalated,
    ReferralExpired,
    ReferralFailed,
    ReferralHandedOver,
    ReferralProposed,
    ReferralReassessed,
    ReferralReopened,
    ReferralRequested,
    ReferralRerouted,
    ReferralWithdrawn,
    RulesAdopted,
    ServiceDelivered,
    ServiceScheduled,
    ServiceStarted,
)
from events.vocabulary import Confirmation, Duty, Outcome
from services.audit.prose.sentence import Sentence, said
from services.audit.words import (
    BASIS,
    CLOCK,
    CONFIRMATION,
    CONFIRMED_BY,
    DECLINE,
    DUTY,
    OUTCOME,
    OWN_RUNG,
    READ_FOR,
    REASON,
    RUNG,
    and_,
    field_words,
    in_mexico,
    y,
)
from services.chassis.access import EVERYWHERE


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
    at_es = f", mesa {event.desk}" if event.desk else ""
    at_en = f", desk {event.desk}" if event.desk else ""
    return Sentence(
        f"Se envió la canalización a la mesa de guardia de {event.agency}{at_es} ({es}); acusar antes de "
        f"{in_mexico(until.acknowledge_by)} y decidir antes de {in_mexico(until.decide_by)}.{refused_es}",
        f"The referral was sent to {event.agency}'s duty desk{at_en} ({en}); to acknowledge by "
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


def _reassessed(event: ReferralReassessed) -> Sentence:
    at_es = f" Atiende la mesa {event.desk}." if event.desk else ""
    at_en = f" Desk {event.desk} answers." if event.desk else ""
    return Sentence(
        f"Con las respuestas corregidas, la canalización a {event.agency} quedó en urgencia {event.urgency} por "
        f"{y(event.categories)}.{at_es}",
        f"With the amended answers the referral to {event.agency} is of urgency {event.urgency}, for "
        f"{and_(event.categories)}.{at_en}",
    )


def _declined(event: ReferralDeclined) -> Sentence:
    es, en = DECLINE[event.reason]
    return Sentence(f"{event.agency} no la aceptó: {es}.", f"{event.agency} declined: {en}.")


def _scheduled(event: ServiceScheduled) -> Sentence:
    when = in_mexico(event.appointment_at)
    return Sentence(f"{event.agency} dio cita para el {when}.", f"{event.agency} gave an appointment for {when}.")


def _delivered_service(event: ServiceDelivered) -> Sentence:
    es, en = OUTCOME[event.outcome]
    return Sentence(f"{event.agency} reportó: {es}.", f"{event.agency} reported: {en}.")


def _closed(event: LoopClosed) -> Sentence:
    es, en = CONFIRMATION[event.confirmation]
    if event.confirmation is not Confirmation.UNCONFIRMED:
        by_es, by_en = CONFIRMED_BY[event.by]
        es, en = f"{es}; {by_es}", f"{en}; {by_en}"
    return Sentence(f"Se cerró el ciclo con {event.agency}: {es}.", f"The loop with {event.agency} was closed: {en}.")


def _cancelled(event: ReferralCancelled) -> Sentence:
    es, en = OUTCOME[event.outcome]
    became_es, became_en = ("", "") if event.outcome is Outcome.UNKNOWN else (f": {es}", f": {en}")
    return Sentence(
        f"Se canceló la canalización a {event.agency}{became_es}.",
        f"The referral to {event.agency} was cancelled{became_en}.",
    )


def _withdrawn(event: ReferralWithdrawn) -> Sentence:
    if event.confirm_deletion_by is None:
        return Sentence(
            f"Se retiró la canalización a {event.agency}.", f"The referral to {event.agency} was withdrawn."
        )
    until = in_mexico(event.confirm_deletion_by)
    return Sentence(
        f"Se retiró la canalización a {event.agency}; debe confirmar antes de {until} que borró los datos.",
        f"The referral to {event.agency} was withdrawn; it must confirm by {until} that the data are deleted.",
    )


def _deletion_due(event: DeletionDue) -> Sentence:
    until = in_mexico(event.confirm_deletion_by)
    return Sentence(
        f"La persona retiró su consentimiento cuando la canalización a {event.agency} ya había terminado; la agencia "
        f"debe confirmar antes de {until} que borró los datos.",
        f"The person took their consent back after the referral to {event.agency} had ended; the agency must confirm "
        f"by {until} that the data are deleted.",
    )


def _read(event: DisclosureRead) -> Sentence:
    es, en = READ_FOR[event.purpose]
    fields_es, fields_en = field_words(event.fields)
    who_es = who_en = event.reader
    if event.reader == EVERYWHERE:
        who_es, who_en = "la coordinación del programa", "the programme's coordination"
    return Sentence(
        f"De la canalización a {event.agency} se leyeron datos sellados {es}: {y(fields_es)}. Los leyó {who_es}.",
        f"Sealed data of the referral to {event.agency} were read {en}: {and_(fields_en)}. Read by {who_en}.",
    )


def _handed_over(event: ReferralHandedOver) -> Sentence:
    return Sentence(
        f"La canalización a {event.agency} siguió a la persona: ahora responde {event.shelter}.",
        f"The referral to {event.agency} followed the person: {event.shelter} answers for it now.",
    )


def _failed(event: ReferralFailed) -> Sentence:
    es, en = OUTCOME[event.outcome]
    return Sentence(f"{event.agency} no pudo atender: {es}.", f"{event.agency} could not serve: {en}.")


def _contact_lost(event: ContactLost) -> Sentence:
    es, en = OUTCOME[event.outcome]
    return Sentence(f"Sin contacto con la persona: {es}.", f"The person cannot be found: {en}.")


def _rerouted(event: ReferralRerouted) -> Sentence:
    return Sentence(
        f"La canalización a {event.agency} se pasó a {event.to}.", f"The referral to {event.agency} went to {event.to}."
    )


def _escalated(event: ReferralEscalated) -> Sentence:
    clock_es, clock_en = CLOCK[event.clock]
    rung_es, rung_en = RUNG.get(event.rung, OWN_RUNG)
    whom = [DUTY[duty] for duty in event.whom if duty is not Duty.FALLBACK]
    told_es = [f"se avisó {y([es for es, _ in whom])}"] if whom else []
    told_en = [f"{and_([en for _, en in whom])} told"] if whom else []
    if event.asked:
        told_es.append(f"se preguntó a {event.asked} sin datos de la persona")
        told_en.append(f"{event.asked} asked without any data of the person")
    return Sentence(
        f"{event.agency} {clock_es}: {y(told_es)} ({rung_es}).",
        f"{event.agency} {clock_en}: {and_(told_en)} ({rung_en}).",
    )


def _adopted(event: RulesAdopted) -> Sentence:
    """Rules and deadlines, and whatever else was policy by then."""
    es, en = (
        [f"las reglas {event.rule_set}", f"los plazos {event.deadlines}"],
        [f"rules {event.rule_set}", f"deadlines {event.deadlines}"],
    )
    if event.rerouting is not None:
        es.append(f"la recanalización {event.rerouting}")
        en.append(f"rerouting {event.rerouting}")
    if event.ladders is not None:
        es.append(f"los avisos {event.ladders}")
        en.append(f"ladders {event.ladders}")
    if event.directory is not None:
        es.append(f"el directorio {event.directory}")
        en.append(f"directory {event.directory}")
    if event.silence is not None:
        es.append(f"los umbrales de silencio {event.silence}")
        en.append(f"silence thresholds {event.silence}")
    whole = and_(en)
    return Sentence(
        f"Se adoptaron {y(es)}.",
        f"{whole[0].upper()}{whole[1:]} were adopted.",
    )


def _kept(event: PolicyKept) -> Sentence:
    what = f"{event.name} ({event.sha256[:12]})"
    return Sentence(f"Se guardó la política {what} a la letra.", f"Policy {what} was kept to the letter.")


TELLERS: Mapping[type[Event], Callable[[Any], Sentence]] = {
    CaseAssessed: _assessed,
    ReferralProposed: _proposed,
    ReferralRequested: _requested,
    ReferralBlocked: _blocked,
    ReferralAcknowledged: _acknowledged,
    ReferralAccepted: _accepted,
    ReferralReassessed: _reassessed,
    InfoRequested: said("{agency} preguntó algo al albergue {shelter}.", "{agency} asked shelter {shelter} something."),
    InfoSupplied: said("El albergue {shelter} respondió a {agency}.", "Shelter {shelter} answered {agency}."),
    ReferralDeclined: _declined,
    ServiceScheduled: _scheduled,
    ServiceStarted: said("{agency} inició la atención.", "{agency} began the service."),
    ServiceDelivered: _delivered_service,
    LoopClosed: _closed,
    ReferralFailed: _failed,
    ReferralHandedOver: _handed_over,
    ContactLost: _contact_lost,
    ReferralCancelled: _cancelled,
    ReferralWithdrawn: _withdrawn,
    DeletionDue: _deletion_due,
    DeletionConfirmed: said(
        "{agency} confirmó que borró los datos que se le habían dado.",
        "{agency} confirmed that it has deleted the data it had been given.",
    ),
    DisclosureRead: _read,
    EnteredInError: said(
        "La canalización a {agency} se marcó como registrada por error.",
        "The referral to {agency} was marked as entered in error.",
    ),
    ReferralExpired: said(
        "Venció el plazo para decidir: {agency} no respondió. Todavía puede aceptarla mientras no se reasigne.",
        "The deadline to decide has passed: {agency} has not decided. It may still take it until it is rerouted.",
    ),
    ReferralEscalated: _escalated,
    ReferralRerouted: _rerouted,
    ReferralReopened: said(
        "Se reabrió la canalización a {agency} en otra vinculada.", "The referral to {agency} was taken up again."
    ),
    RulesAdopted: _adopted,
    PolicyKept: _kept,
}
