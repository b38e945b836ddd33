"""What the forms of pages send about something of the small world, with and without effect."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.chassis.clock import system_clock
from services.referral.routing.policy import POLICY
from tests.support.builders.slips import WORD
from tests.support.models.access_page import Entry
from tests.support.people.access_furniture import A_SHIFT, WHY
from tests.support.people.access_world import Target

TOO_HIGH = 2_000_000
"""A version that nothing has: whoever may act is told that it is not so."""

FREE_SHELTER = "ALB-PAL-01"
"""Nothing else is told of it."""
SPENT_BY_REFERRAL = ("/mesa/cupo/{place}", "/coordinacion/caravanas", "/coordinacion/que-pasaria/comparar")
RULES = POLICY.read_text(encoding="utf-8")
A_STEP = "no-contact"
"""A step that desks and shelters take."""
SPENT_BY_INTAKE = (
    "/albergue/trabajo/llegada",
    "/albergue/trabajo/parecidos",
    "/albergue/trabajo/requerimientos",
    "/albergue/telefonos/{device_id}/baja",
)
"""Orders to intake that nothing else keeps from taking effect than that their id was used for something else."""


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
        "/albergue/telefonos/clave": {},
        "/albergue/telefonos/{device_id}/baja": {},
        "/albergue/telefonos/archivo": {"registros": '[{"no": 1}]'},
        "/auditoria": {"busca": target.case},
        # Drawn for somebody else: whose shelter it is for is looked at after that.
        "/albergue/registrar": {"shelter": target.document["shelter"]} | ({"quien": "p-000"} if harmless else {}),
        "/coordinacion/caravanas": of_a_caravan,
        "/coordinacion/que-pasaria/comparar": {"desde": "2013-06-12", "hasta": "2013-06-12", "reglas": RULES},
        "/coordinacion/caravanas/{caravan_id}/terminar": {},
    }
    forms |= _of_a_shelter(target, harmless=harmless) | of_a_case(target, harmless=harmless)
    if entry.path not in forms:
        return {}
    # A command id that was used for something else, where nothing else keeps an order from taking effect.
    spent: dict[str, str] = dict.fromkeys(SPENT_BY_REFERRAL, target.opened_by)
    spent |= dict.fromkeys(SPENT_BY_INTAKE, str(target.document["submission_id"]))
    return {"orden": spent[entry.path] if harmless and entry.path in spent else str(uuid4())} | forms[entry.path]


def _of_a_shelter(target: Target, *, harmless: bool) -> dict[str, dict[str, str]]:
    """The forms of the shelter's other work."""
    way = target.way
    agreed = {"given_by": "self", "fields": "all", "how": "signed", "wording_version": "entrega-es-1"}
    demand = {"authority": "migration", "demanded": "list_of_people", "court_order": "no"}
    here = "/albergue/trabajo"
    return {
        f"{here}/senal": {},
        f"{here}/rechazos/{{refusal_id}}/abrir": {},
        # What was refused has no answers at all: the form asks for nothing, and the document stays as it is.
        f"{here}/rechazos/{{refusal_id}}/corregir": {"preguntado": "worker", "worker": "w-035"},
        f"{here}/rechazos/{{refusal_id}}/apartar": {},
        f"{here}/llegada": {"slip": way.here if harmless else way.there, "word": WORD, **agreed},
        f"{here}/parecidos": {"first": target.case, "later": way.beside, "decision": "different"},
        f"{here}/requerimientos": {**demand, "came_to": target.came_to, "received_at": "2013-06-12T10:00"},
        f"{here}/requerimientos/{{demand_id}}/responder": {"answer": "refused"},
    }


CASE = "/albergue/casos/{case_id}"


def of_a_case(target: Target, *, harmless: bool) -> dict[str, dict[str, str]]:
    """The forms of a case's page. A withdrawn consent, or wish, is withdrawn again without effect."""
    version = {"version": str(TOO_HIGH if harmless else 1)}
    used = {"orden": target.document["submission_id"]} if harmless else {}
    said = {"decision": "refused", "given_by": "self", "purpose": "protection", "recipient": "UNFPA"}
    answers = {name: str(target.document["screening"][name]) for name in ANSWERS}
    wish = {"recipient": "CONSULADO", "purpose": "legal", "wording_version": "contacto-es-1"}
    return {
        f"{CASE}/consentimiento": version | said,
        f"{CASE}/consentimiento/{{receipt}}": {},
        f"{CASE}/retiro": {"answer": "confirmed"},  # none waits
        f"{CASE}/datos": {"purpose": "accompany"},
        f"{CASE}/corregir": {},
        f"{CASE}/corregir/guardar": version | answers | {"visto": _later(hours=0), "worker": "w-035"},
        f"{CASE}/hoja": used | {"word": "girasol", "override": "si"},
        f"{CASE}/hoja/anular": {},
        f"{CASE}/quien-ha-visto": used,
        f"{CASE}/autoridad": used | wish,
        f"{CASE}/autoridad/{{contact_id}}/autorizar": {},
        f"{CASE}/autoridad/{{contact_id}}/retirar": {},
    }


ANSWERS = (
    *("danger_now", "medical_now", "age_band", "age_certainty", "language"),
    *("fear_of_return", "planned_departure", "safe_contact", "travelling"),
)
"""Those that a correction by a form must say."""


def _later(**span: Any) -> str:
    return (system_clock() + timedelta(**span)).isoformat()
