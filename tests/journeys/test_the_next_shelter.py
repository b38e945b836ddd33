"""A case is transferred to the next shelter by slip, word and consent, never by a name; the earlier one loses sight."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.operations.rebuild import rebuild
from services.system import MODELS
from tests.support.builders.slips import NEXT_SHELTER, arrives, case_as, slip_of
from tests.support.people.people import (
    SHELTER,
    Item,
    Programme,
    a_child_alone,
    an_adult,
    consent_to,
    is_a_problem,
    step,
    taken,
)
from tests.support.system.system import eventually


@pytest.fixture
async def next_one(programme: Programme) -> httpx2.AsyncClient:
    return await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")


async def handed_over(programme: Programme, next_one: httpx2.AsyncClient, case: str, **consent: Any) -> None:
    answer = await arrives(next_one, await slip_of(programme.shelter, case), consent=consent)
    assert answer.status_code == 201, answer.text
    assert answer.json()["case_id"] == case


async def test_with_slip_and_word_the_next_shelter_sees_the_referrals_and_the_earlier_one_no_longer_does(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    acnur = await programme.desk("ACNUR")
    referral = await programme.referral_to("ACNUR", case, state="requested")
    ended = await programme.referral_to("OIM", case, state="blocked_consent")
    assert (await step(programme.shelter, ended, "cancel")).status_code == 200
    await programme.system.followed_by("intake")
    is_a_problem(await next_one.get(f"/api/v1/cases/{case}"), 404, "not_found")

    slip = await slip_of(programme.shelter, case)
    order = {"command_id": str(uuid4())}
    first = await arrives(next_one, slip, **order)
    assert first.status_code == 201
    assert (await arrives(next_one, slip, **order)).json() == first.json()
    is_a_problem(await arrives(next_one, slip), 403, "slip_not_accepted")  # it is used up
    is_a_problem(await arrives(programme.shelter, slip), 403, "slip_not_accepted")

    seen = await case_as(next_one, case)
    assert (seen["shelter"], seen["handed_over"]) == (NEXT_SHELTER, False)
    assert {one["agency"] for one in seen["referrals"]} == {"ACNUR", "OIM"}
    card = await case_as(programme.shelter, case)
    assert card.keys() == {"case_id", "submission_id", "recorded_at", "shelter", "handed_over", "referrals"}
    assert (card["shelter"], card["handed_over"], card["referrals"]) == (SHELTER, True, [])
    listed = (await programme.shelter.get("/api/v1/referrals", params={"case": case})).json()["items"]
    assert [(one["agency"], one["shelter"]) for one in listed] == [("OIM", SHELTER)]  # as it ended there, and no more

    moved = await programme.referral_to("ACNUR", case, shelter=NEXT_SHELTER)
    mine = (await next_one.get("/api/v1/referrals", params={"case": case})).json()["items"]
    assert [one["referral_id"] for one in mine] == [referral["referral_id"]]
    accepted = await taken(acnur, moved, "accept")
    done = await taken(acnur, accepted, "deliver", outcome="service_delivered")
    for name in ("confirm", "no-contact", "cancel"):
        says = {"confirmation": "yes"} if name == "confirm" else {"outcome": "unknown"}
        is_a_problem(await step(programme.shelter, done, name, **says), 404, "not_found")
    assert (await step(next_one, done, "confirm", confirmation="yes")).status_code == 200

    for method, path, body in (
        ("POST", f"/api/v1/cases/{case}/consents", {"command_id": str(uuid4()), **consent_to("OIM")}),
        ("POST", f"/api/v1/cases/{case}/slip", {"command_id": str(uuid4()), "word": "otra"}),
        ("GET", f"/api/v1/cases/{case}/answers", None),
        ("GET", f"/api/v1/cases/{case}/restricted-contacts", None),
    ):
        is_a_problem(await programme.shelter.request(method, path, json=body), 404, "not_found")
    told = [one["es"] for one in await programme.history(case) if one["name"] == "intake.handed_over"]
    assert [one.partition(";")[0] for one in told] == [
        f"La persona llegó a {NEXT_SHELTER} con hoja y palabra y consintió que se hiciera cargo"
    ]


async def test_no_answer_to_the_earlier_shelter_reveals_where_the_person_is(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await handed_over(programme, next_one, case)
    await programme.referral_to("ACNUR", case, shelter=NEXT_SHELTER)
    number = referral["referral_id"]
    for role in (Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR, Role.INTEGRATOR):
        client = await programme.system.signed_in(role, SHELTER, f"de {role}")
        for path in (f"cases/{case}", f"referrals/{number}", f"referrals/{number}/messages", "referrals", "duplicates"):
            assert NEXT_SHELTER not in (await client.get(f"/api/v1/{path}")).text
        assert (await client.get(f"/api/v1/referrals/{number}")).status_code == 404


async def test_neither_peas_nor_an_agency_without_an_open_referral_sees_where_the_person_is(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    harmed = {"harm_events": [{"kind": "threats", "when": "older", "perpetrator": "shelter_or_aid_worker"}]}
    case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM"), **harmed))
    oim, peas = await programme.desk("OIM"), await programme.desk("PEAS")
    declined = await programme.referral_to("OIM", case, state="requested")
    await taken(oim, declined, "no-contact", outcome="departed_onward")
    await handed_over(programme, next_one, case)
    await programme.referral_to("ACNUR", case, shelter=NEXT_SHELTER)
    acnur = await programme.desk("ACNUR")
    await programme.system.followed_by("intake")
    assert (await case_as(acnur, case))["shelter"] == NEXT_SHELTER
    for client, agency in ((oim, "OIM"), (peas, "PEAS")):
        assert (await case_as(client, case))["shelter"] == SHELTER
        assert (await programme.referral_to(agency, case))["shelter"] == SHELTER
    assert "PEAS" not in str(await case_as(next_one, case))


async def test_without_slip_word_and_valid_consent_no_case_is_transferred(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    slip = await slip_of(programme.shelter, case)
    is_a_problem(await arrives(next_one, slip, word="otra"), 403, "slip_not_accepted")
    is_a_problem(await arrives(next_one, slip, consent={"given_by": "guardian"}), 409, "consent_not_valid")
    heard = {"best_interests": {"assent": "yes", "basis": "assessment_started"}}
    is_a_problem(await arrives(next_one, slip, consent=heard), 409, "consent_not_valid")
    is_a_problem(await arrives(next_one, slip, consent={"wording_version": "es-1"}), 422, "malformed_request")
    is_a_problem(await arrives(next_one, slip, consent={"fields": ["name"]}), 422, "malformed_request")
    is_a_problem(await arrives(programme.shelter, slip), 409, "already_here")
    software = await programme.system.signed_in(Role.INTEGRATOR, NEXT_SHELTER)
    is_a_problem(await arrives(software, slip), 403, "not_allowed")
    assert (await arrives(next_one, slip)).status_code == 201


async def test_the_next_shelter_reads_the_answers_the_person_allowed_and_each_reading_is_recorded(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    document = an_adult(consent_to("ACNUR"))
    case = await programme.flag(document)
    path = f"/api/v1/cases/{case}/answers"
    own = (await programme.shelter.get(path)).json()["answers"]
    assert own == document["screening"]
    await handed_over(programme, next_one, case, fields=["age_band", "language", "planned_departure"])
    told = (await next_one.get(path)).json()["answers"]
    assert told == {"age_band": "25-59", "language": "es", "planned_departure": "7d"}
    read = [one["data"] for one in await programme.history(case) if one["name"] == "intake.answers_read"]
    assert [one["shelter"] for one in read] == [SHELTER, NEXT_SHELTER]
    assert sorted(read[1]["fields"]) == sorted(told)
    again = {**document, "shelter": NEXT_SHELTER, "worker": "w-101"}
    body = {"command_id": str(uuid4()), "submission": again}
    assert (await next_one.post(f"/api/v1/cases/{case}/amendments", json=body)).status_code == 200
    assert (await next_one.get(path)).json()["answers"] == document["screening"]  # it wrote them itself
    read = [one["data"]["fields"] for one in await programme.history(case) if one["name"] == "intake.answers_read"]
    assert (read[0], read[2]) == (["all"], ["own"])


async def test_an_excluded_recipient_stays_excluded_though_the_next_shelter_cannot_see_it(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    document = an_adult(consent_to("ACNUR")) | {"withhold_from": ["OIM"]}
    case = await programme.flag(document)
    await handed_over(programme, next_one, case, fields=["age_band", "language"])
    amended: Item = {**an_adult(danger_now="yes"), "submission_id": document["submission_id"]}
    amended |= {"shelter": NEXT_SHELTER, "worker": "w-101", "consent": []}
    del amended["screening"]["harm_events"]
    body = {"command_id": str(uuid4()), "submission": amended}
    assert (await next_one.post(f"/api/v1/cases/{case}/amendments", json=body)).status_code == 200
    assert (await next_one.post(f"/api/v1/cases/{case}/amendments", json=body)).status_code == 200, "sent twice"
    await programme.referral_to("OIM", case, state="blocked_consent")
    told = (await next_one.get(f"/api/v1/cases/{case}/answers")).json()["answers"]
    assert told["harm_events"] == [], "by amending it learns nothing"
    assert told["danger_now"] == "yes"


async def test_the_next_shelter_cannot_make_valid_the_consent_of_a_guardian_whose_harm_it_does_not_see(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    by_family = {"kind": "assault", "when": "older", "perpetrator": "family"}
    guardian = consent_to("ACNUR", given_by="guardian")
    child = a_child_alone(guardian, accompaniment="parent_or_guardian", harm_events=[by_family])
    case = await programme.flag(child)
    before = await programme.referral_to("ACNUR", case, state="blocked_consent")
    heard = {"assent": "yes", "basis": "assessment_started"}
    slip = await slip_of(programme.shelter, case)
    taken_over = await arrives(next_one, slip, consent={"best_interests": heard, "fields": ["language"]})
    assert taken_over.status_code == 201, taken_over.text
    answers = {"harm_events": [], "trafficking_indicators": ["cannot_leave"]}
    amended = {**child, "shelter": NEXT_SHELTER, "worker": "w-101", "screening": child["screening"] | answers}
    order = {"command_id": str(uuid4()), "submission": amended}
    assert (await next_one.post(f"/api/v1/cases/{case}/amendments", json=order)).status_code == 200
    await programme.referral_to("UNODC", case)  # the amendment was digested
    after = await programme.referral_to("ACNUR", case)
    assert (after["state"], after["reason"]) == ("blocked_consent", before["reason"])


async def test_questions_follow_the_person_and_the_earlier_shelters_answers_do_not(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM")))
    acnur, oim = await programme.desk("ACNUR"), await programme.desk("OIM")
    asked = await taken(
        acnur, await programme.referral_to("ACNUR", case, state="requested"), "request-info", question="¿Cuándo sale?"
    )
    answered = await taken(
        oim, await programme.referral_to("OIM", case, state="requested"), "request-info", question="¿Qué necesita?"
    )
    await taken(programme.shelter, answered, "supply-info", answer="Lo que dijo aquí")
    await handed_over(programme, next_one, case)
    is_a_problem(await step(programme.shelter, asked, "supply-info", answer="Ya no está"), 404, "not_found")
    moved = await programme.referral_to("ACNUR", case, shelter=NEXT_SHELTER)
    messages = f"/api/v1/referrals/{moved['referral_id']}/messages"
    assert [one["text"] for one in (await next_one.get(messages)).json()["items"]] == ["¿Cuándo sale?"]
    is_a_problem(await programme.shelter.get(messages), 404, "not_found")
    assert (await step(next_one, moved, "supply-info", answer="Mañana")).status_code == 200
    other = await programme.referral_to("OIM", case, shelter=NEXT_SHELTER)
    there = (await next_one.get(f"/api/v1/referrals/{other['referral_id']}/messages")).json()["items"]
    assert [one["text"] for one in there] == ["¿Qué necesita?"]


async def test_an_amendment_by_the_next_shelter_runs_the_rules_and_reschedules_by_the_new_departure(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    now = system_clock()
    document = an_adult(consent_to("ACNUR")) | {"occurred_at": now.isoformat()}
    case = await programme.flag(document)
    before = await programme.referral_to("ACNUR", case, state="requested")
    await handed_over(programme, next_one, case)
    later = (now + timedelta(minutes=1)).isoformat()
    amended: Item = {
        **document,
        "shelter": NEXT_SHELTER,
        "occurred_at": later,
        "screening": document["screening"] | {"planned_departure": "today", "wants_return": "no", "needs": ["srh"]},
    }
    body = {"command_id": str(uuid4()), "submission": amended}
    foreign = {**body, "submission": document}
    is_a_problem(await next_one.post(f"/api/v1/cases/{case}/amendments", json=foreign), 409, "submission_conflict")
    assert (await next_one.post(f"/api/v1/cases/{case}/amendments", json=body)).status_code == 200
    new = await programme.referral_to("UNFPA", case)
    assert new["shelter"] == NEXT_SHELTER

    async def sooner() -> Item | None:
        found = await programme.referral_to("ACNUR", case)
        return found if found["deadlines"]["decide_by"] != before["deadlines"]["decide_by"] else None

    moved = await eventually(sooner)
    assert moved is not None
    wanted = datetime.fromisoformat(later) + timedelta(hours=4)  # 6 h to departure, less 2 (domain.md §6)
    assert datetime.fromisoformat(moved["deadlines"]["decide_by"]) == wanted
    assert moved["urgency"] == before["urgency"]


@pytest.mark.parametrize("service", ["intake", "referral"])
async def test_the_read_models_after_a_transfer_match_a_rebuild_from_the_logs(
    own_programme: Programme, service: str
) -> None:
    programme, installation = own_programme, own_programme.system.installation
    next_one = await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    await handed_over(programme, next_one, case)
    await slip_of(next_one, case)
    await programme.referral_to("ACNUR", case, shelter=NEXT_SHELTER)
    assert installation.settings.postgres_dsn is not None
    found = await rebuild(installation.settings.postgres_dsn.get_secret_value(), service, MODELS[service], swap=False)
    assert not any(found.differing.values()), found.differing
