"""A shelter lists the cases that it holds and finds one by its receipt; it is shown nothing of the person."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from events.vocabulary import RESTRICTED_CATEGORIES, Role
from services.chassis.clock import system_clock
from tests.support.builders.slips import NEXT_SHELTER, slip_of, takes_back
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, is_a_problem, taken
from tests.support.people.shelter_work import PHONE, all_cases, goes_on, listed, somebody
from tests.support.system.system import HANG, eventually

ABUSE = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}


async def shown_as(client: httpx2.AsyncClient, case: str, **wanted: Any) -> Item:
    """The case in the list, once it is shown so."""

    async def look() -> Item | None:
        found = await listed(client, case)
        return found if found is not None and all(found[name] == value for name, value in wanted.items()) else None

    found = await eventually(look)
    assert found is not None
    return found


class TestWhatItShows:
    async def test_is_what_the_case_shows_and_nothing_of_the_person(self, programme: Programme) -> None:
        case = await programme.flag(somebody(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await programme.told(case, referral, "requested")
        shown = await listed(programme.shelter, case)
        assert shown is not None
        status = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()
        assert [{**each, "alerted_at": None} for each in shown["referrals"]] == [
            {**each, "alerted_at": None} for each in status["referrals"]
        ]
        assert shown["routing"] == status["routing"]["state"] == "routed"
        assert (shown["kind"], shown["worker"], shown["shelter"]) == ("person", "w-035", SHELTER)
        answer = await programme.shelter.get("/api/v1/cases", params={"receipt": shown["receipt"]})
        for said in ("CANARIO", PHONE, "fear_of_return", "robbery"):
            assert said not in answer.text

    async def test_is_newest_first_in_pages_without_a_gap(self, programme: Programme) -> None:
        cases = [await programme.flag(an_adult()) for _ in range(3)]
        together = [item["case_id"] for item in await all_cases(programme.shelter)]
        assert [case for case in together if case in cases] == cases[::-1]
        assert len(together) == len(set(together))
        first = (await programme.shelter.get("/api/v1/cases", params={"limit": 2})).json()
        second = await programme.shelter.get("/api/v1/cases", params={"limit": 1, "cursor": first["next_cursor"]})
        assert [item["case_id"] for item in (*first["items"], *second.json()["items"])] == together[:3]

    async def test_may_be_ordered_by_what_changed_last(self, programme: Programme) -> None:
        document = an_adult()
        older, newer = await programme.flag(document), await programme.flag(an_adult())
        for case in (older, newer):
            await programme.has_caught_up(case)
        before = system_clock()
        changed = {**document, "screening": {**document["screening"], "sex": "F"}}
        assert (await programme.amend(older, changed)).status_code == 200
        shown = await shown_as(programme.shelter, older, changed="amended")
        order = [item["case_id"] for item in await all_cases(programme.shelter, order="changed")]
        assert order.index(older) < order.index(newer)
        order = [item["case_id"] for item in await all_cases(programme.shelter)]
        assert order.index(newer) < order.index(older)
        assert shown["changed_at"] >= before.isoformat() > shown["recorded_at"]
        since = {"changed_since": before.isoformat()}
        assert await listed(programme.shelter, older, **since)
        later = {"changed_since": (system_clock() + timedelta(hours=1)).isoformat()}
        assert await all_cases(programme.shelter, **later) == []

    async def test_says_what_waits_and_what_changed(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await programme.told(case, referral, "requested")
        shown = await shown_as(programme.shelter, case, waits_for=["consent"])
        assert shown["changed"] == "referral"
        assert {each["agency"]: each["reason"] for each in shown["referrals"]} == {
            "ACNUR": None,
            "OIM": "consent_not_asked",
        }
        referral = await taken(await programme.desk("ACNUR"), referral, "request-info", question="¿?")
        await shown_as(programme.shelter, case, waits_for=["consent", "question"])
        refused = await programme.consent(case, consent_to("OIM", "refused"))
        assert refused.status_code == 201
        await shown_as(programme.shelter, case, waits_for=["question"])  # a person's own no is not asked about again
        slip = await slip_of(programme.shelter, case)
        async with httpx2.AsyncClient(base_url=programme.system.url, timeout=HANG) as anybody:
            assert (await takes_back(anybody, slip, recipient="ACNUR")).status_code == 202
        frozen = await listed(programme.shelter, case)
        assert frozen is not None
        assert "withdrawal_check" in frozen["waits_for"]


class TestAReceipt:
    async def test_finds_the_case_however_it_is_typed(self, programme: Programme) -> None:
        answer = await programme.shelter.post("/api/v1/submissions", json=an_adult())
        case, receipt = answer.json()["case_id"], answer.json()["receipt"]
        for typed in (receipt, receipt.lower(), receipt.replace("-", ""), f"  {receipt[:4]} – {receipt[5:]} "):
            found = (await programme.shelter.get("/api/v1/cases", params={"receipt": typed})).json()["items"]
            assert [(item["case_id"], item["receipt"]) for item in found] == [(case, receipt)], typed
        wrong = receipt[:-1] + ("2" if receipt[-1] != "2" else "3")
        for typed in (wrong, receipt[:-1], "?"):
            assert await all_cases(programme.shelter, receipt=typed) == []

    async def test_of_another_shelter_is_like_one_that_nobody_was_given(
        self, programme: Programme, next_one: httpx2.AsyncClient
    ) -> None:
        answer = await programme.shelter.post("/api/v1/submissions", json=an_adult())
        others = await next_one.get("/api/v1/cases", params={"receipt": answer.json()["receipt"]})
        nobodys = await next_one.get("/api/v1/cases", params={"receipt": "2222-2222"})
        assert (others.status_code, others.content) == (200, nobodys.content)


class TestFilters:
    async def test_take_the_cases_with_such_a_referral(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await programme.told(case, referral, "requested")
        await shown_as(programme.shelter, case, waits_for=["consent"])
        for filters in (
            {"state": "requested"},
            {"reason": "consent_not_asked"},
            {"urgency": "U2"},
            {"category": "ASILO"},
            {"category": "ASILO", "state": "requested"},
        ):
            assert await listed(programme.shelter, case, **filters), filters
        for filters in (
            {"state": "accepted"},
            {"reason": "consent_refused"},
            {"urgency": "U0"},
            {"category": "DESAP"},
            {"category": "DELITO", "state": "requested"},
        ):
            assert await listed(programme.shelter, case, **filters) is None, filters

    async def test_never_search_a_restricted_category(self, programme: Programme) -> None:
        for category in RESTRICTED_CATEGORIES:
            answer = await programme.shelter.get("/api/v1/cases", params={"category": category.value})
            is_a_problem(answer, 422, "malformed_request")

    @pytest.mark.parametrize(
        "wrong",
        [
            *({"name": "x"}, {"order": "name"}, {"limit": 0}, {"limit": 201}, {"changed_since": "2013-06-12"}),
            *({"cursor": "x"}, {"cursor": f"changed.1.{'0' * 32}"}, {"changed_since": 5}, {"shelter": "'"}),
        ],
        ids=str,
    )
    async def test_that_are_none_are_refused(self, programme: Programme, wrong: Item) -> None:
        answer = await programme.shelter.get("/api/v1/cases", params=wrong)
        assert answer.status_code == 422, answer.text


class TestWhoSeesIt:
    async def test_a_report_about_the_shelters_own_staff_is_not_in_it(self, programme: Programme) -> None:
        case = await programme.flag(an_adult(consent_to("ACNUR"), harm_events=[ABUSE]))
        report = await programme.referral_to("PEAS", case, state="requested")
        await programme.told(case, await programme.referral_to("ACNUR", case, state="requested"), "requested")
        focal_point = await programme.desk("PEAS")
        await taken(focal_point, report, "accept")

        async def followed() -> bool:
            seen = await listed(programme.coordinator, case, shelter=SHELTER)
            assert seen is not None
            return {"PEAS": "accepted"}.items() <= {e["agency"]: e["state"] for e in seen["referrals"]}.items()

        await eventually(followed)
        shown = await listed(programme.shelter, case)
        assert shown is not None
        assert "PEAS" not in str(shown)
        assert shown["changed_at"] == max(each["changed_at"] for each in shown["referrals"])
        assert await listed(programme.shelter, case, state="accepted") is None

    async def test_after_a_handover_it_is_the_next_shelters_alone_and_without_the_last_workers_code(
        self, programme: Programme, next_one: httpx2.AsyncClient
    ) -> None:
        answer = await programme.shelter.post("/api/v1/submissions", json=an_adult(consent_to("ACNUR")))
        case, receipt = answer.json()["case_id"], answer.json()["receipt"]
        assert await listed(next_one, case) is None
        await goes_on(programme, next_one, case)
        assert await listed(programme.shelter, case) is None
        assert await all_cases(programme.shelter, receipt=receipt) == []
        shown = await listed(next_one, case, receipt=receipt)
        assert shown is not None
        assert shown["shelter"] == NEXT_SHELTER
        assert shown["worker"] == await programme.system.person(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")

    async def test_a_category_whose_answers_the_person_kept_back_is_not_shown_nor_found(
        self, programme: Programme, next_one: httpx2.AsyncClient
    ) -> None:
        """What ended at the shelter before: no handover says which of its categories the next one may know."""
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await taken(programme.shelter, referral, "cancel", outcome="departed_onward")
        await programme.told(case, referral, "cancelled")
        assert await listed(programme.shelter, case, category="ASILO")
        await goes_on(programme, next_one, case, fields=["language"])
        shown = await listed(next_one, case)
        assert shown is not None
        status = (await next_one.get(f"/api/v1/cases/{case}")).json()
        for referrals in (shown["referrals"], status["referrals"]):
            (ended,) = [each for each in referrals if each["agency"] == "ACNUR"]
            assert (ended["state"], ended["categories"]) == ("cancelled", [])
        assert await listed(next_one, case, category="ASILO") is None

    async def test_the_coordinator_sees_every_shelters_and_may_ask_for_one(self, programme: Programme) -> None:
        case = await programme.flag(an_adult())
        assert await listed(programme.coordinator, case, shelter=SHELTER)
        assert await listed(programme.coordinator, case, shelter=NEXT_SHELTER) is None
        own = {item["shelter"] for item in await all_cases(programme.shelter, shelter=NEXT_SHELTER)}
        assert own == {SHELTER}  # for a shelter there is nobody else's to ask for

    @pytest.mark.parametrize(
        ("role", "org"),
        [(Role.OFFICER, "ACNUR"), (Role.SUPERVISOR, "ACNUR"), (Role.INTEGRATOR, SHELTER), (Role.AUDITOR, "*")],
    )
    async def test_nobody_else_has_a_list(self, programme: Programme, role: Role, org: str) -> None:
        client = await programme.system.signed_in(role, org)
        is_a_problem(await client.get("/api/v1/cases"), 403, "not_allowed")
