"""Compares thirty cases with results worked out by hand, and every e-mail with what an alert may say."""

import re
from collections.abc import Collection
from typing import Any

import httpx2

from services.demo.day import Day, expect, first, sample
from services.demo.live_view import LiveView
from services.demo.mailbox import Mail

SENTENCES = (
    r"Tiene una canalización U[0-3] pendiente",
    r"Hubo un cambio en una canalización U[0-3]",
    "Hay un silencio por revisar",
    "Hubo un acceso excepcional por revisar",
    "Hay una decisión en espera",
    "Hay una novedad por leer",
    "Hay una pregunta por contestar",
    "Hay un plazo que vence o venció",
    "Hay una respuesta a una consulta",
    "Hay una tarea con plazo",
    "Se espera la decisión de dos responsables",
    "Hay una comprobación pendiente",
)
ALERT = re.compile(rf"({'|'.join(SENTENCES)}), código [2-9A-Z]{{4}}")
"""Everything that a message of this demonstration may say (domain.md §7.5)."""


async def check_day(day: Day, view: LiveView, auditor: httpx2.AsyncClient) -> list[str]:
    """Checks the day and returns what was checked, in words.

    Raises:
        NotAsExpectedError: a check failed.
    """
    expected = sample("day-2013-06-12.expected-first-30.jsonl")
    for wanted in expected:
        case = day.cases[wanted["submission_id"]]
        found = _referrals(case, view)
        expect(found == wanted["referrals"], f"case {case}: its referrals are not those expected")
        history = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()["entries"]
        named = (entry["data"] for entry in history if entry["name"] == "referral.case_assessed")
        assessed = first(named, f"case {case}: the history lacks its assessment")
        expect(assessed["lead"] == wanted["lead"], f"case {case}: another lead agency")
        expect(assessed["categories"] == wanted["categories"], f"case {case}: other categories")
        expect("CANARIO" not in str(history), f"case {case}: sealed data appears in the history")
    mails = day.mailbox.mails
    check_mails(mails)
    expect(all(day.mailbox.names(alert["code"]) for alert in view.alerts), "an alert was never mailed")
    return [
        f"{len(day.cases)} registros, {len(view.referrals)} canalizaciones, {len(view.alerts)} avisos",
        f"{len(expected)} casos comprobados uno a uno · checked one by one",
        "ningún aviso ni correo dice más que urgencia y código · no alert says more than urgency and code",
    ]


def check_mails(mails: Collection[Mail]) -> None:
    """Each says what an alert may say and nothing else, and nobody got one twice.

    Raises:
        NotAsExpectedError: a mail says more, or came again.
    """
    expect(all(ALERT.fullmatch(mail.text) for mail in mails), "a mail says more than it may")
    expect(len({(mail.to, mail.message_id) for mail in mails}) == len(mails), "somebody got the same mail twice")


def _referrals(case: str, view: LiveView) -> list[dict[str, Any]]:
    """A case's referrals as first sent or blocked: without the desks' answers and without rerouted referrals."""
    return [
        {
            "agency": one["agency"],
            "urgency": one["urgency"],
            "categories": one["categories"],
            "state": "blocked_consent" if one["state"] == "blocked_consent" else "requested",
            "basis": one["basis"],
        }
        for one in sorted(view.referrals, key=lambda one: str(one["agency"]))
        if one["case_id"] == case and one["replaces"] is None
    ]
