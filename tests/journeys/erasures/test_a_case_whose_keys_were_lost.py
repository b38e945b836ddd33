"""After a restore whose dump lacks a case's keys, the device's copy makes it whole, for the shelter and every desk."""

import httpx2

from tests.support.people.erasing import lose_the_keys, parked
from tests.support.people.people import Item, Programme, consent_to, is_a_problem, taken
from tests.support.people.shelter_work import WHO, opens, person_of, somebody
from tests.support.system.system import eventually


async def read(desk: httpx2.AsyncClient, referral: Item) -> httpx2.Response:
    return await desk.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")


async def again(desk: httpx2.AsyncClient, referral: Item) -> Item:
    """The disclosure, once it was sealed anew."""

    async def look() -> Item | None:
        answer = await read(desk, referral)
        return answer.json() if answer.status_code == 200 else None

    found: Item | None = await eventually(look)
    assert found is not None
    return found


async def test_it_is_said_to_be_lost_and_not_erased(programme: Programme) -> None:
    case = await programme.flag(somebody(consent_to("ACNUR")))
    desk, referral = await programme.desk("ACNUR"), await programme.referral_to("ACNUR", case, state="requested")
    await lose_the_keys(programme, case)
    is_a_problem(await read(desk, referral), 409, "keys_lost")
    is_a_problem(await programme.shelter.get(f"/api/v1/cases/{case}/answers"), 409, "keys_lost")
    problem = is_a_problem(await opens(programme.shelter, case), 409, "keys_lost")
    assert "se perdieron" in problem["title"]


async def test_the_devices_copy_makes_it_whole_for_the_shelter_and_every_desk(programme: Programme) -> None:
    document = somebody(consent_to("ACNUR"), consent_to("OIM"))
    case = await programme.flag(document)
    desks = {agency: await programme.desk(agency) for agency in ("ACNUR", "OIM")}
    referrals = {agency: await programme.referral_to(agency, case, state="requested") for agency in desks}
    accepted = await taken(desks["ACNUR"], referrals["ACNUR"], "accept")
    before = {agency: (await read(desks[agency], referrals[agency])).json()["disclosed"] for agency in desks}
    await lose_the_keys(programme, case)
    answer = await programme.shelter.post("/api/v1/submissions", json=document)
    assert answer.status_code == 201, "not 200: the device must not think that its copy had been there"
    assert answer.json()["case_id"] == case
    for agency, desk in desks.items():
        found = await again(desk, referrals[agency])
        assert found["disclosed"] == before[agency]
        assert set(found["changed"]) == set(before[agency]), "all of it is to be read again"
    assert await person_of(programme.shelter, case) == WHO
    unseen = await programme.referral_to("ACNUR", case, state="accepted")
    assert unseen["version"] > accepted["version"], "who had accepted it has an unseen change"
    assert (await programme.shelter.post("/api/v1/submissions", json=document)).status_code == 200
    changed = {**document, "screening": {**document["screening"], "language": "mam"}}
    assert (await programme.amend(case, changed)).status_code == 200

    async def corrected() -> bool:
        return bool((await again(desks["OIM"], referrals["OIM"]))["disclosed"]["language"] == "mam")

    await eventually(corrected)
    late = await programme.referral_to("ACNUR", case)
    done = await taken(desks["ACNUR"], late, "schedule", appointment_at="2031-06-13T10:00:00-05:00")
    assert done["state"] == "scheduled"
    assert [item for item in await parked(programme) if item["case_id"] == case] == []


async def test_a_corrected_document_makes_it_whole_as_well_and_nothing_is_parked(programme: Programme) -> None:
    document = somebody(consent_to("ACNUR"))
    case = await programme.flag(document)
    desk, referral = await programme.desk("ACNUR"), await programme.referral_to("ACNUR", case, state="requested")
    await lose_the_keys(programme, case)
    changed = {**document, "screening": {**document["screening"], "language": "mam"}}
    assert (await programme.amend(case, changed)).status_code == 200
    assert (await again(desk, referral))["disclosed"]["language"] == "mam"
    answer = await programme.shelter.post("/api/v1/submissions", json=document)
    assert answer.status_code == 200, "what the shelter wrote since is not overwritten by an older copy"
    assert (await again(desk, referral))["disclosed"]["language"] == "mam"
    assert (await programme.consent(case, consent_to("OIM"))).status_code == 201
    await programme.referral_to("OIM", case, state="requested")
    assert [item for item in await parked(programme) if item["case_id"] == case] == []
