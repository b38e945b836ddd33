"""A refused document is mended by its faulty fields: each is asked for as it is answered, or taken out."""

from copy import deepcopy
from typing import Any
from uuid import UUID, uuid4

from services.intake.refusals.repairs import Repair, RepairKind, parsed_faults, repair_of, repaired, repairs_of
from tests.support.people.people import SHELTER, an_adult, consent_to

SHELTERS, WORDINGS = frozenset({SHELTER}), frozenset({"es-1"})
OTHER = UUID(int=9)


def asked(document: dict[str, Any]) -> dict[str, Repair] | None:
    found = repairs_of(parsed_faults(document, SHELTERS, WORDINGS))
    return None if found is None else {one.key: one for one in found}


def mended(document: dict[str, Any], **answers: Any) -> dict[str, Any]:
    """The document with answers; ``__`` stands for a dot."""
    paths = {name.replace("__", "."): value for name, value in answers.items()}
    return repaired(document, paths, shelter=SHELTER, submission=OTHER)


def faults(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in parsed_faults(document, SHELTERS, WORDINGS)]


def test_a_valid_document_needs_nothing_and_stays_as_it_is() -> None:
    document = an_adult(consent_to("ACNUR"))
    before = deepcopy(document)
    assert asked(document) == {}
    assert mended(document) == before
    assert document == before


def test_each_field_is_asked_for_as_it_is_answered() -> None:
    document = an_adult(sex="?", needs=["?"], interpreter_needed="sí", entry_date="ayer", safe_contact=7)
    document |= {"occurred_at": "ayer", "worker": "María"}
    found = asked(document)
    assert found is not None
    assert {key: one.kind for key, one in found.items()} == {
        "occurred_at": RepairKind.MOMENT,
        "worker": RepairKind.TEXT,
        "screening.entry_date": RepairKind.DAY,
        "screening.interpreter_needed": RepairKind.ONE,
        "screening.needs": RepairKind.MANY,
        "screening.safe_contact": RepairKind.ONE,
        "screening.sex": RepairKind.ONE,
    }
    assert found["screening.sex"].options == ("F", "M", "X", "unknown")
    assert found["screening.interpreter_needed"].options == ("true", "false")
    assert (found["screening.sex"].needed, found["screening.safe_contact"].needed) == (False, True)
    whole = mended(
        document,
        occurred_at="2013-06-12T08:34:00-05:00",
        worker="w-001",
        screening__entry_date=None,
        screening__interpreter_needed=True,
        screening__needs=[],
        screening__safe_contact="none",
        screening__sex=None,
    )
    assert faults(whole) == []
    assert "sex" not in whole["screening"]


def test_a_consent_is_taken_out_whole_and_the_others_keep_their_places() -> None:
    wrong = [consent_to(one, wording_version="es-99") for one in ("OIM", "UNFPA")]
    document = an_adult(wrong[0], consent_to("ACNUR"), wrong[1])
    assert asked(document) == {
        "-consent.0": Repair("consent.0", RepairKind.REMOVE),
        "-consent.2": Repair("consent.2", RepairKind.REMOVE),
    }
    whole = mended(document, consent__0=None, consent__2=None)
    assert [one["recipient"] for one in whole["consent"]] == ["ACNUR"]


def test_what_the_form_does_not_have_is_taken_out_at_any_depth_by_one_answer() -> None:
    document = an_adult(María=1) | {"nota": "x"}
    found = asked(document)
    assert found is not None
    assert list(found) == ["-unknown_fields"]
    assert faults(mended(document, unknown_fields=None)) == []


def test_an_answer_on_the_wrong_side_may_be_the_age_instead() -> None:
    document = an_adult(age_band="6-11")
    found = asked(document)
    assert found is not None
    assert set(found) == {"-screening.travelling", "screening.age_band", "screening.accompaniment"}
    assert faults(mended(document, screening__age_band="25-59")) == []
    as_child = mended(document, screening__travelling=None, screening__accompaniment="alone")
    assert faults(as_child) == []


def test_the_id_and_the_shelter_are_filled_in_by_the_program() -> None:
    document = an_adult() | {"submission_id": "uno", "shelter": "ALB-XXX-99", "sent_at": "ayer"}
    assert asked(document) == {}
    whole = mended(document)
    assert (whole["submission_id"], whole["shelter"]) == (str(OTHER), SHELTER)
    kept = str(uuid4())
    assert mended(document | {"submission_id": kept})["submission_id"] == kept


def test_what_is_no_document_cannot_be_mended_in_parts() -> None:
    assert asked({}) is None, "there are no answers at all"
    assert repairs_of(parsed_faults(["x"], SHELTERS, WORDINGS)) is None


def test_a_path_that_the_form_does_not_have_is_no_question() -> None:
    for path in ("$", "María", "screening.María", "screening.sex.x", "consentido", "person"):
        assert repair_of(path) is None or repair_of(path).kind is RepairKind.REMOVE, path  # type: ignore[union-attr]
    untouched = an_adult()
    assert mended(untouched, screening__sex__x="CANARIO", María__x="CANARIO") == untouched


def test_a_path_that_nobody_could_mean_changes_nothing() -> None:
    document = an_adult(consent_to("ACNUR"))
    for path in ("consent.²", "consent.²۳", "screening.needs.①", "", "...", "consent.99999999999999999999"):
        assert repaired(document, {path: None}, shelter=SHELTER, submission=OTHER) == document, path
