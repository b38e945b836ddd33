import json
from copy import deepcopy
from typing import Any

import pytest

from services.intake.submissions.document import InvalidSubmission, from_json, read, read_bytes

Document = dict[str, Any]


def test_a_day_of_samples_is_valid(samples: list[Document], shelters: frozenset[str]) -> None:
    assert len(samples) == 120
    for sample in samples:
        submission = read(sample, shelters=shelters)
        assert str(submission.submission_id) == sample["submission_id"]
        assert (submission.kind, submission.shelter) == (sample["kind"], sample["shelter"])
        assert len(submission.consent) == len(sample.get("consent", []))


def test_what_was_accepted_comes_back_word_for_word(
    samples: list[Document], an_adult: Document, a_child: Document, shelters: frozenset[str]
) -> None:
    for sample in [*samples, an_adult, a_child]:
        submission = read(sample, shelters=shelters)
        content = submission.content()
        canonical = json.loads(content.canonical)
        assert canonical == {name: value for name, value in sample.items() if name != "sent_at"}
        assert json.loads(content.identity or b"{}") == sample.get("person", {})
        assert json.loads(content.answers) == {
            name: value
            for name, value in sample.items()
            if name not in {"person", "submission_id", "worker", "device", "sent_at"}
        }


def test_a_canonical_document_reads_as_itself(samples: list[Document], shelters: frozenset[str]) -> None:
    for sample in samples:
        canonical = read(sample, shelters=shelters).content().canonical
        assert read(from_json(canonical), shelters=shelters).content().canonical == canonical


def test_the_same_again_is_told_from_other_content(an_adult: Document, shelters: frozenset[str]) -> None:
    canonical = read(an_adult, shelters=shelters).content().canonical
    again = dict(reversed(an_adult.items()))
    again |= {"sent_at": "2013-06-13T10:00:00Z", "submission_id": an_adult["submission_id"].upper()}
    assert read(from_json(json.dumps(again, indent=4).encode()), shelters=shelters).content().canonical == canonical
    other = deepcopy(an_adult)
    other["screening"]["needs"].reverse()
    assert read(other, shelters=shelters).content().canonical != canonical


def test_what_was_accepted_cannot_be_altered_through_what_was_sent(
    an_adult: Document, shelters: frozenset[str]
) -> None:
    sent = deepcopy(an_adult)
    submission = read(sent, shelters=shelters)
    before = submission.content()
    assert sent == an_adult
    sent["screening"].clear()
    sent["person"]["name"] = "otra"
    assert submission.content() == before


def test_what_was_not_sent_stays_absent(a_threat: Document, shelters: frozenset[str]) -> None:
    assert read(a_threat, shelters=shelters).content().identity is None
    assert set(json.loads(read(a_threat, shelters=shelters).content().answers)) == {
        "kind",
        "shelter",
        "occurred_at",
        "screening",
    }


def test_kind_is_person_unless_said(an_adult: Document, shelters: frozenset[str]) -> None:
    submission = read({name: value for name, value in an_adult.items() if name != "kind"}, shelters=shelters)
    assert submission.kind == "person"
    assert "kind" not in json.loads(submission.content().answers)


def test_a_repr_shows_nothing_of_the_person(an_adult: Document, shelters: frozenset[str]) -> None:
    submission = read(an_adult, shelters=shelters)
    shown = f"{submission!r} {submission} {submission.person!r} {submission.screening} {submission.consent}"
    for value in (*an_adult["person"].values(), "HND", "extortion", "ALB-HUI-01", "ACNUR"):
        assert value not in shown
    assert an_adult["submission_id"] in shown


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"kind": "person", "kind": "person"}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": 9007199254740992}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b"{}\xef\xbb\xbf",
        b"[" * 17 + b"]" * 17,
        b"[" * 100_000,
        b"{} {}",
    ],
)
def test_a_document_two_readers_might_read_differently_is_refused_whole(raw: bytes) -> None:
    with pytest.raises(InvalidSubmission) as refused:
        from_json(raw)
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("$", "not_json")]
    assert refused.value.__context__ is None


def test_a_byte_order_mark_is_skipped() -> None:
    assert from_json(b"\xef\xbb\xbf{}") == {}


def test_sixteen_levels_are_read() -> None:
    assert from_json(b"[" * 16 + b"]" * 16)


def test_bytes_not_worth_parsing_are_too_large() -> None:
    with pytest.raises(InvalidSubmission) as refused:
        from_json(b" " * 1_000_000)
    assert [fault.code for fault in refused.value.faults] == ["too_large"]


def test_a_document_over_24_kib_is_too_large(an_adult: Document, shelters: frozenset[str]) -> None:
    notes = {"notes": "\U0001f9ed" * 8000}
    large = an_adult | {"person": notes}
    for reading in (read, lambda document, shelters: read_bytes(json.dumps(document).encode(), shelters=shelters)):
        with pytest.raises(InvalidSubmission) as refused:
            reading(large, shelters=shelters)
        assert [(fault.field, fault.code) for fault in refused.value.faults] == [("$", "too_large")]
