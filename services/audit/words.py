"""Codes as words, Spanish and English, and times by Mexico's clock."""

from collections.abc import Sequence
from datetime import datetime

from events.vocabulary import (
    AlertAbout,
    Authority,
    BlockReason,
    Capacity,
    CaravanEnd,
    CaravanReason,
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
    OverrideBasis,
    ReadPurpose,
    ReferralClock,
    RestrictedRecipient,
    ReviewVerdict,
    SamePerson,
    SendingBasis,
    SilenceMeasure,
    WithdrawalAnswer,
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
    SendingBasis.IMMINENT_DANGER_TO_LIFE: ("acceso excepcional: peligro de muerte", "break-glass: danger to life"),
    SendingBasis.CHILD_BEST_INTERESTS: (
        "acceso excepcional: interés superior de la niñez",
        "break-glass: best interests of the child",
    ),
    SendingBasis.CANNOT_CONSENT: ("acceso excepcional: no puede consentir", "break-glass: cannot consent"),
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
    BlockReason.FROZEN: ("hay un retiro por comprobar", "a withdrawal waits to be checked"),
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
    ConfirmedBy.PERSON_BY_SLIP: ("lo dijo la persona con su hoja", "so the person says, with their slip"),
}
CHECKED = {
    WithdrawalAnswer.CONFIRMED: (
        "lo pidió la persona, y sigue su curso",
        "it was the person's own, and takes its course",
    ),
    WithdrawalAnswer.DISMISSED: (
        "no lo pidió la persona, y todo sigue",
        "it was not the person's own, and all goes on",
    ),
}
SAME = {
    SamePerson.SAME: ("son de la misma persona", "they are of one person"),
    SamePerson.DIFFERENT: ("son de personas distintas", "they are of two people"),
}
CAPACITY = {
    Capacity.CAPACITY: ("hay lugar", "there is room"),
    Capacity.NO_CAPACITY: ("no hay lugar", "there is no room"),
    Capacity.WAITLIST: ("hay lista de espera", "there is a waiting list"),
    Capacity.ASSESSMENT_REQUIRED: ("se valora cada caso", "each case is assessed first"),
    Capacity.UNKNOWN_STALE: ("no se sabe", "it is not known"),
}
READ_FOR = {
    ReadPurpose.DECIDE: ("para decidir", "to decide"),
    ReadPurpose.SERVE: ("para atender", "to serve"),
    ReadPurpose.ANSWER: ("para responder", "to answer"),
    ReadPurpose.EMERGENCY: ("por acceso excepcional", "by break-glass"),
    ReadPurpose.REVIEW: ("para revisar lo que pasó", "to look into what happened"),
}
CLOCK = {
    ReferralClock.ACKNOWLEDGE: ("no ha acusado recibo", "has not acknowledged"),
    ReferralClock.DECIDE: ("no ha decidido", "has not decided"),
    ReferralClock.SERVE: ("no ha iniciado la atención", "has not begun the service"),
    ReferralClock.REROUTE: ("no la aceptó y no se ha reasignado", "declined, and it has not been rerouted"),
    ReferralClock.DELETION: ("no ha confirmado que borró los datos", "has not confirmed that the data are deleted"),
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
MEASURE = {
    SilenceMeasure.WAITING: ("lo que espera ahí lleva demasiado sin acuse", "what waits there has waited too long"),
    SilenceMeasure.IN_A_ROW: ("varias seguidas quedaron sin acuse", "several in a row went unanswered"),
    SilenceMeasure.NOTHING_DECIDED: (
        "debe decisiones y nadie ha hecho nada",
        "it owes decisions, and nobody has acted",
    ),
}
CARAVAN_REASON = {
    CaravanReason.CARAVAN: ("llega una caravana", "a caravan arrives"),
    CaravanReason.MASS_RETURN: ("hay un retorno masivo", "there is a mass return"),
    CaravanReason.DISASTER: ("hay un desastre", "there is a disaster"),
    CaravanReason.SHELTER_CLOSED: ("cerró un albergue", "a shelter closed"),
    CaravanReason.OTHER: ("otro motivo", "another reason"),
}
CARAVAN_END = {
    CaravanEnd.TURNED_OFF: ("se apagó", "it was turned off"),
    CaravanEnd.RAN_OUT: ("se cumplió su plazo", "its time was over"),
}
OVERRIDE = {
    OverrideBasis.IMMINENT_DANGER_TO_LIFE: ("peligro inminente para la vida", "imminent danger to life"),
    OverrideBasis.CHILD_BEST_INTERESTS: ("interés superior de la niñez", "best interests of the child"),
    OverrideBasis.CANNOT_CONSENT: ("la persona no puede consentir", "the person cannot consent"),
}
VERDICT = {
    ReviewVerdict.JUSTIFIED: ("justificado", "justified"),
    ReviewVerdict.NOT_JUSTIFIED: ("no justificado", "not justified"),
}
ABOUT = {
    AlertAbout.REFERRAL: ("una canalización", "a referral"),
    AlertAbout.SILENCE: ("un silencio", "a silence"),
    AlertAbout.ACCESS: ("un acceso excepcional", "a break-glass access"),
}
RUNG = {
    "on_call": ("aviso a quien sigue de guardia", "the next on call"),
    "supervisor": ("aviso a la supervisión", "the supervisor"),
    "fallback": ("agencia de respaldo", "the fallback"),
    "reminder": ("recordatorio", "a reminder"),
    "deadline_missed": ("venció el plazo", "the deadline was missed"),
    "steering": ("comité directivo", "the steering list"),
    "service_missed": ("la atención no empezó a tiempo", "the service did not begin in time"),
    "not_rerouted": ("nadie la ha reasignado", "nobody has rerouted it"),
    "unconfirmed": ("nadie la confirmó", "nobody confirmed it"),
    "deletion_due": ("debe borrar los datos", "the data must be deleted"),
    "deletion_reminder": ("recordatorio de borrado", "a reminder to delete"),
    "deletion_overdue": ("el borrado está vencido", "the deletion is overdue"),
}
"""Those of the ladders that come with the program; a programme's own rungs are told as ``OWN_RUNG``."""
OWN_RUNG = ("un peldaño propio del programa", "a rung of the programme's own")
REFUSED = {
    "invalid_submission": ("tenía faltas", "it had faults"),
    "submission_conflict": (
        "el identificador ya era de otro registro",
        "the id was another submission's",
    ),
}
CHANNEL = {
    "email": ("correo", "e-mail"),
    "sms": ("SMS", "SMS"),
    "whatsapp": ("WhatsApp", "WhatsApp"),
    "telegram": ("Telegram", "Telegram"),
    "signal": ("Signal", "Signal"),
    "push": ("notificación push", "push notification"),
}
OTHER_CHANNEL = ("otro canal", "another channel")
FIELD = {
    "private": ("si pudo hablarse en privado", "whether it was asked in private"),
    "danger_now": ("peligro ahora", "danger now"),
    "medical_now": ("urgencia médica", "medical emergency"),
    "age_band": ("edad", "age"),
    "age_certainty": ("certeza de la edad", "certainty of the age"),
    "could_be_under_18": ("si podría ser menor de 18", "whether under 18"),
    "accompaniment": ("quién acompaña", "who accompanies"),
    "travelling": ("con quién viaja", "travelling with"),
    "sex": ("sexo", "sex"),
    "gender_self": ("género, como la persona lo dice", "gender, as the person says"),
    "country_origin": ("país de origen", "country of origin"),
    "language": ("idioma", "language"),
    "interpreter_needed": ("si necesita intérprete", "whether an interpreter is needed"),
    "fear_of_return": ("temor de regresar", "fear of return"),
    "removal_risk": ("riesgo de devolución", "risk of removal"),
    "protection_status": ("estatus de protección", "protection status"),
    "stateless": ("apatridia", "statelessness"),
    "entry_date": ("fecha de entrada", "date of entry"),
    "harm_events": ("hechos sufridos", "harm suffered"),
    "trafficking_indicators": ("indicios de trata", "signs of trafficking"),
    "perpetrator_nearby": ("si el agresor está cerca", "whether the perpetrator is near"),
    "smuggling_indicators": ("indicios de tráfico", "signs of smuggling"),
    "pregnancy": ("embarazo", "pregnancy"),
    "disability": ("discapacidad", "disability"),
    "lacks_aid_or_medicine": ("falta de apoyo o medicina", "lack of an aid or medicine"),
    "distress": ("malestar emocional", "emotional distress"),
    "self_declared": ("lo que dice de sí", "what they say of themselves"),
    "work_abuse": ("abuso laboral", "labour abuse"),
    "missing_relative": ("familiar desaparecido", "a missing relative"),
    "wants_return": ("si quiere volver", "whether they want to return"),
    "planned_departure": ("cuándo piensa salir", "planned departure"),
    "safe_contact": ("contacto seguro", "safe contact"),
    "needs": ("necesidades", "needs"),
    "family_group": ("grupo familiar", "family group"),
    "shelter": ("albergue", "the shelter"),
    "kind": ("tipo de caso", "kind of case"),
    "categories": ("categorías", "categories"),
    "allegation": ("clase de denuncia", "class of the allegation"),
    "question": ("la pregunta", "the question"),
    "answer": ("la respuesta", "the answer"),
    "note": ("una nota", "a note"),
    "comment": ("un comentario", "a comment"),
    "justification": ("la justificación", "the justification"),
}
OTHER_FIELD = ("otra respuesta", "another answer")


def field_words(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """What was read, in words, each once: a part of an answer is told as the whole."""
    found = [FIELD.get(name.partition(".")[0], OTHER_FIELD) for name in names]
    return list(dict.fromkeys(es for es, _ in found)), list(dict.fromkeys(en for _, en in found))


def y(words: Sequence[str]) -> str:
    """Spanish: A, B y C; and «e» before the sound of an i."""
    last = words[-1].lower() if words else ""
    joint = " e " if last.startswith(("i", "hi")) and not last.startswith("hie") else " y "
    return joint.join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def and_(words: Sequence[str]) -> str:
    """English: A, B and C."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def in_mexico(moment: datetime) -> str:
    """A time as people there read it."""
    return moment.astimezone(MEXICO).strftime("%d/%m/%Y %H:%M")
