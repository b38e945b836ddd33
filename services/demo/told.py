"""Of how many cases nobody at all was told: counted from alerts and referrals once every time to ask is over."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import httpx2

from events.vocabulary import Role
from services.demo.day import Day, every_alert, everything, expect, submissions, until
from services.demo.one_case import API, Item
from services.demo.shelter_contacts import SHELTER

OWN_NO = {"consent_refused", "withheld"}
"""Why a referral waits for nobody: the person said no, and the shelter recorded it."""
MARGIN = timedelta(seconds=1)


async def show_told(day: Day, auditor: httpx2.AsyncClient) -> list[str]:
    """Sets the clock forward to the last moment at which somebody is to ask, counts, and returns what was found.

    Raises:
        NotAsExpectedError: somebody was forgotten.
    """
    coordinator = await day.people.signed_in(Role.PROGRAMME_COORDINATOR)
    at_shelters = [await day.people.signed_in(Role.SHELTER_WORKER, one) for one in _shelters()]

    async def forgotten() -> Mapping[str, list[Item]]:
        referrals = await everything(coordinator, f"{API}/referrals")
        alerts = [alert for client in (coordinator, *at_shelters) for alert in await every_alert(client)]
        return untold({*day.cases.values()}, referrals, alerts)

    left = await forgotten()
    for moment in sorted({one for referrals in left.values() for one in times_to_ask(referrals)}):
        await day.caught_up()
        day.clock.advance_to(moment + MARGIN)
    await day.caught_up()

    async def told() -> bool:
        return not any(times_to_ask(referrals) for referrals in (await forgotten()).values())

    await until(told, "a case waits for a decision, its time to ask is over, and nobody was told")
    left = await forgotten()
    known = {*day.cases.values(), *(one["case_id"] for one in await everything(coordinator, f"{API}/referrals"))}
    no_risk = {case for case, referrals in left.items() if not referrals and await _found_no_risk(auditor, case)}
    said_no = {case for case, referrals in left.items() if referrals and all(_is_own_no(one) for one in referrals)}
    nobody = len(left) - len(no_risk) - len(said_no)
    expect(nobody == 0, f"of {nobody} cases nobody at all was told")
    return [
        f"casos de los que no supo nadie, ni su albergue ni la coordinación: {nobody} de {len(known)}",
        f"cases of which nobody was told, neither shelter nor coordinator: {nobody} of {len(known)}",
        f"(aparte, {len(no_risk)} sin riesgo señalado y {len(said_no)} en que la persona misma dijo no)",
        f"(apart from {len(no_risk)} without any risk and {len(said_no)} where the person said no)",
    ]


def untold(cases: Iterable[str], referrals: Iterable[Item], alerts: Iterable[Item]) -> Mapping[str, list[Item]]:
    """The cases of which neither a desk nor a shelter nor the programme was ever alerted, with their referrals."""
    of_case: dict[str, list[Item]] = defaultdict(list)
    case_of: dict[str, str] = {}
    for one in referrals:
        of_case[one["case_id"]].append(one)
        case_of[one["referral_id"]] = one["case_id"]
    told = {one["case_id"] or case_of.get(one["referral_id"]) for one in alerts}
    return {case: of_case[case] for case in {*cases, *of_case} - told}


def times_to_ask(referrals: Iterable[Item]) -> list[datetime]:
    """Until when somebody is to ask for a decision."""
    waits = [one["waiting"] for one in referrals if one["waiting"] is not None]
    return [datetime.fromisoformat(one["ask_by"]) for one in waits if one["ask_by"] is not None]


def _is_own_no(referral: Item) -> bool:
    return referral["state"] == "blocked_consent" and referral["reason"] in OWN_NO


async def _found_no_risk(auditor: httpx2.AsyncClient, case: str) -> bool:
    """Whether the rules looked at the case and found nothing: it is nobody's to be told of."""
    entries = (await auditor.get(f"{API}/audit/cases/{case}/history")).json()["entries"]
    assessed = [one["data"]["categories"] for one in entries if one["name"] == "referral.case_assessed"]
    return bool(assessed) and not any(assessed)


def _shelters() -> set[str]:
    return {SHELTER, *(one["shelter"] for one in submissions())}
