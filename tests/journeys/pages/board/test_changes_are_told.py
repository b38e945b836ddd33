"""An open page of Mesa is told which referral changed, by id only, and only of what its desk may see."""

import re
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from events.vocabulary import Role
from tests.journeys.pages.board.listening import listening
from tests.support.people.people import Item, Programme, a_child_alone, an_adult, consent_to, taken


async def sent_to_acnur(programme: Programme) -> Item:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    return await programme.referral_to("ACNUR", case, state="requested")


async def since(client: httpx2.AsyncClient, place: str) -> Any:
    answer = await client.get("/mesa/cambios/desde", params={"desde": place})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def place_now(client: httpx2.AsyncClient) -> str:
    page = (await client.get("/mesa", headers={"Accept": "text/html"})).text
    (found,) = re.findall(r'data-since="([^"]+)"', page)
    return str(found)


async def test_a_desk_hears_of_its_own_referrals_and_another_desk_of_none(programme: Programme) -> None:
    acnur, unfpa = await programme.desk("ACNUR"), await programme.desk("UNFPA")
    async with listening(acnur) as hers, listening(unfpa) as others, listening(programme.coordinator) as everything:
        referral = await sent_to_acnur(programme)
        await hers.of(referral["referral_id"])
        heard_before = len(hers.events)
        await taken(acnur, referral, "acknowledge")
        await everything.of(referral["referral_id"])

        marker = await programme.referral_to(
            "UNFPA",
            await programme.flag(an_adult(consent_to("UNFPA", purpose="health"), needs=["srh"])),
            state="requested",
        )
        await others.of(marker["referral_id"])
        assert all(referral["referral_id"] not in line for line in others.lines)
        assert len(hers.events) > heard_before
        said = {line for line in hers.lines if line.startswith("data:")}
        assert all(re.fullmatch(r'data: \{"referral":\s?"[0-9a-f-]{36}"\}', line) for line in said), said


async def test_nothing_is_said_of_a_referral_that_was_not_sent(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    async with listening(acnur) as heard:
        case = await programme.flag(an_adult(consent_to("ACNUR", "refused")))
        blocked = await programme.referral_to("ACNUR", case)
        later = await sent_to_acnur(programme)
        await heard.of(later["referral_id"])
        assert all(blocked["referral_id"] not in line for line in heard.lines)


@pytest.mark.parametrize("path", ["/mesa/cambios", "/mesa/cambios/desde?desde=x", f"/mesa/vivo/{UUID(int=1)}"])
@pytest.mark.parametrize(
    ("role", "org"), [(Role.SHELTER_WORKER, "ALB-HUI-01"), (Role.INTEGRATOR, "ALB-HUI-01"), (Role.AUDITOR, "*")]
)
async def test_a_shelter_and_an_auditor_are_told_nothing_here(
    programme: Programme, role: Role, org: str, path: str
) -> None:
    client = await programme.system.signed_in(role, org)
    assert (await client.get(path)).status_code == 403


async def test_what_was_missed_is_told_from_the_place_at_which_the_page_was_drawn(programme: Programme) -> None:
    acnur, unicef = await programme.desk("ACNUR"), await programme.desk("UNICEF")
    referral = await sent_to_acnur(programme)
    place, others = await place_now(acnur), await place_now(unicef)
    assert referral["referral_id"] not in (await since(acnur, place))["referrals"]
    await taken(acnur, referral, "acknowledge")
    missed = await since(acnur, place)
    assert referral["referral_id"] in missed["referrals"]
    assert referral["referral_id"] not in (await since(acnur, missed["now"]))["referrals"]
    assert referral["referral_id"] not in (await since(unicef, others))["referrals"]
    assert len(place) == len(missed["now"]) == len(others), "a place tells nothing of how much happened"
    assert (await unicef.get("/mesa/cambios/desde", params={"desde": place})).status_code == 422


async def test_a_page_that_comes_back_reads_what_it_missed(programme: Programme) -> None:
    async with listening(await programme.desk("ACNUR"), **{"Last-Event-ID": "x"}) as heard:
        later = await sent_to_acnur(programme)
        await heard.of(later["referral_id"])
        assert heard.events[0] == "again"


async def test_a_page_that_was_drawn_for_somebody_else_is_told_nothing(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    referral = await sent_to_acnur(programme)
    for path in ("/mesa/cambios", "/mesa/cambios/desde?desde=x", f"/mesa/vivo/{referral['referral_id']}"):
        answer = await acnur.get(path, headers={"X-Canaliza-Viewer": "p-999"})
        assert (answer.status_code, answer.json()["code"]) == (409, "another_person"), path


async def test_a_page_learns_at_once_that_a_withdrawal_closed_what_it_shows(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    case = await programme.flag(an_adult())
    receipt = (await programme.consent(case, consent_to("ACNUR"))).json()["receipt"]
    referral = await programme.referral_to("ACNUR", case, state="requested")
    path = f"/mesa/vivo/{referral['referral_id']}"
    assert (await acnur.get(path)).json() == {"version": referral["version"], "readable": True}
    async with listening(acnur) as heard:
        await programme.withdraw(case, receipt)
        await programme.referral_to("ACNUR", case, state="withdrawn")
        await heard.of(referral["referral_id"])
    assert (await acnur.get(path)).json()["readable"] is False


async def test_another_desks_referral_looks_as_if_it_did_not_exist(programme: Programme) -> None:
    case = await programme.flag(a_child_alone())
    childs = await programme.referral_to("UNICEF", case, state="requested")
    acnur = await programme.desk("ACNUR")
    for referral in (childs["referral_id"], uuid4()):
        assert (await acnur.get(f"/mesa/vivo/{referral}")).status_code == 404
