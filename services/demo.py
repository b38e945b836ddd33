"""The demonstration: a throw-away system in which one child's case is played from flag to acceptance."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import httpx2
from rich.console import Console

from events.vocabulary import Role
from services.chassis.access import EVERYWHERE
from services.chassis.clock import system_clock
from services.chassis.serving import listen, served, url_of
from services.chassis.settings import Settings
from services.chassis.tokens import create_token
from services.cli.reading import history_lines
from services.system import Ground, ground

T = TypeVar("T")

console = Console(highlight=False, soft_wrap=True)

SHELTER, AGENCY = "ALB-TAP-01", "UNICEF"
PATIENCE = 20.0


class NotAsExpectedError(Exception):
    """The demonstration checks itself: this is what it found."""


def a_child_alone() -> dict[str, Any]:
    """A girl of 12 to 14 who travels alone and is afraid to return. Invented from beginning to end."""
    now = system_clock().isoformat()
    return {
        "submission_id": str(uuid4()),
        "shelter": SHELTER,
        "worker": "w-007",
        "device": {"id": "d-001", "sequence": 1},
        "occurred_at": now,
        "sent_at": now,
        "person": {"name": "Nombre Inventado", "notes": "viaja con una mochila azul"},
        "screening": {
            "private": "yes", "danger_now": "no", "medical_now": "no", "age_band": "12-14",
            "age_certainty": "stated", "accompaniment": "alone", "sex": "F", "country_origin": "HND",
            "language": "es", "interpreter_needed": False, "fear_of_return": "yes",
            "planned_departure": "24h", "safe_contact": "shelter_only", "needs": ["child_protection", "legal"],
        },
        "best_interests": {"assent": "yes", "basis": "assessment_started"},
        "consent": [{"recipient": "ACNUR", "decision": "not_asked", "purpose": "protection", "given_by": "self"}],
    }  # fmt: skip


async def play(*, leave: bool) -> bool:
    """Plays it. With ``leave`` it ends at once, otherwise the system stays up until Ctrl-C."""
    data = Path(tempfile.mkdtemp(prefix="canaliza-demo-"))
    try:
        listener = listen("127.0.0.1", 0)
        console.print("Se levanta un sistema de usar y tirar… · A throw-away system is started…")
        async with (
            ground(Settings(data=data)) as everything,
            served(everything.application(), listener, on_signals=not leave) as serving,
        ):
            url = url_of(listener)
            try:
                await _Story(everything, url).tell()
            except NotAsExpectedError as found:
                console.print(f"[red]No fue como se esperaba · Not as expected:[/red] {found}")
                return False
            if not leave:
                console.print(f"\nSigue en marcha en {url} (Ctrl-C para terminar) · Still up (Ctrl-C ends it)")
                await serving
        return True
    finally:
        shutil.rmtree(data, ignore_errors=True)


class _Story:
    """One case, hop by hop, each with its time since the shelter pressed *send*."""

    def __init__(self, everything: Ground, url: str) -> None:
        self._ground = everything
        self._url = url
        self._start = monotonic()

    async def tell(self) -> None:
        async with (
            await self._client(Role.SHELTER_WORKER, SHELTER) as shelter,
            await self._client(Role.OFFICER, AGENCY) as officer,
            await self._client(Role.AUDITOR, EVERYWHERE) as auditor,
        ):
            await _until(lambda: _is_ready(shelter), "readiness")
            console.print("\n[bold]Una niña que viaja sola[/bold] · A girl travelling alone\n")
            case = await self._flag(shelter)
            referral = await self._alert(officer, case)
            await self._answer(officer, referral)
            await self._sender_is_told(shelter, case)
            await self._history(auditor, case)

    async def _flag(self, shelter: httpx2.AsyncClient) -> str:
        self._start = monotonic()
        answer = await shelter.post("/api/v1/submissions", json=a_child_alone())
        _expect(answer.status_code == 201, f"the submission was answered {answer.status_code}")
        taken = answer.json()
        self._hop(f"El albergue {SHELTER} la registra; constancia {taken['receipt']}", "flagged and sealed")
        return str(taken["case_id"])

    async def _alert(self, officer: httpx2.AsyncClient, case: str) -> dict[str, Any]:
        async def look() -> list[dict[str, Any]]:
            return _items(await officer.get("/api/v1/alerts"))

        (alert,) = await _until(look, "the alert")
        self._hop(f"La mesa de guardia de {AGENCY} recibe: «{alert['text']}»", "the duty desk is alerted")
        (referral,) = _items(await officer.get("/api/v1/referrals", params={"case": case}))
        _expect(referral["state"] == "requested", f"the referral is {referral['state']}")
        _expect(referral["basis"] == "best_interests", f"the basis is {referral['basis']}")
        _expect("NNA_NA" in referral["categories"], "the category is missing")
        return referral

    async def _answer(self, officer: httpx2.AsyncClient, referral: dict[str, Any]) -> None:
        version = referral["version"]
        for step, es, en in (
            ("acknowledge", "acusa recibo", "acknowledges"),
            ("accept", "acepta el caso", "accepts"),
        ):
            order = {"command_id": str(uuid4()), "expected_version": version}
            answer = await officer.post(f"/api/v1/referrals/{referral['referral_id']}/{step}", json=order)
            _expect(answer.status_code == 200, f"{step} was answered {answer.status_code}")
            version = answer.json()["version"]
            self._hop(f"{AGENCY} {es}", en)

    async def _sender_is_told(self, shelter: httpx2.AsyncClient, case: str) -> None:
        async def look() -> bool:
            status = (await shelter.get(f"/api/v1/cases/{case}")).json()
            return any(one["agency"] == AGENCY and one["state"] == "accepted" for one in status["referrals"])

        await _until(look, "the answer at the shelter")
        self._hop(f"El albergue ve que {AGENCY} aceptó", "the sender is told")

    async def _history(self, auditor: httpx2.AsyncClient, case: str) -> None:
        async def look() -> dict[str, Any]:
            answer = await auditor.get(f"/api/v1/audit/cases/{case}/history")
            history: dict[str, Any] = answer.json() if answer.is_success else {}
            names = {entry["name"] for entry in history.get("entries", [])}
            return history if "notifications.alert_answered" in names else {}

        history = await _until(look, "the history")
        console.print("\n[bold]Lo que lee quien audita[/bold] · What an auditor reads\n")
        for line in history_lines(history):
            console.print(line, markup=False)
        _expect("Nombre Inventado" not in str(history), "a name stands in the history")

    def _hop(self, es: str, en: str) -> None:
        console.print(f"  [dim]{(monotonic() - self._start) * 1000:7.1f} ms[/dim]  {es} [dim]· {en}[/dim]")

    async def _client(self, role: Role, org: str) -> httpx2.AsyncClient:
        assert self._ground.settings.postgres_dsn is not None  # noqa: S101 - a ground has servers
        connection = await asyncpg.connect(self._ground.settings.postgres_dsn.get_secret_value())
        try:
            token = await create_token(connection, role=role, org=org, label="demo", at=system_clock())
        finally:
            await connection.close()
        return httpx2.AsyncClient(base_url=self._url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


async def _until(look: Callable[[], Awaitable[T]], what: str) -> T:
    until = monotonic() + PATIENCE
    while not (found := await look()):
        _expect(monotonic() < until, f"{what} did not come")
        await asyncio.sleep(0.002)
    return found


async def _is_ready(client: httpx2.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200


def _items(answer: httpx2.Response) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def _expect(holds: object, otherwise: str) -> None:
    if not holds:
        raise NotAsExpectedError(otherwise)
