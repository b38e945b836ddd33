"""Prometheus is told numbers about a system that works, and nothing about anybody."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import httpx2
import promql_parser
import pytest
from prometheus_client.samples import Sample

from events.contract import CATALOGUE
from events.notifications import AlertDelivered
from events.vocabulary import Role, Urgency
from services.chassis.names import SERVICES
from services.chassis.runtime.words import CODES
from services.chassis.secrets.installation import Secrets
from services.referral.overview.gauges import REASONS
from tests.support.fakes.mailbox import mailed, open_mailbox
from tests.support.people.alerts import SHELTER, a_child_alone, flag, some
from tests.support.rules import expressions, selectors
from tests.support.system.installations import fresh_database, fresh_installation
from tests.support.system.metrics import measured, samples_in, text_of
from tests.support.system.servers import RunServers
from tests.support.system.system import HANG, NO_TLS, System, eventually, running

ONLY_SOMETIMES = {
    "canaliza_backup_drill_passed_timestamp_seconds": "a folder of backups",
    "canaliza_backup_last_success_timestamp_seconds": "a folder of backups",
    "canaliza_certificate_expires_timestamp_seconds": "a certificate of the server's own",
    "canaliza_leaf_alarm": "a leaf node",
    "canaliza_leaf_lag_messages": "a leaf node",
    "canaliza_leaf_silent_seconds": "a leaf node",
    "canaliza_nats_received_processed_messages_total": "a shelter's own software",
}
"""What is told only where there is such a thing; the tests of each show that it is."""
PROMETHEUS_OWN = {"up"}
LIBRARY = ("process_", "python_gc_")
LABELS: Mapping[str, set[str]] = {
    "service": {*SERVICES, "all"},
    "app_name": set(SERVICES),
    "urgency": set(Urgency),
    "reason": set(REASONS),
    "check": set(CODES),
    "upstream": set(SERVICES),
    "log": set(SERVICES),
    "channel": {"email", "other"},
    "event": {event.NAME for event in CATALOGUE.values()},
    "status": {"2xx", "3xx", "4xx", "5xx", "acked", "nacked", "rejected", "skipped", "error"},
    "method": {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"},
    "generation": {"0", "1", "2"},
    "handler": {"submit", "sealed", "other"},
    "broker": {"nats"},
}
"""The labels whose values are known before anybody sends anything."""
OF_THE_PROGRAM = {"about", "route", "version", "le"}
"""Those whose values are names in the program: loops, channels, codes, route templates, buckets."""
STRANGE = ("/etc/passwd", "/api/v1/cases/Maria-Lopez", "/%F0%9F%A6%86", "/entrar/../x?name=Juana", "/a" * 50)


@dataclass(frozen=True, slots=True)
class Told:
    """A scrape, and what must not be in it."""

    samples: list[Sample]
    text: str
    case: str


@pytest.fixture(scope="module")
async def told(run_servers: RunServers, secrets: Secrets, namespaces: Iterator[str]) -> AsyncIterator[Told]:
    """After a child was flagged and a desk told of it, and somebody sent whatever came to mind."""
    async with (
        fresh_database(run_servers) as dsn,
        fresh_installation(run_servers, dsn, secrets, next(namespaces)) as installation,
    ):
        with open_mailbox() as mailbox:
            async with running(measured(mailed(installation, mailbox))) as system:
                shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
                case = await flag(shelter, a_child_alone())
                await shelter.get(f"/api/v1/cases/{case}")
                await some(system, AlertDelivered)
                async with httpx2.AsyncClient(base_url=system.url, verify=NO_TLS, timeout=HANG) as anybody:
                    for path in STRANGE:
                        await anybody.get(path)
                        await anybody.request("BREW", path)
                text = await eventually(partial(compared, system))
                yield Told(samples_in(text), text, case)


async def compared(system: System) -> str:
    """A scrape after the logs were compared for the first time."""
    text = await text_of(system)
    return text if "canaliza_compared_age_seconds" in text else ""


def test_every_metric_of_a_rule_or_a_panel_is_told(told: Told) -> None:
    names = {sample.name for sample in told.samples} | PROMETHEUS_OWN | ONLY_SOMETIMES.keys()
    for where, expression in expressions():
        for selector in selectors(promql_parser.parse(expression)):
            assert selector.name in names or ":" in selector.name, where


def test_every_label_of_a_rule_or_a_panel_is_told(told: Told) -> None:
    labels: dict[str, set[str]] = {}
    for sample in told.samples:
        labels.setdefault(sample.name, set()).update(sample.labels)
    for where, expression in expressions():
        for selector in selectors(promql_parser.parse(expression)):
            if selector.name in labels:
                assert {one.name for one in selector.matchers.matchers} <= labels[selector.name] | {"job"}, where


def test_a_label_says_nothing_that_anybody_sent(told: Told) -> None:
    for sample in told.samples:
        for name, value in sample.labels.items():
            if name in LABELS:
                assert value in LABELS[name], sample
            else:
                assert name in OF_THE_PROGRAM, sample
                assert re.fullmatch(r"[A-Za-z0-9_{}/.*+:-]{0,80}", value), sample
    assert told.case not in told.text
    for words in (SHELTER, "p-0", "Maria", "Juana", "BREW", "passwd"):
        assert words not in told.text


def test_what_nobody_serves_is_one_series_for_each_method(told: Told) -> None:
    strange = [one for one in told.samples if one.name == "canaliza_http_requests_total" and one.labels["route"] == "-"]
    assert {(one.labels["method"], one.labels["status"]) for one in strange} <= {
        ("GET", "4xx"), ("other", "4xx"), ("GET", "3xx"),
    }  # fmt: skip
    assert sum(one.value for one in strange) >= len(STRANGE)


def test_requests_are_told_by_their_template_and_service(told: Told) -> None:
    [taken] = [
        one
        for one in told.samples
        if one.name == "canaliza_http_requests_total" and one.labels["route"] == "/api/v1/submissions"
    ]
    assert taken.labels == {"service": "intake", "route": "/api/v1/submissions", "method": "POST", "status": "2xx"}
    assert "/api/v1/cases/{case_id}" in told.text


def test_every_service_tells_its_checks_its_commits_and_its_events(told: Told) -> None:
    for service in SERVICES:
        of_it = {sample.name for sample in told.samples if sample.labels.get("service") == service}
        assert {"canaliza_check_ok", "canaliza_commit_seconds_bucket", "canaliza_events_total"} <= of_it
        assert {"canaliza_gauges_read", "canaliza_build_info", "canaliza_leader"} <= of_it


def test_a_metric_of_ours_has_our_prefix(told: Told) -> None:
    assert all(sample.name.startswith(("canaliza_", *LIBRARY)) for sample in told.samples)


def test_a_scrape_is_small(told: Told) -> None:
    """Some hundred series for each service; each route that is used adds one for its counts and a histogram."""
    assert len(told.samples) < 1500
