"""Every moment that a caller may write is one kind of moment, in whatever body or query it stands."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from services.chassis.web.schemas import Body
from tests.contract.published_api import application
from tests.support.builders.moments import forms_of
from tests.support.builders.submissions import VISIT

NEVER: list[Any] = [
    5,
    5.5,
    "5",
    "1371069120",
    True,
    "2013-06-12",
    "2013-06-12T15:32:00",
    "2013-06-12 15:32:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "1969-12-31T23:59:59Z",
]


def of_models(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        yield f"{model.__name__}.{name}", field
    for below in model.__subclasses__():
        yield from of_models(below)


def of_queries(app: FastAPI) -> Iterator[tuple[str, FieldInfo]]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            yield from _parameters(str(context.path), context.original_route.dependant)


def _parameters(path: str, dependant: Dependant) -> Iterator[tuple[str, FieldInfo]]:
    for one in (*dependant.query_params, *dependant.path_params, *dependant.header_params):
        yield f"{path}?{one.alias}", one.field_info
    for each in dependant.dependencies:
        yield from _parameters(path, each)


def moments(fields: Iterator[tuple[str, FieldInfo]]) -> dict[str, TypeAdapter[Any]]:
    return {name: adapter_of(field) for name, field in fields if "datetime.datetime" in repr(field.annotation)}


def adapter_of(field: FieldInfo) -> TypeAdapter[Any]:
    annotation: Any = field.annotation
    return TypeAdapter(Annotated[annotation, *field.metadata] if field.metadata else annotation)


def are_instants(found: dict[str, TypeAdapter[Any]]) -> None:
    for name, adapter in found.items():
        for form in forms_of(VISIT):
            assert adapter.validate_python(form) == VISIT, name
        for value in NEVER:
            with pytest.raises(ValidationError):
                print(name, value, adapter.validate_python(value))  # noqa: T201 - says which one was taken


def test_in_bodies() -> None:
    application()  # imports every capability's bodies
    found = moments(of_models(Body))
    assert {"ScheduleService.appointment_at", "NewConsent.expires_at", "StartCaravanMode.until"} <= set(found)
    are_instants(found)


def test_in_queries() -> None:
    found = moments(of_queries(application()))
    assert found
    are_instants(found)


def test_a_number_is_taken_by_a_field_that_is_no_instant() -> None:
    with pytest.raises(pytest.fail.Exception):
        are_instants({"a field of another kind": TypeAdapter(datetime)})
