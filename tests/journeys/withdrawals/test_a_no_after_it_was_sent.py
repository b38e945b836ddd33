"""Every no is a withdrawal: what rests on nothing else ends at once, and what was told must be deleted."""

from copy import deepcopy
from typing import Any

import pytest

from tests.support.people.people import Item, Programme, an_adult, consent_to, is_a_problem, step, taken


async def withdrawal_of(programme: Programme, referral: Item) -> Item:
    """What the log says of a referral's withdrawal."""
    entries = await programme.history(referral["case_id"])
    (found,) = [
        entry["data"]
        for entry in entries
        if entry["stream"] == referral["referral_id"] and entry["name"] == "referral.withdrawn"
    ]
    data: Item = found
    return data


def in_danger(**answers: Any) -> Item:
    """Somebody who cannot decide and whose life is in danger: OIM is told of the minimum."""
    return an_adult(consent_to("OIM", "cannot_decide"), danger_now="yes", **answers)


async def disclosed_to(programme: Programme, agency: str, referral: Item) -> Item:
    answer = await (await programme.desk(agency)).get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")
    assert answer.status_code == 200, answer.text
    found: Item = answer.json()
    return found


class TestAnAgencyIsExcludedAfterItWasTold:
    @pytest.mark.parametrize("first", ["nothing", "acknowledge", "accept"])
    async def test_its_referral_ends_and_what_it_was_told_is_deleted(self, programme: Programme, first: str) -> None:
        document = an_adult(consent_to("ACNUR"))
        case = await programme.flag(document)
        referral = await programme.referral_to("ACNUR", case, state="requested")
        officer = await programme.desk("ACNUR")
        if first != "nothing":
            referral = await taken(officer, referral, first)
        assert (await programme.amend(case, document | {"withhold_from": ["ACNUR"]})).status_code == 200
        ended = await programme.referral_to("ACNUR", case, state="withdrawn")
        assert ended["deletion"]["due"]
        read = await officer.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")
        is_a_problem(read, 410, "disclosure_closed")
        is_a_problem(await step(officer, ended, "accept"), 409, "illegal_step")
        await taken(officer, ended, "confirm-deletion")
        said = await withdrawal_of(programme, referral)
        assert (said["reason"], said["confirm_deletion_by"] is not None) == ("withheld", True)

    async def test_what_waits_for_it_says_that_it_is_excluded_and_tells_nobody_to_delete(
        self, programme: Programme
    ) -> None:
        document = an_adult()
        case = await programme.flag(document)
        await programme.referral_to("ACNUR", case, state="blocked_consent", reason="consent_not_asked")
        await programme.amend(case, document | {"withhold_from": ["ACNUR"]})
        await programme.referral_to("ACNUR", case, state="blocked_consent", reason="withheld")

    async def test_one_that_has_ended_deletes_what_it_was_told(self, programme: Programme) -> None:
        document = an_adult(consent_to("ACNUR"))
        case = await programme.flag(document)
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await taken(programme.shelter, referral, "cancel")
        await programme.amend(case, document | {"withhold_from": ["ACNUR"]})
        await programme.has_caught_up(case)
        ended = await programme.referral_to("ACNUR", case)
        assert (ended["state"], ended["deletion"] is not None) == ("cancelled", True)
        assert (await programme.facts_of(referral))[-1] == "deletion_due"

    async def test_other_agencies_keep_theirs(self, programme: Programme) -> None:
        document = an_adult(consent_to("ACNUR"), consent_to("OIM"))
        case = await programme.flag(document)
        await programme.referral_to("OIM", case, state="requested")
        await programme.amend(case, document | {"withhold_from": ["ACNUR"]})
        await programme.referral_to("ACNUR", case, state="withdrawn")
        assert (await programme.referral_to("OIM", case))["state"] == "requested"


class TestARefusalAfterItWasSentWithoutConsent:
    async def test_ends_what_rests_on_the_danger_alone(self, programme: Programme) -> None:
        case = await programme.flag(in_danger())
        referral = await programme.referral_to("OIM", case, state="requested", basis="vital_interest")
        officer = await programme.desk("OIM")
        assert (await programme.consent(case, consent_to("OIM", "refused"))).status_code == 201
        ended = await programme.referral_to("OIM", case, state="withdrawn")
        assert ended["deletion"]["due"]
        read = await officer.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")
        is_a_problem(read, 410, "disclosure_closed")
        said = await withdrawal_of(programme, referral)
        assert (said["reason"], said["receipt"]) == ("refused", None)

    async def test_by_somebody_who_may_not_decide_ends_nothing(self, programme: Programme) -> None:
        case = await programme.flag(in_danger())
        await programme.referral_to("OIM", case, state="requested", basis="vital_interest")
        await programme.consent(case, consent_to("OIM", "refused", given_by="guardian"))
        await programme.has_caught_up(case)
        assert (await programme.referral_to("OIM", case))["state"] == "requested"


class TestConsentGivenAfterItWasSentWithout:
    async def test_takes_its_place_opens_its_fields_and_the_desk_has_to_see_it(self, programme: Programme) -> None:
        case = await programme.flag(in_danger())
        referral = await programme.referral_to("OIM", case, state="requested", basis="vital_interest")
        before = await disclosed_to(programme, "OIM", referral)
        assert "harm_events" not in before["disclosed"]
        referral = await taken(await programme.desk("OIM"), referral, "acknowledge")
        receipt = (await programme.consent(case, consent_to("OIM"))).json()["receipt"]
        await programme.referral_to("OIM", case, state="acknowledged", basis="consent")
        after = await disclosed_to(programme, "OIM", referral)
        assert after["basis"] == "consent"
        assert {"harm_events", "danger_now", *before["disclosed"]} <= after["disclosed"].keys()
        (renewed,) = [
            entry["data"] for entry in await programme.history(case) if entry["name"] == "referral.disclosure_renewed"
        ]
        assert (renewed["reason"], renewed["receipt"], renewed["seen_by"] is not None) == ("consent", receipt, True)
        assert (await programme.withdraw(case, receipt)).status_code == 200
        await programme.referral_to("OIM", case, state="withdrawn")

    async def test_before_anybody_answered_there_is_nothing_to_be_seen_anew(self, programme: Programme) -> None:
        case = await programme.flag(in_danger())
        referral = await programme.referral_to("OIM", case, state="requested", basis="vital_interest")
        await programme.consent(case, consent_to("OIM", fields=["language"]))
        await programme.referral_to("OIM", case, state="requested", basis="consent")
        assert (await disclosed_to(programme, "OIM", referral))["disclosed"].keys() == {"language"}

    async def test_another_consent_holds_what_the_first_no_longer_does(self, programme: Programme) -> None:
        """One that was given for less: the referral goes on, and discloses less at once."""
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        whole = await disclosed_to(programme, "ACNUR", referral)
        assert len(whole["disclosed"]) > 1
        first, *_ = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"]
        await programme.consent(case, consent_to("ACNUR", fields=["language"]))
        assert (await programme.withdraw(case, first["receipt"])).status_code == 200
        await programme.has_caught_up(case)
        assert (await programme.referral_to("ACNUR", case))["state"] == "requested"
        assert (await disclosed_to(programme, "ACNUR", referral))["disclosed"].keys() == {"language"}


async def test_a_no_and_an_answer_at_the_same_moment_never_leave_an_accepted_one_that_nobody_may_read(
    programme: Programme,
) -> None:
    """Whichever comes first: the acceptance is refused, or it is withdrawn after it."""
    document = an_adult(consent_to("ACNUR"))
    case = await programme.flag(document)
    referral = await programme.referral_to("ACNUR", case, state="requested")
    officer = await programme.desk("ACNUR")
    excluded = deepcopy(document) | {"withhold_from": ["ACNUR"]}
    assert (await programme.amend(case, excluded)).status_code == 200
    answer = await step(officer, referral, "accept")  # the reaction may have come before or not
    assert answer.status_code == 409
    assert answer.json()["code"] in {"nobody_may_read", "illegal_step", "stale_version"}
    await programme.referral_to("ACNUR", case, state="withdrawn")
