"""Somebody says no to what was sent in a child's best interests: two people decide whether it ends."""

from typing import Any

import pytest

from events.vocabulary import Role
from tests.support.people.alerted import alert_in
from tests.support.people.people import (
    Item,
    Programme,
    a_child_alone,
    consent_to,
    is_a_problem,
    step,
    taken,
)


async def contested(programme: Programme) -> tuple[str, Item, Item]:
    """A child's referral at UNICEF of which a worker's amendment excludes the agency."""
    child = a_child_alone()
    case = await programme.flag(child)
    await programme.referral_to("UNICEF", case, state="requested", basis="best_interests")
    child |= {"withhold_from": ["UNICEF"]}
    assert (await programme.amend(case, child)).status_code == 200
    return case, child, await programme.referral_to("UNICEF", case, version=3)


async def decides(by: Any, referral: Item, decision: str, version: int) -> Any:
    return await step(by, referral, "settle", decision=decision, expected_version=version)


class TestANoToWhatProtectsAChild:
    async def test_ends_nothing_by_itself_the_desk_reads_on_and_nothing_new_is_shared(
        self, programme: Programme
    ) -> None:
        case, child, referral = await contested(programme)
        officer = await programme.desk("UNICEF")
        path = f"/api/v1/referrals/{referral['referral_id']}/disclosure"
        before = (await officer.get(path)).json()["disclosed"]
        child["screening"] |= {"language": "mam", "safe_contact": "voice"}
        await programme.amend(case, child)
        await programme.has_caught_up(case)
        assert (await officer.get(path)).json()["disclosed"] == before
        accepted = await taken(officer, await programme.referral_to("UNICEF", case), "accept")
        assert accepted["state"] == "accepted"
        assert (await programme.facts_of(referral)).count("withdrawal_contested") == 1

    @pytest.mark.parametrize("no", ["a refusal", "a consent taken back", "its assent taken back"])
    async def test_whatever_form_it_takes(self, programme: Programme, no: str) -> None:
        child = a_child_alone()
        case = await programme.flag(child)
        referral = await programme.referral_to("UNICEF", case, state="requested")
        if no == "a refusal":
            await programme.consent(case, consent_to("UNICEF", "refused"))
        elif no == "a consent taken back":
            receipt = (await programme.consent(case, consent_to("UNICEF"))).json()["receipt"]
            await programme.withdraw(case, receipt)
        else:
            await programme.amend(case, child | {"best_interests": {"assent": "no", "basis": "assessment_started"}})
        await programme.referral_to("UNICEF", case, version=3)
        assert await programme.facts_of(referral) == ["proposed", "requested", "withdrawal_contested"]
        assert (await programme.referral_to("UNICEF", case))["state"] == "requested"

    async def test_a_relatives_void_word_is_no_no(self, programme: Programme) -> None:
        harm = [{"kind": "assault", "when": "72h", "perpetrator": "family"}]
        child = a_child_alone(accompaniment="parent_or_guardian", harm_events=harm)
        case = await programme.flag(child)
        referral = await programme.referral_to("UNICEF", case, state="requested", basis="best_interests")
        await programme.consent(case, consent_to("UNICEF", "refused", given_by="guardian"))
        await programme.has_caught_up(case)
        assert await programme.facts_of(referral) == ["proposed", "requested"]


class TestTwoPeople:
    async def test_end_it_together(self, programme: Programme) -> None:
        case, _, referral = await contested(programme)
        supervisor = await programme.desk("UNICEF", Role.SUPERVISOR)
        here = {"about": "contest", "referral_id": referral["referral_id"]}
        await alert_in(programme.coordinator, state="pending", **here)
        first = await decides(programme.coordinator, referral, "end", 3)
        assert (first.status_code, first.json()["waits_for_a_second"]) == (200, True)
        assert first.json()["state"] == "requested"
        shown = await programme.referral_to("UNICEF", case, version=4)
        assert (shown["contest"]["reason"], shown["contest"]["vote"]) == ("withheld", "end")
        second = await decides(supervisor, referral, "end", 4)
        assert (second.status_code, second.json()["state"]) == (200, "withdrawn")
        ended = await programme.referral_to("UNICEF", case, state="withdrawn")
        await alert_in(programme.coordinator, about="contest", referral_id=ended["referral_id"], state="answered")
        assert ended["deletion"]["due"]
        facts = await programme.facts_of(referral)
        assert facts[2:] == ["withdrawal_contested", "contest_voted", "withdrawn"]

    async def test_let_it_go_on_together(self, programme: Programme) -> None:
        case, _, referral = await contested(programme)
        other = await programme.system.signed_in(Role.PROGRAMME_COORDINATOR, "*", "otra")
        assert (await decides(programme.coordinator, referral, "continue", 3)).status_code == 200
        settled = await decides(other, referral, "continue", 4)
        assert (settled.status_code, settled.json()["waits_for_a_second"]) == (200, False)
        now = await programme.referral_to("UNICEF", case, contest=None)
        assert now["state"] == "requested"
        is_a_problem(await decides(other, referral, "end", now["version"]), 409, "nothing_contested")

    async def test_and_then_the_agency_is_told_what_changed_meanwhile(self, programme: Programme) -> None:
        case, child, referral = await contested(programme)
        child["screening"] |= {"language": "mam", "danger_now": "yes"}
        await programme.amend(case, child)
        await programme.has_caught_up(case)
        assert (await programme.referral_to("UNICEF", case))["urgency"] == "U1"
        officer, other = await programme.desk("UNICEF"), await programme.desk("UNICEF", Role.SUPERVISOR)
        path = f"/api/v1/referrals/{referral['referral_id']}/disclosure"
        assert (await officer.get(path)).json()["disclosed"]["language"] == "es"
        for by in (programme.coordinator, other):
            version = (await programme.referral_to("UNICEF", case))["version"]
            assert (await decides(by, referral, "continue", version)).status_code == 200
        assert (await officer.get(path)).json()["disclosed"]["language"] == "mam"
        now = await programme.referral_to("UNICEF", case, urgency="U0")
        assert "PELIGRO" in now["categories"]

    async def test_never_one_alone_not_even_with_a_second_token_or_a_change_of_mind(self, programme: Programme) -> None:
        case, _, referral = await contested(programme)
        again = await programme.system.signed_in(Role.PROGRAMME_COORDINATOR, "*")  # the same account's
        nobody = await programme.system.nobody_in_particular(Role.PROGRAMME_COORDINATOR, "*")
        is_a_problem(await decides(nobody, referral, "end", 3), 403, "needs_a_person")
        assert (await decides(programme.coordinator, referral, "end", 3)).status_code == 200
        is_a_problem(await decides(again, referral, "end", 4), 409, "second_person_needed")
        is_a_problem(await decides(nobody, referral, "end", 4), 403, "needs_a_person")
        assert (await decides(again, referral, "continue", 4)).json()["waits_for_a_second"] is True
        is_a_problem(await decides(programme.coordinator, referral, "continue", 5), 409, "second_person_needed")
        assert (await programme.referral_to("UNICEF", case))["state"] == "requested"

    async def test_who_disagree_decide_nothing_until_two_agree(self, programme: Programme) -> None:
        _, _, referral = await contested(programme)
        supervisor = await programme.desk("UNICEF", Role.SUPERVISOR)
        await decides(programme.coordinator, referral, "end", 3)
        assert (await decides(supervisor, referral, "continue", 4)).json()["waits_for_a_second"] is True
        agreed = await decides(programme.coordinator, referral, "continue", 5)
        assert agreed.json() == {**agreed.json(), "waits_for_a_second": False, "state": "requested"}

    async def test_decide_on_what_they_have_seen_and_nobody_else_does(self, programme: Programme) -> None:
        _, _, referral = await contested(programme)
        is_a_problem(await decides(programme.coordinator, referral, "end", 2), 409, "stale_version")
        for client, status, code in (
            (await programme.desk("UNICEF"), 403, "not_allowed"),
            (programme.shelter, 403, "not_allowed"),
            (await programme.desk("OIM", Role.SUPERVISOR), 404, "not_found"),
        ):
            is_a_problem(await decides(client, referral, "end", 3), status, code)
