"""What a client's author may rely on: every schema is named, used and exact."""

import json
import re
from copy import deepcopy
from typing import Any

from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter, ValidationError

from services.chassis.web.schemas import SAFE_INTEGER
from tests.contract.published_api import application
from tests.contract.published_schemas import all_schemas, fields_of, request_schema, resolved, schemas, with_body


def changed(example: Any, place: tuple[str, ...], *, null: bool) -> Any:
    """The example with one field null, or without it; ``None`` if it has nothing that could hold the field."""
    whole = deepcopy(example)
    holder = whole
    for step in place[:-1]:
        holder = holder.get(step) if isinstance(holder, dict) else None
    if not isinstance(holder, dict):
        return None
    holder.pop(place[-1], None)
    if null:
        holder[place[-1]] = None
    return whole


def body_models() -> dict[str, TypeAdapter[Any]]:
    """What reads each body that the framework reads."""
    return {
        f"{method} {context.path}": TypeAdapter(body.field_info.annotation)
        for context in iter_route_contexts(application().routes)
        if isinstance(route := context.original_route, APIRoute)
        for body in route.dependant.body_params
        if body.field_info.annotation is not None
        for method in route.methods or ()
    }


def is_taken(model: TypeAdapter[Any], body: Any) -> bool:
    """Whether a body has the form that is expected."""
    try:
        model.validate_json(json.dumps(body))
    except ValidationError:
        return False
    return True


class TestSchemas:
    def test_no_model_has_the_name_of_a_module_in_its_name(self) -> None:
        assert [name for name in schemas() if "__" in name or not re.fullmatch(r"[A-Z][A-Za-z0-9]+", name)] == []

    def test_every_schema_is_used(self) -> None:
        used = {schema["$ref"].rpartition("/")[2] for schema in all_schemas().values() if "$ref" in schema}
        assert set(schemas()) - used == set()

    def test_every_reference_leads_to_a_component(self) -> None:
        for place, schema in all_schemas().items():
            if "$ref" in schema:
                assert re.fullmatch(r"#/components/schemas/\w+", schema["$ref"]), place
                assert schema["$ref"].rpartition("/")[2] in schemas(), place

    def test_limits_of_integers_are_exact(self) -> None:
        for place, schema in all_schemas().items():
            for limit in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
                if limit in schema and schema.get("type") == "integer":
                    assert isinstance(schema[limit], int), f"{place}: {schema[limit]} was rounded"
                    assert abs(schema[limit]) <= SAFE_INTEGER, f"{place}: {schema[limit]} is not kept by every reader"

    def test_a_null_is_described_only_where_it_is_taken_as_a_field_left_out(self) -> None:
        models, wrong = body_models(), []
        for name, operation in with_body().items():
            schema, model = request_schema(operation), models.get(name)
            nullable = [place for place, inner in fields_of(schema) if {"type": "null"} in inner.get("anyOf", ())]
            if model is None:  # a body that its route reads itself: it takes no null anywhere
                wrong += [(name, place) for place in nullable]
                continue
            for example in resolved(schema).get("examples", ()):
                for place in nullable:
                    with_null, without = changed(example, place, null=True), changed(example, place, null=False)
                    if with_null is not None and is_taken(model, with_null) != is_taken(model, without):
                        wrong.append((name, place))
        assert wrong == []
