"""Code lists and consent texts, complete and in words: what a form of anybody's is filled in with."""

import pytest

from services.chassis.locales import COMPLETE
from services.intake.pages.register_questions import QUESTIONS
from services.intake.reference.code_lists import CHOICES, code_lists
from services.intake.reference.queries import consent_wordings
from services.intake.submissions.document import Submission
from services.intake.wordings import FOLDER


def codes_of_the_schema() -> set[frozenset[str]]:
    """Every list of codes in the published schema of a submission."""
    schema = Submission.model_json_schema()
    found: set[frozenset[str]] = set()

    def within(part: object) -> None:
        if isinstance(part, dict):
            if "enum" in part:
                found.add(frozenset(part["enum"]))
            for each in part.values():
                within(each)
        if isinstance(part, list):
            for each in part:
                within(each)

    within({name: one for name, one in schema.items() if name != "examples"})
    return found


def test_every_list_that_a_submission_names_codes_of_is_there() -> None:
    listed = {frozenset(code.code for code in one.codes) for one in code_lists("es").lists}
    together = frozenset(code.code for one in code_lists("es").lists if "recipient" in one.name for code in one.codes)
    single = {one for one in codes_of_the_schema() if len(one) > 1}
    assert single - listed == {together}, "whom a person may exclude: recipients and restricted ones"


def test_every_question_of_our_own_form_answers_with_such_a_list() -> None:
    named = {one.codes for one in QUESTIONS if one.codes} - {"kind", "language", "country", "withhold"}
    assert named <= CHOICES.keys()


@pytest.mark.parametrize("language", [*COMPLETE, "fr", "xx"])
def test_no_code_is_without_words_in_any_language(language: str) -> None:
    for one in code_lists(language).lists:
        for code in one.codes:
            assert code.words, (one.name, code.code)
            assert not code.words.startswith(("choice.", "answer.")), (one.name, code.code)


def test_a_language_without_words_is_answered_in_spanish() -> None:
    assert code_lists("xx") == code_lists("es")
    assert code_lists("en").version != code_lists("es").version
    assert consent_wordings("xx").wordings == consent_wordings("es").wordings


@pytest.mark.parametrize(("language", "current"), [("es", "es-2"), ("en", "en-2"), ("xx", "es-2")])
def test_every_version_of_a_text_is_there_word_for_word_and_one_is_current(language: str, current: str) -> None:
    consents = [one for one in consent_wordings(language).wordings if one.use == "consent"]
    assert [one.version for one in consents if one.current] == [current]
    assert len(consents) == 2, "an older receipt names an older text"
    for one in consents:
        number, tongue = one.version.rpartition("-")[2], one.language
        assert one.text == (FOLDER / f"consent-{number}.{tongue}.txt").read_text(encoding="utf-8")
