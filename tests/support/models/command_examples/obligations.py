"""Examples of milestones, and of tasks that are done."""

from datetime import timedelta

from services.chassis.clock import system_clock
from services.referral.deadlines.calendar import day_in_mexico
from tests.support.models.command_examples.example import Cast, Example, Other, new
from tests.support.people.people import taken


async def milestone_recorded(cast: Cast) -> Example:
    paths = []
    for _ in range(2):
        referral = await taken(cast.officer[0], await cast.referral(), "accept")
        paths.append(f"/referrals/{referral['referral_id']}/milestones")
    today = day_in_mexico(system_clock())
    earlier = (today - timedelta(days=3)).isoformat()
    others = [
        *(Other({"milestone": "claim_filed_by_others"}), Other({"on": earlier})),
        *(Other(path=paths[1]), Other(by=cast.officer[1])),
    ]
    body = new(milestone="claim_filed", on=(today - timedelta(days=2)).isoformat())
    return Example(cast.officer[0], paths[0], body, others)


async def obligation_done(cast: Cast) -> Example:
    paths = []
    for _ in range(2):
        referral = await cast.referral()
        opening = new(basis="imminent_danger_to_life", justification="La persona no responde y su vida corre peligro.")
        path = f"/api/v1/referrals/{referral['referral_id']}/break-glass"
        assert (await cast.officer[0].post(path, json=opening)).status_code == 201
        answer = await cast.officer[0].get("/api/v1/obligations", params={"case": referral["case_id"]})
        (task,) = answer.json()["items"]
        paths.append(f"/obligations/{task['task_id']}/done")
    others = [Other({"result": "refused"}), Other(path=paths[1]), Other(by=cast.officer[1])]
    return Example(cast.officer[0], paths[0], new(result="done"), others)
