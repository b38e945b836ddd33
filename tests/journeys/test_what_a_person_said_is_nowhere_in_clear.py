"""What a person said is nowhere in clear: not in a log, a message, a mail, a table or an answer."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from events.vocabulary import Role
from services.chassis.runtime.logging import configure
from services.system import Installation
from tests.support.builders.canaries import CANARIES, PERSON, Places, leaks
from tests.support.builders.canary_submission import CODED, SHELTER, canary_submission
from tests.support.fakes.mailbox import Mailbox, mailed, open_mailbox
from tests.support.people.canary_acts import (
    WHY,
    acknowledge_and_accept,
    exceptionally,
    fail_within,
    go_wrong,
    over_a_telephone,
    over_nats,
    with_a_slip,
)
from tests.support.system.metrics import measured, text_of
from tests.support.system.places import dumped, every_answer, overhearing, without_policies
from tests.support.system.system import eventually, running
from tests.support.system.traces import collected, traced

OF_EVERYBODY = ("openapi.json", "/code-lists", "/rules")
"""What has every code, whoever said what."""


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
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    with collected(monkeypatch) as kept:
        yield kept


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


def without_words_of_rules(places: Places) -> Places:
    """An auditor reads the names of categories and of what a rule looks at: one of each is an answer, too."""
    left = {place: said.replace(b"statelessness", b"") for place, said in places.items()}
    explained = "auditor: GET /api/v1/audit/cases/{case_id}/explanation"
    return left | {explained: left[explained].replace(b"stateless", b"")}


def the_search_sees(places: Places, heard: Places) -> None:
    """Were it blind, it would find nothing either."""
    assert SHELTER.encode() in places["coordinator: GET /api/v1/referrals"]
    assert SHELTER.encode().hex().encode() in places["database dump"]
    assert any(SHELTER.encode() in content for place, content in heard.items() if "LOG_intake 1" in place)
    assert b"unexpected_error" in places["log"]
    assert b'handler="submit"' in places["metrics"]
    assert b"submit process" in places["traces"]
    assert SHELTER.encode() not in places["metrics"] + places["traces"]
    assert "Tiene una canalización".encode() in places["mail 0"]
    for planted in list(places):
        assert leaks({planted: places[planted] + PERSON["name"].encode()}, PERSON) == [f"name in {planted}"]


async def test_what_a_person_said_is_nowhere_in_clear(
    installation: Installation,
    mailbox: Mailbox,
    spans: InMemorySpanExporter,
    logged: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places: Places = {}
    async with overhearing(installation) as heard, running(traced(measured(mailed(installation, mailbox)))) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        officer = await system.signed_in(Role.OFFICER, "ACNUR")
        others = {
            "officer": officer,
            "shelter": shelter,
            "officer of UNFPA": await system.signed_in(Role.OFFICER, "UNFPA"),
            "auditor": await system.signed_in(Role.AUDITOR, "*"),
            "coordinator": await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"),
        }
        document = canary_submission()
        taken = await shelter.post("/api/v1/submissions", json=document)
        assert taken.status_code == 201
        assert (await shelter.post("/api/v1/submissions", json=document)).status_code == 200
        other = document | {"person": PERSON | {"notes": f"{PERSON['notes']} y más"}}
        conflict = await shelter.post("/api/v1/submissions", json=other)
        assert conflict.status_code == 409
        case = taken.json()["case_id"]
        (referral,) = await system.referrals_of(officer, case)
        await acknowledge_and_accept(officer, referral)
        places["receipt"], places["conflict"] = taken.content, conflict.content
        slip, said_with_it = await with_a_slip(system, shelter, case)
        places |= said_with_it
        access, opened = await exceptionally(others["officer of UNFPA"], referral["referral_id"])
        places |= opened
        places |= await go_wrong(shelter, officer) | await over_nats(system, shelter)
        places |= await over_a_telephone(system, shelter) | await fail_within(shelter, monkeypatch)

        async def copied() -> bool:
            history = await others["auditor"].get(f"/api/v1/audit/cases/{case}/history")
            return "notifications.alert_answered" in history.text and len(mailbox.mails) >= 2

        await eventually(copied)
        answers = {
            f"{role}: {place}": content
            for role, client in others.items()
            for place, content in (await every_answer(system, client, case, referral["referral_id"], access)).items()
        }
        described = {place: said for place, said in answers.items() if place.endswith(OF_EVERYBODY)}
        places |= {place: content for place, content in answers.items() if place not in described}
        places["metrics"] = (await text_of(system)).encode()
    places["traces"] = "".join(span.to_json() for span in spans.get_finished_spans()).encode()
    places |= heard
    places |= {f"mail {number}": mail.everything() for number, mail in enumerate(mailbox.mails)}
    places["database dump"] = await dumped(installation)
    places["log"] = logged.getvalue().encode()

    the_search_sees(places, heard)

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
    places = without_words_of_rules(await without_policies(installation, places))
    assert {"log", "mail 0", "database dump"} <= places.keys()
    for code in ("sexual_services", "sexual_violence", "with_children", "stateless"):
        assert leaks(places, {code: code}) == []
