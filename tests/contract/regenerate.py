"""``python -m tests.contract.regenerate``: writes each event's JSON Schema and, of a new version, a golden sample.

What is there already is a promise to whoever stored or received it. A golden sample is never written
again; a schema only if everything that was valid under the old one still is.
"""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from events.contract import CATALOGUE, Event, Recorded
from events.published import schemas

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "events" / "schemas"
GOLDEN = Path(__file__).parent / "golden"
HOW = "run: .venv/bin/python -m tests.contract.regenerate"

Schema = dict[str, Any]

OCCURRED = datetime.fromisoformat("2013-06-12T15:32:00-05:00")
RECORDED = datetime.fromisoformat("2013-06-12T20:32:04.250000+00:00")


def resolved(schema: Schema, whole: Schema) -> Schema:
    """What a reference stands for."""
    while "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def parts(schema: Schema, whole: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every schema in a schema, by the dotted path of its field; alternatives and items share the field's path."""
    schema = resolved(schema, whole)
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from parts(inner, whole, f"{path}.{name}".strip("."))
    for inner in (*schema.get("anyOf", ()), *schema.get("prefixItems", ())):
        yield from parts(inner, whole, path)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from parts(schema[key], whole, path)


def _shapes(whole: Schema) -> dict[str, dict[str, Any]]:
    """By path: the kinds of value, the codes, the fields and which of them must be there."""
    found: dict[str, dict[str, Any]] = {}
    for path, schema in parts(whole, whole):
        shape = found.setdefault(path, {"types": set(), "codes": None, "fields": set(), "required": set()})
        if "type" in schema:
            shape["types"].add(schema["type"])
        if codes := schema.get("enum", [schema["const"]] if "const" in schema else None):
            shape["codes"] = (shape["codes"] or set()) | set(codes)
        shape["fields"] |= schema.get("properties", {}).keys()
        shape["required"] |= set(schema.get("required", ()))
        for limit in ("maxLength", "maximum", "maxItems"):
            if limit in schema:
                shape[limit] = schema[limit]
        for limit in ("minLength", "minimum", "minItems"):
            if limit in schema:
                shape[limit] = schema[limit]
        if "pattern" in schema or "format" in schema:
            shape["form"] = (schema.get("pattern"), schema.get("format"))
    return found


def breaking(old: Schema, new: Schema) -> list[str]:
    """Why data that was valid under ``old``, or a reader written for it, no longer is; empty when all is well."""
    before, after = _shapes(old), _shapes(new)
    faults = []
    for path, was in before.items():
        now = after.get(path)
        place = path or "the event"
        if now is None:
            continue  # its parent says that the field is gone
        faults += [f"{place}: field {name} was removed" for name in sorted(was["fields"] - now["fields"])]
        faults += [f"{place}: field {name} became required" for name in sorted(now["required"] - was["required"])]
        faults += [
            f"{place}: field {name} may now be absent"
            for name in sorted((was["required"] & now["fields"]) - now["required"])
        ]
        faults += [f"{place}: no longer takes {kind}" for kind in sorted(was["types"] - now["types"])]
        faults += [f"{place}: may now be {kind}" for kind in sorted(now["types"] - was["types"]) if was["types"]]
        if now["codes"] is not None:
            lost = sorted(map(str, (was["codes"] or {"any value"}) - now["codes"]))
            faults += [f"{place}: code {code} was removed" for code in lost]
        faults += [
            f"{place}: {limit} was tightened"
            for limit in ("maxLength", "maximum", "maxItems")
            if now.get(limit, float("inf")) < was.get(limit, float("inf"))
        ]
        faults += [
            f"{place}: {limit} was tightened"
            for limit in ("minLength", "minimum", "minItems")
            if now.get(limit, float("-inf")) > was.get(limit, float("-inf"))
        ]
        if now.get("form") not in (None, was.get("form")):
            faults.append(f"{place}: the form of the text changed")
    return faults


def example(schema: Schema, whole: Schema, *, full: bool, path: str = "") -> Any:
    """A value that fits; with every field, or with the required ones only. Always the same for the same schema."""
    schema = resolved(schema, whole)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "anyOf" in schema:
        kinds = [each for each in schema["anyOf"] if each.get("type") != "null"]
        return example(kinds[0], whole, full=full, path=path)
    match schema.get("type"):
        case "object":
            wanted = schema.get("properties", {}) if full else schema.get("required", ())
            fields = {name: schema["properties"][name] for name in wanted}
            return {name: example(each, whole, full=full, path=f"{path}.{name}") for name, each in fields.items()}
        case "array":
            return [example(schema["items"], whole, full=full, path=path)] if full and "items" in schema else []
    plain = {"string": _text(schema, path), "boolean": True, "integer": schema.get("minimum", 7)}
    return plain[schema["type"]]


def _text(schema: Schema, path: str) -> str:
    if "examples" in schema:  # of a text whose form nothing made up here would have
        return str(schema["examples"][0])
    match schema.get("format"):
        case "uuid":
            return str(uuid5(NAMESPACE_URL, path))
        case "date-time":
            return "2013-06-12T20:30:00Z"
        case "date":
            return "2013-06-12"
    text = f"ejemplo{path.replace('.', '-').replace('_', '-')}"
    return text.ljust(schema.get("minLength", 0), "A")[: schema.get("maxLength", 60)]


def golden_of(event: type[Event]) -> list[dict[str, Any]]:
    """Two entries of an event's present version: one with every field, one with no more than it must have."""
    schema = event.model_json_schema(mode="serialization")
    entries = []
    for version, full in enumerate((True, False), start=1):
        name = f"{event.topic()}/{version}"
        recorded = Recorded(
            id=uuid5(NAMESPACE_URL, f"id/{name}"),
            stream=uuid5(NAMESPACE_URL, f"stream/{name}"),
            version=version,
            case=uuid5(NAMESPACE_URL, f"case/{name}") if full else None,
            occurred_at=OCCURRED,
            recorded_at=RECORDED,
            actor="officer:UNICEF:mesa",
            cause=uuid5(NAMESPACE_URL, f"cause/{name}") if full else None,
            event=event.model_validate_json(json.dumps(example(schema, schema, full=full))),
        )
        entry = {"id": str(recorded.id), "stream": str(recorded.stream), "version": version, "topic": recorded.topic}
        entries.append({**entry, "state": _only(recorded.state(), full=full, event=event)})
    return entries


def _only(state: bytes, *, full: bool, event: type[Event]) -> str:
    """The sparse sample is what an older writer stored, who did not know the fields with defaults."""
    if full:
        return state.decode()
    body = json.loads(state)
    required = event.model_json_schema(mode="serialization").get("required", [])
    body["data"] = {name: value for name, value in body["data"].items() if name in required}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def schema_text(schema: Schema) -> str:
    """As it stands in the file."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    """Writes what may be written; says what may not."""
    SCHEMAS.mkdir(exist_ok=True)
    GOLDEN.mkdir(exist_ok=True)
    refused = 0
    for topic, schema in schemas().items():
        path = SCHEMAS / f"{topic}.json"
        faults = breaking(json.loads(path.read_text(encoding="utf-8")), schema) if path.exists() else []
        if faults:
            refused = 1
            sys.stderr.write(f"{topic} needs a new VERSION and an upcaster:\n  " + "\n  ".join(faults) + "\n")
            continue
        path.write_text(schema_text(schema), encoding="utf-8")
    for event in CATALOGUE.values():
        path = GOLDEN / f"{event.topic()}.json"
        if not path.exists():
            path.write_text(json.dumps(golden_of(event), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return refused


if __name__ == "__main__":
    sys.exit(main())
