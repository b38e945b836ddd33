"""A shelter's technician loads a day from a file: once, again, and five at once."""

import asyncio
import json

import pytest

from events.notifications import AlertRaised
from events.referral import CaseAssessed
from events.vocabulary import AlertAbout, Role
from services.chassis.eventlog.log_entry import decode
from services.system import Installation
from tests.support.system.loading import at_rest, counted, dsn_of, load, operator_of
from tests.support.system.system import DAY, System, running


async def test_a_day_is_loaded_and_loading_it_again_changes_nothing(installation: Installation) -> None:
    async with running(installation) as system:
        first = await load(DAY, *operator_of(system))
        assert (first.code, first.said) == (
            0,
            "120 nuevos, 0 ya estaban, 0 rechazados · 120 new, 0 known, 0 refused\n",
        )
        everything = await at_rest(dsn_of(installation), system.url)
        counts = counted(everything)
        assert counts["intake.case_opened.v1"] == counts["referral.case_assessed.v1"] == 120
        raised = await system.service("notifications").log.entries(after=0, limit=100_000)
        alerts = [fact.event for fact in map(decode, raised) if isinstance(fact.event, AlertRaised)]
        to_desks = [one for one in alerts if one.about is AlertAbout.REFERRAL and one.shelter is None]
        assert counts["referral.requested.v1"] == len(to_desks)
        assert len(alerts) > len(to_desks), "shelters and the coordinator are alerted of what waits"

        again = await load(DAY, *operator_of(system), "--json")
        assert again.code == 0
        assert json.loads(again.said) == {"new": 0, "again": 120, "refused": []}
        assert await at_rest(dsn_of(installation), system.url) == everything
        await is_as_worked_out_by_hand(system)


async def is_as_worked_out_by_hand(system: System) -> None:
    """Thirty cases, one by one."""
    coordinator = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    entries = await system.service("referral").log.entries(after=0, limit=100_000)
    assessed = {
        str(fact.event.submission): (str(fact.case), fact.event)
        for fact in map(decode, entries)
        if isinstance(fact.event, CaseAssessed)
    }
    expected = DAY.with_name("day-2013-06-12.expected-first-30.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(expected) == 30
    for wanted in map(json.loads, expected):
        case, event = assessed[wanted["submission_id"]]
        items = (await coordinator.get("/api/v1/referrals", params={"case": case})).json()["items"]
        found = {
            "submission_id": wanted["submission_id"],
            "lead": event.lead,
            "categories": list(event.categories),
            "referrals": [
                {name: item[name] for name in ("agency", "urgency", "categories", "state", "basis")}
                for item in sorted(items, key=lambda one: str(one["agency"]))
            ],
        }
        assert found == wanted


@pytest.mark.search
async def test_five_who_load_the_same_day_at_once_leave_what_one_would_have(
    installation: Installation, another_installation: Installation
) -> None:
    async with running(installation) as system:
        loads = await asyncio.gather(*(load(DAY, *operator_of(system), "--json") for _ in range(5)))
        assert [one.code for one in loads] == [0] * 5
        outcomes = [json.loads(one.said) for one in loads]
        assert all(one["new"] + one["again"] == 120 and not one["refused"] for one in outcomes)
        assert sum(one["new"] for one in outcomes) == 120
        five = await at_rest(dsn_of(installation), system.url)
    async with running(another_installation) as system:
        assert (await load(DAY, *operator_of(system))).code == 0
        once = await at_rest(dsn_of(another_installation), system.url)
    assert dsn_of(another_installation) != dsn_of(installation)
    assert counted(once)["notifications.alert_raised.v1"] > 100
    assert five == once
