"""Access to sealed data: reads, break-glass and the demands of authorities."""

from enum import StrEnum


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


class IdentityPurpose(StrEnum):
    """What the shelter that holds a case opens name, telephone and notes for."""

    CONTACT = "contact"
    """To reach the person; refused where they asked not to be contacted."""
    ACCOMPANY = "accompany"
    CORRECT = "correct"
    HAND_OVER = "hand_over"


class OverrideBasis(StrEnum):
    """On what ground sealed data may be opened, or a referral sent, without the consent it waits for."""

    IMMINENT_DANGER_TO_LIFE = "imminent_danger_to_life"
    CHILD_BEST_INTERESTS = "child_best_interests"
    CANNOT_CONSENT = "cannot_consent"


class ReviewVerdict(StrEnum):
    """What a second person finds of a break-glass access."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


class ErasureBasis(StrEnum):
    """Why a person's data are erased."""

    PERSON_REQUEST = "person_request"
    """The person, or who may decide for them, asked for it."""
    RETENTION = "retention"
    """The term of the retention policy is over."""
    COURT_ORDER = "court_order"
    COLLECTED_WRONGLY = "collected_wrongly"
    """They should not have been taken down: somebody else's, without being asked, or a test."""


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


class ExportPurpose(StrEnum):
    """What a desk takes a list of its referrals out of the program for."""

    CASEWORK = "casework"
    """To follow up its own cases."""
    REPORT = "report"
    """For a report of figures."""
    OVERSIGHT = "oversight"
    """For the agency's own supervision or audit."""


class ExportSelection(StrEnum):
    """Which of its referrals a desk took out."""

    OPEN = "open"
    OVERDUE = "overdue"
    CHANGED = "changed"
    ALL = "all"
