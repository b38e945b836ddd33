"""What people do with a case of canaries, right and wrong. Each act returns what was answered."""

import json
from typing import Any
from uuid import uuid4

import httpx2
import nats
import pytest

from events.vocabulary import Role
from services.chassis.names import shelter_user
from tests.support.builders.canaries import PERSON, SENT_WRONGLY, Places
from tests.support.builders.canary_submission import SHELTER, canary_submission
from tests.support.builders.device_records import Telephone, hands_in
from tests.support.builders.slips import asks_for_a_slip, says, slip_of
from tests.support.system.system import HANG, System

WHY = "Canario justificación-b3k9: corre peligro esta noche"


async def over_a_telephone(system: System, worker: httpx2.AsyncClient) -> Places:
    """Hands in what a telephone sealed: whole, faulty, changed, and again. What was answered."""
    coordinator = await system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
    telephone = await Telephone.enrolled(coordinator, worker)
    document = canary_submission() | {"device": {"id": telephone.id, "sequence": 1}}
    faulty = document | {"submission_id": str(uuid4()), SENT_WRONGLY["field"]: SENT_WRONGLY["value"]}
    records = [telephone.seals(document), telephone.seals(document), telephone.seals(faulty)]
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as anybody:
        answers = [await hands_in(anybody, record) for record in (*records, records[0] | {"made_at": "ayer"})]
        clear = {"record": document, "sent_at": SENT_WRONGLY["value"]}
        answers.append(await anybody.post("/api/v1/device-records", json=clear))
        question = telephone.asks_about([record["id"] for record in records])
        answers.append(await anybody.post("/api/v1/device-records/status", json=question))
    answers.append(await worker.post("/api/v1/device-records/import", json={"records": [*records, document]}))
    assert [answer.status_code for answer in answers] == [201, 200, 422, 400, 422, 200, 200]
    return {
        f"telephone {number}": f"{answer.status_code} {answer.headers}".encode() + answer.content
        for number, answer in enumerate(answers)
    }


async def go_wrong(shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient) -> Places:
    """Sends every kind of fault, with canaries in it. What was answered."""
    said, field, token = (SENT_WRONGLY[name] for name in ("value", "field", "token"))
    query, path = SENT_WRONGLY["query"], SENT_WRONGLY["path"]
    wrong = canary_submission()
    wrong["screening"] |= {"sex": said, "needs": [said], field: said, "harm_events": [{"kind": said, field: 1}]}
    wrong |= {"worker": said, field: said, "person": {**PERSON, field: said, "name": {field: said}}}
    whole = json.dumps(canary_submission(), ensure_ascii=False)
    command = f"/api/v1/referrals/{uuid4()}/accept"
    answers = [
        await shelter.post("/api/v1/submissions", json=wrong),
        await shelter.post("/api/v1/submissions", content=whole[:-1].encode()),
        await shelter.post("/api/v1/submissions", content=whole.encode("utf-16")),
        await shelter.post("/api/v1/submissions", content=whole.replace("{", '{"a":1,"a":2,', 1).encode()),
        await shelter.post("/api/v1/submissions", json=canary_submission() | {"shelter": "ALB-TAP-01"}),
        await officer.post("/api/v1/submissions", json=canary_submission()),
        await shelter.post(
            "/api/v1/submissions", json=canary_submission(), headers={"Authorization": f"Bearer {token}"}
        ),
        await shelter.post("/api/v1/submissions", json=canary_submission() | {"notes": [PERSON["notes"]] * 9000}),
        await shelter.put("/api/v1/submissions", json=canary_submission()),
        await shelter.post(f"/api/v1/submissions/{path}", json=canary_submission()),
        await officer.get("/api/v1/referrals", params={"agency": query, "limit": query, "cursor": query, query: query}),
        await officer.get(f"/api/v1/cases/{path}", params={"q": query}),
        await officer.post(command, json={"command_id": said, "expected_version": said, field: said}),
        await officer.post(command, content=f'{{"{field}": "{said}'.encode()),
        await officer.post(command, json=canary_submission()),
    ]
    assert all(answer.status_code >= 400 for answer in answers)
    return {
        f"refusal {number}": f"{answer.status_code} {answer.headers}".encode() + answer.content
        for number, answer in enumerate(answers)
    }


async def over_nats(system: System, shelter: httpx2.AsyncClient) -> Places:
    """The same, and a good one, by request. What was answered."""
    names, secrets = system.installation.settings.names, system.installation.secrets
    client = await nats.connect(
        system.installation.settings.nats_url or "",
        user=names.user(shelter_user(SHELTER)),
        password=secrets.shelter_nats[SHELTER],
        inbox_prefix=names.inbox(shelter_user(SHELTER)).encode(),
    )
    bad = canary_submission() | {SENT_WRONGLY["field"]: SENT_WRONGLY["value"], "worker": SENT_WRONGLY["value"]}
    sent = [json.dumps(canary_submission()).encode(), json.dumps(bad).encode(), json.dumps(bad).encode()[:-1]]
    try:
        headers = {"Authorization": shelter.headers["Authorization"]}
        answers = [await client.request(names.submit(SHELTER), each, timeout=HANG, headers=headers) for each in sent]
    finally:
        await client.close()
    assert [(answer.headers or {})["status"] for answer in answers] == ["201", "422", "422"]
    return {f"answer over NATS {n}": str(each.headers).encode() + each.data for n, each in enumerate(answers)}


async def acknowledge_and_accept(officer: httpx2.AsyncClient, referral: dict[str, Any]) -> None:
    for step in ("acknowledge", "accept"):
        order = {"command_id": str(uuid4()), "expected_version": referral["version"]}
        path = f"/api/v1/referrals/{referral['referral_id']}/{step}"
        done = await officer.post(path, json=order)
        assert done.status_code == 200
        assert (await officer.post(path, json={**order, "command_id": str(uuid4())})).status_code == 409
        referral["version"] = done.json()["version"]


async def fail_within(shelter: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A fault of our own whose text quotes what was sent: what was answered."""

    def broken(*_: object, **__: object) -> None:
        raise ValueError(f"{canary_submission()!r}")

    with monkeypatch.context() as patch:
        patch.setattr("services.intake.submissions.sealing.seal", broken)
        got = await shelter.post("/api/v1/submissions", json=canary_submission())
    assert got.status_code == 500
    return {"an error of ours": str(got.headers).encode() + got.content}


async def exceptionally(client: httpx2.AsyncClient, referral: str) -> tuple[str, Places]:
    """Opens what another agency was told, and says why in words of one's own. The access; what was answered."""
    why = {"command_id": str(uuid4()), "basis": "imminent_danger_to_life", "justification": WHY}
    got = await client.post(f"/api/v1/referrals/{referral}/break-glass", json=why)
    assert got.status_code == 201, got.text
    return got.json()["access_id"], {"exceptional access": str(got.headers).encode() + got.content}


async def with_a_slip(system: System, shelter: httpx2.AsyncClient, case: str) -> tuple[dict[str, str], Places]:
    """The person gets a slip and says something with it, right and wrong. Its code, their word; what was answered."""
    word = "canario-palabra-c8r4"
    code = await slip_of(shelter, case, word=word)
    wrong = "canario-otra-n5d1"
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as anybody:
        answers = [
            await says(anybody, code, "yes", word=word),
            await says(anybody, code, "yes", word=wrong),
            await says(anybody, code, wrong, word=wrong),
            await says(anybody, wrong, "yes", word=word),
            await asks_for_a_slip(shelter, case, word=word, override="canario"),
        ]
    assert [answer.status_code for answer in answers] == [202, 403, 422, 422, 422]
    secrets = {"slip": code, "slip without hyphens": code.replace("-", ""), "word": word, "wrong word": wrong}
    return secrets, {f"said by slip {n}": str(one.headers).encode() + one.content for n, one in enumerate(answers)}
