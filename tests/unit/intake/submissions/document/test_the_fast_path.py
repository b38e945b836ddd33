"""The fast path accepts only what the full validation accepts, as the same submission, byte for byte."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.submissions.document import InvalidSubmission, from_json, read, read_bytes
from services.intake.submissions.document.document import ANSWERS
from services.intake.submissions.document.strictness import read_if_plainly_valid
from tests.support.properties import examples

Document = dict[str, Any]

WAYS_OF_WRITING: tuple[Document, ...] = (
    {},
    {"ensure_ascii": False},
    {"ensure_ascii": False, "separators": (",", ":")},
    {"ensure_ascii": False, "indent": 2, "sort_keys": True},
)
OTHERWISE = (
    ('"worker":', '"worker": "w-1", "worker":'),
    ('"worker":', '"w\\u006frker": "w-1", "worker":'),
    ('"screening":', '"screening": {"danger_now": "yes"}, "screening" :'),
    ('"danger_now":', '"danger_now" \n:'),
    ('"sequence": ', '"sequence": -'),
    ('"sequence": ', '"sequence": 1.'),
    ('"sequence": ', '"sequence": 1e'),
    ('"sequence": ', '"sequence": 900719925474099'),
    ('"notes": "', '"notes": "\\u0022: '),
    ('"notes": "', '"notes": ":'),
    ('"notes": "', '"notes": "\\ud800'),
    ('"notes": "', '"notes": "\\ud83e\\udded \\u00f1 \\/ \\n'),
    ('"notes": "', '"notes": "\\u0007'),
    ('"notes": "', '"notes": "null'),
    ('"device":', '"sent_at": null, "device":'),
    ('"device":', '"deivce":'),
    ('"needs": [', '"needs": ["legal", "legal", '),
    ('"shelter": "', '"shelter": "x'),
    ("{", "\ufeff{"),
    ("}", "},"),
    ("}", "} "),
)
"""A part of a document and its replacement: unusual, invalid or written differently."""

TEXTS = st.text(st.sampled_from('":\\, ñ\U0001f9ed\n\x7f\u2028[a') | st.characters(codec="utf-8"), max_size=30)


def same_on_both_paths(text: str, shelters: frozenset[str]) -> None:
    raw = text.encode()
    fast = read_if_plainly_valid(raw, shelters)
    try:
        full = read(from_json(raw), shelters=shelters)
    except InvalidSubmission:
        assert fast is None
        return
    if fast is not None:
        assert fast == full
        assert fast.content() == full.content()


@pytest.mark.parametrize(("before", "after"), OTHERWISE)
def test_an_unusual_document_is_read_alike_or_left_to_the_full_validation(
    before: str, after: str, samples: list[Document], an_adult: Document, shelters: frozenset[str]
) -> None:
    met = 0
    for document in (samples[0], samples[1], an_adult):
        for way in WAYS_OF_WRITING:
            text = json.dumps(document, **way)
            for times in (1, -1):
                same_on_both_paths(text.replace(before, after, times), shelters)
            met += before in text
    assert met


@settings(max_examples=examples(300))
@given(data=st.data())
def test_both_paths_read_a_document_as_the_same_submission(
    data: st.DataObject, samples: list[Document], an_adult: Document, a_child: Document, shelters: frozenset[str]
) -> None:
    document = deepcopy(data.draw(st.sampled_from([*samples[:20], an_adult, a_child])))
    for name in data.draw(st.sets(st.sampled_from(["name", "notes", "document"]), max_size=2)):
        document["person"] = document.get("person", {}) | {name: data.draw(TEXTS)}
    if data.draw(st.booleans()):
        document["screening"]["gender_self"] = data.draw(TEXTS)
    text = json.dumps(document, **data.draw(st.sampled_from(WAYS_OF_WRITING)))
    for before, after in data.draw(st.lists(st.sampled_from(OTHERWISE), max_size=2)):
        text = text.replace(before, after, data.draw(st.integers(1, 2)))
    same_on_both_paths(text, shelters)


@pytest.mark.parametrize("way", WAYS_OF_WRITING)
def test_what_devices_send_takes_the_fast_path(
    way: Document, samples: list[Document], an_adult: Document, a_child: Document, shelters: frozenset[str]
) -> None:
    for sample in [*samples, an_adult, a_child]:
        fast = read_if_plainly_valid(json.dumps(sample, **way).encode(), shelters)
        assert fast is not None
        assert fast.content() == read(sample, shelters=shelters).content()


def test_sealed_content_keeps_its_canonical_form(
    samples: list[Document], an_adult: Document, shelters: frozenset[str]
) -> None:
    """As Python's json module writes it with sorted keys, because stored fingerprints depend on it."""
    for sample in [*samples, an_adult]:
        sent = {name: value for name, value in sample.items() if name != "sent_at"}
        written = json.dumps(sent, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        content = read_bytes(json.dumps(sample).encode(), shelters=shelters).content()
        assert content.canonical.decode() == written
        of_the_boxes = json.loads(written)
        answers = {name: of_the_boxes[name] for name in ANSWERS if name in of_the_boxes}
        assert content.answers.decode() == json.dumps(answers, separators=(",", ":"), ensure_ascii=False)
        if content.identity is not None:
            person = json.dumps(of_the_boxes["person"], separators=(",", ":"), ensure_ascii=False)
            assert content.identity.decode() == person


@pytest.mark.parametrize(
    "twice",
    [
        '"worker":"w-1","worker":',
        '"worker" :"w-1","worker":',
        '"worker"\n:"w-1","worker"\t \r:',
        '"w\\u006frker":"w-1","worker":',
        '"worker":"w-1","person":{"notes":"\\u0022:"},"worker":',
        '"worker":"w-1","person":{"notes":"\\u003a\\u0022\\u003A"},"worker":',
        '"worker":"w-1","person":{"notes":":"},"worker":',
        '"screening":{"danger_now":"yes"},"worker":',
    ],
)
def test_a_repeated_key_is_refused_however_it_is_hidden(
    twice: str, a_threat: Document, an_adult: Document, shelters: frozenset[str]
) -> None:
    for document in (a_threat, {name: value for name, value in an_adult.items() if name != "person"}):
        once = json.dumps(document, separators=(",", ":"))
        with pytest.raises(InvalidSubmission) as refused:
            read_bytes(once.replace('"worker":', twice, 1).encode(), shelters=shelters)
        assert [(fault.field, fault.code) for fault in refused.value.faults] == [("$", "not_json")]
