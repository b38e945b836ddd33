"""The schemas of the published description, found and followed."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.contract.published_api import Operation, description, operations

Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """The components, by name."""
    found: dict[str, Schema] = description()["components"]["schemas"]
    return found


def with_body() -> dict[str, Operation]:
    """The operations that take a body."""
    return {name: operation for name, operation in operations().items() if "requestBody" in operation}


def resolved(schema: Schema) -> Schema:
    """What a reference stands for."""
    while "$ref" in schema:
        schema = schemas()[schema["$ref"].rpartition("/")[2]]
    return schema


def answers(operation: Operation) -> dict[str, dict[str, Any]]:
    """The bodies of the successful answers, by status."""
    return {
        status: body
        for status, answer in operation["responses"].items()
        if status < "400"
        for media, body in answer.get("content", {}).items()
        if media == "application/json"
    }


def request_schema(operation: Operation) -> Schema:
    """The schema of the body in JSON."""
    found: Schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return found


def every_schema(part: Any, place: str = "#") -> Iterator[tuple[str, Schema]]:
    """Every schema of the document, wherever it is, by its place."""
    if isinstance(part, dict):
        if place.rpartition("/")[2] not in {"properties", "examples", "example", "default", "const", "enum"}:
            yield place, part
        for key, value in part.items():
            if key not in {"examples", "example", "default", "const", "enum"}:
                yield from every_schema(value, f"{place}/{key}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from every_schema(value, f"{place}/{index}")


@cache
def all_schemas() -> dict[str, Schema]:
    """Every schema of the document, by its place."""
    paths = dict(every_schema(description()["paths"], "#/paths"))
    return dict(every_schema(schemas(), "#/components/schemas")) | paths


def reachable(schema: Schema, seen: set[int] | None = None) -> Iterator[Schema]:
    """A schema and every schema that it is made of."""
    seen = set() if seen is None else seen
    schema = resolved(schema)
    if id(schema) in seen:
        return
    seen.add(id(schema))
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from reachable(inner, seen)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for inner in schema.get(key, ()):
            yield from reachable(inner, seen)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from reachable(schema[key], seen)


def fields_of(schema: Schema, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Schema]]:
    """Every field of a body, those of the objects inside it too, by its names from the outside in."""
    for name, inner in resolved(schema).get("properties", {}).items():
        yield (*place, name), inner
        for way in (inner, *inner.get("anyOf", ())):
            if "$ref" in way:
                yield from fields_of(way, (*place, name))
