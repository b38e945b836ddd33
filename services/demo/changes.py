"""What changes after an agency accepted: danger tonight, and a telephone that is not safe any more."""

import httpx2
from rich.console import Console

from events.vocabulary import Role
from services.demo.day import Day, expect
from services.demo.one_case import API, OneCase, consent_to, found_alert, narrate_case

AGENCY = "ACNUR"


async def show_changes(console: Console, day: Day, auditor: httpx2.AsyncClient) -> list[str]:
    """Plays both, prints the case's history and returns what was checked, in words.

    Raises:
        NotAsExpectedError: a check failed.
    """
    one = await OneCase.flag(day, consent_to(AGENCY))
    officer = await day.people.signed_in(Role.OFFICER, AGENCY)
    await _more_urgent(one, officer)
    await _corrected(one, officer)
    titles = (
        "Lo que cambia después de aceptar llega a quien lo atiende, contado desde los registros",
        "What changes after the acceptance reaches who has the case, from the logs",
    )
    await narrate_case(
        console, auditor, one.case, titles, "referral.reassessed", "referral.change_seen", "referral.disclosure_read"
    )
    return [
        "aceptada y luego U0: nuevo aviso, cambio sin ver, y acuse que lo termina · raised after acceptance, and seen",
        "«no contactar», corregido después: la mesa lo supo y lo leyó · corrected contact: told, and read",
    ]


async def _more_urgent(one: OneCase, officer: httpx2.AsyncClient) -> None:
    """The desk accepted; tonight there is danger: a new alert, and a change that nobody has seen until they say so."""
    sent = await one.referral(AGENCY, "a referral was not sent", state="requested")
    own = {"referral_id": sent["referral_id"], "about": "referral"}
    await found_alert(officer, "a desk was not alerted", state="pending", **own)
    await one.step(officer, sent, "accept")
    await found_alert(officer, "an acceptance did not end the alert", state="answered", **own)
    await one.amend(danger_now="yes")
    worse = await one.referral(AGENCY, "danger did not make a referral more urgent", urgency="U0")
    expect(worse["state"] == "accepted", "a raise took the referral from who had accepted it")
    expect(worse["unseen_change"] and worse["unseen_change"]["urgent"], "a raise is not shown as an unseen change")
    alert = await found_alert(
        officer, "a desk that had accepted was not alerted again", state="pending", urgency="U0", **own
    )
    await one.mailed("guardia.acnur", alert["text"])
    await one.step(officer, worse, "acknowledge")
    seen = await one.referral(AGENCY, "an acknowledgement did not end an unseen change", unseen_change=None)
    expect(seen["state"] == "accepted", "an acknowledgement of a change moved the referral")
    await found_alert(officer, "an acknowledgement did not end the new alert", state="answered", **own)


async def _corrected(one: OneCase, officer: httpx2.AsyncClient) -> None:
    """The person is not to be telephoned any more: the desk is told that something changed, and reads what."""
    await one.amend(safe_contact="do_not_contact")
    told = await found_alert(officer, "a desk was not told of a correction", about="change", state="pending")
    now = await one.referral(AGENCY, "a referral was lost")
    expect(told["referral_id"] == now["referral_id"], "a desk was told of another referral's correction")
    expect(now["unseen_change"] and not now["unseen_change"]["urgent"], "a correction is not shown as an unseen change")
    await one.mailed("guardia.acnur", told["text"])
    page = (await officer.get(f"{API}/referrals/{now['referral_id']}/disclosure")).json()
    expect(page["disclosed"]["safe_contact"] == "do_not_contact", "a desk read the old telephone answer")
    expect(page["changed"] == ["safe_contact"], "the page does not say which answer is new")
    await one.step(officer, now, "acknowledge")
    await one.referral(AGENCY, "an acknowledgement did not end a correction", unseen_change=None)
    await found_alert(officer, "a correction's alert did not end", about="change", state="answered")
