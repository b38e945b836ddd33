"""The thresholds of alarms are a policy: what is left out of it, or contradicts itself, stops the start."""

from pathlib import Path

import pytest

from events.vocabulary import AlarmScope, Duty, Watched
from services.notifications.security_alarms.policy import POLICY, load_alarm_policy
from services.programme.policy_file import PolicyFaultsError

SHIPPED = POLICY.read_text(encoding="utf-8")


def test_everything_that_is_watched_has_a_limit_and_two_are_told() -> None:
    policy = load_alarm_policy()
    assert set(policy.watched) == set(Watched)
    assert policy.whom == (Duty.COORDINATOR, Duty.OPERATOR)
    thresholds = list(policy.thresholds())
    assert {one.watched for one in thresholds if one.scope is AlarmScope.EVERYWHERE} == set(Watched)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("quiet: PT1H", "quiet: PT10M", "sign_in_guesses: {within: PT15M"),
        ("one_place: 20, everywhere: 60", "one_place: 20", "slip_guesses: {"),
        ("  slip_guesses:", "  slip_guess:", "  slip_guess:"),
        ("whom: [coordinator, operator]", "whom: []", "whom: []"),
        ("one_sender: 15", "one_sender: 0", "one_sender: 0"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, place: str) -> None:
    assert old in SHIPPED
    text = SHIPPED.replace(old, new, 1)
    file = tmp_path / "alarms.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyFaultsError) as found:
        load_alarm_policy(file)
    line = 1 + text[: text.index(place)].count("\n")
    assert f"{file}:{line}: " in str(found.value)
