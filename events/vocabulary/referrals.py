"""The life of a referral: its states, the bases it is sent on, its clocks, what came of it."""

from enum import StrEnum


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


class WithdrawalReason(StrEnum):
    """Why a referral was withdrawn."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    REFUSED = "refused"
    """The person refused after it was sent without their consent."""
    WITHHELD = "withheld"
    """The person excluded the agency."""
    CONSENT_EXPIRED = "consent_expired"
    """The consent ran out and was not given again in time."""
    TWO_PEOPLE = "two_people"
    """Two people decided that a child's referral ends."""
    ERASED = "erased"
    """The person's data were erased."""


class RenewalReason(StrEnum):
    """Why a disclosure was sealed anew."""

    CORRECTED = "corrected"
    """An answer that was disclosed is another now."""
    CONSENT = "consent"
    """The person consented: to more, again, or after it was sent without."""
    HANDED_OVER = "handed_over"
    """The person is at another shelter."""


class ContestReason(StrEnum):
    """Why two people must decide about a referral that was sent in a child's best interests."""

    REFUSED = "refused"
    """Somebody refused or took a consent back."""
    WITHHELD = "withheld"
    """An amendment excludes the agency."""


class ContestDecision(StrEnum):
    """What one of two people decides about it."""

    CONTINUE = "continue"
    END = "end"


class BlockReason(StrEnum):
    """Why a referral waits. Shown to the shelter, so that it knows what to ask."""

    CONSENT_NOT_ASKED = "consent_not_asked"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_EXPIRED = "consent_expired"
    CONSENT_NOT_VALID = "consent_not_valid"
    """Given by somebody who may not give it for this person."""
    WANTS_TIME = "wants_time"
    """The person was asked and decides later."""
    PURPOSE_TOO_NARROW = "purpose_too_narrow"
    """The consent was given for a purpose that covers none of the categories."""
    NEEDS_REPRESENTATIVE = "needs_representative"
    """A child for whom nobody present may decide."""
    CANNOT_DECIDE = "cannot_decide"
    """The person cannot decide, and the danger is not such that it may be sent without."""
    WITHHELD = "withheld"
    """The person excluded this recipient."""
    FROZEN = "frozen"
    """A withdrawal made with the person's slip waits for somebody to check it."""


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
    WAITING = "waiting"
    """Nobody may send it until the person, or somebody for them, has decided."""
    CHANGE = "change"
    """It became more urgent, or more came to it, and the desk is to say that it has seen that."""
    CORRECTION = "correction"
    """Something that was disclosed was corrected, and the desk is to say that it has seen that."""
    FREEZE = "freeze"
    """A withdrawal made with the slip is to be checked."""
    CONSENT = "consent"
    """The consent that it rests on runs out, or has run out."""
    CONTEST = "contest"
    """Two people are to decide whether it ends."""
    FOLLOW_UP = "follow_up"
    """Every other step has been taken and nobody has acted: asked again and again until somebody does."""
    DELETION = "deletion"
    """A consent was taken back, and the agency is to confirm that it deleted what it was told."""


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


class HelpAnswer(StrEnum):
    """What a person may say with their slip about the help that was reported."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    UNKNOWN = "unknown"
