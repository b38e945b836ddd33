"""A person's consent and its withdrawal."""

from enum import StrEnum


class ConsentDecision(StrEnum):
    """What a person decided about one recipient."""

    GRANTED = "granted"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"
    CANNOT_DECIDE = "cannot_decide"
    WANTS_TIME = "wants_time"
    """The person was asked and decides later, ``until`` a moment they named."""


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


class WithdrawalAnswer(StrEnum):
    """What somebody found who checked a withdrawal made with a slip."""

    CONFIRMED = "confirmed"
    """It was the person's own."""
    DISMISSED = "dismissed"
    """It was not, or they did not mean it."""
