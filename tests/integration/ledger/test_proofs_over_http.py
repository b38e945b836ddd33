"""An auditor gets checkpoints and proofs of every log, and verifies them with the public keys alone."""

import base64
from typing import Any

import httpx2
import pytest

from events.vocabulary import Role
from services.audit.ledger.checkpoints import opened
from services.audit.ledger.domain import is_consistent, root_from_inclusion
from services.audit.ledger.keys import LedgerKeys
from services.audit.ledger.leaves import read_leaf
from services.audit.ledger.notes import Note
from services.audit.ledger.tlog_proof import LogProof
from tests.support.people.alerts import SHELTER, a_child_alone, flag
from tests.support.system.system import System, eventually


def raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


async def sealed(auditor: httpx2.AsyncClient, log: str, size: int) -> dict[str, Any]:
    """The last checkpoint, once it covers so much."""

    async def look() -> list[dict[str, Any]]:
        answer = await auditor.get(f"/api/v1/audit/checkpoints/{log}", params={"limit": 1})
        return [one for one in answer.json()["items"] if one["size"] >= size]

    return (await eventually(look))[0]


async def test_what_was_recorded_is_sealed_and_proven(system: System) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    auditor = await system.signed_in(Role.AUDITOR, "*")
    keys = LedgerKeys.of(system.installation.secrets.of("audit")).verifiers()
    case = await flag(shelter, a_child_alone())
    await system.audited()
    history = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()["entries"]
    for log in {entry["log"] for entry in history}:
        last = max((entry for entry in history if entry["log"] == log), key=lambda entry: entry["position"])
        checkpoint = await sealed(auditor, log, last["position"])
        said = opened(Note.parse(checkpoint["note"].encode()), keys[log])
        assert (said.size, said.root) == (checkpoint["size"], raw(checkpoint["root"]))

        asked = {"log": log, "position": last["position"], "size": said.size}
        proof = (await auditor.get("/api/v1/audit/proofs/inclusion", params=asked)).json()
        hashes = [raw(one) for one in proof["hashes"]]
        assert root_from_inclusion(proof["index"], said.size, raw(proof["leaf"]), hashes) == said.root

        asked = {"log": log, "from": last["position"], "to": said.size}
        grew = (await auditor.get("/api/v1/audit/proofs/consistency", params=asked)).json()
        assert is_consistent(
            grew["first"], raw(grew["first_root"]), said.size, said.root, [raw(one) for one in grew["hashes"]]
        )

        file = await auditor.get(f"/api/v1/audit/proofs/event/{last['event_id']}")
        assert file.headers["content-type"].startswith("text/plain")
        read = LogProof.parse(file.text)
        assert read.verified(keys[log]).size >= said.size
        leaf = read_leaf(read.entry)
        assert (str(leaf.id), leaf.position, str(leaf.case)) == (last["event_id"], last["position"], case)

    await _a_proof_of_an_event_is_a_look_at_its_case(system, case, last["event_id"])
    pages = await auditor.get("/api/v1/audit/checkpoints/intake", params={"limit": 1})
    cursor = pages.json()["next_cursor"]
    if cursor is not None:
        older = await auditor.get("/api/v1/audit/checkpoints/intake", params={"limit": 1, "cursor": cursor})
        assert older.json()["items"][0]["size"] < pages.json()["items"][0]["size"]
        assert (await auditor.get("/api/v1/audit/checkpoints/audit", params={"cursor": cursor})).status_code == 422


async def _a_proof_of_an_event_is_a_look_at_its_case(system: System, case: str, event: str) -> None:
    """It has what the event says in clear: not for whoever administers, and recorded of whoever audits."""
    path = f"/api/v1/audit/proofs/event/{event}"
    administrator = await system.signed_in(Role.ADMINISTRATOR, "*")
    assert (await administrator.get("/api/v1/audit/checkpoints")).status_code == 200
    assert (await administrator.get(path)).status_code == 403
    reader = await system.signed_in(Role.AUDITOR, "*", "proof-1")
    before = await system.service("audit").log.head()
    assert (await reader.get(path)).status_code == 200
    added = await system.service("audit").log.entries(after=before, limit=100)
    who = f"auditor:*:{await system.person(Role.AUDITOR, '*', 'proof-1')}"
    looks = [one for one in added if one.name == "audit.history_read" and who in one.state.decode()]
    assert [str(one.case) for one in looks] == [case]


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("inclusion", {"log": "intake", "position": 2**50}, 404, "not_found"),
        ("inclusion", {"log": "intake", "position": 1, "size": 2**50}, 409, "not_sealed_yet"),
        ("consistency", {"log": "intake", "from": 2**49, "to": 2**50}, 409, "not_sealed_yet"),
        ("consistency", {"log": "vault", "from": 1}, 422, "malformed_request"),
        ("event/00000000-0000-4000-8000-000000000000", {}, 404, "not_found"),
    ],
)
async def test_what_is_not_there_is_not_proven(
    system: System, path: str, params: dict[str, Any], status: int, code: str
) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    auditor = await system.signed_in(Role.AUDITOR, "*")
    await flag(shelter, a_child_alone())
    await sealed(auditor, "intake", 1)
    answer = await auditor.get(f"/api/v1/audit/proofs/{path}", params=params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_flow_says_that_every_log_is_sealed_in_time(system: System) -> None:
    operator = await system.signed_in(Role.OPERATOR, "*")

    async def look() -> bool:
        answer = (await operator.get("/api/v1/operate/flow")).json()
        checks = [one for one in answer["services"]["audit"]["checks"] if one["code"] in {"ledger", "sealing"}]
        return len(checks) == 8 and all(one["ok"] for one in checks)

    assert await eventually(look)
