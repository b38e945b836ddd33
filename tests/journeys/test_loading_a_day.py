"""A shelter's technician loads a day from a file: again, at once, with faults in it, through a crash of everything."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from pydantic import SecretStr

from events.referral import CaseAssessed
from events.vocabulary import Role
from services.chassis.entry import recorded_from
from services.chassis.names import SERVICES
from services.chassis.secrets import Secrets
from services.local import PostgresServer
from services.system import Ground, prepare
from tests.harness.logs import signed_in
from tests.harness.system import DAY, System, eventually, running, sample_day

ROOT = Path(__file__).parents[2]
EMPTY: Mapping[str, str] = {}
SECRET = "CANARIO-valor-9x2"  # noqa: S105 - what a fault must not repeat

Kept = dict[str, list[tuple[str, str, str]]]
"""Every event about a case, of every service: its topic, stream and id, in the order of these."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What ``canaliza load`` did."""

    code: int
    said: str
    complained: str


def program(*words: str, patience: float | None = None, here: Mapping[str, str] = EMPTY) -> dict[str, Any]:
    """How to start the program, with nothing of our own environment in it."""
    less_patient = "" if patience is None else f"import services.cli.loading as it; it.PATIENCE = {patience}; "
    return {
        "args": [sys.executable, "-c", f"{less_patient}from services.cli import main; main()", *words],
        "cwd": ROOT,
        "env": {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
        | {"NO_COLOR": "1", "COLUMNS": "300", **here},
        "stdin": subprocess.DEVNULL,
    }


async def load(file: Path, *options: str, patience: float | None = None, here: Mapping[str, str] = EMPTY) -> Loaded:
    def run() -> Loaded:
        start = program("load", str(file), *options, patience=patience, here=here)
        done = subprocess.run(**start, capture_output=True, check=False, timeout=150)
        return Loaded(done.returncode, done.stdout.decode(), done.stderr.decode())

    return await asyncio.to_thread(run)


def operator_of(system: System) -> tuple[str, ...]:
    """Where the system is, and its operator's token."""
    return ("--url", system.url, "--token", system.ground.secrets.operator_token)


def dsn_of(ground: Ground) -> str:
    assert ground.settings.postgres_dsn is not None
    return ground.settings.postgres_dsn.get_secret_value()


async def kept(dsn: str) -> Kept:
    connection = await asyncpg.connect(dsn)
    try:
        query = "select topic, stream::text, id::text from {}.event where case_id is not null order by 1, 2, 3"
        return {name: [tuple(row) for row in await connection.fetch(query.format(name))] for name in SERVICES}
    finally:
        await connection.close()


def counted(everything: Kept) -> Counter[str]:
    return Counter(topic for events in everything.values() for topic, _, _ in events)


async def at_rest(dsn: str, url: str) -> Kept:
    """Everything, once nobody is behind anybody and nothing has come between two looks."""
    before: Kept = {}

    async def look() -> Kept | None:
        nonlocal before
        async with httpx2.AsyncClient(base_url=url, timeout=30) as client:
            answer = await client.get("/health/ready")
        checks = answer.json()["services"].values()
        behind = sum(value for each in checks for name, value in each.items() if "behind" in name)
        now = await kept(dsn)
        before, last = now, before
        return now if answer.status_code == 200 and behind == 0 and now == last else None

    found = await eventually(look, within=60)
    assert found is not None
    return found


@pytest.fixture
async def another(ground: Ground, _namespaces: Iterator[str]) -> AsyncIterator[Ground]:
    """A second system's ground on the same servers: to compare with."""
    name = f"t_{uuid4().hex[:12]}"
    dsn = dsn_of(ground)
    admin = await asyncpg.connect(dsn, database="postgres")
    try:
        await admin.execute(f"create database {name} template canaliza strategy file_copy")
        own = {"postgres_dsn": SecretStr(re.sub(r"/t_\w+\?", f"/{name}?", dsn)), "namespace": next(_namespaces)}
        there = await prepare(ground.settings.model_copy(update=own), ground.secrets)
        assert dsn_of(there) != dsn
        try:
            yield there
        finally:
            await admin.execute(f"drop database {name} with (force)")
            settings = there.settings  # its namespace will be some other test's: nothing may be left there
            async with signed_in(settings.nats_url or "", there.secrets, settings.names, "admin") as client:
                for service in SERVICES:
                    await client.jetstream().delete_stream(settings.names.stream(service))
    finally:
        await admin.close()


async def test_a_day_is_loaded_and_loading_it_again_changes_nothing(ground: Ground) -> None:
    async with running(ground) as system:
        first = await load(DAY, *operator_of(system))
        assert (first.code, first.said) == (
            0,
            "120 nuevos, 0 ya estaban, 0 rechazados · 120 new, 0 known, 0 refused\n",
        )
        everything = await at_rest(dsn_of(ground), system.url)
        counts = counted(everything)
        assert counts["intake.case_opened.v1"] == counts["referral.case_assessed.v1"] == 120
        assert counts["referral.requested.v1"] == counts["notifications.alert_raised.v1"]

        again = await load(DAY, *operator_of(system), "--json")
        assert again.code == 0
        assert json.loads(again.said) == {"new": 0, "again": 120, "refused": []}
        assert await at_rest(dsn_of(ground), system.url) == everything
        await is_as_worked_out_by_hand(system)


async def is_as_worked_out_by_hand(system: System) -> None:
    """Thirty cases, one by one."""
    coordinator = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    entries = await system.service("referral").log.entries(after=0, most=100_000)
    assessed = {
        str(fact.event.submission): (str(fact.case), fact.event)
        for fact in map(recorded_from, entries)
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


async def test_five_who_load_the_same_day_at_once_leave_what_one_would_have(ground: Ground, another: Ground) -> None:
    async with running(ground) as system:
        loads = await asyncio.gather(*(load(DAY, *operator_of(system), "--json") for _ in range(5)))
        assert [one.code for one in loads] == [0] * 5
        outcomes = [json.loads(one.said) for one in loads]
        assert all(one["new"] + one["again"] == 120 and not one["refused"] for one in outcomes)
        assert sum(one["new"] for one in outcomes) == 120
        five = await at_rest(dsn_of(ground), system.url)
    async with running(another) as system:
        assert (await load(DAY, *operator_of(system))).code == 0
        once = await at_rest(dsn_of(another), system.url)
    assert counted(once)["notifications.alert_raised.v1"] > 100
    assert five == once


async def test_each_line_that_cannot_be_taken_is_said_with_its_number_and_without_what_it_holds(
    system: System, tmp_path: Path
) -> None:
    day = [one for one in sample_day() if one["shelter"] == "ALB-IXT-01"]
    invalid = day[1] | {"worker": f"María {SECRET}", SECRET: SECRET}
    invalid["screening"] = {**day[1]["screening"], "sex": SECRET}
    elsewhere = next(one for one in sample_day() if one["shelter"] == "ALB-TAP-01")
    elsewhere["person"] = {"name": SECRET}
    lines = [
        json.dumps(day[0]),
        f'{{"submission_id": "{SECRET}',
        "",
        json.dumps(invalid),
        json.dumps(day[2]),
        json.dumps(elsewhere),
        f"{SECRET}",
        json.dumps(day[3]),
    ]
    file = tmp_path / "día.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    worker = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    token = worker.headers["Authorization"].removeprefix("Bearer ")

    done = await load(file, "--url", system.url, "--token", token)
    assert (done.code, done.said) == (1, "3 nuevos, 0 ya estaban, 4 rechazados · 3 new, 0 known, 4 refused\n")
    told = [line for line in done.complained.splitlines() if line.startswith("línea ")]
    assert [line.split(":")[0] for line in told] == ["línea 2", "línea 4", "línea 6", "línea 7"]
    assert ["invalid_submission" in line for line in told] == [True, True, False, True]
    assert "not_allowed" in told[2]
    assert "  screening.sex: " in done.complained
    assert "  worker: " in done.complained
    assert "CANARIO" not in (done.said + done.complained).upper()
    assert "Traceback" not in done.complained

    again = await load(file, "--url", system.url, "--token", token, "--json")
    outcome = json.loads(again.said)
    assert (again.code, outcome["new"], outcome["again"]) == (1, 0, 3)
    assert sorted(one["line"] for one in outcome["refused"]) == [2, 4, 6, 7]
    assert "CANARIO" not in again.said + again.complained


async def test_a_credential_that_is_not_valid_is_said_once(system: System) -> None:
    done = await load(DAY, "--url", system.url, "--token", f"czl_{SECRET}")
    assert done.code == 4
    assert done.complained.count("credencial") == 1
    assert "Traceback" not in done.complained


async def test_where_nothing_answers_it_gives_up_and_says_so_once() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        where = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        done = await load(DAY, "--url", where, "--token", "czl_x", patience=0.5)
    assert done.code == 3
    assert done.complained.count("repita la carga") == 1
    assert "Traceback" not in done.complained


async def test_without_a_system_on_this_machine_there_is_no_way_in(tmp_path: Path) -> None:
    done = await load(DAY, here={"CANALIZA_DATA": str(tmp_path)})
    assert done.code == 3
    assert "Traceback" not in done.complained


@dataclass
class Everything:
    """``canaliza up`` in a process of its own, on a folder and a port of its own."""

    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {"CANALIZA_DATA": str(self.data), "CANALIZA_PORT": str(self.port)}

    @property
    def dsn(self) -> str:
        return PostgresServer(self.data.resolve(), Secrets.load(self.data)).dsn

    def pids(self) -> list[int]:
        """PostgreSQL's and NATS's."""
        files = (self.data / "postgres" / "postmaster.pid", self.data / "nats" / "nats.pid")
        return [int(file.read_text(encoding="utf-8").split()[0]) for file in files if file.exists()]

    @asynccontextmanager
    async def up(self) -> AsyncIterator[Callable[[], None]]:
        """Yields what kills it, with both its servers, as a power cut would. In the end nothing is left."""
        said = self.data.parent / f"{uuid4()}.log"
        with said.open("wb") as log:
            process = subprocess.Popen(**program("up", here=self.environment), stdout=log, stderr=log)  # noqa: ASYNC220

        def kill() -> None:
            process.kill()
            for pid in self.pids():
                os.kill(pid, signal.SIGKILL)

        async def ready() -> bool:
            assert process.poll() is None, said.read_text(encoding="utf-8")
            with suppress(httpx2.TransportError):
                async with httpx2.AsyncClient(base_url=self.url) as client:
                    return (await client.get("/health/ready")).status_code == 200
            return False

        try:
            await eventually(ready, within=60)
            yield kill
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    await asyncio.to_thread(process.wait, 30)
            if process.poll() is None:
                kill()
            await asyncio.to_thread(process.wait)


@pytest.mark.slow
async def test_a_load_goes_on_after_everything_was_killed_and_leaves_what_it_would_have_without(
    ground: Ground, tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        here = Everything(tmp_path / "data", probe.getsockname()[1])
    async with here.up() as kill:
        loading = asyncio.create_task(load(DAY, "--json", here=here.environment))

        async def half_way() -> bool:
            return counted(await kept(here.dsn))["intake.case_opened.v1"] >= 20

        await eventually(half_way, within=30)
        kill()
    assert not loading.done()
    async with here.up():
        survived = await loading
        assert survived.code == 0, survived.complained
        outcome = json.loads(survived.said)
        assert (outcome["new"] + outcome["again"], outcome["refused"]) == (120, [])
        again = await load(DAY, "--json", here=here.environment)
        assert (again.code, json.loads(again.said)) == (0, {"new": 0, "again": 120, "refused": []})
        interrupted = await at_rest(here.dsn, here.url)
    async with running(ground) as system:
        assert (await load(DAY, *operator_of(system))).code == 0
        once = await at_rest(dsn_of(ground), system.url)
    assert interrupted == once
