"""A faulty policy is refused when it is loaded, and every fault is reported with its file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.programme.policy_file import PolicyFaultsError
from services.referral.routing.policy import POLICY, RuleSet, load_rules

TEXT = POLICY.read_text(encoding="utf-8")
Edit = Callable[[str, str], tuple[Path, int]]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """Replaces the one occurrence of ``old``; returns the file and the line."""

    def edit(old: str, new: str) -> tuple[Path, int]:
        assert TEXT.count(old) == 1, old
        path = tmp_path / "rules.yaml"
        path.write_text(TEXT.replace(old, new), encoding="utf-8")
        return path, TEXT[: TEXT.index(old)].count("\n") + 1

    return edit


def _faults(path: Path) -> tuple[str, ...]:
    with pytest.raises(PolicyFaultsError) as refused:
        load_rules(path)
    return refused.value.faults


NOT_AN_ANSWER = "is not an answer a rule may ask for"
DAYS = "{working_days_since: entry_date, at_least: 25}"
KIDNAPPED = "{some: harm_events, where: {field: kind, is: kidnapping}}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("travelling, in: [alone,", "travelling, in: [lonely,", "unknown code lonely for travelling"),
        (
            "to: U0, when: {field: distress, is: plan}",
            "to: U0, when: {field: distres, is: plan}",
            f"distres {NOT_AN_ANSWER}",
        ),
        ("{field: sex, is: F}", "{field: country_origin, is: HND}", "unknown code HND for country_origin"),
        ("{field: sex, is: F}", "{field: gender_self, is: F}", f"gender_self {NOT_AN_ANSWER}"),
        ('wants_return, is: "yes"', "wants_return, is: yes", "unknown code true for wants_return"),
        ("{field: work_abuse, not_empty: true}", "{field: sex, not_empty: true}", "sex is not a list"),
        (KIDNAPPED, "{some: harm_events, where: {field: where, is: MX}}", f"where {NOT_AN_ANSWER}"),
        (KIDNAPPED, '{some: harm_events, where: {field: sex, is: "F"}}', f"sex {NOT_AN_ANSWER}"),
        (KIDNAPPED, "{some: harm_events, where: {fact: child}}", "unknown fact child"),
        (KIDNAPPED, "{some: harm_events, where: {fired: [MED]}}", "this cannot look at other rules"),
        (KIDNAPPED, "{some: needs, where: {all: []}}", "needs is not a list of elements"),
        ("not: {fact: child}", "not: {fact: minor}", "unknown fact minor"),
        ("kind, in: [sexual_violence, assault]", "kind, in: [arson]", "unknown code arson for kind"),
        (DAYS, "{working_days_since: birth_date, at_least: 25}", "birth_date is not a date"),
        (DAYS, "{working_days_since: entry_date, at_least: 0}", "at_least: Input should be greater"),
        ("{to: U2, when: {some", "{to: U3, when: {some", "U3 is no raise from U3"),
        ("{agency: ONU_MUJERES}", "{agency: INM}", "agency: Input should be 'ACNUR', 'UNODC'"),
        ("    leads_case: false", "    leads_cases: false", "leads_cases: Extra inputs are not permitted"),
        ("  - code: DESAP", "  - code: DESAPARECIDO", "code: Input should be "),
        ("{only_fired: [PEAS]}", "{only_fired: [PEAS], fired: [MED]}", "not a condition"),
        ("missing_relative, is:", "missing_relative, equals:", "not a condition"),
        ("always: [age_band, sex, language", "always: [age_band, name", "Input should be 'age_band'"),
        ("return: [RETORNO]", "return: [RETORNAR]", "Input should be "),
        ("return: [RETORNO]", "travel: [RETORNO]", "travel: Input should be "),
        ("return: [RETORNO]", "return: [RETORNO, RETORNO]", "RETORNO stands there twice"),
        ("  by_none: []", "  by_none: [PEAS, MED]", "MED is covered by a purpose"),
        ('version: "2013.2"', 'version: "one"', "version: String should match pattern"),
    ],
)
def test_a_fault_is_reported_with_its_file_and_line(edited: Edit, old: str, new: str, message: str) -> None:
    path, line = edited(old, new)
    faults = _faults(path)
    assert any(fault.startswith(f"{path}:{line}: ") and message in fault for fault in faults), faults


def test_a_rule_cannot_wait_for_itself(edited: Edit) -> None:
    path, _ = edited("{only_fired: [PEAS]}", "{fired: [GENERAL]}")
    (fault,) = _faults(path)
    assert fault.endswith("GENERAL looks at GENERAL, which looks at other rules itself")


def test_a_missing_rule_is_a_fault(edited: Edit) -> None:
    path, _ = edited("  - code: DESAP\n", "  - code: MED\n")
    faults = _faults(path)
    first_rules_line = TEXT[: TEXT.index("\nrules:\n") + 1].count("\n") + 1
    assert f"{path}:{first_rules_line}: no rule for DESAP" in faults
    assert any(fault.endswith("a second rule for MED") for fault in faults)


def test_every_purpose_says_what_it_covers(edited: Edit) -> None:
    path, _ = edited("    return: [RETORNO]\n", "")
    assert [fault.split(": ", 1)[1] for fault in _faults(path)] == [
        "the purpose return is missing: it says which categories it covers"
    ]


def test_a_category_that_no_purpose_covers_is_stated(edited: Edit) -> None:
    path, line = edited("    protection: all\n", "    protection: [NNA_NA]\n")
    faults = _faults(path)
    assert f"{path}:{line - 1}: no purpose covers GENERAL: name it under by_none if that is meant" in faults
    assert not any("MED" in fault for fault in faults)


def test_a_rule_set_from_before_purposes_is_read_as_the_law_says(edited: Edit, rules: RuleSet) -> None:
    """An older set that was adopted stays usable when a file has a fault."""
    block = TEXT[TEXT.index("purposes:\n") : TEXT.index("rules:\n  - code")]
    path, _ = edited(block, "")
    assert load_rules(path).purposes == rules.purposes


def test_a_missing_fact_that_the_program_needs_is_a_fault(edited: Edit) -> None:
    path, _ = edited("\n  danger:\n", "\n  peril:\n")
    assert any(fault.endswith("the fact danger is missing") for fault in _faults(path))


def test_a_fact_looks_at_answers_only(edited: Edit) -> None:
    path, line = edited('- {field: perpetrator_nearby, is: "yes"}\n\n# A referral', "- {fired: [MED]}\n\n# A referral")
    assert _faults(path) == (f"{path}:{line}: this cannot look at other rules",)


def test_all_faults_are_reported_at_once(edited: Edit) -> None:
    path, _ = edited("- {field: sex, is: F}", "- {field: sex, is: W}\n        - {field: travel, is: alone}")
    assert [fault.split(": ", 1)[1] for fault in _faults(path)] == [
        "unknown code W for sex",
        "travel is not an answer a rule may ask for",
    ]


def test_a_repeated_key_is_a_fault(edited: Edit) -> None:
    path, line = edited("    leads_case: false\n", "    leads_case: false\n    leads_case: true\n")
    assert _faults(path) == (f"{path}:{line + 1}: leads_case está dos veces · leads_case stands here twice",)


def test_a_file_that_is_not_yaml_is_a_fault(edited: Edit) -> None:
    path, line = edited("{only_fired: [PEAS]}", "{only_fired: [PEAS}")
    (fault,) = _faults(path)
    assert fault.startswith(f"{path}:{line}: ")


def test_an_empty_file_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("# nothing\n", encoding="utf-8")
    assert _faults(path) == (f"{path}:1: el archivo está vacío · the file is empty",)


def test_the_version_is_a_hash_of_what_the_rules_say_not_of_how_they_are_laid_out(edited: Edit) -> None:
    ours = load_rules().version
    assert ours.startswith("2013.2-")
    assert len(ours) == len("2013.2-") + 12
    assert load_rules(edited("\nfacts:\n", "\n# a remark\n\nfacts:\n")[0]).version == ours
    assert load_rules(edited("at_least: 25", "at_least: 24")[0]).version != ours


def test_the_rules_are_plain_json_for_a_browser(rules: RuleSet) -> None:
    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(one) for key, one in value.items())
        return all(map(plain, value)) if isinstance(value, list) else isinstance(value, str | int | bool)

    assert plain(rules.data)
