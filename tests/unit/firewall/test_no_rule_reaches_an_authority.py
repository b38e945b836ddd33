"""The firewall: no rule set, however it is made, sends a case to an authority of migration, police or prosecution."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import StrictStr, ValidationError

from events.vocabulary import Agency, RestrictedRecipient
from services.programme.policy_file import PolicyFaultsError, read
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.routing.domain import Assessment, assess
from services.referral.routing.policy import POLICY, RuleSet, load_rules
from services.referral.routing.rule_table import Rule
from tests.support.builders.rule_sets import (
    RESTRICTED_NAMES,
    destinations,
    line_of,
    places,
    planted,
    rule_sets,
    written,
)
from tests.support.builders.submissions import submissions
from tests.support.models.pure_pipeline import AT, through
from tests.support.models.pure_pipeline import destinations as told_to
from tests.support.models.pure_pipeline import read as taken_in
from tests.support.properties import examples, searching
from tests.support.system.system import sample_day

TODAY = day_in_mexico(AT)
RESTRICTED = {one.value for one in RestrictedRecipient}
TEXT = POLICY.read_text(encoding="utf-8")
SAMPLES = sample_day()[:20]
FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def reaches_agencies_only(destinations: list[Any]) -> None:
    """What the tests below ask of everything that goes anywhere."""
    for one in destinations:
        assert type(one) is Agency
        assert one.value not in RESTRICTED


def of(assessment: Assessment) -> list[Any]:
    """Where an assessment leads."""
    return [*([] if assessment.lead is None else [assessment.lead]), *(one.agency for one in assessment.proposals)]


def loaded(path: Path) -> RuleSet | None:
    """The rule set of a file, or ``None`` if it was refused with its file and a line for every fault."""
    try:
        return load_rules(path)
    except PolicyFaultsError as refused:
        faults = refused.faults
    assert faults
    for fault in faults:
        assert re.match(rf"{re.escape(str(path))}:[1-9]\d*: .", fault)
    return None


def is_refused_or_reaches_agencies_only(path: Path) -> bool:
    """Whether the file was refused; if not, twenty cases of the sample day go to agencies only."""
    rules = loaded(path)
    if rules is None:
        return True
    reaches_agencies_only([rule.lead for rule in rules.policy.rules])
    reaches_agencies_only([also.agency for rule in rules.policy.rules for also in rule.also])
    reaches_agencies_only([rules.policy.child_rule.to, *rules.policy.reports])
    for made in SAMPLES:
        reaches_agencies_only(of(assess(made, rules, TODAY)))
    return False


@searching(examples=40, steps=1)
@given(policy=rule_sets(), made=submissions())
def test_no_rule_set_that_can_be_written_refers_or_alerts_an_authority(
    tmp_path_factory: pytest.TempPathFactory, policy: dict[str, Any], made: dict[str, Any]
) -> None:
    path = written(policy, tmp_path_factory.getbasetemp() / "drawn.yaml")
    rules = loaded(path)
    assert rules is not None, "the strategy is meant to draw rule sets that can be used"
    told = through(taken_in(made), rules)
    reaches_agencies_only(told_to(told.facts))
    reaches_agencies_only(of(assess(made, rules, TODAY)))


@searching(examples=40, steps=1)
@given(policy=rule_sets(), name=st.sampled_from(RESTRICTED_NAMES), data=st.data())
def test_an_authority_where_an_agency_belongs_is_refused_with_file_and_line(
    tmp_path_factory: pytest.TempPathFactory, policy: dict[str, Any], name: str, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(destinations(policy)))
    path = written(planted(policy, place, name), tmp_path_factory.getbasetemp() / "lead.yaml")
    with pytest.raises(PolicyFaultsError) as refused:
        load_rules(path)
    assert any(fault.startswith(f"{path}:{line_of(place, path)}: ") for fault in refused.value.faults)
    assert "Input should be 'ACNUR'" in str(refused.value)


@pytest.mark.slow
@searching(examples=100, steps=1)
@given(policy=rule_sets(), name=st.sampled_from(RESTRICTED_NAMES), data=st.data())
def test_an_authority_in_any_other_place_leads_nowhere(
    tmp_path_factory: pytest.TempPathFactory, policy: dict[str, Any], name: str, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(places(policy)))
    what = data.draw(st.sampled_from([name, [name], {name: name}, {"agency": name}, {"field": name, "is": name}]))
    path = written(planted(policy, place, what), tmp_path_factory.getbasetemp() / "anywhere.yaml")
    is_refused_or_reaches_agencies_only(path)


YAML_TRICKS = (
    "&a {name}", "*a", "!!str {name}", "!!binary SU5N", "!!python/name:events.vocabulary.RestrictedRecipient.{name} ''",
    "!!python/object/apply:events.vocabulary.RestrictedRecipient ['{name}']", "!{name} x", "|\n    {name}", "? {name}",
    "{{<<: {{lead: {name}}}}}", "[{name}]", '"{name}"', "'{name}'", "{name} # OIM", "OIM\n    lead: {name}", "\t{name}",
    "---\nlead: {name}", "%TAG ! tag:{name}", "&a [*a]", "\x07{name}", "<<: *a", "!!set {{{name}}}", "2013-99-99",
)  # fmt: skip
LINES = [
    number for number, line in enumerate(TEXT.splitlines()) if re.search(r"\b[A-Z_]{3,}\b", line) and "#" not in line
]
WORD = re.compile(r"\b[A-Z_]{3,}\b")


@settings(FOLDER, max_examples=examples(60))
@given(data=st.data(), name=st.sampled_from(RESTRICTED_NAMES))
def test_the_programmes_own_file_edited_by_anybody_leads_to_agencies_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, name: str
) -> None:
    lines = TEXT.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.sampled_from(LINES))
        instead = data.draw(st.sampled_from(("{name}", *YAML_TRICKS))).format(name=name)
        words = list(WORD.finditer(lines[at]))
        if words:
            word = data.draw(st.sampled_from(words))
            lines[at] = lines[at][: word.start()] + instead + lines[at][word.end() :]
    path = tmp_path_factory.getbasetemp() / "edited.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    is_refused_or_reaches_agencies_only(path)


@settings(FOLDER, max_examples=examples(200))
@given(raw=st.binary(max_size=60) | st.text(st.characters(codec="utf-8"), max_size=60).map(str.encode))
def test_any_bytes_at_all_are_refused_with_file_and_line(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(raw)
    assert loaded(path) is None


@pytest.mark.parametrize(
    ("trick", "line"),
    [
        ("version: '1'\na: &a [*a]\n", 2),
        ("version: '1'\nfacts: " + "[" * 1500, 2),
        ("version: '1'\nfacts: " + "[" * 100 + "]" * 100, 2),
        ("version: '1'\nlead: !!python/name:events.vocabulary.RestrictedRecipient.INM ''\n", 2),
        ("version: '1'\nlead: \x07INM\n", 2),
        ("version: '1'\nlead: &x INM\nto: *x\n", 3),
        ("version: '1'\nwhen: 2013-99-99\n", 2),
        ("version: '1'\n? [INM]\n: 1\n", 2),
    ],
    ids=["itself", "deep", "too deep", "python", "control", "alias", "no day", "a key that is no name"],
)
def test_a_file_made_to_break_the_reader_is_told_its_line(tmp_path: Path, trick: str, line: int) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(trick, encoding="utf-8")
    with pytest.raises(PolicyFaultsError) as refused:
        load_rules(path)
    assert any(fault.startswith(f"{path}:{line}: ") for fault in refused.value.faults)


class TestTheHarnessWouldNotice:
    """Each way in which the firewall could fail is planted, and what looks for it finds it."""

    def test_a_rule_that_leads_to_an_authority(self) -> None:
        rules = load_rules()
        rules = replace(
            rules, rules=tuple(replace(one, written=_leading_to_an_authority(one.written)) for one in rules.rules)
        )
        with pytest.raises(AssertionError):
            reaches_agencies_only([one for made in SAMPLES for one in of(assess(made, rules, TODAY))])
        with pytest.raises((AssertionError, ValidationError)):
            reaches_agencies_only(told_to(through(taken_in(SAMPLES[5]), rules).facts))

    def test_a_loader_that_takes_any_text_for_an_agency(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        class Lenient(Rule):
            lead: StrictStr  # type: ignore[assignment]

        ours = load_rules()

        def lenient(path: Path) -> RuleSet:
            rules = ours
            changed = [Lenient.model_validate(one) for one in read(path).data["rules"]]
            ready = tuple(
                replace(one, written=cast("Any", rule)) for one, rule in zip(rules.rules, changed, strict=True)
            )
            return replace(rules, rules=ready, policy=rules.policy.model_copy(update={"rules": tuple(changed)}))

        monkeypatch.setattr(f"{__name__}.load_rules", lenient)
        path = tmp_path / "rules.yaml"
        path.write_text(TEXT.replace("lead: UNODC", "lead: INM", 1), encoding="utf-8")
        with pytest.raises(AssertionError):
            is_refused_or_reaches_agencies_only(path)

    def test_an_agency_that_is_an_authority_by_another_name(self) -> None:
        with pytest.raises(AssertionError):
            reaches_agencies_only([RestrictedRecipient.INM])
        with pytest.raises(AssertionError):
            reaches_agencies_only(["INM"])


def _leading_to_an_authority(rule: Rule) -> Rule:
    return rule.model_copy(update={"lead": RestrictedRecipient.INM})


def test_those_cases_are_told_to_somebody_at_all() -> None:
    """Were nobody ever told, every test above would pass."""
    rules = load_rules()
    reached = {one for made in SAMPLES for one in told_to(through(taken_in(made), rules).facts)}
    assert len(reached) >= 5
