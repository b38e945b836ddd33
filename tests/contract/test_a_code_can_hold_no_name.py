"""Wherever a shelter says which worker or device it was, the code's form can hold neither a name nor a telephone."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from services.intake.opaque_codes import DEVICE_FORM, WORKER_FORM
from tests.contract.published_api import description
from tests.support.system.system import DAY

NAMES = (
    "Maria.Lopez-Hernandez",
    "maria",
    "Ana-1",
    "lopez09",
    "Maria:1",
    "tel-50499998888",
    "50499998888",
    "9981234",
    "",
)
OF_A_DEVICE = ("Maria.Lopez-Hernandez", "maria-1", "tel-50499998888", "50499998888", "tel-99998888", "")


def codes_taken() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every field of a body that takes such a code: the body's name, the field's, and its schema."""
    for name, schema in description()["components"]["schemas"].items():
        if schema.get("additionalProperties") is not False:
            continue  # an answer
        for field, one in schema.get("properties", {}).items():
            forms = [each for each in (one, *one.get("anyOf", ())) if each.get("type") == "string"]
            if field in {"worker", "device", "asked_by"} or (name, field) == ("Device", "id"):
                yield from ((name, field, form) for form in forms)


DEVICES = {("Device", "id"), ("Heartbeat", "device"), ("StatusQuestion", "device")}
"""What takes the code of a device."""


def test_every_field_for_a_worker_or_a_device_has_a_form_that_a_name_does_not_fit() -> None:
    taken = list(codes_taken())
    assert {(name, field) for name, field, _ in taken} >= {
        ("Submission", "worker"),
        ("Device", "id"),
        ("Heartbeat", "device"),
        ("TransferConsent", "worker"),
    }
    for name, field, form in taken:
        pattern = re.compile(form["pattern"], re.ASCII)
        assert pattern.fullmatch("d-027"), (name, field)
        for carried in OF_A_DEVICE if (name, field) in DEVICES else NAMES:
            assert not pattern.fullmatch(carried), (name, field, carried)


def test_the_codes_of_the_sample_day_have_that_form() -> None:
    for line in DAY.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        assert WORKER_FORM.fullmatch(document["worker"])
        if "device" in document:
            assert DEVICE_FORM.fullmatch(document["device"]["id"])


@pytest.mark.parametrize("code", ["w-009", "W-9", "w009", "co-1", "p-013", "tel-3", "d-027", "PC-12"])
def test_a_code_that_a_shelter_may_have_is_a_devices(code: str) -> None:
    assert DEVICE_FORM.fullmatch(code)
