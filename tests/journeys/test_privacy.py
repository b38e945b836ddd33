"""What a person said is nowhere in clear, and an alert says nothing but urgency and code."""

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import nats
import pytest
import structlog

from events.vocabulary import Role
from services.chassis.link_codes import LinkCodes
from services.chassis.logging import configure
from services.chassis.names import SERVICES
from services.local.cluster import binary
from services.referral.app import policies_of_the_files
from services.system import Ground
from tests.harness.canaries import CANARIES, PERSON, SAID, SENT_WRONGLY, Places, leaks
from tests.harness.mailbox import Mailbox, mailed, open_mailbox
from tests.harness.on_the_way import asks_for_a_slip, says, slip_of
from tests.harness.system import System, eventually, running, sample_day

SHELTER = "ALB-IXT-01"


WHY = "Canario justificación-b3k9: corre peligro esta noche"
CODED = {"language": "kek-Latn-GT", "country_origin": "stateless"}
"""Answers that are codes: they may stand in no place either, save for the description of the API."""


def an_adult() -> dict[str, Any]:
    """Somebody who says all that can be said, and lets four agencies know."""
    return {
        "submission_id": str(uuid4()),
        "kind": "person",
        "shelter": SHELTER,
        "worker": "w-009",
        "device": {"id": "d-027", "sequence": 5},
        "occurred_at": "2013-06-12T15:32:00-05:00",
        "person": PERSON,
        "screening": {
            "private": "yes",
            "danger_now": "no",
            "medical_now": "no",
            "age_band": "25-59",
            "age_certainty": "stated",
            "travelling": "with_children",
            "sex": "F",
            **SAID,
            **CODED,
            "interpreter_needed": True,
            "fear_of_return": "yes",
            "harm_events": [{"kind": "sexual_violence", "when": "72h", "where": "MX-CHP", "perpetrator": "authority"}],
            "trafficking_indicators": ["sexual_services"],
            "self_declared": ["lgbtiq"],
            "planned_departure": "72h",
            "safe_contact": "none",
            "needs": ["legal", "srh"],
        },
        "consent": [
            {
                "recipient": agency,
                "decision": "granted",
                "purpose": "protection",
                "given_by": "self",
                "fields": ["all"],
                "how": "verbal_witnessed",
                "wording_version": "es-1",
            }
            for agency in ("ACNUR", "UNFPA", "UNODC")
        ],
    }


@pytest.fixture(params=["INFO", "DEBUG"])
def logged(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that the process logs, as an operator has it; at DEBUG of every library too."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    noisy = {name: logging.getLogger(name).level for name in list(root.manager.loggerDict)}
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure(request.param)
    if request.param == "DEBUG":
        for name in list(root.manager.loggerDict):
            logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    root.handlers = before
    root.setLevel(level)
    for name in list(root.manager.loggerDict):
        logging.getLogger(name).setLevel(noisy.get(name, logging.NOTSET))
    structlog.reset_defaults()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@asynccontextmanager
async def overhearing(ground: Ground) -> AsyncIterator[Places]:
    """All that passes through NATS, subjects and headers too; in the end all that is stored there."""
    heard: Places = {}
    client = await nats.connect(
        ground.settings.nats_url or "", user="admin", password=ground.secrets.nats["admin"], connect_timeout=5
    )

    async def hear(message: Any) -> None:
        # A shelter's own request carries the document by design; whatever follows from it must not.
        if ".submit." not in message.subject:
            head = f"{message.subject} {message.reply} {message.headers}".encode()
            heard[f"NATS message {len(heard)} on {message.subject}"] = head + b"\n" + message.data

    try:
        await client.subscribe(">", cb=hear)
        await client.flush()
        yield heard
        await client.flush()
        jetstream = client.jetstream()
        for service in SERVICES:
            stream = ground.settings.names.stream(service)
            last = (await jetstream.stream_info(stream)).state.last_seq
            for sequence in range(1, last + 1):
                stored = await jetstream.get_msg(stream, sequence)
                head = f"{stored.subject} {stored.headers}".encode()
                heard[f"{stream} {sequence}"] = head + b"\n" + (stored.data or b"")
    finally:
        await client.close()


async def dumped(ground: Ground, *besides: str) -> bytes:
    """Every table of every schema, as a backup would hold it."""
    assert ground.settings.postgres_dsn is not None
    command = [
        str(binary("pg_dump")),
        "--dbname",
        ground.settings.postgres_dsn.get_secret_value(),
        "--inserts",
        *besides,
    ]
    done = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, timeout=60)
    return done.stdout


async def without_policies(ground: Ground, places: Places) -> Places:
    """A policy file names codes that anybody may be asked for, and is kept to the letter where it was adopted."""
    texts = policies_of_the_files().texts
    left = {place: said for place, said in places.items() if not leaks({place: said}, {name: name for name in texts})}
    left["database dump"] = await dumped(ground, "--exclude-table-data=referral.policy")
    for text in texts.values():
        kept = json.dumps(text, ensure_ascii=False).encode().hex().encode()
        assert kept in left["database dump"]
        left["database dump"] = left["database dump"].replace(kept, b"")
    return left


async def every_answer(system: System, client: httpx2.AsyncClient, case: str, referral: str, access: str) -> Places:
    """What each GET route says about the case and about everything else."""
    description = (await client.get("/api/openapi.json")).json()
    key = system.ground.secrets.link_key or ""
    answers: Places = {}
    for path, operations in description["paths"].items():
        if "get" in operations and not path.endswith("/stream"):
            known = path.replace("{case_id}", case).replace("{referral_id}", referral).replace("{desk}", "ACNUR-CHP")
            known = known.replace("{access_id}", access)
            known = known.replace("{code}", LinkCodes(key).code(UUID(referral), datetime(2100, 1, 1, tzinfo=UTC)))
            assert "{" not in known, f"say here what to ask {path} for"
            answer = await client.get(known)
            answers[f"GET {path}"] = str(answer.headers).encode() + b"\n" + answer.content
    assert len(answers) > 5
    del system
    return answers


async def go_wrong(system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient) -> Places:
    """Sends every kind of fault, with canaries in it. What was answered."""
    said, field, token = (SENT_WRONGLY[name] for name in ("value", "field", "token"))
    query, path = SENT_WRONGLY["query"], SENT_WRONGLY["path"]
    wrong = an_adult()
    wrong["screening"] |= {"sex": said, "needs": [said], field: said, "harm_events": [{"kind": said, field: 1}]}
    wrong |= {"worker": said, field: said, "person": {**PERSON, field: said, "name": {field: said}}}
    whole = json.dumps(an_adult(), ensure_ascii=False)
    command = f"/api/v1/referrals/{uuid4()}/accept"
    answers = [
        await shelter.post("/api/v1/submissions", json=wrong),
        await shelter.post("/api/v1/submissions", content=whole[:-1].encode()),
        await shelter.post("/api/v1/submissions", content=whole.encode("utf-16")),
        await shelter.post("/api/v1/submissions", content=whole.replace("{", '{"a":1,"a":2,', 1).encode()),
        await shelter.post("/api/v1/submissions", json=an_adult() | {"shelter": "ALB-TAP-01"}),
        await officer.post("/api/v1/submissions", json=an_adult()),
        await shelter.post("/api/v1/submissions", json=an_adult(), headers={"Authorization": f"Bearer {token}"}),
        await shelter.post("/api/v1/submissions", json=an_adult() | {"notes": [PERSON["notes"]] * 9000}),
        await shelter.put("/api/v1/submissions", json=an_adult()),
        await shelter.post(f"/api/v1/submissions/{path}", json=an_adult()),
        await officer.get("/api/v1/referrals", params={"agency": query, "limit": query, "cursor": query, query: query}),
        await officer.get(f"/api/v1/cases/{path}", params={"q": query}),
        await officer.post(command, json={"command_id": said, "expected_version": said, field: said}),
        await officer.post(command, content=f'{{"{field}": "{said}'.encode()),
        await officer.post(command, json=an_adult()),
    ]
    assert all(answer.status_code >= 400 for answer in answers)
    del system
    return {
        f"refusal {number}": f"{answer.status_code} {answer.headers}".encode() + answer.content
        for number, answer in enumerate(answers)
    }


async def over_nats(system: System, shelter: httpx2.AsyncClient) -> Places:
    """The same, and a good one, by request. What was answered."""
    names, secrets = system.ground.settings.names, system.ground.secrets
    client = await nats.connect(
        system.ground.settings.nats_url or "",
        user=names.user("shelters"),
        password=secrets.nats["shelters"],
        inbox_prefix=names.inbox("shelters").encode(),
    )
    bad = an_adult() | {SENT_WRONGLY["field"]: SENT_WRONGLY["value"], "worker": SENT_WRONGLY["value"]}
    sent = [json.dumps(an_adult()).encode(), json.dumps(bad).encode(), json.dumps(bad).encode()[:-1]]
    try:
        headers = {"Authorization": shelter.headers["Authorization"]}
        answers = [await client.request(names.submit(SHELTER), each, timeout=10, headers=headers) for each in sent]
    finally:
        await client.close()
    assert [(answer.headers or {})["status"] for answer in answers] == ["201", "422", "422"]
    return {f"answer over NATS {n}": str(each.headers).encode() + each.data for n, each in enumerate(answers)}


async def answer(officer: httpx2.AsyncClient, referral: dict[str, Any]) -> None:
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
        raise ValueError(f"{an_adult()!r}")

    with monkeypatch.context() as patch:
        patch.setattr("services.intake.sealing.seal", broken)
        got = await shelter.post("/api/v1/submissions", json=an_adult())
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
    async with httpx2.AsyncClient(base_url=system.url, timeout=30) as anybody:
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


async def test_what_a_person_said_is_nowhere_in_clear(
    ground: Ground, mailbox: Mailbox, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: Places = {}
    async with overhearing(ground) as heard, running(mailed(ground, mailbox)) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        officer = await system.signed_in(Role.OFFICER, "ACNUR")
        others = {
            "officer": officer,
            "shelter": shelter,
            "officer of UNFPA": await system.signed_in(Role.OFFICER, "UNFPA"),
            "auditor": await system.signed_in(Role.AUDITOR, "*"),
            "coordinator": await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"),
        }
        document = an_adult()
        taken = await shelter.post("/api/v1/submissions", json=document)
        assert taken.status_code == 201
        assert (await shelter.post("/api/v1/submissions", json=document)).status_code == 200
        other = document | {"person": PERSON | {"notes": f"{PERSON['notes']} y más"}}
        conflict = await shelter.post("/api/v1/submissions", json=other)
        assert conflict.status_code == 409
        case = taken.json()["case_id"]
        (referral,) = await system.referrals_of(officer, case)
        await answer(officer, referral)
        places["receipt"], places["conflict"] = taken.content, conflict.content
        slip, said_with_it = await with_a_slip(system, shelter, case)
        places |= said_with_it
        access, opened = await exceptionally(others["officer of UNFPA"], referral["referral_id"])
        places |= opened
        places |= await go_wrong(system, shelter, officer)
        places |= await over_nats(system, shelter)
        places |= await fail_within(shelter, monkeypatch)

        async def copied() -> bool:
            history = await others["auditor"].get(f"/api/v1/audit/cases/{case}/history")
            return "notifications.alert_answered" in history.text and len(mailbox.mails) >= 2

        await eventually(copied)
        described: Places = {}
        for role, client in others.items():
            answers = await every_answer(system, client, case, referral["referral_id"], access)
            for place, content in answers.items():
                (described if "openapi" in place else places)[f"{role}: {place}"] = content
    places |= heard
    places |= {f"mail {number}": mail.everything() for number, mail in enumerate(mailbox.mails)}
    places["database dump"] = await dumped(ground)
    places["log"] = logged.getvalue().encode()

    # What the search sees: were it blind, it would find nothing either.
    assert SHELTER.encode() in places["coordinator: GET /api/v1/referrals"]
    assert SHELTER.encode().hex().encode() in places["database dump"]
    assert any(SHELTER.encode() in content for place, content in heard.items() if "LOG_intake 1" in place)
    assert b"unexpected_error" in places["log"]
    assert "Tiene una canalización".encode() in places["mail 0"]
    for planted in list(places):
        assert leaks({planted: places[planted] + PERSON["name"].encode()}, PERSON) == [f"name in {planted}"]

    # Why somebody opened it, whoever reviews that reads, and nobody else anywhere.
    assert WHY.encode() in places.pop("coordinator: GET /api/v1/break-glass/{access_id}/justification")
    assert leaks(places, {"justification": WHY}) == []
    # What a shelter that holds the case reads of its own answers is read there and nowhere else.
    read = places.pop("shelter: GET /api/v1/cases/{case_id}/answers")
    assert CODED["language"].encode() in read
    assert leaks({"answers": read}, PERSON) == []
    assert leaks(places | described, CANARIES | slip) == []
    # What the person agreed to tell ACNUR is read by its desk, and by whoever opened it, there and nowhere else.
    for place in (
        "officer: GET /api/v1/referrals/{referral_id}/disclosure",
        "officer of UNFPA: GET /api/v1/break-glass/{access_id}/disclosure",
    ):
        assert CODED["language"].encode() in places.pop(place)
    assert leaks(places, {"language": CODED["language"]}) == []
    places = await without_policies(ground, places)
    assert {"log", "mail 0", "database dump"} <= places.keys()
    for code in ("sexual_services", "sexual_violence", "with_children", "stateless"):
        assert leaks(places, {code: code}) == []


async def test_an_alert_says_nothing_but_urgency_and_code(system: System) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    officer = await system.signed_in(Role.OFFICER, "UNICEF")
    heard: list[str] = []

    async def listen() -> None:
        async with officer.stream("GET", "/api/v1/alerts/stream") as stream:
            async for line in stream.aiter_lines():
                heard.append(line)  # noqa: PERF401 - kept also when the listening is cancelled

    listening = asyncio.create_task(listen())
    child = sample_day()[5]

    async def alerts() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await officer.get("/api/v1/alerts")).json()["items"]
        return items

    async def told() -> bool:
        """Flags a child again and again until the stream, once open, has told of one."""
        await shelter.post("/api/v1/submissions", json=child | {"submission_id": str(uuid4())})
        return any(line.startswith("data:") for line in heard)

    await eventually(told)
    alert = (await eventually(alerts))[0]
    assert alert.keys() == {
        "alert_id", "sequence", "delivery", "referral_id", "agency", "urgency", "code", "text", "state", "raised_at",
        "answered_at", "about",
    }  # fmt: skip
    assert alert["text"] == f"Tiene una canalización {alert['urgency']} pendiente, código {alert['code']}"
    for word in (SHELTER, child["screening"]["country_origin"], "NNA", "ASILO", child["person"]["name"]):
        assert word not in json.dumps([alert, heard], ensure_ascii=False)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
