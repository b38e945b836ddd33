"""One submission is followed from the telephone to the alert: by the lines of the log, and by its trace."""

import asyncio
import json
import logging
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from events.notifications import AlertRaised
from events.vocabulary import Role
from services.chassis.security.current import HEADER
from services.chassis.telemetry.cleaning import ALLOWED
from services.system import Installation
from tests.support.guides import commands
from tests.support.people.alerts import SHELTER, a_child_alone, some
from tests.support.system.metrics import measured
from tests.support.system.system import System, eventually, running
from tests.support.system.traces import collected, traced

TRACE = "0af7651916cd43dd8448eb211c80319c"


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.msg for record in caplog.records if isinstance(record.msg, dict)]


def continues(said: list[dict[str, Any]], service: str, positions: range) -> range:
    """The positions in a service's log that follow from positions of another; none so far: an empty range."""
    for line in said:
        if line["event"] == "followed" and line["service"] == service and line["position"] in positions:
            return range(line["recorded"], line["recorded"] + line["count"])
    return range(0)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    with collected(monkeypatch) as kept:
        yield kept


async def test_a_submission_is_followed_to_its_alert(
    installation: Installation, caplog: pytest.LogCaptureFixture, spans: InMemorySpanExporter, tmp_path: Path
) -> None:
    request = uuid4()
    with caplog.at_level(logging.INFO):
        async with running(traced(measured(installation))) as system:
            shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
            headers = {HEADER: str(request), "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
            headers["tracestate"] = "secret=secret"
            child = a_child_alone()
            taken = await shelter.post("/api/v1/submissions", json=child, headers=headers)
            assert taken.status_code == 201
            await shelter.get("/api/v1/cases", params={"cursor": "secret"})
            await shelter.request("SECRET", "/secret")
            await some(system, AlertRaised)
            await by_its_lines(system, caplog, str(request))
            await by_the_guides_commands(system, caplog, str(request), tmp_path)
    by_its_trace(spans.get_finished_spans(), taken.json()["case_id"], child)


async def by_the_guides_commands(system: System, caplog: pytest.LogCaptureFixture, request: str, folder: Path) -> None:
    """The commands of the operator's guide, typed as they stand beside a file with the lines."""
    (folder / "canaliza.log").write_text("".join(f"{json.dumps(line)}\n" for line in lines(caplog)), encoding="utf-8")
    assert system.metrics_url is not None
    port = str(urlsplit(system.metrics_url).port)
    environment = {"PATH": os.environ["PATH"], "CANALIZA_METRICS_PORT": port, "REQUEST_ID": request}
    numbers, followed = [
        await asyncio.to_thread(typed, each, folder, environment)
        for each in commands("operator.md", "Metrics, dashboards and alarms")
    ]
    assert numbers.count("canaliza_check_ok{") > 100
    assert '"route": "/api/v1/submissions"' in followed.splitlines()[0]
    assert '"service": "notifications"' in followed


def typed(command: str, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euc", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def by_its_lines(system: System, caplog: pytest.LogCaptureFixture, request: str) -> None:
    [line] = [one for one in lines(caplog) if one["event"] == "request" and one.get("request_id") == request]
    assert (line["service"], line["route"]) == ("intake", "/api/v1/submissions")
    taken = range(line["position"], line["position"] + line["count"])

    async def decided() -> range:
        return continues(lines(caplog), "referral", taken)

    async def alerted() -> range:
        return continues(lines(caplog), "notifications", await eventually(decided))

    positions = await eventually(alerted)
    entries = await system.service("notifications").log.entries(after=positions.start - 1, limit=len(positions))
    assert "notifications.alert_raised" in {entry.name for entry in entries}


def by_its_trace(sent: tuple[ReadableSpan, ...], case: str, child: dict[str, Any]) -> None:
    ours = [span for span in sent if span.context is not None and format(span.context.trace_id, "032x") == TRACE]
    names = {span.name for span in ours}
    assert {"POST /api/v1/submissions", "referral follows intake", "notifications follows referral"} <= names
    by_id = {span.context.span_id: span for span in ours if span.context is not None}
    for span in ours:  # each has its cause in the trace, but for the request, whose is the telephone's
        assert span.parent is not None
        assert span.parent.span_id in by_id or span.name == "POST /api/v1/submissions"
    for span in sent:
        assert (span.attributes or {}).keys() <= ALLOWED
        assert not span.events
        assert span.status.description is None
        said = span.to_json()
        for word in ("secret", "SECRET", "127.0.0.1:", "httpx", case, child["person"]["name"], child["submission_id"]):
            assert word not in said, span.name


async def test_what_is_stored_knows_nothing_of_a_trace(installation: Installation, spans: InMemorySpanExporter) -> None:
    async with running(traced(installation)) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        await shelter.post("/api/v1/submissions", json=a_child_alone(), headers=headers)
        await some(system, AlertRaised)
        assert spans.get_finished_spans()
        for service in system.services:
            for entry in await service.log.entries(after=0, limit=1000):
                assert TRACE.encode() not in entry.leaf()
