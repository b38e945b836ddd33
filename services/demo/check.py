"""The demonstration checks itself: thirty cases against what was worked out by hand, and the alerts' words."""

import re
from typing import Any

import httpx2

from services.demo.day import Day, expect, sample
from services.demo.picture import Picture

ALERT = re.compile(
    r"(Tiene una canalización U[0-3] pendiente|Hay un silencio por revisar|Hubo un acceso excepcional por revisar)"
    r", código [2-9A-Z]{4}"
)


async def check_day(day: Day, picture: Picture, auditor: httpx2.AsyncClient) -> list[str]:
    """What was found to be as it should be, in words.

    Raises:
        NotAsExpectedError: something was not.
    """
    expected = sample("day-2013-06-12.expected-first-30.jsonl")
    for wanted in expected:
        case = day.cases[wanted["submission_id"]]
        found = _referrals(case, picture)
        expect(found == wanted["referrals"], f"case {case}: its referrals are not those expected")
        history = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()["entries"]
        assessed = next(entry["data"] for entry in history if entry["name"] == "referral.case_assessed")
        expect(assessed["lead"] == wanted["lead"], f"case {case}: another lead agency")
        expect(assessed["categories"] == wanted["categories"], f"case {case}: other categories")
        expect("CANARIO" not in str(history), f"case {case}: what was sealed stands in the history")
    mails = day.mailbox.mails
    expect(all(ALERT.fullmatch(mail.text) for mail in mails), "a mail says more than it may")
    expect(len({mail.message_id for mail in mails}) == len(picture.alerts), "not one mail an alert")
    return [
        f"{len(day.cases)} registros, {len(picture.referrals)} canalizaciones, {len(picture.alerts)} avisos",
        f"{len(expected)} casos comprobados uno a uno · checked one by one",
        "ningún aviso ni correo dice más que urgencia y código · no alert says more than urgency and code",
    ]


def _referrals(case: str, picture: Picture) -> list[dict[str, Any]]:
    """A case's referrals as they were sent or blocked, whatever the desks have answered since.

    What took the place of a declined one came after.
    """
    return [
        {
            "agency": one["agency"],
            "urgency": one["urgency"],
            "categories": one["categories"],
            "state": "blocked_consent" if one["state"] == "blocked_consent" else "requested",
            "basis": one["basis"],
        }
        for one in sorted(picture.referrals, key=lambda one: str(one["agency"]))
        if one["case_id"] == case and one["replaces"] is None
    ]
