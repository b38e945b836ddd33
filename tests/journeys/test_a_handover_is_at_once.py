"""The earlier shelter's access ends with the handover itself, however far behind whoever reacts to it may be."""

from collections.abc import AsyncIterator

import pytest

from events.vocabulary import Role
from services.referral.lifecycle.reactions import IntakeReactions
from services.system import Installation
from tests.support.builders.slips import NEXT_SHELTER, arrives, case_as, slip_of
from tests.support.people.people import Programme, an_adult, consent_to, is_a_problem, step, taken
from tests.support.system.system import System, running


@pytest.fixture
async def system(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[System]:
    """A referral service that never comes to react to a handover."""
    monkeypatch.setattr(IntakeReactions, "follow_the_person", lambda _self, _fact, _workspace: None)
    async with running(installation) as everything:
        yield everything


async def test_nobody_waits_for_a_reaction_to_be_shut_out(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    acnur = await programme.desk("ACNUR")
    sent = await programme.referral_to("ACNUR", case, state="requested")
    asked = await taken(acnur, sent, "request-info", question="¿Cuándo sale?")
    path = f"/api/v1/referrals/{asked['referral_id']}"
    assert (await programme.shelter.get(f"{path}/messages")).status_code == 200
    next_one = await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER)
    assert (await arrives(next_one, await slip_of(programme.shelter, case))).status_code == 201

    assert (await programme.referral_to("ACNUR", case))["shelter"] != NEXT_SHELTER  # nobody has reacted
    for closed in (path, f"{path}/messages"):
        is_a_problem(await programme.shelter.get(closed), 404, "not_found")
    assert (await programme.shelter.get("/api/v1/referrals", params={"case": case})).json()["items"] == []
    is_a_problem(await step(programme.shelter, asked, "supply-info", answer="Ya no está"), 404, "not_found")
    is_a_problem(await step(programme.shelter, asked, "cancel"), 404, "not_found")
    assert (await case_as(programme.shelter, case))["referrals"] == []
    assert (await step(next_one, asked, "supply-info", answer="Mañana")).status_code == 200
