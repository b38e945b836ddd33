"""A request to each route about something of the small world, with and without effect."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from services.referral.lifecycle.schemas import BODIES
from tests.support.builders.device_records import Telephone
from tests.support.models.access_page import Entry
from tests.support.people.access_forms import A_STEP, FREE_SHELTER, TOO_HIGH, form_of
from tests.support.people.access_furniture import A_SHIFT, CONTACT, CONTACTS, SPENT, WHY, a_caravan, a_demand
from tests.support.people.access_on_the_way import said
from tests.support.people.access_world import Target
from tests.support.people.people import Item, consent_to

NOTIFICATION_ORDERS: dict[str, Item] = {
    "/desks/{desk}/handover": A_SHIFT,
    "/webhooks": {"url": "https://hook.invalid/"},
    "/webhooks/{webhook_id}/replay": {},
    "/contacts": {"contacts": CONTACTS},
    "/contacts/disable": {"contact": CONTACT},
    "/contacts/enable": {"contact": CONTACT},
}
"""The bodies of the orders that notifications takes, by path."""

SAYS = {
    "reason": "duplicate",
    "question": "¿?",
    "answer": "x",
    "appointment_at": "2031-06-13T10:00:00-05:00",
    "outcome": "unknown",
    "confirmation": "no",
    "comment": "x",
    "to": "UNFPA",
}
"""Something for each field that a step's body needs."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A request."""

    method: str
    path: str
    json: Any = None
    form: dict[str, str] | None = None
    """Of a page for people, what its form sends."""
    file: tuple[str, bytes] | None = None
    """Of a form that takes a file: its field, and what the file holds."""

    @property
    def sent(self) -> dict[str, Any]:
        """The body, as a client takes it."""
        if self.file is not None:
            field, content = self.file
            return {"files": {field: ("archivo", content)}}
        return {"json": self.json} if self.form is None else {"data": self.form}


QUERIES = {
    "/api/v1/audit/proofs/inclusion": "?log=intake&position=1",
    "/api/v1/audit/proofs/consistency": "?log=intake&from=1",
    "/api/v1/audit/comparison": "?log=intake",
}
"""What a route does not answer without."""


FILES = {"/auditoria/comprobar/archivo": ("paquete", b"no bundle")}
"""Forms that take a file."""


class _Ids(dict[str, str]):
    """What a path names; something that does not exist where the world has nothing of the kind."""

    def __missing__(self, name: str) -> str:
        return str(uuid4())


def probe(entry: Entry, target: Target, *, harmless: bool) -> Probe:
    """A request to a route about a target.

    ``harmless``: it gets past the question whose it is and is then told that it is too late, or was done before. If
    not, it is exactly what would take effect if it were let through.
    """
    ids = _Ids(
        {
            "case_id": target.case,
            "referral_id": _referral(entry, target, harmless=harmless),
            "receipt": target.receipt,
            "contact_id": target.contact_done if harmless else target.contact_open,
            "demand_id": target.demand_done if harmless else target.demand_open,
            "name": "intake",
            "code": target.link_done if harmless else target.link_open,
            "desk": target.desk,
            "agency": target.desk.partition("-")[0],
            "shelter": target.document["shelter"],
            "webhook_id": target.webhook,
            "access_id": target.access_done if harmless else target.access_open,
            "caravan_id": target.caravans[harmless],
            "task_id": target.tasks[harmless],
            "refusal_id": target.refused[harmless],
            "alert_id": target.alert,
            "device_id": target.telephone,
            "place": target.document["shelter"] if target.came_to.startswith("ALB-") else target.desk,
            "step": A_STEP,
            "act": "acknowledge",
            "log": "intake",
            "event_id": target.event,
            "run_id": target.replayed,
            "position": "1",
        }
    )
    if entry.path in FILES and entry.method == "POST":
        return Probe(entry.method, entry.path, file=FILES[entry.path])
    if entry.method == "POST" and not entry.path.startswith("/api/"):
        form = form_of(entry, target, harmless=harmless)
        return Probe(entry.method, entry.path.format_map(ids), form=form)
    body = _body(entry, target, harmless=harmless) if entry.method in {"POST", "PUT"} else None
    return Probe(entry.method, entry.path.format_map(ids) + QUERIES.get(entry.path, ""), body)


def _referral(entry: Entry, target: Target, *, harmless: bool) -> str:
    """What was asked of an agency in another's stead is another's referral; the answered one needs nobody any more."""
    if entry.whose != "pregunta":
        return str(target.referral["referral_id"])
    return target.asked_done if harmless else target.asked_open


def _body(entry: Entry, target: Target, *, harmless: bool) -> Item | None:  # noqa: C901, PLR0911, PLR0912 - one a route
    path = entry.path.removeprefix("/api/v1")
    spent = target.document["submission_id"]  # a command id that was used for something else
    if path.startswith("/capacity/"):
        spent = target.opened_by  # by the service that keeps who has room
    command = {"command_id": spent if harmless else str(uuid4())}
    last = path.rpartition("/")[2]
    if last == "break-glass":  # no adult is opened on a child's ground
        basis = "child_best_interests" if harmless else "imminent_danger_to_life"
        return {"command_id": str(uuid4()), "basis": basis, "justification": WHY}
    if last == "milestones":  # the referral waits for its answer: whoever may record one is told that it is too early
        return {"command_id": str(uuid4()), "milestone": "claim_filed", "on": "2026-01-01"}
    if last == "settle":  # nothing is contested: what may be asked is answered so
        version = TOO_HIGH if harmless else target.referral["version"]
        return {"command_id": str(uuid4()), "expected_version": version, "decision": "continue"}
    if last in {"offer", "cannot"}:
        return {"command_id": str(uuid4())}
    if path.startswith("/referrals/"):
        fields = BODIES[last][0].model_fields
        version = TOO_HIGH if harmless else target.referral["version"]
        says = {field: SAYS[field] for field in fields if field in SAYS}
        return {"command_id": str(uuid4()), "expected_version": version, **says}
    if path in NOTIFICATION_ORDERS:
        return {"command_id": str(SPENT if harmless else uuid4()), **NOTIFICATION_ORDERS[path]}
    on_its_way = said(path, command, target.case, target.way, harmless=harmless)
    if on_its_way is not None:
        return on_its_way
    match path:
        case "/shelters/{shelter}/heartbeat":
            return {"waiting": 0}
        case "/caravan-modes":
            return {**a_caravan(FREE_SHELTER), "command_id": target.opened_by if harmless else str(uuid4())}
        case "/caravan-modes/{caravan_id}/end":
            return {"command_id": str(uuid4())}
        case "/obligations/{task_id}/done":
            return {"command_id": str(uuid4()), "result": "done"}
        case "/break-glass/{access_id}/review":
            return {"command_id": str(uuid4()), "verdict": "justified"}
        case "/alerts/{code}/acknowledge" | "/alerts/{alert_id}/seen":
            return {"command_id": str(uuid4())}
        case "/devices/codes" | "/devices/{device_id}/revoke":
            return command
        case "/devices":
            return {**command, "code": "2222-2222", "public_key": Telephone().jwk}
        case "/device-records/import":
            return {"records": []}
        case "/submissions":
            return target.document if harmless else target.document | {"submission_id": str(uuid4())}
        case "/cases/{case_id}/amendments":
            other = {"submission_id": str(uuid4())} if harmless else {}
            return {"command_id": str(uuid4()), "submission": target.document | other}
        case "/cases/{case_id}/identity":
            return {"command_id": str(uuid4()), "purpose": "contact"}
        case "/refusals/{refusal_id}/open" | "/refusals/{refusal_id}/discard":
            return {"command_id": str(uuid4())}
        case "/refusals/{refusal_id}/correct":
            return {"command_id": str(uuid4()), "submission": target.document | {"submission_id": str(uuid4())}}
        case "/cases/{case_id}/erasure" | "/refusals/{refusal_id}/erasure":
            return {**command, "basis": "person_request"}
        case "/cases/{case_id}/consents":
            return {**command, **consent_to("UNFPA")}
        case "/cases/{case_id}/restricted-contacts":
            return {**command, "recipient": "INM", "purpose": "legal", "wording_version": "contacto-es-1"}
        case "/authority-demands":
            return {**command, **a_demand(target.came_to)}
        case "/authority-demands/{demand_id}/answer":
            return {"command_id": str(uuid4()), "answer": "refused"}
        case "/cases/{case_id}/restricted-contacts/{contact_id}/authorise":
            return {"command_id": str(uuid4())}
    return None
