"""What somebody uploads as other rules is refused with the line of its fault, however it was meant to hurt."""

from datetime import date

import pytest

from services.chassis.errors import MalformedRequestError
from services.referral.deadlines import policy as deadlines
from services.referral.routing.policy import POLICY
from services.referral.what_if.commands import NoOtherPolicyError, OtherPolicyFaultsError, Question

DAY = date(2013, 6, 12)
TEXT = POLICY.read_bytes()
BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n".encode() for n in range(9)
)


def faults_of(text: bytes) -> tuple[str, ...]:
    with pytest.raises(OtherPolicyFaultsError) as refused:
        _ = Question(first_day=DAY, last_day=DAY, rules=text).names
    assert refused.value.details == {}, "what was written is said back to nobody but its writer"
    return refused.value.lines


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (BOMB, "rules.yaml:1: aquí no puede ir un alias"),
        (b"[" * 2_000, "rules.yaml:1: "),
        (b"{a: " * 60 + b"1" + b"}" * 60, "rules.yaml:1: anidado a demasiada profundidad"),
        (b"# " + b"x" * 10_000_000, "rules.yaml:1: el archivo es demasiado grande"),
        (b"version: !!python/object/apply:os.system ['true']", "rules.yaml:1: "),
        (b"\xff\xfe", "rules.yaml:1: no es UTF-8"),
        (b"", "rules.yaml:1: el archivo está vacío"),
        (TEXT.replace(b"lead: ACNUR", b"lead: INM", 1), "rules.yaml:"),
        (TEXT.replace(b"version:", b"version: 1\nversion:", 1), "rules.yaml:"),
    ],
)
def test_a_hostile_text_is_refused_with_its_place(text: bytes, first: str) -> None:
    assert faults_of(text)[0].startswith(first)


def test_a_fault_names_the_line_of_the_rule_that_has_it() -> None:
    spoilt = TEXT.replace(b"lead: UNODC", b"lead: FISCALIA", 1)
    line = spoilt[: spoilt.index(b"FISCALIA")].count(b"\n") + 1
    assert [one.split(":")[1] for one in faults_of(spoilt)] == [str(line)]


def test_without_other_rules_and_deadlines_there_is_no_question() -> None:
    with pytest.raises(NoOtherPolicyError):
        _ = Question(first_day=DAY, last_day=DAY).names


def test_what_is_compared_with_is_named_by_version_and_content() -> None:
    text = deadlines.POLICY.read_bytes()
    names = {Question(first_day=DAY, last_day=DAY, deadlines=one).names[1] for one in (text, text + b"# more\n")}
    assert len(names) == 1
    other = Question(first_day=DAY, last_day=DAY, deadlines=text.replace(b"PT3H", b"PT2H")).names[1]
    assert other not in names


@pytest.mark.parametrize("last", [date(2013, 6, 11), date(2019, 6, 12)])
def test_a_period_has_an_end_that_is_not_before_its_beginning_nor_years_away(last: date) -> None:
    with pytest.raises(MalformedRequestError):
        _ = Question(first_day=DAY, last_day=last, rules=TEXT).period


def test_a_period_is_of_whole_days_in_mexico() -> None:
    first, after = Question(first_day=DAY, last_day=DAY, rules=TEXT).period
    assert (after - first).total_seconds() == 86_400
    assert first.isoformat() == "2013-06-12T00:00:00-05:00"
