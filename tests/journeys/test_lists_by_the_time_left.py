"""A desk reads what is due first, and finds a referral by what it knows; a filter tells nothing that is hidden."""

from datetime import datetime
from typing import Any

import httpx2
import pytest

from tests.support.people.alerted import alert_in
from tests.support.people.people import Item, Programme, an_adult, consent_to, is_a_problem, taken
from tests.support.system.system import System


@pytest.fixture
async def system(own_system: System) -> System:
    """Counted: what others flag at the same time would be in the lists."""
    return own_system


async def listed(client: httpx2.AsyncClient, **params: Any) -> list[Item]:
    answer = await client.get("/api/v1/referrals", params=params)
    assert answer.status_code == 200, answer.text
    items: list[Item] = answer.json()["items"]
    return items


async def flagged(programme: Programme, **answers: Any) -> Item:
    case = await programme.flag(an_adult(consent_to("ACNUR"), planned_departure="staying", **answers))
    return await programme.referral_to("ACNUR", case, state="requested")


async def test_what_is_due_first_is_first_page_by_page_and_what_has_ended_is_last(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    slow = await flagged(programme)
    over = await taken(acnur, await taken(acnur, await flagged(programme), "accept"), "fail", outcome="no_show")
    soon = await flagged(programme, danger_now="yes")
    mid = await flagged(programme, removal_risk="yes")
    items = await listed(acnur, sort="due")
    assert [one["referral_id"] for one in items] == [one["referral_id"] for one in (soon, mid, slow, over)]
    dues = [datetime.fromisoformat(one["due_by"]) for one in items if one["due_by"]]
    assert dues == sorted(dues)
    assert items[-1]["due_by"] is None
    pages: list[str] = []
    cursor = None
    while cursor is not None or not pages:
        params: dict[str, Any] = {"sort": "due", "limit": 1, **({"cursor": cursor} if cursor else {})}
        page = (await acnur.get("/api/v1/referrals", params=params)).json()
        pages += [one["referral_id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert pages == [one["referral_id"] for one in items]
    for sort in ("due", "sent"):
        wrong = {"sort": sort, "cursor": "7" if sort == "due" else "infinity~7"}
        is_a_problem(await acnur.get("/api/v1/referrals", params=wrong), 422, "malformed_request")


async def test_a_referral_is_found_by_the_code_of_its_alert_however_it_is_typed(programme: Programme) -> None:
    acnur, referral = await programme.desk("ACNUR"), await flagged(programme)
    await flagged(programme)
    alert = await alert_in(acnur, referral_id=referral["referral_id"])
    for typed in (alert["code"], alert["code"].lower(), f" {alert['code']} "):
        (found,) = await listed(acnur, code=typed)
        assert (found["referral_id"], found["code"]) == (referral["referral_id"], alert["code"])
    assert await listed(await programme.desk("UNFPA"), code=alert["code"]) == []
    assert await listed(acnur, code="ZZZZ") == []


async def test_a_list_is_narrowed_by_urgency_category_desk_and_several_states(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    plain, urgent = await flagged(programme), await flagged(programme, danger_now="yes")
    accepted = await taken(acnur, await flagged(programme), "accept")

    async def ids(**params: Any) -> set[str]:
        return {one["referral_id"] for one in await listed(acnur, **params)}

    assert await ids(urgency="U0") == {urgent["referral_id"]}
    assert await ids(urgency=["U0", "U2"], state="requested") == {urgent["referral_id"], plain["referral_id"]}
    assert await ids(state=["accepted", "declined"]) == {accepted["referral_id"]}
    assert await ids(desk=urgent["desk"]) >= {urgent["referral_id"]}
    assert await ids(desk="ACNUR-NADIE") == set()
    assert await ids(category="ASILO") == {plain["referral_id"], urgent["referral_id"], accepted["referral_id"]}
    assert await ids(category="MED") == set()


async def test_nobody_is_looked_up_by_a_restricted_category(programme: Programme) -> None:
    for client in (await programme.desk("ACNUR"), programme.coordinator, programme.shelter):
        answer = await client.get("/api/v1/referrals", params={"category": ["ASILO", "VSG"]})
        is_a_problem(answer, 422, "not_searchable")


async def test_a_filter_finds_nothing_by_a_category_that_the_consent_does_not_cover(programme: Programme) -> None:
    """A consent to legal help covers the asylum claim, not the older person's needs."""
    asked = {**consent_to("OIM"), "purpose": "legal"}
    case = await programme.flag(an_adult(asked, age_band="60+", needs=["health"]))
    referral = await programme.referral_to("OIM", case, state="requested")
    assert referral["uncovered"] == ["MAYOR"]
    oim = await programme.desk("OIM")
    assert [one["categories"] for one in await listed(oim, category="DELITO")] == [["DELITO"]]
    assert await listed(oim, category="MAYOR") == []
    assert len(await listed(programme.coordinator, category="MAYOR")) == 1
