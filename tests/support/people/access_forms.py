"""What the forms of pages send about something of the small world, with and without effect."""

from uuid import uuid4

from tests.support.models.access_page import Entry
from tests.support.people.access_world import Target

TOO_HIGH = 2_000_000
"""A version that nothing has: whoever may act is told that it is not so."""

A_STEP = "no-contact"
"""A step that desks and shelters take."""


def form_of(entry: Entry, target: Target, *, harmless: bool) -> dict[str, str]:
    """The fields of a form. ``harmless``: it gets past the question whose it is, and changes nothing."""
    drawn = {"orden": str(uuid4())}
    version = {"version": str(TOO_HIGH if harmless else target.referral["version"])}
    match entry.path:
        case "/mesa/canalizaciones/{referral_id}/{step}":
            return drawn | version | {"outcome": "unknown"}
        case "/mesa/canalizaciones/{referral_id}/decidir":
            return drawn | version | {"decision": "continue"}
        case "/mesa/canalizaciones/{referral_id}/hito":  # it waits for its answer: it is too early
            return drawn | {"milestone": "claim_filed", "on": "2026-01-01"}
        case "/mesa/preguntas/{referral_id}":
            return drawn | {"puede": "si"}
    return {}
