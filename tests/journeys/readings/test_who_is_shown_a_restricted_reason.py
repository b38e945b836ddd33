"""Who is shown a case's restricted reason is in the log before they see it; if it cannot be, they do not see it."""

import asyncio
import re

import httpx2

from events.vocabulary import RESTRICTED_CATEGORIES, Role
from services.chassis.authorization.policy import TABLE, Action
from services.chassis.locales import SPANISH, catalogue
from services.referral.pages.board import PATH as BOARD
from tests.journeys.readings.conftest import Watched
from tests.support.models.access_page import OF_THINGS, read_page
from tests.support.people.page_forms import form_to
from tests.support.people.page_reading import headers, words_of
from tests.support.people.people import SHELTER, an_adult, consent_to

WORDS = catalogue("services.referral")(SPANISH)
TELLING = re.compile(
    "|".join(rf"\b{code.value}\b|{re.escape(WORDS(f'category.{code}'))}" for code in RESTRICTED_CATEGORIES)
)
"""A restricted category's code, or its words."""
SHOWN = {"referral": "referral.referral_shown", "intake": "intake.case_shown"}
NAMED = {"case_id", "referral_id"}
"""What a path may name so that it can be asked here; the rest records each reading of its own."""
REST = ("/mesa/cambios", "/api/v1/alerts/stream")
"""A stream of ids, which says nothing of what a case is about."""


async def recorded(watched: Watched, log: str) -> set[tuple[str, str]]:
    return {(one["actor"], one["view"]) for one in await watched.records(log, SHOWN[log])}


async def person(watched: Watched, role: Role, org: str, label: str) -> tuple[httpx2.AsyncClient, str]:
    client = await watched.programme.system.signed_in(role, org, label)
    return client, f"{role}:{org}:{await watched.programme.system.person(role, org, label)}"


async def test_every_answer_that_tells_was_recorded_whoever_asks_and_however(watched: Watched) -> None:
    """Every route of a thing or a list, by everybody who may see the case: what names the category left a record."""
    entries = [
        one
        for one in read_page().routes.values()
        if one.method == "GET"
        and (one.whose in OF_THINGS or one.whose == "lista")
        and set(re.findall(r"{(\w+)}", one.path)) <= NAMED
        and not one.path.startswith(REST)
    ]
    assert len(entries) > 40
    told = set[tuple[str, str, str]]()
    people = [(Role.OFFICER, "UNFPA"), (Role.SHELTER_WORKER, SHELTER), (Role.PROGRAMME_COORDINATOR, "*")]
    for number, entry in enumerate(entries):
        path = entry.path.format(case_id=watched.case, referral_id=watched.unfpa["referral_id"])
        for role, org in people:
            if entry.action is None or Action(entry.action) not in TABLE[role]:
                continue
            client, actor = await person(watched, role, org, f"x-{number}")
            answer = await client.get(path, headers={} if path.startswith("/api/") else headers())
            if answer.status_code == 200 and watched.case in answer.text + path and TELLING.search(answer.text):
                told.add((role, entry.path, actor))
    found = {who for log in SHOWN for who, _ in await recorded(watched, log)}
    found |= {one["actor"] for one in await watched.records("intake", "intake.answers_read")}
    unrecorded = sorted((role, path) for role, path, actor in told if actor not in found)
    assert unrecorded == [], "these were shown it, and no record says so"
    assert {path for _, path, _ in told} >= {
        "/api/v1/cases",
        "/api/v1/cases/{case_id}",
        "/api/v1/referrals",
        "/api/v1/referrals/{referral_id}",
    }


async def test_a_desk_that_looks_at_its_board_all_hour_is_recorded_once_and_no_category_is_named(
    watched: Watched,
) -> None:
    desk, actor = await person(watched, Role.OFFICER, "UNFPA", "w-1")
    for _ in range(3):
        assert "violencia sexual" in words_of((await desk.get(BOARD, headers=headers())).text)
        await desk.get("/api/v1/referrals")
    own = [one for one in await watched.records("referral", SHOWN["referral"]) if one["actor"] == actor]
    assert len(own) == 1 or len({one["until"] for one in own}) == len(own), "an hour may have ended meanwhile"
    assert own[0] | {"until": None, "actor": None} == {
        "actor": None,
        "reader": "UNFPA",
        "view": "list",
        "referral": watched.unfpa["referral_id"],
        "until": None,
        "export": None,
    }
    await desk.get(f"/mesa/canalizaciones/{watched.unfpa['referral_id']}", headers=headers())
    assert (actor, "referral") in await recorded(watched, "referral")


async def test_what_tells_nothing_restricted_leaves_no_record(watched: Watched) -> None:
    programme = watched.programme
    plain = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", plain, state="requested")
    acnur, _ = await person(watched, Role.OFFICER, "ACNUR", "w-2")
    for client in (programme.shelter, programme.coordinator, acnur):
        await client.get(f"/api/v1/cases/{plain}")
        await client.get("/api/v1/referrals")
        await client.get(f"/api/v1/referrals/{referral['referral_id']}")
    assert await watched.records("referral", SHOWN["referral"], plain) == []
    assert await watched.records("intake", SHOWN["intake"], plain) == []


async def test_of_the_report_about_its_staff_no_record_says_that_the_shelter_was_shown_it(watched: Watched) -> None:
    await watched.programme.shelter.get("/api/v1/referrals")
    await watched.programme.shelter.get(f"/api/v1/cases/{watched.case}")
    coordinator, actor = await person(watched, Role.PROGRAMME_COORDINATOR, "*", "w-3")
    await coordinator.get("/api/v1/referrals", params={"case": watched.case})
    shown = await watched.records("referral", SHOWN["referral"])
    peas = [one for one in shown if one["referral"] == watched.peas["referral_id"]]
    assert actor in {one["actor"] for one in peas}
    assert SHELTER not in {one["reader"] for one in peas}
    of_cases = [one for one in await watched.records("intake", SHOWN["intake"]) if one["reader"] == SHELTER]
    assert of_cases
    assert all(watched.peas["referral_id"] not in one["referrals"] for one in of_cases)


async def test_every_row_of_a_file_that_leaves_is_recorded_each_time(watched: Watched) -> None:
    acnur, actor = await person(watched, Role.OFFICER, "ACNUR", "w-4")
    for times in (1, 2):
        form = form_to((await acnur.get(BOARD, headers=headers())).text, "/mesa/exportar")
        answer = await form.sent_by(acnur, que="todas", para="casework", separador="coma")
        assert watched.acnur["referral_id"] in answer.text
        rows = [
            one
            for one in await watched.records("referral", SHOWN["referral"])
            if one["view"] == "export" and one["actor"] == actor
        ]
        assert [one["referral"] for one in rows] == [watched.acnur["referral_id"]] * times
        assert len({one["export"] for one in rows}) == times


async def test_while_nothing_can_be_recorded_a_desk_sees_what_waits_for_it_without_the_restricted_reason(
    alone: Watched,
) -> None:
    programme, referral = alone.programme, alone.unfpa["referral_id"]
    desk, _ = await person(alone, Role.OFFICER, "UNFPA", "w-5")
    of_peas, _ = await person(alone, Role.OFFICER, "PEAS", "w-6")
    coordinator, _ = await person(alone, Role.PROGRAMME_COORDINATOR, "*", "w-9")
    worker, _ = await person(alone, Role.SHELTER_WORKER, SHELTER, "w-10")
    for service in ("referral", "intake"):
        programme.system.service(service).log.halt("log_lost_its_end")
    listed = (await desk.get("/api/v1/referrals")).json()["items"]
    assert [(one["referral_id"], one["categories"], one["categories_withheld"]) for one in listed] == [
        (referral, [], True)
    ]
    for path in (BOARD, f"/mesa/canalizaciones/{referral}"):
        page = words_of((await desk.get(path, headers=headers())).text)
        assert "reserv" in page
        assert "violencia sexual" not in page
        assert alone.unfpa["code"] in page, "all else is there"
    case = (await worker.get(f"/api/v1/cases/{alone.case}")).json()
    assert {one["agency"]: one["categories_withheld"] for one in case["referrals"]}["UNFPA"] is True
    assert "VSG" not in str(case["referrals"])
    coordinated = (await coordinator.get("/api/v1/referrals")).json()["items"]
    assert "PEAS" not in str(coordinated), "its name alone would tell"
    assert [one["agency"] for one in (await of_peas.get("/api/v1/referrals")).json()["items"]] == ["PEAS"]
    form = form_to((await desk.get(BOARD, headers=headers())).text, "/mesa/exportar")
    file = await form.sent_by(desk, que="todas", para="casework", separador="coma")
    assert file.headers["content-type"].startswith("text/html"), "no file leaves"
    auditor = await programme.system.signed_in(Role.AUDITOR, "*", "w-7")
    programme.system.service("audit").log.halt("log_lost_its_end")
    assert (await auditor.get(f"/api/v1/audit/cases/{alone.case}/history")).status_code == 503


async def test_two_pages_drawn_at_once_are_one_record(watched: Watched) -> None:
    desk, actor = await person(watched, Role.OFFICER, "UNFPA", "w-8")
    answers = await asyncio.gather(*(desk.get("/api/v1/referrals") for _ in range(6)))
    assert {one.status_code for one in answers} == {200}
    assert not any(item["categories_withheld"] for one in answers for item in one.json()["items"])
    own = [one for one in await watched.records("referral", SHOWN["referral"]) if one["actor"] == actor]
    assert len({(one["referral"], one["until"]) for one in own}) == len(own)
