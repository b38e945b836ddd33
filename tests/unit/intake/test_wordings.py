"""A text that is read to a person or signed never changes under its version, and every receipt names its hash."""

import hashlib
import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from events.consent import ConsentReceipt
from services.chassis.errors import MalformedRequestError
from services.intake.consents.schemas import NewConsent
from services.intake.submissions.document import InvalidSubmission, read, read_bytes
from services.intake.submissions.domain import consents_of
from services.intake.wordings import FOLDER, ChangedWordingError, Use, load_wordings, wordings

Document = dict[str, Any]
TEXTS = wordings(Use.CONSENT)


@pytest.mark.parametrize("use", Use)
def test_each_text_is_there_in_spanish_and_in_english(use: Use) -> None:
    spoken: dict[str, set[str]] = {}
    for version, one in wordings(use).items():
        spoken.setdefault(version.rpartition("-")[2], set()).add(one.language)
    assert all(languages == {"en", "es"} for languages in spoken.values())
    assert len(wordings(use)) == 2 * len(spoken) > 0


def test_who_consents_is_told_what_an_agency_learns_whatever_they_choose() -> None:
    """That the referral exists, from which shelter, of what kind and how urgent: no field takes that away."""
    for language, words in (
        ("es", ("la o lo canalizamos", "desde qué albergue", "de qué tipo de caso", "qué tan urgente")),
        ("en", ("that we referred you", "from which\n   shelter", "what kind of case", "how urgent")),
    ):
        text = (FOLDER / f"consent-2.{language}.txt").read_text(encoding="utf-8")
        assert [each for each in words if each not in text] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.name)
def test_each_text_says_what_version_it_is_and_that_lawyers_must_confirm_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (wording,) = (one for one in load_wordings().values() if one.sha256 == digest)
    assert wording.version in text.splitlines()[0]
    assert ("abogados" if wording.language == "es" else "lawyers") in text.splitlines()[1]


def test_a_text_changed_under_its_version_stops_the_program(tmp_path: Path) -> None:
    folder = tmp_path / "wordings"
    shutil.copytree(FOLDER, folder)
    assert load_wordings(folder) == load_wordings()
    with (folder / "consent-1.es.txt").open("a", encoding="utf-8") as file:
        file.write("Y también a la policía.\n")
    with pytest.raises(ChangedWordingError, match=r"consent-1\.es\.txt: changed since it was listed as es-1"):
        load_wordings(folder)


def test_the_sample_day_consents_on_texts_that_are_there(samples: list[Document], shelters: frozenset[str]) -> None:
    used = set()
    for sample in samples:
        submission = read(sample, shelters=shelters, wordings=TEXTS)
        used |= {one.wording_version for one in submission.consent} - {None}
    assert used == {"es-1"}


@pytest.mark.parametrize("version", ["es-9", "ES-1", "contacto-es-1", "es-1.", "canario-k55"])
def test_a_consent_on_a_text_that_is_not_there_is_a_fault_and_not_repeated(
    an_adult: Document, shelters: frozenset[str], version: str
) -> None:
    document = deepcopy(an_adult)
    document["consent"][0]["wording_version"] = version
    raw = json.dumps(document).encode()
    ways: list[Callable[[], object]] = [
        lambda: read(document, shelters=shelters, wordings=TEXTS),
        lambda: read_bytes(raw, shelters=shelters, wordings=TEXTS),
    ]
    for take_in in ways:
        with pytest.raises(InvalidSubmission) as invalid:
            take_in()
        assert [(one.field, one.code) for one in invalid.value.faults] == [("consent.0.wording_version", "not_listed")]
        assert version not in str(invalid.value)


def test_a_receipt_says_on_which_text_it_was_given_and_who_asked(an_adult: Document, shelters: frozenset[str]) -> None:
    granted, *_, refused = consents_of(read(an_adult, shelters=shelters, wordings=TEXTS), TEXTS)
    text = (FOLDER / "consent-1.es.txt").read_bytes()
    assert granted.wording_sha256 == hashlib.sha256(text).hexdigest()
    assert granted.asked_by == refused.asked_by == an_adult["worker"]
    assert refused.wording_sha256 is None


@pytest.mark.parametrize(("worker", "asked_by"), [(None, "prueba"), ("w-077", "w-077")])
def test_a_later_decision_does_so_too(worker: str | None, asked_by: str) -> None:
    receipt = later("es-1", worker=worker).receipt(TEXTS, asked_by="prueba")
    assert (receipt.wording_sha256, receipt.asked_by) == (TEXTS["es-1"].sha256, asked_by)


def test_a_later_decision_on_a_text_that_is_not_there_is_refused() -> None:
    with pytest.raises(MalformedRequestError) as refused:
        later("es-9").receipt(TEXTS, asked_by="prueba")
    assert refused.value.details["faults"] == [{"field": "body.wording_version", "code": "not_listed"}]


def later(version: str, **more: Any) -> NewConsent:
    given: Document = {
        "recipient": "OIM",
        "decision": "granted",
        "purpose": "legal",
        "given_by": "self",
        "fields": ["all"],
    }
    command = "0d9f2f5e-6a52-4f0e-9a3e-5f8f0c7d1b11"
    return NewConsent.model_validate(
        {"command_id": command, **given, "how": "signed", "wording_version": version, **more}
    )


def test_a_receipt_from_before_hashes_were_stored_is_still_read() -> None:
    before = {
        "receipt": "0d9f2f5e-6a52-4f0e-9a3e-5f8f0c7d1b11",
        "recipient": "OIM",
        "decision": "granted",
        "purpose": "legal",
        "given_by": "self",
        "wording_version": "es-1",
    }
    receipt = ConsentReceipt.model_validate_json(json.dumps(before))
    assert (receipt.wording_sha256, receipt.asked_by) == (None, None)
