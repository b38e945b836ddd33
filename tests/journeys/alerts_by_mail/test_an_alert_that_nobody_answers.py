"""An unanswered alert is escalated person by person with the same text; an answer ends all of it at once."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.notifications import AlertDelivered
from events.vocabulary import Role
from services.notifications.contacts.loader import load_contacts
from services.notifications.contacts.roster import Roster, resolve_roster
from services.programme.policy_file import PolicyFaultsError
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.alerts import ACNUR, OIM, Clock, a_threat, flag, says_what_the_alert_says, some
from tests.support.system.system import System, eventually

NEXT, SUPERVISOR, COORDINATOR = (f"{who}@canaliza.invalid" for who in ("turno.oim", "responsable.oim", "coordinacion"))


async def escalated_to(officer: httpx2.AsyncClient, count: int) -> dict[str, Any]:
    """OIM's referral, once so many escalation steps have fired."""

    async def look() -> dict[str, Any] | None:
        items: list[dict[str, Any]] = (await officer.get("/api/v1/referrals")).json()["items"]
        return next((one for one in items if len(one["escalations"]) == count), None)

    found = await eventually(look)
    assert found is not None
    return found


async def alerts_of(client: httpx2.AsyncClient, code: str) -> list[dict[str, Any]]:
    return [one for one in (await client.get("/api/v1/alerts")).json()["items"] if one["code"] == code]


async def test_a_u0_that_nobody_acknowledges_reaches_the_next_the_supervisor_the_coordinator_and_another_agency(
    system: System, shelter: httpx2.AsyncClient, mailbox: Mailbox, clock: Clock
) -> None:
    oim, acnur = await system.signed_in(Role.OFFICER, "OIM"), await system.signed_in(Role.OFFICER, "ACNUR")
    await flag(shelter, a_threat())
    referral = await escalated_to(oim, 0)
    await some(system, AlertDelivered, at_least=2)
    (alert,) = (await oim.get("/api/v1/alerts")).json()["items"]
    sent = clock.now
    for minutes, who, mails in ((5, NEXT, 4), (10, SUPERVISOR, 6), (15, COORDINATOR, 10)):
        clock.now = sent + timedelta(minutes=minutes)
        await escalated_to(oim, minutes // 5)
        await some(system, AlertDelivered, at_least=mails)
        await eventually(partial(_came, mailbox, who))
        for mail in mailbox.to(who):
            assert mail.text.startswith("Tiene una canalización U0 pendiente, código ")
    assert len({mail.message_id for mail in mailbox.mails}) == len(mailbox.mails), "none may look like a copy"
    says_what_the_alert_says(next(mail for mail in mailbox.to(NEXT)), alert)

    shown = await escalated_to(oim, 3)
    assert [(one["clock"], one["rung"], one["whom"], one["asked"]) for one in shown["escalations"]] == [
        ("acknowledge", "on_call", ["on_call"], None),
        ("acknowledge", "supervisor", ["supervisor"], None),
        ("acknowledge", "fallback", ["coordinator", "fallback"], "ACNUR"),
    ]
    assert shown["expired"] is None
    assert (shown["state"], shown["version"]) == ("requested", referral["version"] + 3)

    (asked,) = await alerts_of(acnur, alert["code"])
    assert (asked["referral_id"], asked["text"], asked["state"]) == (alert["referral_id"], alert["text"], "pending")
    assert asked["case_id"] is None, "it opens nothing: it may only offer help, or say that it cannot"
    assert [mail.text for mail in mailbox.to(ACNUR)].count(alert["text"]) == 1
    seen = (await acnur.get("/api/v1/referrals")).json()["items"]
    assert [one["agency"] for one in seen] == ["ACNUR"]
    assert (await acnur.get(f"/api/v1/referrals/{referral['referral_id']}")).status_code == 404

    order = {"command_id": str(uuid4()), "expected_version": referral["version"]}
    path = f"/api/v1/referrals/{referral['referral_id']}/acknowledge"
    assert (await oim.post(path, json=order)).status_code == 200, "a rung does not make her answer stale"

    async def all_stopped() -> bool:
        coordinator = await alerts_of(oim, alert["code"])
        return {one["state"] for one in [*coordinator, *await alerts_of(acnur, alert["code"])]} == {"answered"}

    await eventually(all_stopped)


async def _came(mailbox: Mailbox, who: str) -> bool:
    return bool(mailbox.to(who))


def test_where_nobody_is_named_for_a_duty_the_desk_is_notified(tmp_path: Path) -> None:
    path = tmp_path / "contacts.yaml"
    path.write_text(
        "OIM: {email: [a@x.mx, {to: b@x.mx, duty: supervisor}]}\nACNUR: {email: [c@x.mx]}\n", encoding="utf-8"
    )
    found: dict[tuple[str, str], tuple[list[str], bool]] = {}
    for one in resolve_roster(Roster(), load_contacts(path), ["email"]):
        if one.desk in ("OIM", "ACNUR"):
            found.setdefault((one.desk, one.duty), ([], one.is_substitute))[0].append(one.contact)
    assert found == {
        ("OIM", "desk"): (["OIM/email/1"], False),
        ("OIM", "on_call"): (["OIM/email/1"], True),
        ("OIM", "supervisor"): (["OIM/supervisor/email/1"], False),
        ("OIM", "coordinator"): (["OIM/email/1"], True),
        ("OIM", "steering"): (["OIM/email/1"], True),
        ("ACNUR", "desk"): (["ACNUR/email/1"], False),
        ("ACNUR", "on_call"): (["ACNUR/email/1"], True),
        ("ACNUR", "supervisor"): (["ACNUR/email/1"], True),
        ("ACNUR", "coordinator"): (["OIM/email/1"], True),
        ("ACNUR", "steering"): (["OIM/email/1"], True),
    }


@pytest.mark.parametrize("duty", ["fallback", "representative", "shelter", "boss"])
def test_a_duty_that_nobody_can_have_is_refused_without_repeating_the_address(tmp_path: Path, duty: str) -> None:
    path = tmp_path / "contacts.yaml"
    path.write_text(f"OIM: {{email: [{{to: secreto@x.mx, duty: {duty}}}]}}\n", encoding="utf-8")
    with pytest.raises(PolicyFaultsError, match=r"contacts\.yaml:1: ") as refused:
        load_contacts(path)
    assert "secreto" not in str(refused.value)


def test_the_starting_directory_names_somebody_for_every_escalation_step() -> None:
    assert {one.duty for one in load_contacts(None)} == {"desk", "on_call", "supervisor", "coordinator", "steering"}
    assert OIM in {one.ways[0].target for one in load_contacts(None)}
