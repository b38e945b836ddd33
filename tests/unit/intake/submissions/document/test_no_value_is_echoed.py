"""No refusal repeats a value or key that was sent, and nothing but a refusal is raised."""

import traceback
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.submissions.document import InvalidSubmission, Submission, read
from tests.support.properties import examples

Document = dict[str, Any]
Steps = tuple[int | str, ...]

CANARY = "CANARIO-7f3k María"


def places(value: object, steps: Steps = ()) -> Iterator[Steps]:
    yield steps
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*steps, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from places(item, (*steps, position))


def at(document: Any, steps: Steps) -> Any:
    for step in steps:
        document = document[step]
    return document


def put(document: Document, steps: Steps, value: object) -> object:
    if not steps:
        return value
    document = deepcopy(document)
    at(document, steps[:-1])[steps[-1]] = value
    return document


def attempt(document: object, shelters: frozenset[str]) -> Submission | InvalidSubmission:
    """Read as a caller would, who answers with the faults and may log what was raised."""
    before = repr(document)
    outcome: Submission | InvalidSubmission
    try:
        outcome = read(document, shelters=shelters)
    except InvalidSubmission as invalid:
        outcome = invalid
    assert repr(document) == before
    if isinstance(outcome, InvalidSubmission):
        assert outcome.faults
        assert outcome.__context__ is None
        assert outcome.__cause__ is None
    return outcome


def shown(outcome: Submission | InvalidSubmission) -> str:
    if isinstance(outcome, Submission):
        return f"{outcome!r} {outcome}"
    told = "".join(traceback.format_exception(outcome))
    return f"{outcome!r} {outcome} {outcome.args} {outcome.faults} {told}"


@pytest.mark.parametrize(
    "canary",
    [CANARY, [CANARY], {CANARY: CANARY}, {"name": CANARY}, f"{CANARY}\x00", CANARY * 900, f"{CANARY}\ud800"],
    ids=["text", "list", "key", "field", "control", "long", "surrogate"],
)
def test_no_value_is_ever_repeated(
    canary: object, an_adult: Document, a_child: Document, a_threat: Document, shelters: frozenset[str]
) -> None:
    for document in (an_adult, a_child, a_threat):
        for steps in places(document):
            assert CANARY not in shown(attempt(put(document, steps, canary), shelters))


def test_no_key_is_ever_repeated(an_adult: Document, a_child: Document, shelters: frozenset[str]) -> None:
    for document in (an_adult, a_child):
        for steps in places(document):
            holder = at(document, steps)
            if isinstance(holder, dict):
                for value in (1, None, {"name": CANARY}, [None]):
                    outcome = attempt(put(document, steps, holder | {CANARY: value}), shelters)
                    assert isinstance(outcome, InvalidSubmission)
                    assert CANARY not in shown(outcome)


def test_only_free_text_can_carry_a_name(an_adult: Document, shelters: frozenset[str]) -> None:
    accepted = {
        steps for steps in places(an_adult) if isinstance(attempt(put(an_adult, steps, CANARY), shelters), Submission)
    }
    assert accepted == {
        ("person", "name"),
        ("person", "document"),
        ("person", "phone"),
        ("person", "notes"),
        ("screening", "gender_self"),
    }


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.sampled_from(["yes", "no", "unknown", "all", "granted", "guardian", "0-5", "60+", "shelter_threat"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["name", "kind"]), inner),
    max_leaves=8,
)


@settings(max_examples=examples(400))
@given(data=st.data())
def test_any_mutation_is_valid_or_refused(
    data: st.DataObject, samples: list[Document], a_child: Document, shelters: frozenset[str]
) -> None:
    document: object = data.draw(st.sampled_from([*samples, a_child]))
    for _ in range(data.draw(st.integers(1, 3))):
        steps = data.draw(st.sampled_from(list(places(document))))
        holder = at(document, steps[:-1])
        if steps and isinstance(holder, dict) and data.draw(st.booleans()):
            left = {key: value for key, value in holder.items() if key != steps[-1]}
            document = put(deepcopy(document), steps[:-1], left)  # type: ignore[arg-type]
        else:
            document = put(document, steps, data.draw(ANYTHING))  # type: ignore[arg-type]
    outcome = attempt(document, shelters)
    if isinstance(outcome, Submission):
        assert isinstance(document, dict)
        again = read(document, shelters=shelters)
        assert again.content().canonical == outcome.content().canonical
        assert "NaN" not in outcome.content().canonical.decode()
