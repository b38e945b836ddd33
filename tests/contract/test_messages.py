"""An event's message is a CloudEvent, and an auditor is told of every event."""

import re
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NotJSMessageError

from events.contract import (
    CATALOGUE,
    Event,
    UnreadableEventError,
    split_topic,
)
from services.audit.prose import DESCRIBERS, describe
from services.chassis.eventlog.log_entry import EntryMapper, LogEntry
from services.chassis.messaging.delivery import sequence_of
from services.chassis.names import Names
from services.chassis.replication.cloudevents import Copy, Part, entry_from_message
from services.chassis.replication.outlet import Outlet
from tests.contract.golden_events import EVENTS, a_fact, named

NAMES = Names("elsewhere")
OUTLET = Outlet(NAMES, "a-token", bytes(32))


def by_itself(entry: LogEntry) -> Copy:
    return Copy.of(entry, OUTLET, foreign=3, after="the-seal-before")


async def as_the_client(copy: Copy) -> bytes:
    """What nats-py writes to its server for an entry."""
    sent: list[bytes] = []

    class Overheard(Client):
        async def _send_command(self, cmd: bytes, priority: bool = False) -> None:  # noqa: FBT001 - the library's
            assert not priority
            sent.append(cmd)

    client = Overheard()
    await client._send_publish(copy.subject, "", copy.entry.state, len(copy.entry.state), copy.headers())
    return sent[0]


class TestEveryEventCanBeTold:
    @pytest.mark.parametrize("event", EVENTS, ids=named)
    def test_it_says_what_it_means_to_whoever_reads_the_description(self, event: type[Event]) -> None:
        assert "__doc__" in vars(event), "without a docstring of its own the AsyncAPI document says nothing"
        assert len((event.__doc__ or "").strip()) > 30

    @pytest.mark.parametrize("event", EVENTS, ids=named)
    def test_its_name_says_who_publishes_it(self, event: type[Event]) -> None:
        assert re.fullmatch(r"[a-z]+\.[a-z][a-z_]*", event.NAME)

    @pytest.mark.parametrize("event", EVENTS, ids=named)
    def test_an_auditor_reads_it_as_a_sentence_in_spanish_and_english(self, event: type[Event]) -> None:
        assert event in DESCRIBERS
        sentence = describe(a_fact(event))
        for text in (sentence.es, sentence.en):
            assert len(text) > 10
            assert text[0].isupper()
            assert text.endswith(".")
            assert not re.search(r"None|Urgency\.|Agency\.|\{|\[", text)
        assert sentence.es != sentence.en


class TestTheMessageIsACloudEvent:
    """CloudEvents 1.0.2 §3 and its NATS binding: attributes as ``ce-`` headers, the media type as ``content-type``."""

    RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

    @pytest.fixture(params=EVENTS, ids=named)
    def headers(self, request: pytest.FixtureRequest) -> dict[str, str]:
        entry = replace(EntryMapper().to_stored_event(a_fact(request.param)), position=41)
        return Copy.of(entry, OUTLET).headers()

    def test_it_has_the_required_attributes(self, headers: dict[str, str]) -> None:
        assert headers["ce-specversion"] == "1.0"
        for attribute in ("id", "source", "type"):
            assert headers[f"ce-{attribute}"]
        assert urlsplit(headers["ce-source"]).scheme == "urn"
        assert headers["content-type"] == "application/json"

    def test_attribute_names_are_lower_case_letters_and_digits(self, headers: dict[str, str]) -> None:
        for name in headers:
            if name.startswith("ce-"):
                assert re.fullmatch(r"[a-z0-9]{1,20}", name.removeprefix("ce-"))
        assert "ce-data" not in headers

    def test_values_survive_a_header(self, headers: dict[str, str]) -> None:
        for value in headers.values():
            assert value == value.strip()
            assert value.isascii()
            assert value.isprintable()

    def test_the_time_is_rfc_3339(self, headers: dict[str, str]) -> None:
        assert self.RFC_3339.fullmatch(headers["ce-time"])

    def test_the_type_names_event_and_version(self, headers: dict[str, str]) -> None:
        name, version = split_topic(headers["ce-type"].removeprefix("canaliza."))
        assert version == CATALOGUE[name].VERSION

    @pytest.mark.parametrize("event", EVENTS, ids=named)
    def test_the_message_is_the_whole_entry(self, event: type[Event]) -> None:
        entry = replace(EntryMapper().to_stored_event(a_fact(event)), position=41)
        message = SimpleNamespace(headers=Copy.of(entry, OUTLET).headers(), data=entry.state)
        again = entry_from_message(message)
        assert again == entry
        assert again.leaf_hash() == entry.leaf_hash()

    @pytest.mark.parametrize("headers", [None, {}, {"ce-id": "x"}, {"ce-id": str(uuid4()), "ce-stream": "x"}])
    def test_a_message_that_is_no_copy_of_an_entry_is_refused(self, headers: dict[str, str] | None) -> None:
        with pytest.raises(UnreadableEventError):
            entry_from_message(SimpleNamespace(headers=headers, data=b"{}"))

    @pytest.mark.parametrize("event", EVENTS, ids=named)
    async def test_it_is_written_as_the_client_would_write_it(self, event: type[Event]) -> None:
        entry = replace(EntryMapper().to_stored_event(a_fact(event)), position=41)
        assert await as_the_client(by_itself(entry)) == by_itself(entry).command()

    @pytest.mark.parametrize("part", [Part("b", 1, last=False), Part("b", 2, last=False), Part("b", 3, last=True)])
    async def test_as_a_part_of_a_batch_it_is_written_alike(self, part: Part) -> None:
        entry = replace(EntryMapper().to_stored_event(a_fact(EVENTS[0])), position=41)
        copy = Copy.of(entry, OUTLET, foreign=3, part=part)
        assert await as_the_client(copy) == copy.command()

    async def test_without_a_case_it_is_written_alike(self) -> None:
        entry = replace(EntryMapper().to_stored_event(a_fact(EVENTS[0])), position=41, case=None)
        assert await as_the_client(by_itself(entry)) == by_itself(entry).command()


class TestASequenceIsReadFromWhereTheServerPutsIt:
    """ADR-15 of NATS: two forms of the subject that a message of a stream is answered to."""

    @pytest.mark.parametrize(
        "reply",
        [
            "$JS.ACK.LOG_intake.c.1.77.5.1700000000000000000.3",
            "$JS.ACK._.acc.LOG_intake.c.1.77.5.1700000000000000000.3",
            "$JS.ACK.hub.acc.LOG_intake.c.1.77.5.1700000000000000000.3.token",
        ],
    )
    def test_in_either_form(self, reply: str) -> None:
        message = Msg(Client(), reply=reply)
        assert sequence_of(message) == 77 == message.metadata.sequence.stream

    @pytest.mark.parametrize("reply", ["", "_INBOX.x", "$JS.ACK.LOG.c.1.77", "$JS.API.LOG.c.1.77.5.17.3"])
    def test_what_no_stream_delivered_has_none(self, reply: str) -> None:
        with pytest.raises(NotJSMessageError):
            sequence_of(Msg(Client(), reply=reply))
