"""A small world in which everything is somebody's: what is one's own, what is others', what is hidden."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx2

from events.vocabulary import Role
from services.chassis.link_codes import LinkCodes
from services.referral.bodies import BODIES
from tests.harness.access_on_the_way import OnTheWay, on_the_way, said
from tests.harness.access_page import OF_A_SHELTER, OF_AN_AGENCY, Entry
from tests.harness.people import SHELTER, Item, Programme, an_adult, consent_to
from tests.harness.system import System

OTHER_SHELTER = "ALB-TAP-01"
AGENCY, OTHER_AGENCY = "ACNUR", "OIM"

DESK, OTHER_DESK = "ACNUR-CHP", "OIM-CHP"
A_SHIFT = {"given_by": "p-013", "taken_by": "p-014"}
SPENT = UUID(int=11)
"""A command of notifications that was carried out: sent again it changes nothing, whatever it says."""
CONTACT = "p-013"
CONTACTS = {"people": {CONTACT: {"ways": [{"email": "guardia@contacto.invalid"}]}}}

TOLD: dict[str, Item] = {
    "/desks/{desk}/handover": A_SHIFT,
    "/webhooks": {"url": "https://hook.invalid/"},
    "/webhooks/{webhook_id}/replay": {},
    "/contacts": {"contacts": CONTACTS},
    "/contacts/disable": {"contact": CONTACT},
    "/contacts/enable": {"contact": CONTACT},
}
"""What orders to notifications say."""
ORGANISATIONS = (SHELTER, OTHER_SHELTER, AGENCY, OTHER_AGENCY)

SAYS = {
    "reason": "duplicate",
    "question": "¿?",
    "answer": "x",
    "appointment_at": "2013-06-13T10:00:00-05:00",
    "outcome": "unknown",
    "confirmation": "no",
    "comment": "x",
    "to": "UNFPA",
}
"""Something for each field that a step's body needs."""
TOO_HIGH = 2_000_000
WHY = "La persona no responde y su vida corre peligro."
FREE_SHELTER = "ALB-PAL-01"
NOT_YET, LONG_AGO = datetime(2100, 1, 1, tzinfo=UTC), datetime(2013, 1, 1, tzinfo=UTC)

Relation = Literal["own", "other", "hidden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing of each kind. What is open could be acted on; what is done answers that it is, and changes nothing."""

    document: Item
    case: str
    referral: Item
    receipt: str
    contact_open: str
    contact_done: str
    demand_open: str
    demand_done: str
    came_to: str
    link_open: str
    link_done: str
    """Of an alert about the referral; the second has expired."""
    desk: str
    webhook: str
    way: OnTheWay
    access_open: str
    access_done: str
    """Exceptional accesses to the referral, by somebody else; the second was reviewed."""
    opened_by: str
    """The command that opened the first: an id that was used for something else."""
    caravans: tuple[str, str]
    """One that is on, and one that has ended."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A request."""

    method: str
    path: str
    json: Any = None


@dataclass(frozen=True, slots=True)
class World:
    """Targets by whose they are."""

    of_shelter: dict[Relation, Target]
    of_agency: dict[Relation, Target]

    def target(self, role: str, relation: Relation) -> Target:
        """What is a role's own, another's, or its own but hidden. For those above all, everything is their own."""
        return (self.of_agency if role in OF_AN_AGENCY else self.of_shelter)[relation]


class _Ids(dict[str, str]):
    """What a path names; something that does not exist where the world has nothing of the kind."""

    def __missing__(self, name: str) -> str:
        return str(uuid4())


def organisation(role: str) -> str:
    """Where a role is at home in this world."""
    return SHELTER if role in OF_A_SHELTER else AGENCY if role in OF_AN_AGENCY else "*"


def probe(entry: Entry, target: Target, *, harmless: bool) -> Probe:
    """A request to a route about a target.

    ``harmless``: it gets past the question whose it is and is then told that it is too late, or was done before. If
    not, it is exactly what would take effect if it were let through.
    """
    ids = _Ids(
        {
            "case_id": target.case,
            "referral_id": target.referral["referral_id"],
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
        }
    )
    body = _body(entry, target, harmless=harmless) if entry.method in {"POST", "PUT"} else None
    return Probe(entry.method, entry.path.format_map(ids), body)


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
    if path.startswith("/referrals/"):
        fields = BODIES[last][0].model_fields
        version = TOO_HIGH if harmless else target.referral["version"]
        says = {field: SAYS[field] for field in fields if field in SAYS}
        return {"command_id": str(uuid4()), "expected_version": version, **says}
    if path in TOLD:
        return {"command_id": str(SPENT if harmless else uuid4()), **TOLD[path]}
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
        case "/break-glass/{access_id}/review":
            return {"command_id": str(uuid4()), "verdict": "justified"}
        case "/alerts/{code}/acknowledge":
            return {"command_id": str(uuid4())}
        case "/submissions":
            return target.document if harmless else target.document | {"submission_id": str(uuid4())}
        case "/cases/{case_id}/amendments":
            other = {"submission_id": str(uuid4())} if harmless else {}
            return {"command_id": str(uuid4()), "submission": target.document | other}
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


def a_demand(came_to: str) -> Item:
    """What an authority demanded of a shelter or an agency."""
    return {
        "authority": "migration",
        "demanded": "list_of_people",
        "came_to": came_to,
        "court_order": False,
        "received_at": "2013-06-12T10:00:00-05:00",
    }


def a_caravan(shelter: str) -> Item:
    """Caravan mode for a shelter of which nothing else is told here."""
    until = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    return {"command_id": str(uuid4()), "shelters": [shelter], "reason": "caravan", "until": until}


async def furnished(programme: Programme) -> World:
    """Makes the world: three cases of one shelter, one of another, one that went there, and what was asked of them."""
    system = programme.system
    own = an_adult(consent_to(AGENCY))
    case = await programme.flag(own)
    elsewhere = an_adult(consent_to(OTHER_AGENCY))
    not_told = await programme.flag(elsewhere)
    harm = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
    about_staff = an_adult(harm_events=[harm])
    reported = await programme.flag(about_staff)
    theirs = an_adult(consent_to(AGENCY)) | {"shelter": OTHER_SHELTER}
    others = Programme(
        system, await system.signed_in(Role.SHELTER_WORKER, OTHER_SHELTER, "w-900"), programme.coordinator
    )
    another = await others.flag(theirs)
    way = await on_the_way(programme, others, case, another, not_told)
    demands = {org: await _demands(programme.coordinator, org) for org in ORGANISATIONS}

    hooks = {org: await _webhook(system, org) for org in ORGANISATIONS}
    caravans = await _caravans(programme.coordinator)
    reviewer = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*", "c-900")
    codes = LinkCodes(system.ground.secrets.link_key or "")

    async def target(who: Programme, document: Item, case_id: str, agency: str, state: str, came_to: str) -> Target:
        referral = await who.referral_to(agency, case_id, state=state)
        links = [codes.code(UUID(referral["referral_id"]), until) for until in (NOT_YET, LONG_AGO)]
        accesses = [str(uuid4()) for _ in range(3)]
        if agency != "PEAS":  # nobody's exceptional access reaches a report about staff
            accesses = await _accesses(programme.coordinator, reviewer, referral["referral_id"])
        return Target(
            access_open=accesses[0],
            access_done=accesses[1],
            opened_by=accesses[2],
            caravans=caravans,
            document=document,
            case=case_id,
            referral=referral,
            link_open=links[0],
            link_done=links[1],
            desk=DESK if agency == AGENCY else OTHER_DESK,
            webhook=hooks[came_to],
            way=way,
            receipt=await _receipt(who, case_id),
            contact_open=await _contact(who, case_id),
            contact_done=await _contact(who, case_id, withdrawn=True),
            demand_open=demands[came_to][0],
            demand_done=demands[came_to][1],
            came_to=came_to,
        )

    first = await target(programme, own, case, AGENCY, "requested", SHELTER)
    report = await target(programme, about_staff, reported, "PEAS", "requested", SHELTER)
    of_others = await target(others, theirs, another, AGENCY, "requested", OTHER_SHELTER)
    told_elsewhere = await target(programme, elsewhere, not_told, OTHER_AGENCY, "requested", OTHER_AGENCY)
    waiting = await programme.referral_to(AGENCY, not_told, state="blocked_consent")
    mine: dict[str, Any] = {
        "demand_open": demands[AGENCY][0],
        "demand_done": demands[AGENCY][1],
        "came_to": AGENCY,
        "webhook": hooks[AGENCY],
    }
    await _told_already(system)
    await programme.system.audited()
    return World(
        {"own": first, "other": of_others, "hidden": report},
        {
            "own": replace(first, **mine),
            "other": told_elsewhere,
            "hidden": replace(told_elsewhere, referral=waiting),
        },
    )


async def _accesses(by: httpx2.AsyncClient, reviewer: httpx2.AsyncClient, referral: str) -> list[str]:
    """One that waits for a second person, one that was reviewed, and the command of the first."""
    made, commands = [], []
    for _ in range(2):
        body = {"command_id": str(uuid4()), "basis": "imminent_danger_to_life", "justification": WHY}
        answer = await by.post(f"/api/v1/referrals/{referral}/break-glass", json=body)
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["access_id"])
        commands.append(body["command_id"])
    path = f"/api/v1/break-glass/{made[1]}/review"
    reviewed = await reviewer.post(path, json={"command_id": str(uuid4()), "verdict": "justified"})
    assert reviewed.status_code == 200, reviewed.text
    return [*made, commands[0]]


async def _caravans(coordinator: httpx2.AsyncClient) -> tuple[str, str]:
    """Caravan mode that is on, and one that was turned off again."""
    made = []
    for shelter in ("ALB-SCL-01", "ALB-CMT-01"):
        answer = await coordinator.post("/api/v1/caravan-modes", json=a_caravan(shelter))
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["caravan_id"])
    ended = await coordinator.post(f"/api/v1/caravan-modes/{made[1]}/end", json={"command_id": str(uuid4())})
    assert ended.status_code == 200, ended.text
    return made[0], made[1]


async def _webhook(system: System, org: str) -> str:
    role = Role.INTEGRATOR if org.startswith("ALB-") else Role.SUPERVISOR
    body = {"command_id": str(uuid4()), "url": "https://hook.invalid/"}
    answer = await (await system.signed_in(role, org)).post("/api/v1/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    hook: str = answer.json()["webhook_id"]
    return hook


async def _told_already(system: System) -> None:
    """The contacts are imported, and a desk was handed over by the command that is sent again later."""
    administrator = await system.signed_in(Role.ADMINISTRATOR, "*")
    imported = await administrator.put("/api/v1/contacts", json={"command_id": str(uuid4()), "contacts": CONTACTS})
    assert imported.status_code == 200, imported.text
    officer = await system.signed_in(Role.OFFICER, AGENCY, "m-100")
    handed_over = await officer.post(f"/api/v1/desks/{DESK}/handover", json={"command_id": str(SPENT), **A_SHIFT})
    assert handed_over.status_code == 200, handed_over.text


async def _receipt(who: Programme, case: str) -> str:
    """A consent that was taken back: to take it back again changes nothing."""
    receipt: str = (await who.consent(case, consent_to("OIT"))).json()["receipt"]
    assert (await who.withdraw(case, receipt)).status_code == 200
    return receipt


async def _contact(who: Programme, case: str, *, withdrawn: bool = False) -> str:
    path = f"/api/v1/cases/{case}/restricted-contacts"
    wish = {"command_id": str(uuid4()), "recipient": "INM", "purpose": "legal", "wording_version": "contacto-es-1"}
    answer = await who.shelter.post(path, json=wish)
    assert answer.status_code == 201, answer.text
    contact: str = answer.json()["contact_id"]
    if withdrawn:
        assert (await who.shelter.delete(f"{path}/{contact}")).status_code == 200
    return contact


async def _demands(coordinator: httpx2.AsyncClient, came_to: str) -> tuple[str, str]:
    """One that waits for its answer, and one that was answered."""
    made = []
    for _ in range(2):
        body = {"command_id": str(uuid4()), **a_demand(came_to)}
        answer = await coordinator.post("/api/v1/authority-demands", json=body)
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["demand_id"])
    path = f"/api/v1/authority-demands/{made[1]}/answer"
    answered = await coordinator.post(path, json={"command_id": str(uuid4()), "answer": "refused"})
    assert answered.status_code == 200, answered.text
    return made[0], made[1]
