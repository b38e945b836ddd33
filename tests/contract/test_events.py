"""What was stored once is read for ever, as one of today."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar
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
from tests.contract.golden_events import EVENTS, SAMPLES, a_fact, named, read_again
from tests.contract.regenerate import HOW, SCHEMAS


def golden() -> Iterator[Any]:
    for path in SAMPLES:
        for number, entry in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            yield pytest.param(entry, id=f"{path.stem}-{number}")


def still_said(before: Any, today: Any) -> bool:
    """Whether all that was said is said, however deep; a field that came later may stand beside it."""
    if isinstance(before, dict):
        return isinstance(today, dict) and all(key in today and still_said(before[key], today[key]) for key in before)
    if isinstance(before, list):
        alike = isinstance(today, list) and len(before) == len(today)
        return alike and all(still_said(one, other) for one, other in zip(before, today, strict=True))
    return bool(before == today)


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
            assert still_said(body["data"], fact.event.model_dump(mode="json"))

    @pytest.mark.parametrize("entry", list(golden()))
    def test_a_golden_sample_fits_the_schema_that_outsiders_were_given(self, entry: dict[str, Any]) -> None:
        schema = json.loads((SCHEMAS / f"{entry['topic']}.json").read_text(encoding="utf-8"))
        validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
        validator.check_schema(schema)
        validator.validate(json.loads(entry["state"])["data"])

    def test_no_golden_sample_is_of_an_event_that_no_longer_exists(self) -> None:
        assert {split_topic(path.stem)[0] for path in SAMPLES} == CATALOGUE.keys()


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
