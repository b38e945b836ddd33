"""Changes every cell of ``policy/duties.yaml`` in every way we can think of: it is refused, or a test would notice."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid5

import pytest

from events.referral_states import CLOSED
from events.vocabulary import (
    Agency,
    Duty,
    Milestone,
    Obligation,
    ReferralState,
    RestrictedRecipient,
    RiskCategory,
    SendingBasis,
    Urgency,
)
from services.programme.policy_file import PolicyFaultsError, PolicyFile, read
from services.referral.obligations.domain import ends, next_reminder_at
from services.referral.obligations.policy import POLICY, ObligationPolicy, load_obligations
from tests.support.builders.obligations import TasksOfACase
from tests.support.builders.referral import CASE, START

FILE = read(POLICY)
CODES: dict[str, tuple[str, ...]] = {
    "obligation": tuple(Obligation),
    "sent_on": tuple(SendingBasis),
    "milestone": tuple(Milestone),
    "agency": tuple(Agency),
    "category": tuple(RiskCategory),
    "urgency": tuple(Urgency),
    "ends_with": tuple(ReferralState),
    "whom": tuple(Duty),
    "owner": ("shelter", "agency", "coordinator", "opener"),
    "once": ("case", "referral"),
    "said_to_the": ("hour", "day"),
    "body": ("PPNNA", "COMAR", "CNDH", "UNICEF", *RestrictedRecipient),
    "within": ("PT1H", "PT3H", "PT24H", "PT72H", "PT25H", "PT0S", "-PT1H"),
    "code": ("another",),
    "rung": ("another",),
    "version": ("2014.1", ""),
}
LISTS = {"sent_on", "milestone", "ends_with", "whom"}


def observed(policy: ObligationPolicy) -> Iterator[Any]:
    """Everything visible of the policy: every task that can begin, its reminders, and what ends it."""
    yield policy.declared
    for basis in SendingBasis:
        yield basis, began(policy, basis, Urgency.U1, RiskCategory.ASILO)
    for urgency in Urgency:
        yield urgency, began(policy, SendingBasis.CONSENT, urgency, RiskCategory.PELIGRO)
    for category in RiskCategory:
        yield category, began(policy, SendingBasis.CONSENT, Urgency.U0, category, agencies=(Agency.UNICEF,))
    for milestone in Milestone:
        case = TasksOfACase(policy)
        case.milestone(case.send(Agency.ACNUR, SendingBasis.CONSENT), Agency.ACNUR, milestone, date(2013, 6, 11))
        yield milestone, [(event.basis, event.obligation) for event in case.began()]
    case = TasksOfACase(policy)
    referrals = [case.send(agency, SendingBasis.BEST_INTERESTS) for agency in (Agency.UNFPA, Agency.UNICEF)]
    case.send(Agency.OIM, SendingBasis.VITAL_INTEREST)
    case.send(Agency.ACNUR, SendingBasis.VITAL_INTEREST)
    case.send(Agency.PNUD, SendingBasis.CONSENT)
    case.reassess(uuid5(CASE, Agency.PNUD), Agency.PNUD, Urgency.U0, (RiskCategory.PELIGRO,))
    case.reassess(referrals[1], Agency.UNICEF, Urgency.U0, (RiskCategory.PELIGRO,))
    case.open(referrals[0], Agency.UNFPA, "ACNUR")
    case.open(referrals[0], Agency.UNFPA, "*", command=2)
    for milestone in Milestone:
        case.milestone(referrals[1], Agency.UNICEF, milestone, date(2013, 6, 11))
    yield from whole(case)


def began(
    policy: ObligationPolicy,
    basis: SendingBasis,
    urgency: Urgency,
    category: RiskCategory,
    agencies: Iterable[Agency] = tuple(Agency),
) -> list[Any]:
    """The tasks of a case that is sent to these agencies."""
    case = TasksOfACase(policy)
    for agency in agencies:
        case.send(agency, basis, urgency, categories=(category,))
    return [(event.basis, event.obligation, event.agency, event.referral) for event in case.began()]


def whole(case: TasksOfACase) -> Iterator[Any]:
    """Every task that began with a rule's code, all its reminders, and the states that end it."""
    for task in case.tasks():
        due = task.due.model_copy(update={"policy": ""})
        yield due, tuple(state for state in ReferralState if ends(task, state, case.policy))
        yield getattr(case.policy.rule(due.basis), "urgency", None)
    while (at := min((one for one in map(case_clock(case), case.tasks()) if one), default=None)) is not None:
        case.now = at
        yield at, [(event.rung, event.whom, event.obligation) for event in case.remind()]


def case_clock(case: TasksOfACase) -> Any:
    return lambda task: next_reminder_at(task, case.policy)


def mutants(data: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place with every other value that fits there, and without it."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*place, key), ...
            yield from mutants(value, (*place, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield (*place, number), ...
            yield from mutants(value, (*place, number))
        if place[-1] in LISTS:
            yield from ((place, [*data, one]) for one in CODES[place[-1]] if one not in data)
    elif isinstance(data, bool):
        yield place, not data
    elif isinstance(data, int):
        yield from ((place, one) for one in (0, -1, data - 1, data + 1, 366, 2000) if one != data)
    else:
        wanted = place[-2] if isinstance(place[-1], int) else place[-1]
        yield from ((place, one) for one in (*CODES[wanted], "nonsense ") if one != data)


def changed(place: tuple[Any, ...], value: Any) -> PolicyFile:
    """The file with one value changed or removed."""
    data = deepcopy(FILE.data)
    parent = data
    for step in place[:-1]:
        parent = parent[step]
    if value is ...:
        del parent[place[-1]]
    else:
        parent[place[-1]] = value
    return PolicyFile(FILE.path, data, FILE.lines)


@pytest.mark.search
def test_every_change_of_a_cell_is_refused_or_seen() -> None:
    ours = list(observed(load_obligations()))
    survivors, tried, refused = [], 0, 0
    for place, value in mutants(FILE.data):
        tried += 1
        try:
            theirs = ObligationPolicy.from_file(changed(place, value))
        except PolicyFaultsError:
            refused += 1
            continue
        if list(observed(theirs)) == ours:
            survivors.append((place, value))
    assert survivors == [], survivors
    assert tried > 300
    assert tried - refused > 100


def test_the_version_of_the_policy_changes_with_its_content() -> None:
    ours = load_obligations().version
    assert ours.startswith("2013.1-")
    assert ObligationPolicy.from_file(changed(("duties", 0, "within"), "PT23H")).version != ours


@pytest.mark.parametrize("recipient", RestrictedRecipient)
def test_no_programme_can_write_a_task_about_a_restricted_recipient(recipient: RestrictedRecipient) -> None:
    for number, rule in enumerate(FILE.data["duties"]):
        if "body" in rule:
            with pytest.raises(PolicyFaultsError, match="no task is about a restricted recipient"):
                ObligationPolicy.from_file(changed(("duties", number, "body"), str(recipient)))


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("duties", 3), ..., "urgent_measures has no rule: nobody would be reminded of it"),
        (("duties", 6), ..., "nothing starts with before_migration_authority"),
        (("duties", 1, "code"), "opening_told", "two rules share a code"),
        (("duties", 0, "starts", "opened"), True, "a task starts with exactly one kind of fact"),
        (("duties", 0, "days"), 3, "a deadline is one of within, days or working_days"),
        (("duties", 4, "said_to_the"), "hour", "what is counted in days is said to the day"),
        (("duties", 2, "owner"), "agency", "whoever opened sealed data, and nobody else, is the opener"),
        (("duties", 3, "once"), "case", "only a task of the shelter that begins with a sending is the whole case's"),
        (
            ("duties", 1, "starts", "sent_on"),
            ["mandatory_report"],
            "what is not about a person starts no task about them",
        ),
        (("duties", 3, "starts", "child_at_risk", "agency"), "PEAS", "a report about staff starts no task"),
        (("duties", 0, "ends_with"), ["accepted"], "only a closed referral ends a task"),
        (("duties", 3, "ends_with"), ["failed", "failed"], "a state is named once"),
        (("ladders", "agency"), ..., "agency has no ladder: a task could fall silent"),
        (("ladders", "shelter", 2, "whom"), ["shelter"], "the coordinator hears of an overdue task"),
        (("ladders", "shelter", 1, "rung"), "reminder", "two rungs share a name"),
        (("ladders", "shelter", 1, "at"), 50, "rungs are in the order in which they are due"),
        (
            ("ladders", "shelter", 0, "whom"),
            ["desk"],
            "a task of the shelter is theirs and the coordinator's to hear of",
        ),
        (("ladders", "agency", 0, "whom"), ["desk", "desk"], "nobody is notified twice"),
    ],
)
def test_a_fault_is_reported_with_its_file_and_line(place: tuple[Any, ...], value: Any, said: str) -> None:
    with pytest.raises(PolicyFaultsError) as refused:
        ObligationPolicy.from_file(changed(place, value))
    assert any(fault.endswith(f": {said}") for fault in refused.value.faults), refused.value.faults
    lines = POLICY.read_text(encoding="utf-8").count("\n")
    for fault in refused.value.faults:
        where, line, _ = fault.split(":", 2)
        assert Path(where) == POLICY
        assert 1 <= int(line) <= lines


def test_every_closed_state_was_decided_on_for_the_task_that_ends_with_its_referral() -> None:
    rule = load_obligations().rule("child_at_imminent_risk")
    assert rule is not None
    assert set(rule.ends_with) == CLOSED


def test_a_task_counts_its_time_from_the_fact_that_started_it() -> None:
    case = TasksOfACase(now=START + timedelta(hours=5))
    case.send(Agency.UNICEF, SendingBasis.BEST_INTERESTS)
    assert case.tasks()[0].due.until == START + timedelta(hours=29)
