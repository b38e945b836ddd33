"""What is shown with a case before anything is referred, to whom, and to whom it is not."""

from typing import Any

from events.vocabulary import Role
from tests.support.builders.slips import NEXT_SHELTER, arrives, slip_of
from tests.support.people.people import Item, Programme, an_adult, consent_to
from tests.support.system.system import eventually

VIOLENCE = {"kind": "sexual_violence", "when": "72h", "perpetrator": "partner"}


async def first_of(programme: Programme, case: str, client: Any = None) -> Item:
    """What is shown first of a case."""
    status = (await (client or programme.shelter).get(f"/api/v1/cases/{case}")).json()
    found: Item = status["first"]
    return found


async def test_after_violence_the_shelter_sees_hospital_and_emergency_number_then_the_bodies_with_the_duty(
    programme: Programme,
) -> None:
    case = await programme.flag(an_adult(harm_events=[VIOLENCE], fear_of_return="no"))
    first = await first_of(programme, case)
    assert {step["code"]: step["number"] for step in first["steps"]} == {
        "hospital": None,
        "emergency_number": "911",
        "care_differs_at_72_and_120_hours": None,
    }
    assert first["steps"][0]["es"][0].isupper()
    assert [body["code"] for body in first["bodies"]] == ["FEVIMTRA", "CEAV", "SALUD"]
    salud = first["bodies"][-1]
    assert (salud["name"], salud["telephone"], salud["address"]) == ("Secretaría de Salud", None, None)
    assert "documentos" in salud["es"]
    (assessed,) = [one for one in await programme.history(case) if one["name"] == "referral.case_assessed"]
    assert "Primero: llamar al número de emergencias, ir al hospital más cercano" in assessed["es"]
    assert "72h" not in str(assessed["data"])


async def test_where_an_authority_did_harm_neither_a_number_nor_a_prosecutor_is_shown_unasked(
    programme: Programme,
) -> None:
    harm = [VIOLENCE, {"kind": "robbery", "when": "older", "perpetrator": "authority"}]
    case = await programme.flag(an_adult(harm_events=harm))
    first = await first_of(programme, case)
    codes = [step["code"] for step in first["steps"]]
    assert "emergency_number" not in codes
    assert {"hospital", "if_wanted_emergency_number", "if_wanted_prosecutor"} <= set(codes)
    assert not {"FGR", "FEVIMTRA"} & {body["code"] for body in first["bodies"]}


async def test_an_amendment_shows_what_it_brings(programme: Programme) -> None:
    document = an_adult()
    case = await programme.flag(document)
    assert (await first_of(programme, case))["steps"] == []
    worse = document | {"screening": document["screening"] | {"distress": "plan"}}
    assert (await programme.amend(case, worse)).status_code == 200

    async def shown() -> set[str]:
        return {step["code"] for step in (await first_of(programme, case))["steps"]}

    assert await eventually(shown) == {"hospital", "emergency_number"}


async def test_a_child_sent_in_their_best_interests_shows_the_tasks_that_start(programme: Programme) -> None:
    document = an_adult(age_band="15-17", accompaniment="alone")
    del document["screening"]["travelling"]
    interests = {"assent": "yes", "basis": "assessment_started"}
    case = await programme.flag(document | {"best_interests": interests})
    first = await first_of(programme, case)
    assert [task["code"] for task in first["obligations"]] == ["notice_to_procuraduria"]
    assert first["obligations"][0]["en"].startswith("Notify the office")


async def test_a_shelter_that_was_let_know_a_part_only_an_agency_and_the_first_shelter_are_shown_nothing(
    programme: Programme,
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR"), harm_events=[VIOLENCE]))
    await programme.referral_to("ACNUR", case, state="requested")
    acnur = (await (await programme.desk("ACNUR")).get(f"/api/v1/cases/{case}")).json()
    assert "first" not in acnur
    following = await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER)
    arrived = await arrives(following, await slip_of(programme.shelter, case), consent={"fields": ["language"]})
    assert arrived.status_code == 201, arrived.text
    taken_over = (await following.get(f"/api/v1/cases/{case}")).json()
    assert taken_over["shelter"] == NEXT_SHELTER
    assert "first" not in taken_over
    assert "first" not in (await programme.shelter.get(f"/api/v1/cases/{case}")).json()
    assert "steps" in (await first_of(programme, case, programme.coordinator))


async def test_a_shelter_that_was_let_know_everything_is_shown_it_too(programme: Programme) -> None:
    case = await programme.flag(an_adult(harm_events=[VIOLENCE]))
    before = await first_of(programme, case)
    following = await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER)
    arrived = await arrives(following, await slip_of(programme.shelter, case), consent={"fields": ["all"]})
    assert arrived.status_code == 201, arrived.text
    assert await first_of(programme, case, following) == before


async def test_a_report_about_staff_adds_nothing_that_its_shelter_could_see(programme: Programme) -> None:
    harm = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
    with_report = await programme.flag(an_adult(harm_events=[harm]))
    without = await programme.flag(an_adult(harm_events=[harm | {"perpetrator": "unknown"}]))
    assert await first_of(programme, with_report) == await first_of(programme, without)


async def test_the_officer_sees_the_bodies_with_the_duty_for_what_the_agency_was_told(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR"), harm_events=[VIOLENCE]))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    acnur = await programme.desk("ACNUR")
    disclosure = (await acnur.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")).json()
    assert [body["code"] for body in disclosure["bodies"]] == ["COMAR"], "of the violence ACNUR was not told"
    assert disclosure["bodies"][0]["es"]


async def test_an_officer_learns_of_no_category_that_a_consents_purpose_does_not_cover(programme: Programme) -> None:
    asked = consent_to("OIM", purpose="legal")
    case = await programme.flag(an_adult(asked, distress="acute", fear_of_return="no"))
    referral = await programme.referral_to("OIM", case, state="requested")
    oim = await programme.desk("OIM")
    disclosure = (await oim.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")).json()
    assert [body["code"] for body in disclosure["bodies"]] == ["FGR", "CEAV"], "of the robbery, not of the distress"


async def test_the_answer_to_a_submission_stays_as_it_is(programme: Programme) -> None:
    answer = await programme.shelter.post("/api/v1/submissions", json=an_adult(medical_now="yes"))
    assert answer.status_code == 201
    assert not {"first", "first_steps", "bodies"} & answer.json().keys()
