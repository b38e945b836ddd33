"""A device writes its moment in any form of RFC 3339, or with a byte order mark before all: the person is referred."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from events.vocabulary import Role
from services.intake.submissions.document import document as documents
from services.referral.case_file import domain as case_files
from tests.support.builders.moments import forms_of
from tests.support.builders.submissions import VISIT
from tests.support.people.people import Programme, an_adult, consent_to
from tests.support.system.submitting import Send, as_json
from tests.support.system.system import System, eventually

FAULTS = Path(__file__).parents[2] / "samples" / "faults"
SMALL = "2013-06-12t15:32:00-05:00"
UNICEF = "UNICEF"


def a_child_in_danger(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FAULTS / "lowercase-z.json").read_text(encoding="utf-8"))
    return document | {"submission_id": str(uuid4()), "shelter": "ALB-IXT-01"} | changes


async def test_a_child_in_danger_is_referred_though_the_moment_has_small_letters(
    system: System, send: Send, token: str
) -> None:
    taken = await send(as_json(a_child_in_danger()), token)
    assert taken.status == 201
    desk = await system.signed_in(Role.OFFICER, UNICEF)
    (referral,) = await system.referrals_of(desk, taken.body["case_id"])
    assert (referral["state"], referral["urgency"]) == ("requested", "U0")


async def test_the_same_moment_written_otherwise_is_the_same_submission(
    system: System, send: Send, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = a_child_in_danger(occurred_at=forms_of(VISIT)[0])
    first = await send(as_json(document), token)
    small = document | {"occurred_at": document["occurred_at"].lower()}
    again = await send(as_json(small), token)
    assert (first.status, again.status, again.body) == (201, 200, first.body)
    before = a_child_in_danger(occurred_at=SMALL)
    with monkeypatch.context() as in_earlier_times:
        in_earlier_times.setattr(documents, "canonical", lambda written: written)
        opened = await send(as_json(before), token)
    assert ((await send(as_json(before), token)).status, opened.status) == (200, 201)
    desk = await system.signed_in(Role.OFFICER, UNICEF)
    assert await system.referrals_of(desk, opened.body["case_id"])


async def test_a_byte_order_mark_is_skipped(send: Send, token: str) -> None:
    document = a_child_in_danger()
    assert (await send(b"\xef\xbb\xbf" + as_json(document), token)).status == 201
    assert (await send(as_json(document), token)).status == 200


async def test_an_amendment_and_a_consent_may_be_written_so_too(programme: Programme) -> None:
    document = an_adult()
    case = await programme.flag(document)
    corrected = document | {"occurred_at": "2013-06-12t13:34:00z"}
    corrected["screening"] = document["screening"] | {"danger_now": "yes"}
    assert (await programme.amend(case, corrected)).status_code == 200
    await programme.referral_to("OIM", case, urgency="U0")
    consented = await programme.consent(case, consent_to("ACNUR", expires_at="2031-07-12t00:00:00z"))
    assert consented.status_code == 201
    await programme.referral_to("ACNUR", case, state="requested")


@pytest.mark.parametrize("expires_at", [1, "5", "2031-07-12", "2031-07-12T00:00:00", "0001-01-01T00:00:00+14:00"])
async def test_a_consent_expires_at_a_moment_and_at_nothing_else(programme: Programme, expires_at: Any) -> None:
    case = await programme.flag(an_adult())
    refused = await programme.consent(case, consent_to("ACNUR", expires_at=expires_at))
    assert refused.status_code == 422
    assert [fault["field"] for fault in refused.json()["faults"]] == ["body.expires_at"]


async def test_a_case_that_was_parked_for_its_small_letters_comes_right_when_it_is_retried(
    own_system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = own_system
    shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    operator = await system.signed_in(Role.ADMINISTRATOR, "*")
    with monkeypatch.context() as in_earlier_times:
        in_earlier_times.setattr(documents, "canonical", lambda written: written)
        in_earlier_times.setattr(case_files, "moment_of", _as_it_was)
        document = a_child_in_danger(occurred_at=SMALL.replace("-05:00", "z"))
        case = (await shelter.post("/api/v1/submissions", json=document)).json()["case_id"]

        async def parked() -> bool:
            items = (await operator.get("/api/v1/operate/parked")).json()["items"]
            return any(item["case_id"] == case for item in items)

        await eventually(parked)
    retried = await operator.post(f"/api/v1/operate/parked/referral/{case}/retry")
    assert (retried.status_code, retried.json()) == (200, {"digested": 1})
    desk = await system.signed_in(Role.OFFICER, UNICEF)
    (referral,) = await system.referrals_of(desk, case)
    assert (referral["state"], referral["urgency"]) == ("requested", "U0")


def _as_it_was(_written: str) -> None:
    raise ValueError
