"""What the forms of pages send about something of the small world, with and without effect."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.chassis.clock import system_clock
from tests.support.models.access_page import Entry
from tests.support.people.access_furniture import WHY
from tests.support.people.access_world import Target

TOO_HIGH = 2_000_000
"""A version that nothing has: whoever may act is told that it is not so."""

FREE_SHELTER = "ALB-PAL-01"
"""Nothing else is told of it."""
A_STEP = "no-contact"
"""A step that desks and shelters take."""


def form_of(entry: Entry, target: Target, *, harmless: bool) -> dict[str, str]:  # noqa: C901, PLR0911 - one a route
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
        case "/mesa/accesos/abrir":  # no adult is opened on a child's ground
            basis = "child_best_interests" if harmless else "imminent_danger_to_life"
            return drawn | {"canalizacion": target.referral["referral_id"], "basis": basis, "justification": WHY}
        case "/mesa/accesos/{access_id}/revisar":
            return drawn | {"verdict": "justified"}
        case "/mesa/tareas/{task_id}":
            return drawn | {"result": "done"}
        case "/mesa/cupo/{place}":
            return _spent(target, drawn, harmless=harmless) | {"capacity": "capacity", "expires_at": _later(hours=1)}
        case "/coordinacion/caravanas":
            of_a_caravan = {f"albergue-{FREE_SHELTER}": "si", "reason": "caravan", "until": _later(days=7)}
            return _spent(target, drawn, harmless=harmless) | of_a_caravan
        case "/coordinacion/caravanas/{caravan_id}/terminar":
            return drawn
    return {}


def _spent(target: Target, drawn: dict[str, str], *, harmless: bool) -> dict[str, str]:
    """A command id that was used for something else, where nothing else keeps an order from taking effect."""
    return {"orden": target.opened_by} if harmless else drawn


def _later(**span: Any) -> str:
    return (system_clock() + timedelta(**span)).isoformat()
