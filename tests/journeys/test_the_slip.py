"""The person's slip: optional, anonymous, valid only with their word; a withdrawal by slip waits for a check."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import httpx2
import pytest

from events.vocabulary import Role
from services.intake.slips.domain import ALPHABET, in_groups, with_check
from services.intake.slips.policy import MAX_ATTEMPTS_PER_PLACE
from services.system import Installation
from tests.support.builders.slips import (
    NEXT_SHELTER,
    WORD,
    arrives,
    asks_for_a_slip,
    case_as,
    checked,
    says,
    slip_of,
    takes_back,
)
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.people import Programme, an_adult, consent_to, everything_stored, is_a_problem, taken
from tests.support.system.system import HANG, System, eventually, running


@pytest.fixture
def clock() -> AdjustableClock:
    return AdjustableClock()


@pytest.fixture
async def system(installation: Installation, clock: AdjustableClock) -> AsyncIterator[System]:
    async with running(installation, clock) as everything:
        yield everything


@pytest.fixture
async def anybody(system: System) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as client:
        yield client


def another(code: str, at: int = 0) -> str:
    """A well-formed code that is nobody's."""
    plain = code.replace("-", "")
    return in_groups(with_check(plain[:at] + ALPHABET[(ALPHABET.index(plain[at]) + 1) % 29] + plain[at + 1 : -1]))


async def assessed(programme: Programme, case: str) -> None:
    """Until intake has heard what the rules made of the case."""

    async def offered() -> bool:
        connection = await asyncpg.connect(_dsn(programme))
        try:
            return bool(await connection.fetchval("select true from intake.assessed where case_id = $1", case))
        finally:
            await connection.close()

    await eventually(offered)


def _dsn(programme: Programme) -> str:
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    return dsn.get_secret_value()


async def test_a_slip_is_shown_once_and_its_replacement_ends_it(
    programme: Programme, anybody: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    await assessed(programme, case)
    order = {"command_id": "5a3b1e7e-52ce-4a5f-8f0e-5b7a4f0c9a01"}
    first = await asks_for_a_slip(programme.shelter, case, **order)
    assert first.status_code == 201
    is_a_problem(await asks_for_a_slip(programme.shelter, case, **order), 409, "slip_shown_once")
    lost = first.json()["code"]
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", lost)
    found = await slip_of(programme.shelter, case)
    is_a_problem(await says(anybody, lost, "yes"), 403, "slip_not_accepted")
    assert (await says(anybody, found.lower().replace("-", " "), "yes", word="  colibri ")).status_code == 202
    assert (await programme.shelter.delete(f"/api/v1/cases/{case}/slip")).status_code == 200
    is_a_problem(await says(anybody, found, "yes"), 403, "slip_not_accepted")
    is_a_problem(await programme.shelter.delete(f"/api/v1/cases/{case}/slip"), 404, "not_found")


async def test_the_page_shows_a_code_and_nothing_that_reveals_its_purpose(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR"), language="fr"))
    answer = await programme.shelter.post(
        f"/api/v1/cases/{case}/slip",
        json={"command_id": "0d5cf1b1-9b5f-4f5c-9d55-0a7f6b8e1c02", "word": WORD, "override": True},
        headers={"Accept": "text/html"},
    )
    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith("text/html")
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", answer.text)
    assert "Sirve junto con la palabra" in text
    assert "Il fonctionne avec le mot" in text
    for said in (WORD, "canaliza", "ALB-", "ACNUR", "migra", "albergue", "refug", "2013", "202", "http", "<img", case):
        assert said.lower() not in re.sub(r"[2-9A-Z]{4}(-[2-9A-Z]{4}){2}", "", text).lower()
    assert "<img" not in answer.text
    assert "http" not in answer.text


@pytest.mark.parametrize(
    "answers",
    [
        {"harm_events": [{"kind": "kidnapping", "when": "older"}]},
        {"trafficking_indicators": ["cannot_leave"]},
        {"harm_events": [{"kind": "gender_violence", "when": "older"}]},
        {"danger_now": "yes"},
    ],
    ids=["SECUESTRO", "TRATA", "VSG", "PELIGRO"],
)
async def test_where_a_slip_may_be_a_danger_it_needs_the_workers_override_which_is_recorded(
    programme: Programme, answers: dict[str, object]
) -> None:
    case = await programme.flag(an_adult(**answers))
    await assessed(programme, case)
    is_a_problem(await asks_for_a_slip(programme.shelter, case), 409, "slip_not_offered")
    assert (await asks_for_a_slip(programme.shelter, case, override=True)).status_code == 201
    (issued,) = [one for one in await programme.history(case) if one["name"] == "intake.slip_issued"]
    assert issued["data"]["override"] is True
    assert "aunque para su caso no se ofrece" in issued["es"]


async def test_the_answer_does_not_say_whether_code_or_word_was_wrong_and_attempts_are_limited(
    programme: Programme, anybody: httpx2.AsyncClient, clock: AdjustableClock
) -> None:
    case = await programme.flag(an_adult())
    code = await slip_of(programme.shelter, case)
    nobodys = another(code)
    wrong = [await says(anybody, code, "yes", word="otra palabra"), await says(anybody, nobodys, "yes")]
    assert wrong[0].content == wrong[1].content
    assert {one.status_code for one in wrong} == {403}
    is_a_problem(await says(anybody, "2222-2222-2223", "yes"), 422, "slip_mistyped")
    for tried in (code, nobodys):
        for _ in range(4):
            is_a_problem(await says(anybody, tried, "yes", word="otra"), 403, "slip_not_accepted")
        is_a_problem(await says(anybody, tried, "yes"), 429, "too_many_attempts")
    clock.ahead += timedelta(minutes=16)
    assert (await says(anybody, code, "yes")).status_code == 202
    for number in range(1, 6):
        await says(anybody, another(code, number), "yes")
    tries = [(await says(anybody, another(code, number % 11), "no", word="x")).status_code for number in range(6, 30)]
    assert tries[-1] == 429  # too many from one place, whatever was tried


async def test_a_withdrawal_by_slip_closes_access_at_once_and_takes_effect_when_staff_have_checked(
    programme: Programme, anybody: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    acnur = await programme.desk("ACNUR")
    referral = await programme.referral_to("ACNUR", case, state="requested")
    path = f"/api/v1/referrals/{referral['referral_id']}/disclosure"
    assert (await acnur.get(path)).status_code == 200
    code = await slip_of(programme.shelter, case)
    assert (await takes_back(anybody, code)).json() == {"heard": True}
    is_a_problem(await acnur.get(path), 410, "disclosure_closed")
    is_a_problem(await programme.shelter.get(f"/api/v1/cases/{case}/answers"), 409, "frozen")
    assert (await case_as(programme.shelter, case))["frozen"]["recipient"] is None

    assert (await programme.consent(case, consent_to("OIM"))).status_code == 201
    waits = await programme.referral_to("OIM", case, state="blocked_consent", reason="frozen")

    elsewhere = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
    is_a_problem(await checked(elsewhere, case, "dismissed"), 404, "not_found")
    assert (await checked(programme.shelter, case, "confirmed")).status_code == 200
    is_a_problem(await checked(programme.shelter, case, "confirmed"), 409, "nothing_to_check")
    assert (await programme.referral_to("ACNUR", case, state="withdrawn"))["deletion"]["confirmed_at"] is None
    assert (await programme.referral_to("OIM", case, state="withdrawn"))["referral_id"] == waits["referral_id"]
    names = [one["name"] for one in await programme.history(case) if one["stream"] == case]
    assert names[-4:] == [
        "intake.consent_recorded", "intake.consent_withdrawn", "intake.consent_withdrawn", "intake.withdrawal_checked",
    ]  # fmt: skip


async def test_a_withdrawal_that_was_not_the_persons_own_is_dismissed_and_waiting_referrals_are_sent(
    programme: Programme, anybody: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    acnur = await programme.desk("ACNUR")
    referral = await programme.referral_to("ACNUR", case, state="requested")
    code = await slip_of(programme.shelter, case)
    assert (await takes_back(anybody, code, recipient="OIM")).status_code == 202
    path = f"/api/v1/referrals/{referral['referral_id']}/disclosure"
    assert (await acnur.get(path)).status_code == 200  # nobody took anything back from ACNUR
    assert (await takes_back(anybody, code)).status_code == 202
    assert (await acnur.get(path)).status_code == 410
    assert (await programme.consent(case, consent_to("OIM"))).status_code == 201
    await programme.referral_to("OIM", case, state="blocked_consent", reason="frozen")
    assert (await checked(programme.coordinator, case, "dismissed")).status_code == 200
    await programme.referral_to("OIM", case, state="requested", basis="consent")
    assert (await acnur.get(path)).status_code == 200
    assert (await case_as(programme.shelter, case))["frozen"] is None


async def test_a_confirmed_withdrawal_closes_a_referral_sent_on_vital_interest_too(
    programme: Programme, anybody: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("OIM", decision="cannot_decide"), danger_now="yes"))
    sent = await programme.referral_to("OIM", case, state="requested", basis="vital_interest")
    oim = await programme.desk("OIM")
    path = f"/api/v1/referrals/{sent['referral_id']}/disclosure"
    assert (await oim.get(path)).status_code == 200
    assert (await takes_back(anybody, await slip_of(programme.shelter, case, override=True))).status_code == 202
    assert (await checked(programme.shelter, case, "confirmed")).status_code == 200
    is_a_problem(await oim.get(path), 410, "disclosure_closed")
    ended = await programme.referral_to("OIM", case, state="withdrawn")
    assert ended["referral_id"] == sent["referral_id"]
    assert (await programme.consent(case, consent_to("OIM"))).status_code == 201
    await programme.referral_to("OIM", case, state="requested", basis="consent")


async def test_a_family_with_right_words_does_not_use_up_its_shelters_attempts(programme: Programme) -> None:
    next_one = await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")
    for _ in range(MAX_ATTEMPTS_PER_PLACE + 1):
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        arrived = await arrives(next_one, await slip_of(programme.shelter, case))
        assert arrived.status_code == 201, arrived.text


async def test_the_person_confirms_help_also_from_a_referral_hidden_from_the_shelter(
    programme: Programme, anybody: httpx2.AsyncClient
) -> None:
    harmed = {"harm_events": [{"kind": "threats", "when": "older", "perpetrator": "shelter_or_aid_worker"}]}
    case = await programme.flag(an_adult(consent_to("ACNUR"), **harmed))
    code = await slip_of(programme.shelter, case)
    silent = await says(anybody, code, "no", agency="UNICEF")
    for agency in ("PEAS", "ACNUR"):
        desk = await programme.desk(agency)
        referral = await programme.referral_to(agency, case, state="requested")
        accepted = await taken(desk, referral, "accept")
        await taken(desk, accepted, "deliver", outcome="service_delivered")
    await programme.system.followed_by("intake")
    heard = await says(anybody, code, "partly", agency="PEAS")
    assert heard.content == silent.content
    assert (await programme.referral_to("PEAS", case, state="loop_closed"))["confirmation"] == "partly"
    assert (await programme.referral_to("ACNUR", case))["state"] == "delivered"
    assert (await says(anybody, code, "yes")).status_code == 202
    assert (await programme.referral_to("ACNUR", case, state="loop_closed"))["confirmation"] == "yes"
    told = [one["es"] for one in await programme.history(case) if one["name"] == "referral.loop_closed"]
    assert len(told) == 2
    assert all("lo dijo la persona con su hoja" in one for one in told)
    shown = await case_as(programme.shelter, case)
    assert "PEAS" not in str(shown)


async def test_a_found_slip_fills_no_log_with_the_persons_word(
    programme: Programme, anybody: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM")))
    code = await slip_of(programme.shelter, case)
    before = [await says(anybody, code, "yes"), await says(anybody, code, "no", agency="ACNUR")]
    assert {one.status_code for one in before} == {202}

    async def delivered(agency: str) -> None:
        desk = await programme.desk(agency)
        accepted = await taken(desk, await programme.referral_to(agency, case, state="requested"), "accept")
        await taken(desk, accepted, "deliver", outcome="service_delivered")

    async def said() -> list[object]:
        return [
            one["data"]["agency"] for one in await programme.history(case) if one["name"] == "intake.help_confirmed"
        ]

    await delivered("ACNUR")
    assert not await said()
    for _ in range(5):
        assert (await says(anybody, code, "yes")).content == before[0].content
        assert (await says(anybody, code, "partly", agency="OIM")).status_code == 202
    assert await said() == [None]
    await programme.referral_to("ACNUR", case, state="loop_closed")
    await delivered("OIM")
    for _ in range(3):
        assert (await says(anybody, code, "no", agency="OIM")).status_code == 202
        assert (await says(anybody, code, "yes")).status_code == 202
    assert await said() == [None, "OIM"]
    assert (await programme.referral_to("OIM", case, state="loop_closed"))["confirmation"] == "no"


async def test_a_shelter_cannot_report_in_the_persons_name(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    desk = await programme.desk("ACNUR")
    accepted = await taken(desk, await programme.referral_to("ACNUR", case, state="requested"), "accept")
    done = await taken(desk, accepted, "deliver", outcome="service_delivered")
    order = {"command_id": "d3b6c9e4-5a0f-4c55-9d8a-3f2e1c0b7a03", "expected_version": done["version"]}
    body = {**order, "confirmation": "yes", "by": "person_by_slip"}
    answer = await programme.shelter.post(f"/api/v1/referrals/{done['referral_id']}/confirm", json=body)
    is_a_problem(answer, 422, "malformed_request")


async def test_erasing_a_person_deletes_their_slip_and_every_digest(
    programme: Programme, anybody: httpx2.AsyncClient
) -> None:
    person = {"name": "Canario Nombre", "birth_date": "1987-03-29", "phone": "+502 5588 1304"}
    case = await programme.flag(an_adult(consent_to("ACNUR"), family_group="f-12") | {"person": person})
    code = await slip_of(programme.shelter, case)
    admin = await asyncpg.connect(_dsn(programme))
    try:
        for table in ("slip", "person_index"):
            assert await admin.fetchval(f"select count(*) from vault.{table} where case_id = $1", case) == 1
        subject = await admin.fetchval("select subject from intake.submission where case_id = $1", case)
        await admin.execute("delete from vault.key where subject = $1", subject)
        for table in ("slip", "person_index"):
            assert await admin.fetchval(f"select count(*) from vault.{table}") == 0
    finally:
        await admin.close()
    is_a_problem(await takes_back(anybody, code), 403, "slip_not_accepted")
    is_a_problem(await asks_for_a_slip(programme.shelter, case, override=True), 409, "erased")


async def test_neither_code_nor_word_is_stored_anywhere(programme: Programme, anybody: httpx2.AsyncClient) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    code = await slip_of(programme.shelter, case, word="quetzalcanario")
    assert (await takes_back(anybody, code, word="quetzalcanario")).status_code == 202
    stored = b"\n".join((await everything_stored(programme.system)).values())
    for secret in (code, code.replace("-", ""), "quetzalcanario"):
        assert secret.encode() not in stored
