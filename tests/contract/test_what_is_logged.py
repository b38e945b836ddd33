"""What a line of the log is written with is shown in it, and names nobody."""

import ast
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import orjson
import pytest
import structlog

import events.published  # noqa: F401 - it fills the catalogue
import services
from events.contract import CATALOGUE
from events.sealed import Box
from services.chassis.runtime.logging import ALLOWED, configure
from services.intake.submissions.document.document import BestInterests
from services.intake.submissions.document.person import Person
from services.intake.submissions.document.screening import HarmEvent, Pregnancy, Screening

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
TAKEN_BY_LOGGING = {"exc_info"}
"""An exception, of which the log shows kind and place."""


def written() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a logger in the services, and where it is."""
    for file in sorted(Path(services.__path__[0]).rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if "logger" not in text:
            continue  # every worker parses them when it collects: most files have none
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="logger"), attr=attr)) if attr in LEVELS:
                    yield f"{file.name}:{node.lineno}", node
                case ast.Call(func=ast.Attribute(value=ast.Name(id="logger"), attr=attr)):
                    pytest.fail(f"{file.name}:{node.lineno}: logger.{attr} is not looked at here")


CALLS = dict(written())


def test_there_are_lines_to_look_at() -> None:
    assert len(CALLS) > 20


@pytest.mark.parametrize("where", CALLS)
def test_no_field_of_a_line_is_dropped(where: str) -> None:
    """A keyword that the allow-list does not have would be left out, and the operator would miss it."""
    names = [keyword.arg for keyword in CALLS[where].keywords]
    assert None not in names, "**: what it holds cannot be seen here"
    assert set(map(str, names)) <= ALLOWED | TAKEN_BY_LOGGING


@pytest.mark.parametrize("where", CALLS)
def test_a_line_begins_with_a_fixed_text(where: str) -> None:
    """Its text is one of our own, not made of what somebody sent."""
    [text] = CALLS[where].args
    texts = [text.body, text.orelse] if isinstance(text, ast.IfExp) else [text]
    assert all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in texts)


def test_every_logger_is_called_logger() -> None:
    """Otherwise the tests above would not see what it writes."""
    for file in Path(services.__path__[0]).rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "get_logger" in text else ():
            if isinstance(node, ast.Assign) and "get_logger" in ast.unparse(node.value):
                assert [ast.unparse(target) for target in node.targets] == ["logger"], file


def test_no_field_of_the_log_can_be_about_a_person() -> None:
    of_a_person = {
        name for model in (Person, Screening, HarmEvent, Pregnancy, BestInterests) for name in model.model_fields
    }
    sealed = {
        name
        for event in CATALOGUE.values()
        for name, field in event.model_fields.items()
        if Box in (field.annotation, *get_args(field.annotation))
    }
    assert {"name", "phone", "birth_date"} <= of_a_person
    assert {"identity", "question", "comment"} <= sealed
    reaching_somebody = {"address", "addresses", "channel", "contact", "email", "label", "person", "to", "url"}
    opening_something = {"key", "password", "secret", "slip", "token"}
    free_text = {"body", "document", "justification", "message", "note", "reason", "text"}
    of_a_program = {"where"}  # an error's module and line; in a form, where somebody was harmed
    assert not (ALLOWED - of_a_program) & (of_a_person | sealed | reaching_somebody | opening_something | free_text)


def test_a_line_shows_its_fields_and_no_others(capsys: pytest.CaptureFixture[str]) -> None:
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    try:
        configure()
        structlog.get_logger().warning("webhook_failed", code="status_500", referral="one", name="Somebody")
    finally:
        root.handlers = handlers
        root.setLevel(level)
        structlog.configure(**before)
    line = orjson.loads(capsys.readouterr().err.splitlines()[-1])
    assert {key: line.get(key) for key in ("event", "code", "referral", "name")} == {
        "event": "webhook_failed",
        "code": "status_500",
        "referral": "one",
        "name": None,
    }
