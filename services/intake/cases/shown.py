"""What is shown of a case, folded from its log: an auditor compares it with the rows of the read models.

The same values as the function ``shown_cases`` has, as JSON has them; none of them is sealed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from events.contract import Event, Recorded
from events.intake import CaseOpened
from services.chassis.moments import as_exported
from services.intake.cases.domain import fold

LOG = "intake"


class ShownCases:
    """Folds a case's stream; other streams of the log are not cases."""

    log = LOG

    def row(self, history: Sequence[Recorded[Event]]) -> Mapping[str, Any] | None:
        """The values of a case's row."""
        if not isinstance(history[0].event, CaseOpened):
            return None
        case = fold(history)
        assert case is not None  # noqa: S101 - the history is not empty
        return {
            "submission_id": str(case.opened.event.submission),
            "registered_by": case.opened.event.shelter,
            "shelter": case.shelter,
            "former": list(case.former),
            "slip": None if case.slip is None else str(case.slip),
            "opened_at": as_exported(case.opened.recorded_at),
            "erased": case.erased,
        }
