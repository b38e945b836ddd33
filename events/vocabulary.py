"""Code lists of the programme: what a shelter may answer and what a referral may be.

The values are the field's own codes; an interface translates them, an event never does. A code is
added, never renamed: old events carry it for ever.
"""

from enum import StrEnum


class Agency(StrEnum):
    """Who a referral may be sent to. Restricted recipients are another type, on purpose."""

    ACNUR = "ACNUR"
    UNODC = "UNODC"
    UNICEF = "UNICEF"
    OIM = "OIM"
    UNFPA = "UNFPA"
    PNUD = "PNUD"
    ONU_MUJERES = "ONU_MUJERES"
    OIT = "OIT"
    PEAS = "PEAS"
    """The independent focal point for abuse by aid workers."""


class RestrictedRecipient(StrEnum):
    """Authorities that no rule can reach: only a person's written wish and two members of staff can."""

    INM = "INM"
    CONSULADO = "CONSULADO"
    POLICIA = "POLICIA"
    FISCALIA = "FISCALIA"


class RiskCategory(StrEnum):
    """Why a case is referred. A case may carry several; the order is that of the rule table."""

    NNA_NA = "NNA_NA"
    NNA_FAM = "NNA_FAM"
    TRATA = "TRATA"
    SECUESTRO = "SECUESTRO"
    VSG = "VSG"
    ASILO = "ASILO"
    REFUG = "REFUG"
    MED = "MED"
    PELIGRO = "PELIGRO"
    TRAFICO = "TRAFICO"
    MUJER = "MUJER"
    SSR = "SSR"
    LABORAL = "LABORAL"
    SM = "SM"
    RETORNO = "RETORNO"
    LGBTIQ = "LGBTIQ"
    DISC = "DISC"
    MAYOR = "MAYOR"
    DELITO = "DELITO"
    ABUSO_AUT = "ABUSO_AUT"
    PEAS = "PEAS"
    DESAP = "DESAP"
    APATRIDA = "APATRIDA"
    GENERAL = "GENERAL"
    COMUNIDAD = "COMUNIDAD"
    AMENAZA = "AMENAZA"


class Urgency(StrEnum):
    """How soon a desk must answer. Sorts from the most urgent to the least."""

    U0 = "U0"
    U1 = "U1"
    U2 = "U2"
    U3 = "U3"


class ReferralState(StrEnum):
    """Where a referral is in its life."""

    PROPOSED = "proposed"
    BLOCKED_CONSENT = "blocked_consent"
    REQUESTED = "requested"
    ACKNOWLEDGED = "acknowledged"
    INFO_REQUESTED = "info_requested"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    IN_SERVICE = "in_service"
    DELIVERED = "delivered"
    LOOP_CLOSED = "loop_closed"
    DECLINED = "declined"
    EXPIRED = "expired"
    REROUTED = "rerouted"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    NO_CONTACT = "no_contact"
    FAILED = "failed"
    ENTERED_IN_ERROR = "entered_in_error"


class SendingBasis(StrEnum):
    """Why a referral may be sent. The first that holds is recorded."""

    NOT_PERSONAL = "not_personal"
    MANDATORY_REPORT = "mandatory_report"
    BEST_INTERESTS = "best_interests"
    CONSENT = "consent"
    VITAL_INTEREST = "vital_interest"
    IMMINENT_DANGER_TO_LIFE = "imminent_danger_to_life"
    CHILD_BEST_INTERESTS = "child_best_interests"
    CANNOT_CONSENT = "cannot_consent"
    """The last three only by break-glass: a coordinator's act, justified and reviewed."""


class BlockReason(StrEnum):
    """Why a referral waits. Shown to the shelter, so that it knows what to ask."""

    CONSENT_NOT_ASKED = "consent_not_asked"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_EXPIRED = "consent_expired"
    CONSENT_NOT_VALID = "consent_not_valid"
    """Given by somebody who may not give it for this person."""
    CANNOT_DECIDE = "cannot_decide"
    """The person cannot decide, and the danger is not such that it may be sent without."""
    WITHHELD = "withheld"
    """The person excluded this recipient."""
    FROZEN = "frozen"
    """A withdrawal made with the person's slip waits for somebody to check it."""


class CaseKind(StrEnum):
    """What was flagged."""

    PERSON = "person"
    COMMUNITY_INCIDENT = "community_incident"
    SHELTER_THREAT = "shelter_threat"


class ConsentDecision(StrEnum):
    """What a person decided about one recipient."""

    GRANTED = "granted"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"
    CANNOT_DECIDE = "cannot_decide"


class ConsentPurpose(StrEnum):
    """What the recipient may use the data for."""

    PROTECTION = "protection"
    HEALTH = "health"
    LEGAL = "legal"
    RETURN = "return"


class ConsentGiver(StrEnum):
    """Who decided."""

    SELF = "self"
    GUARDIAN = "guardian"


class ConsentForm(StrEnum):
    """How it was given."""

    SIGNED = "signed"
    VERBAL_WITNESSED = "verbal_witnessed"


class BoxClass(StrEnum):
    """The two kinds of sealed data about a person, each under a key of its own."""

    IDENTITY = "identity"
    """Name, birth date, document, telephone, notes."""
    SCREENING = "screening"
    """The coded answers."""


class Role(StrEnum):
    """What a user is in the programme."""

    SHELTER_WORKER = "shelter_worker"
    SHELTER_COORDINATOR = "shelter_coordinator"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    PROGRAMME_COORDINATOR = "programme_coordinator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    INTEGRATOR = "integrator"
    OPERATOR = "operator"
    """Whoever sits at the machine that runs the system; never given to a remote user."""


class ReferralClock(StrEnum):
    """What a referral is waited for, each by a clock of its own."""

    ACKNOWLEDGE = "acknowledge"
    DECIDE = "decide"
    SERVE = "serve"
    """The service is to begin."""
    REROUTE = "reroute"
    """It was declined, and another agency is to be found."""
    CONFIRM = "confirm"
    """Help was reported; the shelter or the person is to say whether it came."""
    DELETION = "deletion"
    """A consent was taken back, and the agency is to confirm that it deleted what it was told."""


class Duty(StrEnum):
    """Whom a desk's silence is taken to, step by step."""

    DESK = "desk"
    ON_CALL = "on_call"
    """The next on call at the same desk."""
    SUPERVISOR = "supervisor"
    COORDINATOR = "coordinator"
    """The programme's."""
    FALLBACK = "fallback"
    """Another agency's desk, which is asked without personal data."""
    STEERING = "steering"
    """The steering list of the programme."""


class DeclineReason(StrEnum):
    """Why an agency does not take a referral."""

    NO_CAPACITY = "no_capacity"
    OUT_OF_AREA = "out_of_area"
    NOT_ELIGIBLE = "not_eligible"
    MISSING_DOCUMENTS = "missing_documents"
    LACK_OF_RESOURCES = "lack_of_resources"
    OUTSIDE_MANDATE = "outside_mandate"
    INSUFFICIENT_INFORMATION = "insufficient_information"
    SAFETY_CONFLICT = "safety_conflict"
    DUPLICATE = "duplicate"
    PERSON_DECLINED = "person_declined"
    UNREACHABLE = "unreachable"
    OTHER = "other"
    """With a text, which is sealed."""


class Outcome(StrEnum):
    """What a service came to."""

    SERVICE_DELIVERED = "service_delivered"
    PARTLY_DELIVERED = "partly_delivered"
    DELIVERED_ELSEWHERE = "delivered_elsewhere"
    PERSON_DECLINED = "person_declined"
    NO_SHOW = "no_show"
    NOT_ENTITLED = "not_entitled"
    DEPARTED_ONWARD = "departed_onward"
    DISAPPEARED = "disappeared"
    DETAINED = "detained"
    DEPORTED = "deported"
    RETURNED_VOLUNTARILY = "returned_voluntarily"
    TRANSFERRED = "transferred"
    DECEASED = "deceased"
    DUPLICATE = "duplicate"
    ENTERED_IN_ERROR = "entered_in_error"
    UNKNOWN = "unknown"


class Confirmation(StrEnum):
    """What the shelter or the person says of the help that was reported."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    UNKNOWN = "unknown"
    UNCONFIRMED = "unconfirmed"
    """Nobody said anything for fourteen days."""


class ConfirmedBy(StrEnum):
    """Whose word it is that help came, or did not."""

    SHELTER = "shelter"
    PERSON = "person"
    """Told to somebody at the shelter, who passed it on."""
    PERSON_BY_SLIP = "person_by_slip"
    """The person's own, with slip and word: nobody stood between."""


class ReadPurpose(StrEnum):
    """What sealed data of a referral was read for."""

    DECIDE = "decide"
    SERVE = "serve"
    ANSWER = "answer"
    """The shelter reads what it is asked, or what it said."""
    EMERGENCY = "emergency"
    """By break-glass."""
    REVIEW = "review"
    """How it came to be what it is: a reason not to take it, a comment."""


class Authority(StrEnum):
    """What kind of authority demanded data. It is nobody's recipient: a demand is answered, never forwarded to."""

    MIGRATION = "migration"
    CONSULATE = "consulate"
    POLICE = "police"
    PROSECUTION = "prosecution"
    COURT = "court"
    ARMED_FORCES = "armed_forces"
    OTHER = "other"


class DemandedThing(StrEnum):
    """What was demanded."""

    WHEREABOUTS = "whereabouts"
    IDENTITY = "identity"
    CASE_FILE = "case_file"
    LIST_OF_PEOPLE = "list_of_people"
    TESTIMONY = "testimony"
    ENTRY = "entry"
    OTHER = "other"


class DemandAnswer(StrEnum):
    """What became of a demand."""

    REFUSED = "refused"
    REFERRED_TO_LEGAL = "referred_to_legal"
    """The lawyers look at it: it still needs an answer."""
    COMPLIED_WITH_COURT_ORDER = "complied_with_court_order"


class WithdrawalAnswer(StrEnum):
    """What somebody found who checked a withdrawal made with a slip."""

    CONFIRMED = "confirmed"
    """It was the person's own."""
    DISMISSED = "dismissed"
    """It was not, or they did not mean it."""


class HelpAnswer(StrEnum):
    """What a person may say with their slip about the help that was reported."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    UNKNOWN = "unknown"


class SamePerson(StrEnum):
    """What somebody decided about two cases that look alike."""

    SAME = "same"
    DIFFERENT = "different"


class Capacity(StrEnum):
    """Whether a shelter or a desk has room, as it said itself, for as long as it said it for."""

    CAPACITY = "capacity"
    NO_CAPACITY = "no_capacity"
    WAITLIST = "waitlist"
    ASSESSMENT_REQUIRED = "assessment_required"
    UNKNOWN_STALE = "unknown_stale"
    """Nobody said, or what was said is too old to count."""


class SilenceMeasure(StrEnum):
    """By which threshold a desk is called silent."""

    WAITING = "waiting"
    """A referral waits there unanswered for longer than such a desk takes."""
    IN_A_ROW = "in_a_row"
    """So many sent one after another went unanswered past their time to be acknowledged."""
    NOTHING_DECIDED = "nothing_decided"
    """Something is open there, and nobody has done anything for so many of its hours."""


class CaravanReason(StrEnum):
    """Why caravan mode was turned on."""

    CARAVAN = "caravan"
    """Many people arrive together."""
    MASS_RETURN = "mass_return"
    DISASTER = "disaster"
    SHELTER_CLOSED = "shelter_closed"
    """Others take in whom it sheltered."""
    OTHER = "other"


class CaravanEnd(StrEnum):
    """How caravan mode ended."""

    TURNED_OFF = "turned_off"
    RAN_OUT = "ran_out"


class AlertAbout(StrEnum):
    """What an alert asks somebody to look at."""

    REFERRAL = "referral"
    SILENCE = "silence"
    """A desk or a shelter that has gone quiet."""
    ACCESS = "access"
    """Somebody opened sealed data by break-glass."""


class OverrideBasis(StrEnum):
    """On what ground sealed data may be opened, or a referral sent, without the consent it waits for."""

    IMMINENT_DANGER_TO_LIFE = "imminent_danger_to_life"
    CHILD_BEST_INTERESTS = "child_best_interests"
    CANNOT_CONSENT = "cannot_consent"


class ReviewVerdict(StrEnum):
    """What a second person finds of a break-glass access."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"
