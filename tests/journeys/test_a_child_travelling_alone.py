"""The whole path of one case: flagged at a shelter, alerted, answered, read back."""

from uuid import uuid4

from events.vocabulary import Role
from tests.support.system.lists import Item, alerts_about
from tests.support.system.system import System, eventually, sample_day


def a_child_alone() -> dict[str, object]:
    return sample_day()[5] | {"submission_id": str(uuid4())}


async def test_a_child_travelling_alone_reaches_the_desk_of_unicef_and_is_accepted(system: System) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    officer = await system.signed_in(Role.OFFICER, "UNICEF")
    auditor = await system.signed_in(Role.AUDITOR, "*")

    flagged = await shelter.post("/api/v1/submissions", json=a_child_alone())
    assert flagged.status_code == 201
    case = flagged.json()["case_id"]

    async def alerted() -> list[Item]:
        return await alerts_about(officer, case)

    (alert,) = await eventually(alerted)
    assert alert["text"] == f"Tiene una canalización U1 pendiente, código {alert['code']}"

    (referral,) = (await officer.get("/api/v1/referrals", params={"case": case})).json()["items"]
    assert (referral["agency"], referral["state"], referral["basis"]) == (
        "UNICEF",
        "requested",
        "best_interests",
    )

    for step, state in (("acknowledge", "acknowledged"), ("accept", "accepted")):
        order = {"command_id": str(uuid4()), "expected_version": referral["version"]}
        answer = await officer.post(f"/api/v1/referrals/{referral['referral_id']}/{step}", json=order)
        assert answer.status_code == 200, answer.text
        referral["version"] = answer.json()["version"]
        assert answer.json()["state"] == state

    async def told() -> bool:
        status = (await shelter.get(f"/api/v1/cases/{case}")).json()
        return any(one["agency"] == "UNICEF" and one["state"] == "accepted" for one in status["referrals"])

    await eventually(told)

    async def history() -> list[str]:
        entries = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()["entries"]
        lines = [entry["es"] for entry in entries]
        ended = any("Cesaron" in line for line in lines) and any("aceptó" in line for line in lines)
        return lines if ended else []

    lines = await eventually(history)
    assert lines[0].startswith("El albergue ALB-IXT-01 registró un caso de riesgo")
    assert "UNICEF acusó recibo." in lines
    assert "UNICEF aceptó y asume la responsabilidad." in lines
