"""The examples in the published API description are accepted unchanged."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import services.intake.app  # every model that a route names
from services.chassis.web.schemas import Answer, Body, schema_without_null
from services.intake.submissions.document import InvalidSubmission, Submission, read_bytes
from services.intake.wordings import Use, wordings

EXAMPLES = schema_without_null(Submission)["examples"]


def _all(kind: type[BaseModel]) -> set[type[BaseModel]]:
    return {kind, *(each for one in kind.__subclasses__() for each in _all(one))}


MODELS = sorted(
    (one for kind in (Body, Answer) for one in _all(kind) if one.__module__.startswith(services.intake.__name__)),
    key=lambda one: one.__name__,
)
PUBLISHED: list[tuple[type[BaseModel], Any]] = [
    (model, example) for model in MODELS for example in model.model_json_schema().get("examples", ())
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one['kind']}-{one['screening'].get('age_band')}")
def test_a_published_submission_is_accepted_word_for_word(example: dict[str, Any], shelters: frozenset[str]) -> None:
    submission = read_bytes(json.dumps(example).encode(), shelters=shelters, wordings=wordings(Use.CONSENT))
    assert str(submission.submission_id) == example["submission_id"]


def test_an_adult_a_child_alone_and_an_incident_are_published() -> None:
    adult, child, incident = EXAMPLES
    assert adult["screening"]["age_band"] == "25-59"
    assert (child["screening"]["age_band"], child["screening"]["accompaniment"]) == ("12-14", "alone")
    assert incident["kind"] == "community_incident"
    assert "person" not in incident


def test_an_example_with_a_fault_would_be_found(shelters: frozenset[str]) -> None:
    broken = {**EXAMPLES[2], "person": EXAMPLES[0]["person"]}
    with pytest.raises(InvalidSubmission):
        read_bytes(json.dumps(broken).encode(), shelters=shelters, wordings=wordings(Use.CONSENT))


@pytest.mark.parametrize(("model", "example"), PUBLISHED, ids=[model.__name__ for model, _ in PUBLISHED])
def test_a_published_body_or_answer_is_one(model: type[BaseModel], example: dict[str, Any]) -> None:
    accepted = model.model_validate_json(json.dumps(example))
    assert accepted.model_fields_set == example.keys()
    with pytest.raises(ValidationError):
        model.model_validate_json(json.dumps(dict.fromkeys(example)))


def test_every_body_has_an_example_unless_it_is_a_part_of_another() -> None:
    parts = {"ChildHeard", "PublicKey", "TransferConsent", "TransferredPerson", "WithSlip"}
    with_example = {model.__name__ for model, _ in PUBLISHED}
    bodies = {model.__name__ for model in MODELS if issubclass(model, Body)}
    assert bodies - with_example == parts
