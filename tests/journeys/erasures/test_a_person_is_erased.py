"""Whoever is erased is nobody any more: for their shelter, for every desk that was told, in every index."""

from datetime import timedelta
from uuid import uuid4

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.intake.erasures.policy import retention_policy
from services.intake.erasures.queries import due
from tests.support.builders.slips import slip_of
from tests.support.people.erasing import erase, in_the_vault, parked
from tests.support.people.people import Programme, consent_to, is_a_problem, step
from tests.support.people.shelter_work import opens, refusals, somebody, spoilt

SUBJECT = "select subject from intake.submission where case_id = $1"


async def test_nobody_opens_anything_any_more_and_whoever_was_told_must_delete_it(programme: Programme) -> None:
    document = somebody(consent_to("ACNUR"), family_group="f-12")
    assert (await programme.shelter.post("/api/v1/submissions", json=spoilt(document))).status_code == 422
    first = await programme.shelter.post("/api/v1/submissions", json=document)
    case = first.json()["case_id"]
    desk, referral = await programme.desk("ACNUR"), await programme.referral_to("ACNUR", case, state="requested")
    await slip_of(programme.shelter, case)
    spoilt_amendment = await programme.amend(case, spoilt(document))
    assert spoilt_amendment.status_code == 422
    preview = (await programme.coordinator.get(f"/api/v1/cases/{case}/erasure")).json()
    assert {name: preview[name] for name in ("erased", "boxes", "refused_documents", "slips")} == {
        "erased": False, "boxes": 2, "refused_documents": 2, "slips": 1,
    }  # fmt: skip
    assert preview["open_referrals"] >= 1
    (subject,) = [row["subject"] for row in await in_the_vault(programme, SUBJECT, case)]

    assert (await erase(programme.coordinator, case)).status_code == 200
    is_a_problem(await erase(programme.coordinator, case), 409, "erased")
    for table, column in (("key", "subject"), ("slip", "case_id"), ("person_index", "case_id")):
        of = subject if column == "subject" else case
        assert await in_the_vault(programme, f"select from vault.{table} where {column} = $1", of) == []
    is_a_problem(await opens(programme.shelter, case), 409, "erased")
    is_a_problem(await programme.shelter.get(f"/api/v1/cases/{case}/answers"), 409, "erased")
    is_a_problem(await programme.amend(case, document), 409, "erased")
    ended = await programme.referral_to("ACNUR", case, state="withdrawn")
    is_a_problem(await desk.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure"), 409, "erased")
    assert (await step(desk, ended, "confirm-deletion")).status_code == 200
    waiting = await refusals(programme.shelter, document["submission_id"])
    assert waiting == [], "what was refused of them waits for nobody's correction"
    history = await programme.history(case)
    (told,) = [entry for entry in history if entry["name"] == "intake.person_erased"]
    assert "suprimidos" in told["es"]
    assert [item for item in await parked(programme) if item["case_id"] == case] == []

    again = await programme.shelter.post("/api/v1/submissions", json=document)
    assert (again.status_code, again.json()) == (200, first.json()), "the device may forget its copy"
    assert await in_the_vault(programme, "select from vault.key where subject = $1", subject) == []


async def test_a_refused_document_of_nobody_known_is_erased_by_itself(programme: Programme) -> None:
    nobody = {name: value for name, value in somebody().items() if name != "submission_id"}
    for worker in ("w-901", "w-902", "w-901"):  # the last is the first again
        answer = await programme.shelter.post("/api/v1/submissions", json={**nobody, "worker": worker})
        assert answer.status_code == 422
    found = (await programme.shelter.get("/api/v1/refusals", params={"limit": 200})).json()["items"]
    own = [item for item in found if item["submission_id"] is None][:2]
    keys = "select id from vault.key where subject = any(select subject from intake.refusal where refusal_id = any($1))"
    both = [item["refusal_id"] for item in own]
    assert len(await in_the_vault(programme, keys, both)) == 2, "each has a key of its own"
    administrator = await programme.system.signed_in(Role.ADMINISTRATOR, "*")
    assert (await erase(administrator, both[0], "collected_wrongly", "refusals")).status_code == 200
    body = {"command_id": str(uuid4())}
    gone = await programme.shelter.post(f"/api/v1/refusals/{both[0]}/open", json=body)
    is_a_problem(gone, 409, "erased")
    kept = await programme.shelter.post(f"/api/v1/refusals/{both[1]}/open", json={"command_id": str(uuid4())})
    assert kept.status_code == 200


async def test_by_the_retention_policy_a_closed_case_is_due_and_an_open_one_never(programme: Programme) -> None:
    open_case = await programme.flag(somebody(consent_to("ACNUR")))
    nothing_fires = somebody(fear_of_return="no", needs=[], harm_events=[])
    closed = (await programme.shelter.post("/api/v1/submissions", json=nothing_fires)).json()["case_id"]
    await programme.referral_to("ACNUR", open_case)
    await programme.system.followed_by("intake")
    database = programme.system.installation.service("intake").context.database
    policy = retention_policy()
    soon, late = (system_clock() + policy.closed_cases + timedelta(days=days) for days in (-1, 1))
    assert closed not in {str(item.id) for item in (await due(database, policy, soon)).items}
    listed = {str(item.id) for item in (await due(database, policy, late)).items}
    assert closed in listed
    assert open_case not in listed
    is_a_problem(await erase(programme.coordinator, open_case, "retention"), 409, "case_open")
    assert (await erase(programme.coordinator, closed, "retention")).status_code == 200
    assert closed not in {str(item.id) for item in (await due(database, policy, late)).items}
    await database.close()
