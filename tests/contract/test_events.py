"""What was stored or sent once is read for ever, and what is clear in it names nobody."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.contract import (
    CATALOGUE,
    Event,
    Recorded,
    UnknownEventError,
    UnreadableEventError,
    read,
    split_topic,
)
from events.published import schemas
from services.audit.prose import TELLERS, tell
from services.chassis.entry import EntryMapper
from services.chassis.messages import entry_from_message, headers_of
from tests.contract.regenerate import GOLDEN, HOW, SCHEMAS, breaking, golden_of, parts, schema_text

EVENTS = sorted(CATALOGUE.values(), key=lambda event: event.NAME)
SAMPLES = sorted(GOLDEN.glob("*.json"))

RECEIPT = {
    "consents", "consents.receipt", "consents.recipient", "consents.decision", "consents.purpose",
    "consents.given_by", "consents.fields", "consents.how", "consents.wording_version", "consents.expires_at",
}  # fmt: skip
DEADLINES = {"deadlines", "deadlines.acknowledge_by", "deadlines.decide_by", "deadlines.serve_by"}

CLEAR: dict[str, set[str]] = {
    "intake.case_opened": {
        "submission", "kind", "shelter", "worker", "device", "device_sequence", "sent_at", "late_seconds",
        "skew_seconds", "skew_flagged", "subject", "fingerprint", *RECEIPT,
    },
    "referral.case_assessed": {
        "submission", "shelter", "lead", "categories", "suppressed", "suppressed.category", "suppressed.reason",
        "rule_set",
    },
    "intake.answers_amended": {"shelter", "worker", "fingerprint"},
    "intake.consent_recorded": {"shelter", *(name.replace("consents", "consent") for name in RECEIPT)},
    "intake.consent_withdrawn": {"shelter", "receipt", "recipient"},
    "intake.submission_refused": {"org", "code", "faults", "faults.field", "faults.code", "subject"},
    "referral.proposed": {"submission", "shelter", "agency", "urgency", "categories", "rule_set", "replaces"},
    "referral.reassessed": {"agency", "shelter", "urgency", "categories", "rule_set", *DEADLINES},
    "referral.info_requested": {"agency", "shelter"},
    "referral.info_supplied": {"agency", "shelter"},
    "referral.declined": {"agency", "shelter", "reason"},
    "referral.service_scheduled": {"agency", "shelter", "appointment_at"},
    "referral.service_started": {"agency", "shelter"},
    "referral.service_delivered": {"agency", "shelter", "outcome"},
    "referral.loop_closed": {"agency", "shelter", "confirmation"},
    "referral.failed": {"agency", "shelter", "outcome"},
    "referral.contact_lost": {"agency", "shelter", "outcome"},
    "referral.cancelled": {"agency", "shelter"},
    "referral.withdrawn": {"agency", "shelter", "receipt"},
    "referral.entered_in_error": {"agency", "shelter"},
    "referral.rerouted": {"agency", "shelter", "to", "linked"},
    "referral.reopened": {"agency", "shelter", "linked"},
    "referral.rules_adopted": {"rule_set", "deadlines", "content"},
    "referral.requested": {"agency", "urgency", "shelter", "basis", "receipt", "refusal_shown", *DEADLINES},
    "referral.blocked": {"agency", "urgency", "shelter", "reason", "tell_coordinator"},
    "referral.acknowledged": {"agency", "shelter"},
    "referral.accepted": {"agency", "shelter"},
    "notifications.alert_raised": {"referral", "agency", "urgency", "code"},
    "notifications.alert_answered": {"referral", "agency"},
    "notifications.alert_delivered": {"referral", "agency", "channel", "contact", "attempt"},
    "notifications.alert_not_delivered": {
        "referral", "agency", "channel", "contact", "attempt", "failure", "retry_at",
    },
}  # fmt: skip
"""The fields of each event that are not sealed. Add a field here only if it could never tell who the person is."""

OPAQUE = {
    "shelter", "worker", "device", "fingerprint", "rule_set", "code", "consents.fields", "consents.wording_version",
    "consent.fields", "consent.wording_version", "suppressed.reason", "channel", "contact", "failure", "org",
    "faults.field", "faults.code", "deadlines", "content",
}  # fmt: skip
"""Clear fields that are texts without a code list: codes of ours, checked where they come in."""


def named(event: type[Event]) -> str:
    return event.NAME


def golden() -> Iterator[Any]:
    for path in SAMPLES:
        for number, entry in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            yield pytest.param(entry, id=f"{path.stem}-{number}")


def read_again(entry: dict[str, Any]) -> Recorded[Event]:
    return read(
        id=UUID(entry["id"]),
        stream=UUID(entry["stream"]),
        version=entry["version"],
        topic=entry["topic"],
        state=entry["state"].encode(),
    )


def a_fact(event: type[Event]) -> Recorded[Event]:
    """One of today's version, with every field."""
    return read_again(golden_of(event)[0])


class TestWhatWasRecordedOnceIsReadForEver:
    @pytest.mark.parametrize("event", EVENTS, ids=named)
    def test_every_event_of_every_version_has_a_golden_sample(self, event: type[Event]) -> None:
        wanted = {f"{event.NAME}.v{version}" for version in range(1, event.VERSION + 1)}
        missing = wanted - {path.stem for path in SAMPLES}
        assert not missing, f"no golden sample of {sorted(missing)}; {HOW}"

    @pytest.mark.parametrize("entry", list(golden()))
    def test_a_golden_sample_still_says_what_it_said(self, entry: dict[str, Any]) -> None:
        fact = read_again(entry)
        body = json.loads(entry["state"])
        name, version = split_topic(entry["topic"])
        assert name == fact.event.NAME
        envelope = json.loads(fact.state())
        assert {key: envelope[key] for key in body if key != "data"} == {k: v for k, v in body.items() if k != "data"}
        if version == fact.event.VERSION:
            told = fact.event.model_dump(mode="json")
            assert {key: told[key] for key in body["data"]} == body["data"]

    @pytest.mark.parametrize("entry", list(golden()))
    def test_a_golden_sample_fits_the_schema_that_outsiders_were_given(self, entry: dict[str, Any]) -> None:
        schema = json.loads((SCHEMAS / f"{entry['topic']}.json").read_text(encoding="utf-8"))
        validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
        validator.check_schema(schema)
        validator.validate(json.loads(entry["state"])["data"])

    def test_no_golden_sample_is_of_an_event_that_no_longer_exists(self) -> None:
        assert {split_topic(path.stem)[0] for path in SAMPLES} == CATALOGUE.keys()


class TestTheSchemasThatOutsidersRelyOn:
    @pytest.mark.parametrize("topic", sorted(schemas()))
    def test_the_schema_in_the_tree_is_that_of_the_program(self, topic: str) -> None:
        path = SCHEMAS / f"{topic}.json"
        assert path.exists(), f"{path.name} is missing; {HOW}"
        assert path.read_text(encoding="utf-8") == schema_text(schemas()[topic]), f"{path.name} is out of date; {HOW}"

    @pytest.mark.parametrize("topic", sorted(schemas()))
    def test_a_version_never_stops_taking_what_it_took(self, topic: str) -> None:
        path = SCHEMAS / f"{topic}.json"
        if path.exists():
            faults = breaking(json.loads(path.read_text(encoding="utf-8")), schemas()[topic])
            assert not faults, f"{topic} needs a new VERSION and an upcaster: {faults}"

    @pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
    def test_no_schema_is_of_a_version_that_does_not_exist(self, path: Path) -> None:
        name, version = split_topic(path.stem)
        assert 1 <= version <= CATALOGUE[name].VERSION

    def _schema(self, **fields: Any) -> dict[str, Any]:
        required = [name for name, schema in fields.items() if "default" not in schema]
        return {"type": "object", "properties": fields, "required": required, "$defs": {}}

    def test_a_removed_field_is_breaking(self) -> None:
        text = {"type": "string"}
        assert breaking(self._schema(a=text, b=text), self._schema(a=text)) == ["the event: field b was removed"]

    def test_a_new_required_field_is_breaking(self) -> None:
        text = {"type": "string"}
        assert breaking(self._schema(a=text), self._schema(a=text, b=text)) == ["the event: field b became required"]

    def test_a_new_field_with_a_default_is_not(self) -> None:
        text = {"type": "string"}
        assert breaking(self._schema(a=text), self._schema(a=text, b={"type": "string", "default": ""})) == []

    def test_a_removed_code_is_breaking_and_a_new_one_is_not(self) -> None:
        few, many = self._schema(a={"enum": ["U0"]}), self._schema(a={"enum": ["U0", "U1"]})
        assert breaking(many, few) == ["a: code U1 was removed"]
        assert breaking(few, many) == []

    def test_a_removed_code_is_breaking_also_behind_a_reference_and_in_a_list(self) -> None:
        old = self._schema(a={"type": "array", "items": {"$ref": "#/$defs/Code"}})
        new = json.loads(json.dumps(old))
        old["$defs"]["Code"] = {"type": "string", "enum": ["VSG", "MED"]}
        new["$defs"]["Code"] = {"type": "string", "enum": ["MED"]}
        assert breaking(old, new) == ["a: code VSG was removed"]

    def test_another_kind_of_value_or_a_tighter_limit_is_breaking(self) -> None:
        old = self._schema(a={"type": "string", "maxLength": 9}, b={"type": "integer"})
        new = self._schema(a={"type": "string", "maxLength": 8}, b={"type": "string"})
        assert breaking(old, new) == [
            "a: maxLength was tightened",
            "b: no longer takes integer",
            "b: may now be string",
        ]


@pytest.fixture
def desk_opened() -> Iterator[type[Event]]:
    """An event that has changed its shape twice."""

    class DeskOpened(Event):
        """A desk was opened."""

        NAME: ClassVar[str] = "test.desk_opened"
        VERSION: ClassVar[int] = 3

        agencies: tuple[str, ...]
        hours: int

        @staticmethod
        def upcast_v1_v2(data: dict[str, Any]) -> None:
            data["agencies"] = [data.pop("agency")]

        @staticmethod
        def upcast_v2_v3(data: dict[str, Any]) -> None:
            data["hours"] = 24 if data.pop("always") else 8

    yield DeskOpened
    del CATALOGUE[DeskOpened.NAME]


def entry_of(topic: str, data: Any) -> Recorded[Event]:
    state = {
        "case": None,
        "occurred_at": "2013-06-12T08:00:00-05:00",
        "recorded_at": "2013-06-12T13:00:00+00:00",
        "actor": "a",
        "cause": None,
        "data": data,
    }
    return read(id=uuid4(), stream=uuid4(), version=1, topic=topic, state=json.dumps(state).encode())


class TestAnOlderFactIsReadAsOneOfToday:
    @pytest.mark.parametrize(
        ("version", "data"),
        [
            (1, {"agency": "OIM", "always": True}),
            (2, {"agencies": ["OIM"], "always": True}),
            (3, {"agencies": ["OIM"], "hours": 24}),
        ],
    )
    def test_every_version_leads_to_the_same(
        self, desk_opened: type[Event], version: int, data: dict[str, Any]
    ) -> None:
        fact = entry_of(f"test.desk_opened.v{version}", data)
        assert fact.event == desk_opened.model_validate({"agencies": ("OIM",), "hours": 24})
        assert fact.topic == "test.desk_opened.v3"

    @pytest.mark.usefixtures("desk_opened")
    def test_a_version_from_the_future_is_refused_by_name(self) -> None:
        with pytest.raises(UnknownEventError, match=r"test\.desk_opened version 4"):
            entry_of("test.desk_opened.v4", {})

    @pytest.mark.usefixtures("desk_opened")
    @pytest.mark.parametrize("topic", ["test.desk_opened", "test.desk_opened.v", "test.desk_opened.vx", "test.no.v1"])
    def test_a_topic_that_nobody_knows_is_refused(self, topic: str) -> None:
        with pytest.raises(UnknownEventError):
            entry_of(topic, {})

    @pytest.mark.usefixtures("desk_opened")
    @pytest.mark.parametrize("version", [1, 2, 3])
    def test_data_that_does_not_fit_is_refused_without_being_repeated(self, version: int) -> None:
        fields = {"agencies": "CANARIO", "hours": "CANARIO", "always": "CANARIO", "x": "CANARIO"}
        wrong: list[Any] = [fields, [], "CANARIO"]
        for data in wrong:
            with pytest.raises(UnreadableEventError) as refused:
                entry_of(f"test.desk_opened.v{version}", data)
            assert "CANARIO" not in f"{refused.value!r} {refused.value.__cause__!r}"

    @pytest.mark.usefixtures("desk_opened")
    def test_a_name_belongs_to_one_event(self) -> None:
        with pytest.raises(TypeError, match="share the name"):

            class Another(Event):
                """Another event under a name that is taken."""

                NAME: ClassVar[str] = "test.desk_opened"

    @given(
        event=st.sampled_from(EVENTS),
        case=st.none() | st.uuids(),
        cause=st.none() | st.uuids(),
        actor=st.text(min_size=1),
        moment=st.datetimes(min_value=datetime(1971, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - given a zone
    )
    def test_what_is_written_is_what_is_read(
        self, event: type[Event], case: UUID | None, cause: UUID | None, actor: str, moment: datetime
    ) -> None:
        fact = replace(a_fact(event), case=case, cause=cause, actor=actor, occurred_at=moment)
        again = read(id=fact.id, stream=fact.stream, version=fact.version, topic=fact.topic, state=fact.state())
        assert again == fact
        assert again.state() == fact.state()

    @given(st.binary())
    def test_bytes_that_are_no_entry_are_refused_and_nothing_else_is_raised(self, state: bytes) -> None:
        with pytest.raises(UnreadableEventError):
            read(id=uuid4(), stream=uuid4(), version=1, topic="referral.accepted.v1", state=state)


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
        assert event in TELLERS
        sentence = tell(a_fact(event))
        for text in (sentence.es, sentence.en):
            assert len(text) > 10
            assert text[0].isupper()
            assert text.endswith(".")
            assert not re.search(r"None|Urgency\.|Agency\.|\{|\[", text)
        assert sentence.es != sentence.en


class TestWhatIsClearNamesNobody:
    @pytest.mark.parametrize("event", EVENTS, ids=named)
    def test_every_field_is_sealed_or_was_decided_to_be_clear(self, event: type[Event]) -> None:
        assert event.NAME in CLEAR, (
            f"decide which fields of {event.NAME} may be read by anybody, and list them in CLEAR"
        )
        assert set(self._clear(event)) == CLEAR[event.NAME]

    @pytest.mark.parametrize("event", EVENTS, ids=named)
    def test_a_clear_text_is_a_code(self, event: type[Event]) -> None:
        texts = {
            path
            for path, schema in self._clear(event).items()
            if schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys()
        }
        assert texts <= OPAQUE

    @pytest.mark.parametrize("event", EVENTS, ids=named)
    def test_no_field_takes_whatever_it_is_given(self, event: type[Event]) -> None:
        schema = schemas()[event.topic()]
        for path, part in parts(schema, schema):
            assert part.keys() & {"type", "enum", "const", "anyOf"}, f"{path} takes anything"
            if part.get("type") == "object":
                assert part.get("additionalProperties") is False, f"{path} takes any field"

    def _clear(self, event: type[Event]) -> dict[str, dict[str, Any]]:
        schema = schemas()[event.topic()]
        everything = list(parts(schema, schema))
        boxes = {path for path, part in everything if part.get("title") == "Box"}
        return {
            path: part
            for path, part in everything
            if path
            and part.get("type") != "null"
            and not any(path == box or path.startswith(f"{box}.") for box in boxes)
        }


class TestTheMessageIsACloudEvent:
    """CloudEvents 1.0.2 §3 and its NATS binding: attributes as ``ce-`` headers, the media type as ``content-type``."""

    RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

    @pytest.fixture(params=EVENTS, ids=named)
    def headers(self, request: pytest.FixtureRequest) -> dict[str, str]:
        entry = replace(EntryMapper().to_stored_event(a_fact(request.param)), position=41)
        return headers_of(entry)

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
        message = SimpleNamespace(headers=headers_of(entry), data=entry.state)
        again = entry_from_message(message, 41)
        assert again == entry
        assert again.leaf() == entry.leaf()

    @pytest.mark.parametrize("headers", [None, {}, {"ce-id": "x"}, {"ce-id": str(uuid4()), "ce-stream": "x"}])
    def test_a_message_that_is_no_copy_of_an_entry_is_refused(self, headers: dict[str, str] | None) -> None:
        with pytest.raises(UnreadableEventError):
            entry_from_message(SimpleNamespace(headers=headers, data=b"{}"), 1)


def test_a_box_of_a_sample_is_no_real_box() -> None:
    """Nobody puts a real person's ciphertext into the tree: the samples' boxes hold a text that opens to nothing."""
    for path in SAMPLES:
        for entry in json.loads(path.read_text(encoding="utf-8")):
            for sealed in re.findall(r'"sealed":"([^"]*)"', entry["state"]):
                assert sealed.startswith("ejemplo")
