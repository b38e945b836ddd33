"""A refused document that names staff in whatever form keeps a report, and one that names nobody keeps none."""

import json
from typing import Any

import pytest

from services.intake.submissions.hidden_harm import as_handed_back, kept_harm

STAFF = "shelter_or_aid_worker"
LEAST = {"kind": "threats", "when": "older", "perpetrator": STAFF}


def document(harm: Any) -> bytes:
    return json.dumps({"screening": {"harm_events": harm}}).encode()


@pytest.mark.parametrize(
    ("harm", "kept"),
    [
        ([{"kind": "Assault ", "when": "72h", "perpetrator": STAFF}], LEAST | {"kind": "assault", "when": "72h"}),
        ([{"kind": None, "when": {"a": 1}, "perpetrator": STAFF}], LEAST),
        ([{"kind": "robbery", "by": [STAFF]}], LEAST | {"kind": "robbery"}),
        ([STAFF.upper()], LEAST),
        ({"0": {"perpetrator": STAFF}}, LEAST),
        (STAFF, LEAST),
    ],
)
def test_harm_by_staff_is_kept_with_what_can_be_read_of_it(harm: Any, kept: dict[str, str]) -> None:
    assert kept_harm(document(harm)) == [kept]
    assert STAFF not in as_handed_back(document(harm)).decode().casefold()


@pytest.mark.parametrize(
    "raw",
    [
        b'{"screening": {"harm_events": [{"perpetrator": "shelter_or_aid_worker"',
        b'{"screening": {"harm_events": [{"perpetrator": "shelter_or_aid_worker", "perpetrator": "family"}]}}',
        b'{"harm_events": [{"perpetrator": "shelter_or_aid_w\\u006frker"}]}',
        b'[{"perpetrator": "shelter_or_aid_worker"}]',
    ],
    ids=["cut off", "named twice", "elsewhere", "a list"],
)
def test_where_no_event_can_be_made_out_there_is_one(raw: bytes) -> None:
    assert kept_harm(raw) == [LEAST]


@pytest.mark.parametrize(
    "raw", [b"", b"\xff", b"[]", document(None), document([]), document([{"kind": "zzz", "perpetrator": "family"}])]
)
def test_a_document_that_names_no_staff_keeps_nothing(raw: bytes) -> None:
    assert kept_harm(raw) == []
