from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from services.intake.submissions.document import InvalidSubmission, read
from tests.support.system.system import sample_day

Document = dict[str, Any]


@pytest.fixture(scope="session")
def samples() -> list[Document]:
    return sample_day()


@pytest.fixture(scope="session")
def shelters(samples: list[Document]) -> frozenset[str]:
    return frozenset(sample["shelter"] for sample in samples)


@pytest.fixture(scope="session")
def an_adult(samples: list[Document]) -> Document:
    """Every field an adult's submission can carry."""
    document = deepcopy(samples[0])
    document["sent_at"] = "2013-06-12T09:00:00.5-05:00"
    document["person"] |= {"birth_date": "1990", "document": "DPI 1234"}
    document["screening"] |= {
        "gender_self": "mujer",
        "removal_risk": "no",
        "protection_status": "none",
        "stateless": "no",
        "trafficking_indicators": ["watched"],
        "perpetrator_nearby": "no",
        "smuggling_indicators": ["injured"],
        "pregnancy": {"pregnant": "yes", "weeks": 20, "danger_signs": False},
        "disability": ["seeing"],
        "lacks_aid_or_medicine": True,
        "distress": "none",
        "self_declared": ["lgbtiq"],
        "work_abuse": ["unpaid"],
        "wants_return": "no",
        "family_group": "f-12",
    }
    document["consent"][0]["expires_at"] = "2013-07-12T00:00:00Z"
    document["consent"].append({"recipient": "OIM", "decision": "refused", "purpose": "legal", "given_by": "self"})
    document["withhold_from"] = ["INM", "ACNUR"]
    return document


@pytest.fixture(scope="session")
def a_child(an_adult: Document) -> Document:
    document = deepcopy(an_adult)
    document["screening"] |= {"age_band": "12-14", "accompaniment": "parent_or_guardian"}
    del document["screening"]["travelling"]
    document["best_interests"] = {"assent": "yes", "basis": "assessment_started"}
    document["consent"][0]["given_by"] = "guardian"
    return document


@pytest.fixture(scope="session")
def a_threat(samples: list[Document]) -> Document:
    return next(sample for sample in samples if sample["kind"] == "shelter_threat")


@pytest.fixture
def faults_of(shelters: frozenset[str]) -> Callable[..., list[tuple[str, str]]]:
    """The faults of a document after some changes by dotted path; ``...`` takes a field away."""

    def changed(document: Document, changes: dict[str, Any]) -> list[tuple[str, str]]:
        document = deepcopy(document)
        for path, value in changes.items():
            *parents, name = path.split(".")
            holder: Any = document
            for step in parents:
                holder = holder[int(step)] if step.isdigit() else holder[step]
            if value is ...:
                del holder[name]
            elif isinstance(holder, list):
                holder[int(name)] = value
            else:
                holder[name] = value
        try:
            read(document, shelters=shelters)
        except InvalidSubmission as invalid:
            return [(fault.field, fault.code) for fault in invalid.faults]
        return []

    return changed
