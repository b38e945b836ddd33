"""What a client's author may rely on: the description is valid, its answers are typed, and it names every refusal."""

import re

from openapi_spec_validator import OpenAPIV31SpecValidator

from services.chassis.identity.request_guard import RequestGuard
from services.chassis.web.refusals import CODES, MEDIA_TYPE
from tests.contract.published_api import METHODS, application, description, operations
from tests.contract.published_schemas import Schema, answers, reachable, with_body
from tests.support.models.route_table import route_table

NOT_READY = {("GET /health/ready", "503"), ("GET /health/flow", "503")}
"""No refusal: each says the same as its 200, for the program that looks after the process."""
PROBLEM = {"$ref": "#/components/schemas/Problem"}


def is_free_form(schema: Schema) -> bool:
    """Whether it takes any value, or any object."""
    if not schema.keys() - {"title", "description", "examples", "default"}:
        return True
    named = {"properties", "additionalProperties", "patternProperties", "anyOf", "oneOf", "allOf", "const", "enum"}
    if schema.get("type") != "object":
        return False
    return not schema.keys() & named or (
        schema.get("additionalProperties") in (True, {}) and not schema.get("properties")
    )


def test_the_document_is_valid_openapi() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(description()).iter_errors()] == []


class TestOperations:
    def test_each_has_a_short_id_of_its_own_that_begins_with_a_verb(self) -> None:
        ids = [operation["operationId"] for operation in operations().values()]
        assert len(set(ids)) == len(ids)
        for name in ids:
            assert re.fullmatch(r"[a-z]+(_[a-z]+){1,3}", name), f"{name}: verb_noun, in words"
            assert len(name) <= 32, f"{name} is too long for the name of a function"
            assert name.split("_")[0] not in {"api", *METHODS} - {"get", "delete"}, f"{name} begins with no verb"

    def test_each_says_what_it_does(self) -> None:
        assert [name for name, operation in operations().items() if not operation.get("description")] == []

    def test_each_successful_answer_is_typed(self) -> None:
        for name, operation in operations().items():
            assert [status for status in operation["responses"] if status < "400"], name
        untyped = [
            (name, status, schema)
            for name, operation in operations().items()
            for status, body in answers(operation).items()
            for schema in reachable(body["schema"])
            if is_free_form(schema) and not schema.get("description")
        ]
        assert untyped == [], "free-form, and they do not say why"

    def test_each_refusal_is_a_problem_with_its_codes(self) -> None:
        refused = {
            (name, status): answer
            for name, operation in operations().items()
            for status, answer in operation["responses"].items()
            if status >= "400" and (name, status) not in NOT_READY
        }
        typed = {MEDIA_TYPE: {"schema": PROBLEM}}
        assert [place for place, answer in refused.items() if answer.get("content") != typed] == []
        assert [place for place, answer in refused.items() if not answer.get(CODES)] == []

    def test_each_that_takes_a_body_says_how_it_refuses_one(self) -> None:
        for name, operation in with_body().items():
            assert operation["responses"].keys() >= {"400", "413", "422"}, name


class TestGuards:
    def test_the_ways_to_authenticate_are_declared(self) -> None:
        schemes = description()["components"]["securitySchemes"]
        assert {scheme["type"] for scheme in schemes.values()} == {"http", "apiKey"}
        for operation in operations().values():
            for way in operation.get("security", ()):
                assert way.keys() <= schemes.keys()

    def test_every_guarded_operation_names_them_and_no_other_does(self) -> None:
        guarded = {f"{method} {path}" for (method, path), asked in route_table(application()).items() if asked}
        assert {name for name, operation in operations().items() if operation.get("security")} == guarded & set(
            operations()
        )

    def test_a_guarded_operation_says_that_it_may_refuse_whoever_sends_it(self) -> None:
        for (method, path), asked in route_table(application()).items():
            operation = operations().get(f"{method} {path}")
            if operation is not None and asked is not None:
                assert "not_signed_in" in operation["responses"]["401"][CODES]
                assert "403" in operation["responses"]

    def test_a_guard_that_takes_no_token_names_the_session_alone(self) -> None:
        assert RequestGuard.takes_tokens
        assert operations()["DELETE /api/v1/session"]["security"] == [{"session": []}]
        assert operations()["GET /api/v1/session"]["security"] == [{"token": []}, {"session": []}]
