"""What a person reads is looked up by a key, in their language, and in Spanish where nobody has translated it."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.locales import Catalogue, UnknownTextError, catalogue

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals={}; plural={};\\n"\n'
TWO = HEAD.format(2, "(n != 1)")


def a_catalogue(folder: Path, **languages: str) -> Catalogue:
    """A catalogue of these files; each says the words after its header."""
    folder.mkdir(exist_ok=True)
    for language, entries in languages.items():
        (folder / f"{language}.po").write_text(TWO + entries, encoding="utf-8")
    return Catalogue(folder)


@pytest.fixture
def words(tmp_path: Path) -> Catalogue:
    return a_catalogue(
        tmp_path,
        es='msgid "greeting"\nmsgstr "Buenas, {who}"\n\nmsgid "bye"\nmsgstr "Adiós"\n\nmsgid "maybe"\nmsgstr "Quizá"\n'
        '\nmsgid "beds"\nmsgid_plural "beds"\nmsgstr[0] "{number} cama"\nmsgstr[1] "{number} camas"\n',
        en='msgid "greeting"\nmsgstr "Hello, {who}"\n\nmsgid "bye"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "maybe"\nmsgstr "Surely"\n',
    )


def test_a_person_reads_their_own_language(words: Catalogue) -> None:
    assert words("es")("greeting", who="Ana") == "Buenas, Ana"
    assert words("en")("greeting", who="Ana") == "Hello, Ana"


@pytest.mark.parametrize("key", ["bye", "beds"])
def test_what_nobody_has_translated_is_read_in_spanish_and_never_as_a_key(words: Catalogue, key: str) -> None:
    assert words("en").plural(key, 2) == words("es").plural(key, 2) != key


def test_what_a_translator_is_not_sure_of_is_not_shown(words: Catalogue) -> None:
    assert words("en")("maybe") == "Quizá"


@pytest.mark.parametrize("locale", ["fr", "mam", "", "../es", "es/../es", "en-US"])
def test_a_language_without_a_file_is_read_in_spanish_and_says_so(words: Catalogue, locale: str) -> None:
    assert words(locale)("bye") == "Adiós"
    assert words(locale).locale == "es"


def test_one_bed_and_two_beds_have_words_of_their_own(words: Catalogue) -> None:
    assert [words("es").plural("beds", number) for number in (0, 1, 2)] == ["0 camas", "1 cama", "2 camas"]


def test_a_language_with_three_forms_has_its_own_rule_and_spanish_keeps_its_own(tmp_path: Path) -> None:
    rule = "(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2)"
    (tmp_path / "cs.po").write_text(
        HEAD.format(3, rule)
        + 'msgid "bed"\nmsgid_plural "bed"\nmsgstr[0] "lůžko"\nmsgstr[1] "lůžka"\nmsgstr[2] "lůžek"\n',
        encoding="utf-8",
    )
    words = a_catalogue(tmp_path, es='msgid "day"\nmsgid_plural "day"\nmsgstr[0] "día"\nmsgstr[1] "días"\n')
    assert [words("cs").plural("bed", number) for number in (1, 3, 5)] == ["lůžko", "lůžka", "lůžek"]
    assert [words("cs").plural("day", number) for number in (1, 5)] == ["día", "días"]


def test_a_language_is_added_by_adding_its_file(words: Catalogue, tmp_path: Path) -> None:
    assert list(words.locales) == ["es", "en"]
    (tmp_path / "mam.po").write_text(TWO + 'msgid "bye"\nmsgstr "Chnab\'"\n', encoding="utf-8")
    assert list(words.locales) == ["es", "en", "mam"]
    assert words("mam")("bye") == "Chnab'"
    assert words("mam")("greeting", who="Ana") == "Buenas, Ana"


def test_a_key_that_no_file_has_is_an_error_and_not_a_sentence(words: Catalogue) -> None:
    with pytest.raises(UnknownTextError):
        words("es")("nothing.like.it")


def test_the_first_key_that_has_words_is_taken(words: Catalogue) -> None:
    assert words("es").first("bye.tomorrow", "bye") == "Adiós"
    with pytest.raises(UnknownTextError):
        words("es").first("bye.tomorrow", "bye.today")


def test_a_service_says_its_own_words_before_those_that_all_services_share(tmp_path: Path) -> None:
    shared = a_catalogue(
        tmp_path / "shared",
        es='msgid "wait"\nmsgstr "Espere"\n\nmsgid "bye"\nmsgstr "Adiós"\n',
        en='msgid "wait"\nmsgstr "Wait"\n\nmsgid "bye"\nmsgstr "Bye"\n',
    )
    own = a_catalogue(tmp_path / "own", es='msgid "wait"\nmsgstr "Espere un cuarto de hora"\n')
    words = Catalogue(tmp_path / "own", shared)
    assert own("en")("wait") == words("en")("wait") == "Espere un cuarto de hora", "another message's English is wrong"
    assert words("en")("bye") == "Bye"


def test_an_error_is_told_in_spanish_unless_another_language_is_wanted() -> None:
    assert NotFoundError().title() == "No existe, o no le corresponde."
    assert NotFoundError().title("en") == "It does not exist, or is not yours to see."
    assert NotFoundError().title("fr") == NotFoundError().title()


def test_an_error_without_words_is_told_as_a_failure_of_ours_and_not_by_its_code() -> None:
    class NobodyWroteWordsError(ServiceError):
        code = "nobody_wrote_words"

    assert NobodyWroteWordsError().title() == ServiceError().title()


def test_modules_of_a_service_share_its_catalogue() -> None:
    assert catalogue("services.intake.slips.commands") is catalogue("services.intake.submissions.document.faults")
    assert catalogue("services.intake.slips.commands") is not catalogue("services.referral.lifecycle.transitions")


def test_a_command_that_shows_no_text_loads_nothing_to_show_it_with() -> None:
    modules = ("audit.prose", "intake.slips.pages", "referral.routing.queries", "directory.phones")
    imported = ", ".join(f"services.{one}" for one in modules)
    script = f"import sys, {imported}; sys.exit(bool({{'babel', 'jinja2'}} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
