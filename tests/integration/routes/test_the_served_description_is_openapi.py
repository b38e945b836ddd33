"""The description that the program serves is OpenAPI 3.1 in all its parts."""

import re
from typing import Any
from urllib.parse import quote

import jsonschema

from tests.support.models.routes_by_role import OPEN


class TestTheDescription:
    async def test_it_is_openapi_3_1_with_an_id_for_every_operation(self, description: dict[str, Any]) -> None:
        assert description["openapi"].startswith("3.1.")
        assert description["info"].keys() >= {"title", "version"}
        operations = [
            operation
            for path in description["paths"].values()
            for operation in path.values()
            if isinstance(operation, dict)
        ]
        ids = [operation["operationId"] for operation in operations]
        assert len(set(ids)) == len(ids)
        for operation in operations:
            assert operation.get("summary")
            for status, response in operation["responses"].items():
                assert re.fullmatch(r"[1-5]\d\d", status)
                assert response["description"]

    async def test_every_schema_in_it_is_a_json_schema(self, description: dict[str, Any]) -> None:
        found = list(_schemas(description))
        assert len(found) > 10
        for schema in found:
            jsonschema.Draft202012Validator.check_schema(schema)

    async def test_every_reference_in_it_leads_somewhere(self, description: dict[str, Any]) -> None:
        for holder, reference in _references(description, description):
            assert reference.startswith("#/")
            where: Any = holder if reference.startswith("#/$defs/") else description
            for step in reference.removeprefix("#/").split("/"):
                where = where[step.replace("~1", "/").replace("~0", "~")]

    async def test_every_route_that_needs_a_token_says_how_it_refuses(self, description: dict[str, Any]) -> None:
        for path, operations in description["paths"].items():
            for method, operation in operations.items():
                if (method.upper(), path) not in OPEN:
                    assert {"401", "403"} <= operation["responses"].keys(), f"{method} {path}"

    async def test_every_parameter_of_a_path_is_described(self, description: dict[str, Any]) -> None:
        for path, operations in description["paths"].items():
            for operation in operations.values():
                described = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
                assert described == set(re.findall(r"\{([^}]*)\}", path))
                assert quote(path, safe="/{}") == path


def _schemas(node: Any) -> Any:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "schema":
                yield value
            elif key == "schemas":
                yield from value.values()
            else:
                yield from _schemas(value)
    elif isinstance(node, list):
        for item in node:
            yield from _schemas(item)


def _references(node: Any, holder: Any) -> Any:
    if isinstance(node, dict):
        if "$defs" in node:
            holder = node
        if isinstance(node.get("$ref"), str):
            yield holder, node["$ref"]
        for value in node.values():
            yield from _references(value, holder)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item, holder)
