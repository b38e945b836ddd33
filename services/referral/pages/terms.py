"""Until when something is to be valid, chosen from a few moments that are drawn with the page.

The moments themselves are sent, not how far off they are: sent twice, a form says the same twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.chassis.errors import MalformedRequestError
from services.chassis.web.pages.forms import Form


def moments_from(now: datetime, spans: Sequence[timedelta]) -> list[datetime]:
    """The moments that are so far off, to the minute."""
    start = now.replace(second=0, microsecond=0)
    return [start + span for span in spans]


def chosen_moment(form: Form, field: str) -> datetime:
    """The moment that was chosen.

    Raises:
        MalformedRequestError: none was, or it is no moment.
    """
    written = form.text(field)
    if written is None:
        raise MalformedRequestError(faults=[{"field": field, "code": "missing"}])
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise _no_time(field) from None
    if at.tzinfo is None:
        raise _no_time(field)
    return at


def _no_time(field: str) -> MalformedRequestError:
    return MalformedRequestError(faults=[{"field": field, "code": "not_a_time"}])
