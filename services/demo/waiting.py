"""Two that nobody may forget, in the same four hours: one waits to be asked, the other for a desk that says nothing."""

from datetime import datetime, timedelta
from uuid import uuid4

import httpx2
from rich.console import Console

from events.vocabulary import Role
from services.demo.day import Day, expect, until
from services.demo.one_case import API, Item, OneCase, consent_to, found_alert, narrate_case
from services.demo.shelter_contacts import IN_CHARGE, SHIFT

WAITS_FOR, SILENT, ASKED = "OIM", "ACNUR", "OIM"
HOUR, MARGIN = timedelta(hours=1), timedelta(seconds=1)
CLIMB = (
    (1, "ask", ["shelter"], SHIFT),
    (2, "ask_coordinator", ["shelter_coordinator"], IN_CHARGE),
    (4, "ask_programme", ["coordinator"], "coordinacion"),
)
"""Hours that a U1 waits, the step, whom it alerts, and who gets an e-mail (domain.md §6)."""


async def show_waiting(console: Console, day: Day, auditor: httpx2.AsyncClient) -> list[str]:
    """Plays both, prints their histories and returns what was checked, in words.

    Raises:
        NotAsExpectedError: a check failed.
    """
    await day.caught_up()
    unasked = await OneCase.flag(day, fear_of_return="no", missing_relative="yes", planned_departure="staying")
    both = (consent_to(SILENT), consent_to(ASKED))
    unanswered = await OneCase.flag(day, *both, planned_departure="today")
    await unanswered.referral(SILENT, "a referral was not sent", state="requested")
    await _climbs(day, unasked)
    await _is_asked(unasked)
    await _is_offered(unanswered)
    titles = (
        "Nadie le había preguntado: quién lo supo, hora tras hora, hasta que se le preguntó",
        "Nobody had asked: who was told, hour by hour, until somebody did",
    )
    await narrate_case(console, auditor, unasked.case, titles, "intake.consent_recorded", "referral.requested")
    titles = (
        "Una mesa no contesta; la agencia a la que se preguntó sin datos ofrece ayuda y la recibe",
        "A desk does not answer; the agency asked in its stead offers help, and gets the referral",
    )
    await narrate_case(console, auditor, unanswered.case, titles, "referral.help_offered", "referral.rerouted")
    return [
        "lo que esperaba una decisión subió: albergue, su coordinación, la del programa; se preguntó y se envió",
        "what waited for a decision climbed: shelter, its coordinator, the programme's; asked, granted, sent",
        "preguntada sin datos, otra agencia ofreció ayuda y la recibió · asked, an agency offered and got it",
    ]


async def _climbs(day: Day, one: OneCase) -> None:
    """As often as an hour counts, the next who is to ask is alerted."""
    waits = await one.referral(WAITS_FOR, "nothing waits for consent", state="blocked_consent", urgency="U1")
    expect(waits["reason"] == "consent_not_asked", "another reason to wait")
    since = datetime.fromisoformat(waits["waiting"]["since"])
    expect(_steps(waits) == [("nothing_sent", ["shelter", "coordinator"])], "not told at once that nothing was sent")
    mine = {"case_id": one.case, "about": "waiting"}
    alert = await found_alert(one.shelter, "a shelter was not alerted of what waits", state="pending", **mine)
    for name in (SHIFT, "coordinacion"):
        await one.mailed(name, alert["text"])
    for hours, step, whom, name in CLIMB:
        await day.caught_up()
        before = day.mailbox.count(name, alert["text"])
        day.clock.advance_to(since + hours * HOUR + MARGIN)

        async def told(step: str = step, whom: list[str] = whom, name: str = name, before: int = before) -> bool:
            climbed = _steps(await one.referral(WAITS_FOR, "what waits was lost"))[-1] == (step, whom)
            return climbed and day.mailbox.count(name, alert["text"]) > before

        await until(told, f"after {hours} hours the step {step} did not fire, or its people got no e-mail")
    await day.caught_up()


def _steps(referral: Item) -> list[tuple[str, list[str]]]:
    return [(one["rung"], one["whom"]) for one in referral["escalations"] if one["clock"] == "waiting"]


async def _is_asked(one: OneCase) -> None:
    """The person is asked and says yes: it is sent, and nobody is reminded any more."""
    await one.consent(WAITS_FOR)
    sent = await one.referral(WAITS_FOR, "a consent sent nothing", state="requested")
    expect(sent["waiting"] is None, "what was sent is still shown as waiting")
    officer = await one.day.people.signed_in(Role.OFFICER, WAITS_FOR)
    mine = {"referral_id": sent["referral_id"], "about": "referral"}
    alert = await found_alert(officer, "a desk was not alerted of what a consent sent", **mine)
    await one.mailed("guardia.oim", alert["text"])
    await found_alert(one.shelter, "what no longer waits is still alerted", case_id=one.case, state="answered")


async def _is_offered(one: OneCase) -> None:
    """The desk's time is over: the agency asked in its stead sees a code, offers help and gets the referral."""
    silent = await one.referral(SILENT, "a silent desk's time did not run out", state="expired")
    officer = await one.day.people.signed_in(Role.OFFICER, ASKED)
    await found_alert(officer, "no agency was asked in a silent desk's stead", referral_id=silent["referral_id"])
    path = f"{API}/referrals/{silent['referral_id']}"
    expect((await officer.get(path)).status_code == 404, "an agency that is only asked could read the referral")
    answer = await officer.post(f"{path}/offer", json={"command_id": str(uuid4())})
    expect(answer.status_code == 200, f"an offer was answered {answer.status_code}")
    expect(answer.json()["rerouted"], "an offer with the person's consent did not get the referral")
    linked = await one.referral(ASKED, "the agency that offered help did not get the referral", state="requested")
    expect(linked["replaces"] == silent["referral_id"], "another referral was sent to the agency that offered help")
    await one.step(officer, linked, "accept")
