"""Which facts of a case no shelter may notice, because they tell of PEAS what somebody else than the shelter did."""

from events.continuity import HelpConfirmed, WithdrawalChecked, WithdrawalFrozen
from events.contract import Event
from events.intake import ConsentWithdrawn
from events.vocabulary import Agency


def is_hidden_from_shelters(event: Event) -> bool:
    """Whether a fact of a case counts in nothing that a shelter is shown: no version, no change, no freeze."""
    match event:
        case HelpConfirmed(agency=Agency.PEAS):
            return True
        case WithdrawalFrozen(recipient=Agency.PEAS) | WithdrawalChecked(recipient=Agency.PEAS):
            return True
        case ConsentWithdrawn(recipient=Agency.PEAS):
            return True
        case _:
            return False
