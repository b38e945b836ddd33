"""Codes as words, Spanish and English, and times by Mexico's clock."""

from collections.abc import Sequence
from datetime import datetime

from events.vocabulary import (
    Authority,
    BlockReason,
    CaseKind,
    Confirmation,
    ConfirmedBy,
    ConsentDecision,
    ConsentPurpose,
    DeclineReason,
    DemandAnswer,
    DemandedThing,
    Duty,
    Outcome,
    ReadPurpose,
    ReferralClock,
    RestrictedRecipient,
    SendingBasis,
)
from services.chassis.programme import MEXICO

KIND = {
    CaseKind.PERSON: ("un caso de riesgo", "a case at risk"),
    CaseKind.COMMUNITY_INCIDENT: ("un incidente con la comunidad", "an incident with the community"),
    CaseKind.SHELTER_THREAT: (
        "una amenaza al albergue o su personal",
        "a threat to the shelter or its staff",
    ),
}
BASIS = {
    SendingBasis.NOT_PERSONAL: ("no contiene datos de una persona", "it holds no person's data"),
    SendingBasis.MANDATORY_REPORT: ("reporte obligatorio", "mandatory report"),
    SendingBasis.BEST_INTERESTS: ("interés superior de la niñez", "best interests of the child"),
    SendingBasis.CONSENT: ("con consentimiento", "with consent"),
    SendingBasis.VITAL_INTEREST: ("interés vital", "vital interest"),
}
REASON = {
    BlockReason.CONSENT_NOT_ASKED: ("falta pedir el consentimiento", "consent has not been asked"),
    BlockReason.CONSENT_REFUSED: ("la persona no consintió", "the person did not consent"),
    BlockReason.CONSENT_EXPIRED: ("el consentimiento venció", "the consent has expired"),
    BlockReason.CONSENT_NOT_VALID: (
        "el consentimiento no lo dio quien puede darlo",
        "the consent was not given by somebody who may give it",
    ),
    BlockReason.CANNOT_DECIDE: ("la persona no puede decidir por ahora", "the person cannot decide for now"),
    BlockReason.WITHHELD: ("la persona excluyó a este destinatario", "the person excluded this recipient"),
}

DECLINE = {
    DeclineReason.NO_CAPACITY: ("sin capacidad", "no capacity"),
    DeclineReason.OUT_OF_AREA: ("fuera de su zona", "out of its area"),
    DeclineReason.NOT_ELIGIBLE: ("no cumple los requisitos", "not eligible"),
    DeclineReason.MISSING_DOCUMENTS: ("faltan documentos", "documents are missing"),
    DeclineReason.LACK_OF_RESOURCES: ("falta de recursos", "lack of resources"),
    DeclineReason.OUTSIDE_MANDATE: ("fuera de su mandato", "outside its mandate"),
    DeclineReason.INSUFFICIENT_INFORMATION: ("información insuficiente", "insufficient information"),
    DeclineReason.SAFETY_CONFLICT: ("conflicto de seguridad", "a conflict of safety"),
    DeclineReason.DUPLICATE: ("duplicada", "a duplicate"),
    DeclineReason.PERSON_DECLINED: ("la persona no quiso", "the person declined"),
    DeclineReason.UNREACHABLE: ("no se localizó a la persona", "the person was unreachable"),
    DeclineReason.OTHER: ("otro motivo, sellado", "another reason, sealed"),
}
OUTCOME = {
    Outcome.SERVICE_DELIVERED: ("servicio prestado", "service delivered"),
    Outcome.PARTLY_DELIVERED: ("servicio prestado en parte", "partly delivered"),
    Outcome.DELIVERED_ELSEWHERE: ("atendida en otro lugar", "delivered elsewhere"),
    Outcome.PERSON_DECLINED: ("la persona no quiso", "the person declined"),
    Outcome.NO_SHOW: ("no se presentó", "did not come"),
    Outcome.NOT_ENTITLED: ("sin derecho al servicio", "not entitled"),
    Outcome.DEPARTED_ONWARD: ("siguió su camino", "departed onward"),
    Outcome.DISAPPEARED: ("desapareció", "disappeared"),
    Outcome.DETAINED: ("fue detenida", "was detained"),
    Outcome.DEPORTED: ("fue deportada", "was deported"),
    Outcome.RETURNED_VOLUNTARILY: ("regresó por su voluntad", "returned voluntarily"),
    Outcome.TRANSFERRED: ("fue trasladada", "was transferred"),
    Outcome.DECEASED: ("falleció", "has died"),
    Outcome.DUPLICATE: ("duplicada", "a duplicate"),
    Outcome.ENTERED_IN_ERROR: ("registrada por error", "entered in error"),
    Outcome.UNKNOWN: ("se desconoce", "unknown"),
}
CONFIRMATION = {
    Confirmation.YES: ("la ayuda llegó", "help came"),
    Confirmation.PARTLY: ("la ayuda llegó en parte", "help came in part"),
    Confirmation.NO: ("la ayuda no llegó", "help did not come"),
    Confirmation.UNKNOWN: ("no se sabe si llegó", "it is not known whether help came"),
    Confirmation.UNCONFIRMED: ("nadie lo confirmó en 14 días", "nobody confirmed it in 14 days"),
}
CONFIRMED_BY = {
    ConfirmedBy.SHELTER: ("lo dijo el albergue", "so the shelter says"),
    ConfirmedBy.PERSON: ("lo dijo la persona", "so the person says"),
}
READ_FOR = {
    ReadPurpose.DECIDE: ("para decidir", "to decide"),
    ReadPurpose.SERVE: ("para atender", "to serve"),
    ReadPurpose.ANSWER: ("para responder", "to answer"),
    ReadPurpose.REVIEW: ("para revisar lo que pasó", "to look into what happened"),
}
CLOCK = {
    ReferralClock.ACKNOWLEDGE: ("no ha acusado recibo", "has not acknowledged"),
    ReferralClock.DECIDE: ("no ha decidido", "has not decided"),
    ReferralClock.SERVE: ("no ha iniciado la atención", "has not begun the service"),
    ReferralClock.REROUTE: ("no la aceptó y no se ha reasignado", "declined, and it has not been rerouted"),
    ReferralClock.CONFIRM: ("reportó la atención y nadie la ha confirmado", "reported, and nobody has confirmed"),
}
DUTY = {
    Duty.DESK: ("a la mesa de guardia", "the duty desk was"),
    Duty.ON_CALL: ("a la siguiente persona de guardia", "the next on call was"),
    Duty.SUPERVISOR: ("a su responsable", "its supervisor was"),
    Duty.COORDINATOR: ("a la coordinación del programa", "the programme's coordinator was"),
    Duty.FALLBACK: ("a la agencia de respaldo", "the fallback agency was"),
    Duty.STEERING: ("al comité directivo", "the steering list was"),
}
DECISION = {
    ConsentDecision.GRANTED: ("consintió", "consent was granted"),
    ConsentDecision.REFUSED: ("se negó", "consent was refused"),
    ConsentDecision.NOT_ASKED: ("no fue consultada", "the person was not asked"),
    ConsentDecision.CANNOT_DECIDE: ("no puede decidir por ahora", "the person cannot decide for now"),
}
PURPOSE = {
    ConsentPurpose.PROTECTION: ("protección", "protection"),
    ConsentPurpose.HEALTH: ("salud", "health"),
    ConsentPurpose.LEGAL: ("asesoría legal", "legal advice"),
    ConsentPurpose.RETURN: ("retorno", "return"),
}
RESTRICTED = {
    RestrictedRecipient.INM: ("la autoridad migratoria (INM)", "the migration authority (INM)"),
    RestrictedRecipient.CONSULADO: ("su consulado", "their consulate"),
    RestrictedRecipient.POLICIA: ("la policía", "the police"),
    RestrictedRecipient.FISCALIA: ("la fiscalía", "the prosecutors"),
}
AUTHORITY = {
    Authority.MIGRATION: ("Una autoridad migratoria", "A migration authority"),
    Authority.CONSULATE: ("Un consulado", "A consulate"),
    Authority.POLICE: ("La policía", "The police"),
    Authority.PROSECUTION: ("Una fiscalía", "A prosecutor's office"),
    Authority.COURT: ("Un juzgado", "A court"),
    Authority.ARMED_FORCES: ("Las fuerzas armadas", "The armed forces"),
    Authority.OTHER: ("Otra autoridad", "Another authority"),
}
DEMANDED = {
    DemandedThing.WHEREABOUTS: ("el paradero de alguien", "somebody's whereabouts"),
    DemandedThing.IDENTITY: ("la identidad de alguien", "somebody's identity"),
    DemandedThing.CASE_FILE: ("un expediente", "a case file"),
    DemandedThing.LIST_OF_PEOPLE: ("una lista de personas", "a list of people"),
    DemandedThing.TESTIMONY: ("una declaración", "a testimony"),
    DemandedThing.ENTRY: ("entrar al lugar", "entry to the place"),
    DemandedThing.OTHER: ("otra cosa", "something else"),
}
ANSWER = {
    DemandAnswer.REFUSED: ("se negó", "it was refused"),
    DemandAnswer.REFERRED_TO_LEGAL: ("pasó a los abogados", "it was referred to the lawyers"),
    DemandAnswer.COMPLIED_WITH_COURT_ORDER: ("se cumplió por orden judicial", "a court order was complied with"),
}


def y(words: Sequence[str]) -> str:
    """Spanish: A, B y C."""
    return " y ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def and_(words: Sequence[str]) -> str:
    """English: A, B and C."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def in_mexico(moment: datetime) -> str:
    """A time as people there read it."""
    return moment.astimezone(MEXICO).strftime("%d/%m/%Y %H:%M")
