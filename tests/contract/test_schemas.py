"""The schemas that outsiders rely on never stop taking what they took."""

import json
from pathlib import Path
from typing import Any

import pytest

from events.contract import (
    CATALOGUE,
    split_topic,
)
from events.published import schemas
from tests.contract.regenerate import HOW, SCHEMAS, breaking, schema_text


class TestTheSchemasThatOutsidersRelyOn:
    @pytest.mark.parametrize("topic", sorted(schemas()))
    def test_the_schema_in_the_tree_is_that_of_the_program(self, topic: str) -> None:
        path = SCHEMAS / f"{topic}.json"
        assert path.exists(), f"{path.name} is missing; {HOW}"
        assert path.read_text(encoding="utf-8") == schema_text(schemas()[topic]), f"{path.name} is out of date; {HOW}"

    @pytest.mark.parametrize("topic", sorted(schemas()))
    def test_a_version_never_stops_taking_what_it_took(self, topic: str) -> None:
        path = SCHEMAS / f"{topic}.json"
        if path.exists():
            faults = breaking(json.loads(path.read_text(encoding="utf-8")), schemas()[topic])
            assert not faults, f"{topic} needs a new VERSION and an upcaster: {faults}"

    @pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
    def test_no_schema_is_of_a_version_that_does_not_exist(self, path: Path) -> None:
        name, version = split_topic(path.stem)
        assert 1 <= version <= CATALOGUE[name].VERSION

    def _schema(self, **fields: Any) -> dict[str, Any]:
        required = [name for name, schema in fields.items() if "default" not in schema]
        return {"type": "object", "properties": fields, "required": required, "$defs": {}}

    def test_a_removed_field_is_breaking(self) -> None:
        text = {"type": "string"}
        assert breaking(self._schema(a=text, b=text), self._schema(a=text)) == ["the event: field b was removed"]

    def test_a_new_required_field_is_breaking(self) -> None:
        text = {"type": "string"}
        assert breaking(self._schema(a=text), self._schema(a=text, b=text)) == ["the event: field b became required"]

    def test_a_new_field_with_a_default_is_not(self) -> None:
        text = {"type": "string"}
        assert breaking(self._schema(a=text), self._schema(a=text, b={"type": "string", "default": ""})) == []

    def test_a_removed_code_is_breaking_and_a_new_one_is_not(self) -> None:
        few, many = self._schema(a={"enum": ["U0"]}), self._schema(a={"enum": ["U0", "U1"]})
        assert breaking(many, few) == ["a: code U1 was removed"]
        assert breaking(few, many) == []

    def test_a_removed_code_is_breaking_also_behind_a_reference_and_in_a_list(self) -> None:
        old = self._schema(a={"type": "array", "items": {"$ref": "#/$defs/Code"}})
        new = json.loads(json.dumps(old))
        old["$defs"]["Code"] = {"type": "string", "enum": ["VSG", "MED"]}
        new["$defs"]["Code"] = {"type": "string", "enum": ["MED"]}
        assert breaking(old, new) == ["a: code VSG was removed"]

    def test_another_kind_of_value_or_a_tighter_limit_is_breaking(self) -> None:
        old = self._schema(a={"type": "string", "maxLength": 9}, b={"type": "integer"})
        new = self._schema(a={"type": "string", "maxLength": 8}, b={"type": "string"})
        assert breaking(old, new) == [
            "a: maxLength was tightened",
            "b: no longer takes integer",
            "b: may now be string",
        ]
