"""The things that the small world contains: accesses, caravan modes, webhooks, contacts, demands."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import httpx2

from events.vocabulary import Role
from services.referral.what_if.schemas import Number, ReplayResult
from tests.support.builders.device_records import Telephone
from tests.support.people.people import Item, Programme, consent_to
from tests.support.system.logs import as_admin
from tests.support.system.system import System

AGENCY, OTHER_AGENCY = "ACNUR", "OIM"

DESK, OTHER_DESK = "ACNUR-CHP", "OIM-CHP"
A_SHIFT = {"given_by": "p-013", "taken_by": "p-014"}
SPENT = UUID(int=11)
"""A command of notifications that was carried out: sent again it changes nothing, whatever it says."""
CONTACT = "p-013"
CONTACTS = {"people": {CONTACT: {"ways": [{"email": "guardia@contacto.invalid"}]}}}
WHY = "La persona no responde y su vida corre peligro."


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


async def open_accesses(by: httpx2.AsyncClient, reviewer: httpx2.AsyncClient, referral: str) -> list[str]:
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


async def open_tasks(coordinator: httpx2.AsyncClient, case: str, owner: str) -> tuple[str, str]:
    """The open task of a case with this owner, and one that was done; the case has two such tasks."""
    answer = await coordinator.get("/api/v1/obligations", params={"case": case})
    first, second = [one["task_id"] for one in answer.json()["items"] if one["owner"] == owner]
    done = await coordinator.post(
        f"/api/v1/obligations/{second}/done", json={"command_id": str(uuid4()), "result": "done"}
    )
    assert done.status_code == 200, done.text
    return first, second


async def begin_caravans(coordinator: httpx2.AsyncClient) -> tuple[str, str]:
    """Caravan mode that is on, and one that was turned off again."""
    made = []
    for shelter in ("ALB-SCL-01", "ALB-CMT-01"):
        answer = await coordinator.post("/api/v1/caravan-modes", json=a_caravan(shelter))
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["caravan_id"])
    ended = await coordinator.post(f"/api/v1/caravan-modes/{made[1]}/end", json={"command_id": str(uuid4())})
    assert ended.status_code == 200, ended.text
    return made[0], made[1]


async def make_webhook(system: System, org: str) -> str:
    role = Role.INTEGRATOR if org.startswith("ALB-") else Role.SUPERVISOR
    body = {"command_id": str(uuid4()), "url": "https://hook.invalid/"}
    answer = await (await system.signed_in(role, org)).post("/api/v1/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    hook: str = answer.json()["webhook_id"]
    return hook


async def notify_beforehand(system: System) -> None:
    """The contacts are imported, and a desk was handed over by the command that is sent again later."""
    administrator = await system.signed_in(Role.ADMINISTRATOR, "*")
    imported = await administrator.put("/api/v1/contacts", json={"command_id": str(uuid4()), "contacts": CONTACTS})
    assert imported.status_code == 200, imported.text
    officer = await system.signed_in(Role.OFFICER, AGENCY, "p-013")
    handed_over = await officer.post(f"/api/v1/desks/{DESK}/handover", json={"command_id": str(SPENT), **A_SHIFT})
    assert handed_over.status_code == 200, handed_over.text


async def withdrawn_receipt(who: Programme, case: str) -> str:
    """A consent that was taken back: to take it back again changes nothing."""
    receipt: str = (await who.consent(case, consent_to("OIT"))).json()["receipt"]
    assert (await who.withdraw(case, receipt)).status_code == 200
    return receipt


async def request_contact(who: Programme, case: str, *, withdrawn: bool = False) -> str:
    path = f"/api/v1/cases/{case}/restricted-contacts"
    wish = {"command_id": str(uuid4()), "recipient": "INM", "purpose": "legal", "wording_version": "contacto-es-1"}
    answer = await who.shelter.post(path, json=wish)
    assert answer.status_code == 201, answer.text
    contact: str = answer.json()["contact_id"]
    if withdrawn:
        assert (await who.shelter.delete(f"{path}/{contact}")).status_code == 200
    return contact


async def refuse_twice(shelter: httpx2.AsyncClient) -> tuple[str, str]:
    """Two faulty submissions of a shelter: one that waits to be corrected, and one that was set aside."""
    made = []
    for _ in range(2):
        faulty = {"submission_id": str(uuid4())}
        assert (await shelter.post("/api/v1/submissions", json=faulty)).status_code == 422
        made.append((await shelter.get("/api/v1/refusals")).json()["items"][0]["refusal_id"])
    aside = await shelter.post(f"/api/v1/refusals/{made[1]}/discard", json={"command_id": str(uuid4())})
    assert aside.status_code == 200, aside.text
    return made[0], made[1]


async def enrol_telephone(system: System, shelter: str) -> str:
    """A telephone of the shelter's."""
    coordinator = await system.signed_in(Role.SHELTER_COORDINATOR, shelter, "x-901")
    return (await Telephone.enrolled(coordinator, coordinator)).id


async def record_demands(coordinator: httpx2.AsyncClient, came_to: str) -> tuple[str, str]:
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


async def a_replayed_period(system: System) -> str:
    """A day that was decided again by other rules, of which nobody's case was: the id of the run."""
    day, run = date(2013, 6, 12), uuid4()
    nothing = Number(value=0)
    result = ReplayResult(
        rule_set=None,
        deadlines=None,
        first_day=day,
        last_day=day,
        known_until=datetime.now(UTC),
        compared=0,
        erased=0,
        lost=0,
        not_reproduced=0,
        deadlines_differ=0,
        changed=nothing,
        groups=(),
        others=nothing,
        load=(),
        missed=(),
    )
    dsn = system.installation.settings.postgres_dsn
    assert dsn is not None
    async with as_admin(dsn.get_secret_value()) as admin:
        await admin.execute(
            """insert into referral.what_if_run (run_id, state, started_at, started_by, seen_at, first_day, last_day,
               cases, texts, result) values ($1, 'done', now(), 'auditor', now(), $2, $2, 0, '{}', $3)""",
            run,
            day,
            result.model_dump_json(),
        )
    return str(run)
