"""``python -m tests.contract.reference``: writes ``docs/reference/`` from the code: routes, events, problems."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from events.contract import CATALOGUE, Event
from services.chassis.authorization.policy import TABLE, Action
from services.chassis.errors import ServiceError
from services.chassis.eventlog.reactions import Reactions
from services.chassis.runtime.service import Service
from services.chassis.web.problems import _StatusError, problem
from services.chassis.web.refusals import CODES
from services.system import MODELS
from tests.contract.published_api import Operation, application, description, operations
from tests.support.models.route_table import SIGNED_IN, route_table

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
HOW = "run: make reference"
MADE = "*Made from the code by `make reference`; a test compares them.*"
EVERY_GUARDED = frozenset({"not_signed_in", "not_allowed", "cross_site", "store_unavailable", "log_halted"})
EVERY_BODY = frozenset({"refused", "malformed_request"})
"""Together with ``TOO_MUCH``."""
TOO_MUCH = frozenset({"too_large", "body_timeout"})
FEW = 4
"""Of so many operations a problem names each; of more it says how many there are."""

ROUTES = """\
Requests carry a token (`Authorization: Bearer …`) or a person's session; *open* routes carry neither. Who has an
action, and over what, is in [who may do what](../guides/access.md). `?` marks a field that may be left out.

Every guarded route may refuse with `not_signed_in`, `not_allowed`, `cross_site` (a session's request from another
site), `store_unavailable` and `log_halted`; every route with a body or parameters with `malformed_request`, and with a
body `refused` (it is not UTF-8), `too_large` and `body_timeout`; any with `tls_required` and `not_http`. Only the
others are named below; what each means: [problems](problems.md).
"""
EVENTS = """\
An event is published by the service that its name begins with, on the subject `canaliza.<name>`. *Followed by*: the
services that decide something because of it, and what. *Read by*: those that show it in a read model of theirs. Audit
follows every log besides, and shows every event.
"""
PROBLEMS = """\
A refusal is `application/problem+json` (RFC 9457): `type`, `title` (Spanish), `title_en`, `status`, `code`. Programs
rely on `code`, which never changes. `faults` names what is wrong by field; the values that were sent are never
repeated. `–`: not over HTTP, or of any route.
"""


@cache
def pages() -> dict[str, str]:
    """Each page's text by its file's name."""
    return {"routes.md": routes_page(), "events.md": events_page(), "problems.md": problems_page()}


def line(text: str | None) -> str:
    """A docstring's first paragraph in one line, with single backticks as Markdown writes them."""
    return " ".join((text or "").strip().split("\n\n")[0].split()).replace("``", "`").replace("|", "\\|")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def routes_page() -> str:
    """Every route: whose it is, its body, its answers and its own refusals."""
    actions = {f"{method} {path}": action for (method, path), action in route_table(application()).items()}
    by_tag: dict[str, list[str]] = {}
    for name, operation in operations().items():
        by_tag.setdefault(operation["tags"][0], []).append(_route(name, operation, actions[name]))
    return "\n".join(
        [
            "# Every route\n",
            f"{MADE} For programs: `GET /api/openapi.json`.\n",
            ROUTES,
            *(f"## {tag}\n\n{''.join(routes)}" for tag, routes in by_tag.items()),
        ]
    )


def _route(name: str, operation: Operation, action: str | None) -> str:
    lines = [f"### `{name}`\n", f"{line(operation.get('description'))}\n", f"- operation `{operation['operationId']}`"]
    lines.append(f"- for {_whom(action)}")
    if "requestBody" in operation:
        lines.append(f"- body {_shape(operation['requestBody']['content'])}")
    asked = [parameter for parameter in operation.get("parameters", ()) if parameter["in"] == "query"]
    if asked:
        lines.append("- query " + ", ".join(_field(one["name"], required=one.get("required", False)) for one in asked))
    codes: dict[str, int] = {}
    for status, answer in operation["responses"].items():
        if CODES in answer:
            codes |= {code: int(status) for code in answer[CODES]}
        else:
            lines.append(f"- {status} {_shape(answer.get('content', {}))}")
    common = (EVERY_GUARDED if "security" in operation else frozenset()) | EVERY_BODY | TOO_MUCH
    own = [
        f"{status} `{code}`" for code, status in sorted(codes.items(), key=lambda one: one[::-1]) if code not in common
    ]
    if own:
        lines.append(f"- refuses with {', '.join(own)}")
    return "\n".join(lines) + "\n\n"


def _whom(action: str | None) -> str:
    if action is None:
        return "everybody: *open*"
    if action == SIGNED_IN:
        return "whoever has signed in"
    roles = [role.value for role, may in TABLE.items() if Action(action) in may]
    return f"`{action}`: {', '.join(roles)}"


def _shape(content: Mapping[str, Any]) -> str:
    """The model of a body, with the names of its fields."""
    if not content:
        return "without a body"
    found = []
    for media, body in content.items():
        schema = body.get("schema", {})
        options = (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ()))
        names = [_model(option["$ref"].rpartition("/")[2]) for option in options if "$ref" in option]
        found.append(" or ".join(names) or f"`{media}`")
    return "; ".join(found)


def _model(name: str) -> str:
    schema = description()["components"]["schemas"][name]
    required = schema.get("required", ())
    fields = ", ".join(_field(field, required=field in required) for field in schema.get("properties", {}))
    return f"`{name}`: {fields}" if fields else f"`{name}`"


def _field(name: str, *, required: bool) -> str:
    return f"`{name}`" if required else f"`{name}`?"


def events_page() -> str:
    """Every event: what it means, which service reacts to it, and which shows it."""
    services: list[Service] = application().state.services
    reactions = {
        name: [(service.name, [line(react.__doc__) for react in found]) for service, found in by_service]
        for name, by_service in _reactions(services).items()
    }
    shown = _shown()
    lines = [
        "# Every event\n",
        f"{MADE} Fields: `events/schemas/`.\n",
        EVENTS,
    ]
    for publisher in dict.fromkeys(name.partition(".")[0] for name in sorted(CATALOGUE)):
        rows = [
            (
                f"`{name}`",
                line(event.__doc__),
                "<br>".join(f"{service}: {' '.join(says)}" for service, says in reactions.get(name, ())) or "–",
                ", ".join(sorted(shown.get(name, ()))) or "–",
            )
            for name, event in sorted(CATALOGUE.items())
            if name.startswith(f"{publisher}.")
        ]
        lines += [f"## {publisher}\n", table(("event", "means", "followed by", "read by"), rows)]
    return "\n".join(lines)


def _reactions(services: list[Service]) -> dict[str, list[tuple[Service, list[Any]]]]:
    """By event: the reactions of each service that has any."""
    found: dict[str, list[tuple[Service, list[Any]]]] = {}
    for service in services:
        for handler in service.follows.values():
            if isinstance(handler, Reactions):
                for event, reactions in handler.table.items():
                    found.setdefault(event.NAME, []).append((service, list(reactions)))
    return found


def _shown() -> dict[str, set[str]]:
    """By event: the services, other than its own and audit, whose read models it fills."""
    found: dict[str, set[str]] = {}
    for service, models in MODELS.items():
        for log, fill in ((log, fill) for model in models for log, fill in model.fills.items()):
            if service not in {log, "audit"}:
                for event in fill.reads or _of(log):
                    found.setdefault(event.NAME, set()).add(service)
    return found


def _of(log: str) -> list[type[Event]]:
    return [event for name, event in CATALOGUE.items() if name.startswith(f"{log}.")]


def problems_page() -> str:
    """Every problem: its code, status, words, and the operations that may answer it."""
    used: dict[str, list[str]] = {}
    for operation in operations().values():
        for answer in operation["responses"].values():
            for code in answer.get(CODES, ()):
                used.setdefault(code, []).append(operation["operationId"])
    rows: dict[tuple[str, int, str], tuple[str, ...]] = {}
    for error in _errors():
        answer = json.loads(bytes(problem(error).body))
        names = sorted(set(used.get(error.code, ())))
        by = ", ".join(f"`{name}`" for name in names) if len(names) <= FEW else f"{len(names)} operations"
        rows.setdefault(
            (error.code, error.status, answer["title"]),
            (f"`{error.code}`", str(error.status), line(answer["title"]), line(answer["title_en"]), by or "–"),
        )
    return "\n".join(
        [
            "# Every problem\n",
            f"{MADE}\n",
            PROBLEMS,
            table(("code", "status", "español", "English", "operations"), [rows[key] for key in sorted(rows)]),
        ]
    )


def _errors() -> Iterator[ServiceError]:
    """One of each kind that the program's own code may raise, and of each that the framework raises."""
    application()  # imports every service
    yield ServiceError()
    yield from (_StatusError(status) for status in (400, 404, 405, 413))

    def kinds(error: type[ServiceError]) -> Iterator[type[ServiceError]]:
        for kind in error.__subclasses__():
            yield kind
            yield from kinds(kind)

    for kind in kinds(ServiceError):
        if not kind.__name__.startswith("_") and kind.__module__.startswith("services."):
            yield kind()


def main() -> None:
    """Writes the pages."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
