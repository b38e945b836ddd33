"""The short way in takes nothing that the careful way would not, and takes it as the same submission, to the byte."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.submission import InvalidSubmission, from_json, read, received
from services.intake.submission.document import ANSWERS
from services.intake.submission.well_formed import well_formed

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
"""What stands in a document, and what may stand there instead: odd, wrong, or said otherwise."""

TEXTS = st.text(st.sampled_from('":\\, ñ\U0001f9ed\n\x7f\u2028[a') | st.characters(codec="utf-8"), max_size=30)


def alike_both_ways(text: str, shelters: frozenset[str]) -> None:
    raw = text.encode()
    short = well_formed(raw, shelters)
    try:
        careful = read(from_json(raw), shelters=shelters)
    except InvalidSubmission:
        assert short is None
        return
    if short is not None:
        assert short == careful
        assert short.content() == careful.content()


@pytest.mark.parametrize(("before", "after"), OTHERWISE)
def test_what_is_odd_is_taken_alike_or_left_to_the_careful_way(
    before: str, after: str, samples: list[Document], an_adult: Document, shelters: frozenset[str]
) -> None:
    met = 0
    for document in (samples[0], samples[1], an_adult):
        for way in WAYS_OF_WRITING:
            text = json.dumps(document, **way)
            for times in (1, -1):
                alike_both_ways(text.replace(before, after, times), shelters)
            met += before in text
    assert met


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_both_ways_take_the_same_document_for_the_same_submission(
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
    alike_both_ways(text, shelters)


@pytest.mark.parametrize("way", WAYS_OF_WRITING)
def test_what_devices_send_goes_the_short_way(
    way: Document, samples: list[Document], an_adult: Document, a_child: Document, shelters: frozenset[str]
) -> None:
    for sample in [*samples, an_adult, a_child]:
        short = well_formed(json.dumps(sample, **way).encode(), shelters)
        assert short is not None
        assert short.content() == read(sample, shelters=shelters).content()


def test_what_is_sealed_is_written_as_it_always_was(
    samples: list[Document], an_adult: Document, shelters: frozenset[str]
) -> None:
    """As Python's own writer does, with sorted names: fingerprints are stored, and hold for ever."""
    for sample in [*samples, an_adult]:
        sent = {name: value for name, value in sample.items() if name != "sent_at"}
        written = json.dumps(sent, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        content = received(json.dumps(sample).encode(), shelters=shelters).content()
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
def test_a_name_twice_is_refused_however_it_is_hidden(
    twice: str, a_threat: Document, an_adult: Document, shelters: frozenset[str]
) -> None:
    for document in (a_threat, {name: value for name, value in an_adult.items() if name != "person"}):
        once = json.dumps(document, separators=(",", ":"))
        with pytest.raises(InvalidSubmission) as refused:
            received(once.replace('"worker":', twice, 1).encode(), shelters=shelters)
        assert [(fault.field, fault.code) for fault in refused.value.faults] == [("$", "not_json")]
