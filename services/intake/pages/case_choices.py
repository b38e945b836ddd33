"""The answers to choose from in the forms of a case's page, with their words."""

from events.vocabulary import (
    Agency,
    ConsentDecision,
    ConsentForm,
    ConsentGiver,
    ConsentPurpose,
    IdentityPurpose,
    WithdrawalAnswer,
)
from services.chassis.locales import Translator

ASKABLE = (ConsentDecision.GRANTED, ConsentDecision.REFUSED, ConsentDecision.WANTS_TIME, ConsentDecision.CANNOT_DECIDE)
"""What somebody who was asked may have said."""
RECIPIENTS = tuple(agency for agency in Agency if agency is not Agency.PEAS)
EVERYTHING, LITTLE = "todo", "poco"
SCOPES = (EVERYTHING, LITTLE)
"""How much of the answers an agency may read."""

Options = list[tuple[str, str]]


def choices_of(say: Translator) -> dict[str, Options]:
    """The answers by field, those that are likely first."""
    return {
        "decision": [(one, say(f"case.said.{one}")) for one in ASKABLE],
        "purpose": [(one, _begin(say(f"purpose.{one}"))) for one in ConsentPurpose],
        "given_by": [(one, _begin(say(f"consent_giver.{one}"))) for one in ConsentGiver],
        "how": [(one, _begin(say(f"consent_form.{one}"))) for one in reversed(ConsentForm)],
        "fields": [(one, say(f"case.scope.{one}")) for one in SCOPES],
        "recipient": [(one, one.replace("_", " ")) for one in RECIPIENTS],
        "identity": [(one, _begin(say(f"identity_purpose.{one}"))) for one in IdentityPurpose],
        "check": [(one, say(f"case.check.{one}")) for one in WithdrawalAnswer],
    }


def _begin(words: str) -> str:
    """Words that begin a line."""
    return words[:1].upper() + words[1:]
