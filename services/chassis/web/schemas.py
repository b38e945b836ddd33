"""Base classes and types of the bodies and answers of every route.

A body refuses unknown fields, and no fault repeats what was sent. An answer has a model, so that the published
description says what a program may rely on.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationInfo, WithJsonSchema, field_validator
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

REFERENCE = "#/components/schemas/{model}"
"""The reference to a schema that several operations of the description share."""

SAFE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps (RFC 8259 §6)."""

Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
"""Free text of a person: no control characters except tabs and line ends."""

Moment = Annotated[
    datetime,
    PlainSerializer(datetime.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment with its offset, RFC 3339."""


UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What a text of a database cannot hold: NUL, and half a surrogate pair, which JSON can escape."""


def is_storable(value: object) -> bool:
    """Whether every text in a parsed JSON value can be stored."""
    if isinstance(value, str):
        return not UNSTORABLE.search(value)
    if isinstance(value, Mapping):
        return all(is_storable(key) and is_storable(item) for key, item in value.items())
    if isinstance(value, list):
        return all(is_storable(item) for item in value)
    return True


class Body(BaseModel):
    """A request body."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    KEPT_AS_SENT: ClassVar[frozenset[str]] = frozenset()
    """Fields whose own validation says more about what cannot be stored."""

    @field_validator("*", mode="before")
    @classmethod
    def _can_be_stored(cls, value: Any, info: ValidationInfo) -> Any:
        if info.field_name not in cls.KEPT_AS_SENT and not is_storable(value):
            raise PydanticCustomError("unstorable", "unstorable")
        return value


class Command(Body):
    """A body with the caller's own command id: repeated, it takes effect once and gets the same answer."""

    command_id: UUID


class Answer(BaseModel):
    """A successful answer, or a part of one."""

    model_config = ConfigDict(frozen=True)


Item = TypeVar("Item")


class Fault(Answer):
    """What is wrong with one field. The value that was sent is never repeated."""

    field: str
    code: str
    es: str | None = None
    en: str | None = None


class Problem(BaseModel):
    """A refusal (RFC 9457). Programs rely on ``code``, people read the titles."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:canaliza:problem:version_conflict",
                    "title": "Alguien más actuó primero. Vuelva a leer y decida de nuevo.",
                    "title_en": "Somebody else acted first. Read again and decide again.",
                    "status": 409,
                    "code": "version_conflict",
                }
            ]
        },
    )

    type: str
    title: str
    title_en: str
    status: int
    code: str
    request_id: Annotated[
        UUID | None,
        Field(
            description="Of a failure of ours: operators find it by this. Every answer has its id in `X-Request-Id`."
        ),
    ] = None
    faults: list[Fault] | None = None


class _WithoutNull(GenerateJsonSchema):
    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if described.get("default", ...) in (None, [], ()):
            described.pop("default")  # it only says that the field is optional, and generators then require the field
        return described


def schema_without_null(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a body that accepts no null: optional fields are left out instead."""
    return model.model_json_schema(ref_template=REFERENCE, schema_generator=_WithoutNull)


def examples_of(model: type[BaseModel]) -> list[Any]:
    """The published examples of a model, for the answer that lists such items."""
    examples: list[Any] = model.model_json_schema()["examples"]
    return examples
