"""What the forms of pages send about something of the small world, with and without effect."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.chassis.clock import system_clock
from tests.support.models.access_page import Entry
from tests.support.people.access_furniture import A_SHIFT, WHY
from tests.support.people.access_world import Target

TOO_HIGH = 2_000_000
"""A version that nothing has: whoever may act is told that it is not so."""

FREE_SHELTER = "ALB-PAL-01"
"""Nothing else is told of it."""
A_STEP = "no-contact"
"""A step that desks and shelters take."""


def form_of(entry: Entry, target: Target, *, harmless: bool) -> dict[str, str]:
    """The fields of a form. ``harmless``: it gets past the question whose it is, and changes nothing."""
    version = {"version": str(TOO_HIGH if harmless else target.referral["version"])}
    # No adult is opened on a child's ground.
    basis = "child_best_interests" if harmless else "imminent_danger_to_life"
    access = {"canalizacion": target.referral["referral_id"], "basis": basis, "justification": WHY}
    of_a_caravan = {f"albergue-{FREE_SHELTER}": "si", "reason": "caravan", "until": _later(days=7)}
    forms: dict[str, dict[str, str]] = {
        "/mesa/canalizaciones/{referral_id}/{step}": version | {"outcome": "unknown"},
        "/mesa/canalizaciones/{referral_id}/decidir": version | {"decision": "continue"},
        # It waits for its answer: it is too early.
        "/mesa/canalizaciones/{referral_id}/hito": {"milestone": "claim_filed", "on": "2026-01-01"},
        "/mesa/exportar": {"que": "todas", "para": "report", "separador": "coma"},
        "/mesa/preguntas/{referral_id}": {"puede": "si"},
        "/mesa/accesos/abrir": access,
        "/mesa/accesos/{access_id}/revisar": {"verdict": "justified"},
        "/mesa/tareas/{task_id}": {"result": "done"},
        "/mesa/cupo/{place}": {"capacity": "capacity", "expires_at": _later(hours=1)},
        "/avisos/{alert_id}/visto": {},
        "/avisos/turno/{desk}": {
            "version": str(TOO_HIGH if harmless else 0),
            "entrega": A_SHIFT["given_by"],
            "recibe": A_SHIFT["taken_by"],
        },
        # Nobody of the small world has a contact in their own name.
        "/avisos/canales/descanso": {"zona": "UTC"},
        "/avisos/canales/prueba": {"canal": "email"},
        "/auditoria": {"busca": target.case},
        "/coordinacion/caravanas": of_a_caravan,
        "/coordinacion/caravanas/{caravan_id}/terminar": {},
    }
    if entry.path not in forms:
        return {}
    # A command id that was used for something else, where nothing else keeps an order from taking effect.
    spent = harmless and entry.path in {"/mesa/cupo/{place}", "/coordinacion/caravanas"}
    return {"orden": target.opened_by if spent else str(uuid4())} | forms[entry.path]


def _later(**span: Any) -> str:
    return (system_clock() + timedelta(**span)).isoformat()
