"""Tasks that the law or the programme sets: who is told, who does them, who sees them, what an auditor reads."""

from datetime import date, timedelta
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.operations.rebuild import rebuild
from services.referral.deadlines.calendar import day_in_mexico, working_days_after
from services.system import MODELS, Installation
from tests.support.builders.slips import NEXT_SHELTER, arrives, slip_of
from tests.support.people.alerts import Clock
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, is_a_problem, taken
from tests.support.people.tasks import a_child, says_done, somebody_unconscious, tasks_of
from tests.support.system.logs import as_admin
from tests.support.system.system import System, eventually, running

WHY = "La persona está inconsciente y su agresor la busca."


async def records(client: httpx2.AsyncClient, referral: Item, milestone: str, on: date) -> httpx2.Response:
    body = {"command_id": str(uuid4()), "milestone": milestone, "on": on.isoformat()}
    return await client.post(f"/api/v1/referrals/{referral['referral_id']}/milestones", json=body)


async def accepted(programme: Programme, agency: str = "ACNUR") -> Item:
    """An accepted referral of somebody who consented."""
    case = await programme.flag(an_adult(consent_to(agency)))
    referral = await programme.referral_to(agency, case, state="requested")
    return await taken(await programme.desk(agency), referral, "accept") | {"case_id": case}


async def test_the_shelter_notifies_the_procuraduria_of_a_child_sent_in_their_best_interests(
    programme: Programme,
) -> None:
    case = await programme.flag(a_child())
    await programme.referral_to("UNICEF", case, basis="best_interests")
    (task,) = await tasks_of(programme.shelter, case)
    assert (task["obligation"], task["owner"], task["body"]["code"]) == ("notice_to_procuraduria", "shelter", "PPNNA")
    assert task["es"].startswith("Dar aviso a la Procuraduría")
    assert not task["overdue"]
    command = str(uuid4())
    answer = await says_done(programme.shelter, task, command=command)
    assert (answer.status_code, answer.json()) == (200, {"task_id": task["task_id"], "result": "done"})
    assert (await says_done(programme.shelter, task, command=command)).json() == answer.json()
    is_a_problem(await says_done(programme.shelter, task, "refused", command), 409, "command_id_reused")
    is_a_problem(await says_done(programme.shelter, task), 409, "obligation_done")
    assert await tasks_of(programme.shelter, case) == []
    (done,) = await tasks_of(programme.shelter, case, ended=True)
    assert (done["result"], done["done_as"]) == ("done", f"shelter_worker:{SHELTER}")
    history = [one["es"] for one in await programme.history(case)]
    assert any(line.startswith(f"Empezó una tarea del albergue {SHELTER}: dar aviso a la Procur") for line in history)
    assert any(line.endswith("se hizo.") and line.startswith("La tarea del albergue") for line in history)
    (assessed,) = [line for line in history if line.startswith("Las reglas")]
    assert "Tareas: dar aviso a la Procuraduría de Protección de Niñas, Niños y Adolescentes." in assessed


async def test_the_person_is_to_be_told_what_was_sent_in_their_vital_interest(programme: Programme) -> None:
    case = await programme.flag(somebody_unconscious())
    referral = await programme.referral_to("OIM", case, basis="vital_interest")
    (task,) = await tasks_of(programme.shelter, case)
    assert (task["obligation"], task["agency"], task["referral_id"]) == (
        "tell_the_person",
        "OIM",
        referral["referral_id"],
    )
    assert await tasks_of(await programme.desk("OIM"), case) == [], "the shelter has the person, not the desk"
    cancelled = await programme.shelter.post(
        f"/api/v1/referrals/{referral['referral_id']}/cancel",
        json={"command_id": str(uuid4()), "expected_version": referral["version"]},
    )
    assert cancelled.status_code == 200, cancelled.text
    await programme.has_caught_up(case)
    assert [one["obligation"] for one in await tasks_of(programme.shelter, case)] == ["tell_the_person"]


async def test_whoever_opened_sealed_data_has_to_tell_the_person(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    oim = await programme.desk("OIM")
    for _ in range(2):
        body = {"command_id": str(uuid4()), "basis": "imminent_danger_to_life", "justification": WHY}
        opened = await oim.post(f"/api/v1/referrals/{referral['referral_id']}/break-glass", json=body)
        assert opened.status_code == 201, opened.text
    (task,) = await tasks_of(oim, case)
    assert (task["obligation"], task["owner"], task["agency"]) == ("tell_the_person", "agency", "OIM")
    acnur = await programme.desk("ACNUR")
    assert await tasks_of(acnur, case) == []
    is_a_problem(await says_done(acnur, task), 404, "not_found")
    is_a_problem(await says_done(programme.shelter, task), 404, "not_found")
    assert (await says_done(oim, task, "not_possible")).status_code == 200


async def test_a_release_by_break_glass_is_told_by_the_coordination_that_sent_it(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("OIM", case, state="blocked_consent")
    body = {"command_id": str(uuid4()), "basis": "imminent_danger_to_life", "justification": WHY, "release": True}
    opened = await programme.coordinator.post(f"/api/v1/referrals/{referral['referral_id']}/break-glass", json=body)
    assert opened.status_code == 201, opened.text
    (task,) = await tasks_of(programme.coordinator, case)
    assert (task["obligation"], task["owner"], task["agency"]) == ("tell_the_person", "coordinator", None)
    assert (await says_done(programme.coordinator, task)).status_code == 200


async def test_unicef_is_to_ask_for_urgent_measures_and_no_longer_when_its_referral_ends(programme: Programme) -> None:
    case = await programme.flag(a_child(danger_now="yes"))
    referral = await programme.referral_to("UNICEF", case, urgency="U0")
    unicef = await programme.desk("UNICEF")
    (task,) = await tasks_of(unicef, case)
    assert (task["obligation"], task["owner"], task["agency"]) == ("urgent_measures", "agency", "UNICEF")
    of_the_shelter = await tasks_of(programme.shelter, case)
    assert [one["obligation"] for one in of_the_shelter] == ["notice_to_procuraduria", "tell_the_person"]
    assert of_the_shelter[1]["agency"] == "OIM", "which was told in the child's vital interest"
    assert len(await tasks_of(programme.coordinator, case)) == 3
    await taken(unicef, referral, "no-contact", outcome="disappeared")

    async def ended() -> list[Item]:
        return await tasks_of(unicef, case, ended=True)

    (over,) = await eventually(ended)
    assert (over["result"], over["done_as"].partition(":")[0]) == ("not_needed", "rules")
    assert await tasks_of(programme.shelter, case) == of_the_shelter, "which is still due"


async def test_an_asylum_claim_starts_45_working_days_of_which_only_the_last_day_is_said(programme: Programme) -> None:
    referral = await accepted(programme)
    acnur, case = await programme.desk("ACNUR"), referral["case_id"]
    filed = day_in_mexico(programme.system.service("referral").context.clock()) - timedelta(days=1)
    answer = await records(acnur, referral, "claim_filed", filed)
    assert answer.status_code == 200, answer.text
    assert (await records(acnur, referral, "claim_filed", filed)).status_code == 200, "said twice, recorded once"
    (task,) = await tasks_of(acnur, case)
    assert (task["obligation"], task["body"]["code"], task["until"]) == ("claim_decision", "COMAR", None)
    assert working_days_after(filed, date.fromisoformat(task["until_day"])) == 45
    assert await tasks_of(programme.shelter, case) == []
    history = [one for one in await programme.history(case) if one["name"] == "referral.milestone_recorded"]
    assert [one["es"] for one in history] == [
        f"ACNUR anotó que el {filed:%d/%m/%Y} la persona presentó su solicitud de asilo."
    ]


async def test_a_milestone_is_of_an_accepted_referral_of_ones_own_and_not_of_tomorrow(programme: Programme) -> None:
    referral = await accepted(programme)
    waiting = await programme.referral_to("OIM", referral["case_id"], state="blocked_consent")
    acnur, oim = await programme.desk("ACNUR"), await programme.desk("OIM")
    today = day_in_mexico(programme.system.service("referral").context.clock())
    is_a_problem(await records(acnur, referral, "claim_filed", today + timedelta(days=2)), 422, "milestone_day")
    is_a_problem(await records(acnur, referral, "claim_filed", today - timedelta(days=800)), 422, "milestone_day")
    is_a_problem(await records(oim, referral, "claim_filed", today), 404, "not_found")
    is_a_problem(await records(oim, waiting, "claim_filed", today), 404, "not_found")
    is_a_problem(await records(programme.shelter, referral, "claim_filed", today), 403, "not_allowed")
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    unanswered = await programme.referral_to("ACNUR", case, state="requested")
    is_a_problem(await records(acnur, unanswered, "claim_filed", today), 409, "no_milestone_here")
    assert await tasks_of(acnur, case) == []


async def test_a_withdrawn_consent_ends_the_agencys_tasks_about_the_person(programme: Programme) -> None:
    referral = await accepted(programme)
    acnur, case = await programme.desk("ACNUR"), referral["case_id"]
    today = day_in_mexico(programme.system.service("referral").context.clock())
    assert (await records(acnur, referral, "claim_filed_by_others", today)).status_code == 200
    assert len(await tasks_of(acnur, case)) == 2
    (receipt,) = [one["receipt"] for one in (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"]]
    assert (await programme.withdraw(case, receipt)).status_code == 200

    async def none_left() -> bool:
        return await tasks_of(acnur, case) == []

    await eventually(none_left)
    assert {one["result"] for one in await tasks_of(acnur, case, ended=True)} == {"not_needed"}


async def test_after_a_handover_the_next_shelter_has_the_task_and_the_first_no_longer(programme: Programme) -> None:
    case = await programme.flag(a_child(age_band="15-17"))
    (task,) = await tasks_of(programme.shelter, case)
    arrived = await arrives(
        await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER), await slip_of(programme.shelter, case)
    )
    assert arrived.status_code == 201, arrived.text
    assert await tasks_of(programme.shelter, case) == []
    is_a_problem(await says_done(programme.shelter, task), 404, "not_found")
    following = await programme.system.signed_in(Role.SHELTER_COORDINATOR, NEXT_SHELTER)
    (same,) = await tasks_of(following, case)
    assert same["task_id"] == task["task_id"]
    assert (await says_done(following, same)).status_code == 200
    (done,) = [one for one in await programme.history(case) if one["name"] == "referral.duty_done"]
    assert done["data"]["shelter"] == NEXT_SHELTER


async def test_a_report_about_staff_starts_no_task_and_a_programs_token_finishes_none(programme: Programme) -> None:
    harm = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
    case = await programme.flag(a_child(harm_events=[harm]))
    peas = await programme.desk("PEAS")
    assert await tasks_of(peas, case) == []
    (task,) = await tasks_of(programme.shelter, case)
    assert task["agency"] == "UNICEF"
    software = await programme.system.signed_in(Role.INTEGRATOR, SHELTER)
    assert await tasks_of(software, case) == [task]
    is_a_problem(await says_done(software, task), 403, "not_allowed")
    for role, org in ((Role.AUDITOR, "*"), (Role.ADMINISTRATOR, "*")):
        is_a_problem(await says_done(await programme.system.signed_in(role, org), task), 403, "not_allowed")
    is_a_problem(await says_done(programme.shelter, {"task_id": str(uuid4())}), 404, "not_found")


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_the_shelter_is_reminded_of_an_open_task_and_in_the_end_the_coordinator(
    installation: Installation, clock: Clock
) -> None:
    async with running(installation, clock) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        programme = Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
        case = await programme.flag(a_child())
        (task,) = await tasks_of(shelter, case)

        async def reminders() -> list[tuple[str, list[str]]]:
            history = await programme.history(case)
            found = [one["data"] for one in history if one["name"] == "referral.duty_reminded"]
            return [(one["rung"], one["whom"]) for one in found]

        expected: list[tuple[str, list[str]]] = []
        began = clock.now
        for hours, rung, whom in (
            (12, "reminder", ["shelter"]),
            (20, "last_reminder", ["shelter", "shelter_coordinator"]),
            (24, "overdue", ["shelter_coordinator", "coordinator"]),
        ):
            clock.now = began + timedelta(hours=hours)
            expected.append((rung, whom))

            async def fired(so_far: tuple[tuple[str, list[str]], ...] = tuple(expected)) -> bool:
                return await reminders() == list(so_far)

            await eventually(fired)
        (late,) = await tasks_of(shelter, case)
        assert (late["overdue"], late["reminded"]) == (True, 3)
        assert (await says_done(shelter, task)).status_code == 200


async def test_a_clock_that_was_set_by_another_policy_is_set_anew_and_stops_no_other(own_system: System) -> None:
    programme = Programme(
        own_system,
        await own_system.signed_in(Role.SHELTER_WORKER, SHELTER),
        await own_system.signed_in(Role.PROGRAMME_COORDINATOR, "*"),
    )
    case = await programme.flag(a_child())
    (task,) = await tasks_of(programme.shelter, case)
    looked_at = "select next_at from referral.obligation where task_id = $1"
    dsn = own_system.installation.settings.postgres_dsn
    assert dsn is not None
    async with as_admin(dsn.get_secret_value()) as admin:
        right = await admin.fetchval(looked_at, task["task_id"])
        await admin.execute("update referral.obligation set next_at = since where task_id = $1", task["task_id"])

        async def set_anew() -> bool:
            return bool(await admin.fetchval(looked_at, task["task_id"]) == right)

        await eventually(set_anew)
    assert (await tasks_of(programme.shelter, case))[0]["reminded"] == 0


async def test_a_systems_tasks_can_be_made_again_from_the_logs(own_system: System) -> None:
    programme = Programme(
        own_system,
        await own_system.signed_in(Role.SHELTER_WORKER, SHELTER),
        await own_system.signed_in(Role.PROGRAMME_COORDINATOR, "*"),
    )
    first, second = [await programme.flag(a_child(danger_now="yes")) for _ in range(2)]
    third = await programme.flag(a_child(age_band="15-17"))
    task, _ = await tasks_of(programme.shelter, first)
    assert (await says_done(programme.shelter, task)).status_code == 200
    referral = await programme.referral_to("UNICEF", second, urgency="U0")
    unicef = await programme.desk("UNICEF")
    await taken(unicef, referral, "no-contact", outcome="disappeared")
    arrived = await arrives(
        await own_system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER), await slip_of(programme.shelter, third)
    )
    assert arrived.status_code == 201

    async def ended() -> list[Item]:
        return await tasks_of(unicef, second, ended=True)

    await eventually(ended)
    await programme.has_caught_up(first)
    dsn = own_system.installation.settings.postgres_dsn
    assert dsn is not None
    rebuilt = await rebuild(dsn.get_secret_value(), "referral", MODELS["referral"], swap=False)
    assert rebuilt.differing["obligation"] == 0
    assert rebuilt.events > 0
