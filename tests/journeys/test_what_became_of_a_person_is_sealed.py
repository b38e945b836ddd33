"""What became of a person, and where they will be when: sealed wherever it is stored, shown to whom it is for."""

from uuid import uuid4

from events.vocabulary import Role
from tests.support.people.people import (
    SHELTER,
    Item,
    Programme,
    an_adult,
    consent_to,
    everything_stored,
    is_a_problem,
    step,
    taken,
)
from tests.support.system.logs import as_admin
from tests.support.system.places import dumped

WHEN = "2031-06-13T10:07:41.271828-05:00"
TELLS_WHEN = b"41.271828"


async def with_an_appointment(programme: Programme) -> Item:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    officer = await programme.desk("ACNUR")
    referral = await taken(officer, referral, "accept")
    return await taken(officer, referral, "schedule", appointment_at=WHEN)


async def shown(programme: Programme, referral: Item) -> dict[str, Item]:
    """The referral as its agency, the shelter and the programme's coordinator read it."""
    readers = {
        "agency": await programme.desk("ACNUR"),
        "shelter": programme.shelter,
        "programme": programme.coordinator,
    }
    path = f"/api/v1/referrals/{referral['referral_id']}"
    return {who: (await reader.get(path)).json() for who, reader in readers.items()}


async def test_an_appointment_is_read_by_the_desk_that_gave_it_and_the_shelter_and_is_nowhere_in_clear(
    programme: Programme,
) -> None:
    referral = await with_an_appointment(programme)
    seen = {who: item["appointment_at"] for who, item in (await shown(programme, referral)).items()}
    assert seen == {"agency": WHEN, "shelter": WHEN, "programme": None}
    stored = await everything_stored(programme.system)
    assert [place for place, state in stored.items() if TELLS_WHEN in state] == []
    assert TELLS_WHEN not in await dumped(programme.system.installation)
    (told,) = [
        one for one in await programme.history(referral["case_id"]) if one["name"] == "referral.service_scheduled"
    ]
    assert told["es"].startswith("ACNUR dio cita")
    assert "2031" not in str(told)
    referral = await taken(await programme.desk("ACNUR"), referral, "start")
    over = await shown(programme, referral)
    assert {item["appointment_at"] for item in over.values()} == {None}


async def test_an_outcome_is_read_by_those_who_see_the_referral_and_is_nowhere_in_clear(programme: Programme) -> None:
    referral = await with_an_appointment(programme)
    referral = await taken(await programme.desk("ACNUR"), referral, "fail", outcome="detained")
    assert {item["outcome"] for item in (await shown(programme, referral)).values()} == {"detained"}
    listed = (await programme.shelter.get("/api/v1/referrals", params={"case": referral["case_id"]})).json()["items"]
    assert "detained" in [item["outcome"] for item in listed]
    stored = await everything_stored(programme.system)
    assert [place for place, state in stored.items() if b"detained" in state] == []
    assert b"detained" not in await dumped(programme.system.installation)
    (told,) = [one for one in await programme.history(referral["case_id"]) if one["name"] == "referral.failed"]
    assert "el resultado está sellado" in told["es"]
    assert "the outcome is sealed" in told["en"]
    assert "detained" not in str(told)


async def test_a_death_is_known_to_the_rules_that_end_following(programme: Programme) -> None:
    document = an_adult(consent_to("ACNUR"))
    case = await programme.flag(document)
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await taken(programme.shelter, referral, "no-contact", outcome="deceased")
    worse = {**document, "screening": {**document["screening"], "danger_now": "yes"}}
    assert (await programme.amend(case, worse)).status_code == 200
    await programme.has_caught_up(case)
    assert (await programme.referral_to("ACNUR", case))["referral_id"] == referral["referral_id"]


async def test_once_the_keys_are_destroyed_nobody_reads_it_and_a_referral_can_be_ended_all_the_same(
    programme: Programme,
) -> None:
    scheduled = await with_an_appointment(programme)
    failed = await with_an_appointment(programme)
    failed = await taken(await programme.desk("ACNUR"), failed, "fail", outcome="detained")
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    async with as_admin(dsn.get_secret_value()) as admin:
        for case in (scheduled["case_id"], failed["case_id"]):
            subject = await admin.fetchval(
                "select convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'subject' from intake.event"
                " where case_id = $1 and version = 1 and topic like 'intake.case\\_opened.v%'",
                case,
            )
            await admin.execute("delete from vault.key where subject = $1::uuid", subject)
    assert {item["appointment_at"] for item in (await shown(programme, scheduled)).values()} == {None}
    assert {item["outcome"] for item in (await shown(programme, failed)).values()} == {None}
    command = str(uuid4())
    says = {"command_id": command, "outcome": "disappeared"}
    ended = await step(programme.shelter, scheduled, "no-contact", **says)
    assert ended.json()["state"] == "no_contact"
    assert (await step(programme.shelter, scheduled, "no-contact", **says)).json() == ended.json()
    assert {item["outcome"] for item in (await shown(programme, scheduled)).values()} == {None}


async def test_a_repeated_step_with_another_appointment_is_another_command(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    officer = await programme.desk("ACNUR")
    referral = await taken(officer, referral, "accept")
    says = {"command_id": str(uuid4()), "appointment_at": WHEN}
    done = await step(officer, referral, "schedule", **says)
    assert (await step(officer, referral, "schedule", **says)).json() == done.json()
    other = await step(officer, referral, "schedule", **{**says, "appointment_at": "2031-06-13T11:00:00-05:00"})
    is_a_problem(other, 409, "command_id_reused")
    next_shelter = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-OAX-01")
    assert SHELTER != "ALB-OAX-01"
    is_a_problem(await next_shelter.get(f"/api/v1/referrals/{referral['referral_id']}"), 404, "not_found")
