"""What a client's author may rely on: bodies and answers have examples, and every example is valid."""

from typing import Any

from jsonschema import Draft202012Validator

from tests.contract.published_api import Operation, description, operations
from tests.contract.published_schemas import Schema, all_schemas, answers, resolved, schemas, with_body


def faults_of(example: Any, schema: Schema) -> list[str]:
    """Why an example is none; formats are looked at too."""
    whole = {**schema, "components": description()["components"]}
    validator = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in validator.iter_errors(example)]


class TestExamples:
    def test_every_example_of_a_component_fits_its_schema(self) -> None:
        faults = {
            f"{name}, example {number}": found
            for name, schema in schemas().items()
            for number, example in enumerate(schema.get("examples", ()))
            if (found := faults_of(example, schema))
        }
        assert faults == {}

    def test_every_example_elsewhere_fits_its_schema(self) -> None:
        faults = {}
        for place, part in all_schemas().items():
            if not place.startswith("#/paths") or not isinstance(part.get("schema"), dict):
                continue
            examples = [*part["schema"].get("examples", ())] + [part[key] for key in ("example",) if key in part]
            examples += [each["value"] for each in part.get("examples", {}).values()]
            for example in examples:
                if found := faults_of(example, part["schema"]):
                    faults[place] = found
        assert faults == {}

    def test_every_body_has_an_example(self) -> None:
        def shown(operation: Operation) -> bool:
            content = operation["requestBody"]["content"]["application/json"]
            return bool(resolved(content["schema"]).get("examples") or content.get("examples"))

        assert [name for name, operation in with_body().items() if not shown(operation)] == []

    def test_every_answer_has_an_example(self) -> None:
        def shown(body: dict[str, Any]) -> bool:
            schema = resolved(body["schema"])
            ways = [schema, *(resolved(one) for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())))]
            return any(way.get("examples") for way in ways) or bool(body.get("examples"))

        bodies = [(name, each) for name, operation in operations().items() for each in answers(operation).items()]
        assert [(name, status) for name, (status, body) in bodies if not shown(body)] == []
