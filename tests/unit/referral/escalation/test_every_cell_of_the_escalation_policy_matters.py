"""Changes every cell of ``policy/ladders.yaml`` in every way we can think of: it is refused, or a test would notice."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.contract import Event
from events.referral import ReferralAccepted, ReferralDeclined, ReferralWithdrawn, ServiceDelivered
from events.vocabulary import Agency, ContestReason, Duty, ReferralClock, ReferralState, Urgency
from services.programme.policy_file import PolicyFaultsError, PolicyFile, read
from services.referral.escalation.domain import pending_steps
from services.referral.escalation.policy import POLICY, EscalationPolicy, load_escalation_policy
from services.referral.escalation.state import EscalationState
from services.referral.lifecycle.after_sending import AfterSending
from services.referral.lifecycle.domain import FiredStep
from tests.support.builders.escalation import DAYS, DECLINED, DELIVERED, HOURS, Silence
from tests.support.builders.referral import RECEIPT, START

FILE = read(POLICY)
AGAIN = "a rung is due after a time, at a share of it, before its end, or again and again"
OTHERS: dict[str, list[Any]] = {
    "clock": list(map(str, ReferralClock)),
    "after": ["PT4M", "PT5M", "PT6M", "PT20M", "P13D", "P15D", "PT0S", "-PT5M"],
    "before": ["PT1H", "P2D", "PT0S"],
    "every": ["P6D", "P8D", "PT0S"],
    "only": ["in_service", "with_a_desk", "waiting", None],
    "then": ["expire", "close", "lapse", "withdraw", None],
    "rung": ["another"],
    "version": ["2014.1", ""],
    "asked": list(map(str, Agency)),
    "for_its_own": list(map(str, Agency)),
}


LIVES: tuple[tuple[type[Event], dict[str, Any]], ...] = (
    (ReferralAccepted, {}),
    (ReferralDeclined, DECLINED),
    (ServiceDelivered, DELIVERED),
    (ReferralWithdrawn, {"reason": "consent_withdrawn", "receipt": RECEIPT, "confirm_deletion_by": START + 3 * DAYS}),
)


LATER = START + HOURS
ASKED = tuple((ReferralClock.WAITING, name) for name in ("ask", "ask_coordinator", "ask_programme"))
AFTERWARDS: tuple[tuple[ReferralState, AfterSending, tuple[tuple[ReferralClock, str], ...]], ...] = (
    (ReferralState.BLOCKED_CONSENT, AfterSending(ask_by=LATER), ()),
    (ReferralState.BLOCKED_CONSENT, AfterSending(ask_by=LATER), ASKED),
    (ReferralState.ACCEPTED, AfterSending(), ((ReferralClock.SERVE, "service_missed"),)),
    (ReferralState.ACCEPTED, AfterSending(unseen_since=START, unseen_by=LATER, unseen_is_urgent=True), ()),
    (ReferralState.ACCEPTED, AfterSending(unseen_since=START, unseen_by=LATER), ()),
    (ReferralState.ACKNOWLEDGED, AfterSending(frozen_at=START, check_by=LATER), ()),
    (ReferralState.ACCEPTED, AfterSending(basis_until=START + 2 * DAYS), ()),
    (ReferralState.ACCEPTED, AfterSending(contest=ContestReason.REFUSED, contested_at=START), ()),
    (ReferralState.IN_SERVICE, AfterSending(), ()),
)
"""What runs a clock after a referral was sent, or before it may be."""


def observed(escalation_policy: EscalationPolicy) -> Iterator[Any]:
    """Everything visible of the policy: the whole escalation of every class, and of every later clock."""
    yield escalation_policy.declared
    for urgency in Urgency:
        for kind, says in LIVES:
            silent = Silence(urgency, escalation_policy=escalation_policy)
            silent.somebody(kind, **says)
            yield commands(silent)
            yield silent.outage(20 * DAYS).recorded_steps()
        for agency in (Agency.ACNUR, Agency.OIM):
            silent = Silence(urgency, agency, escalation_policy)
            yield commands(silent)
            yield silent.outage(15 * DAYS).recorded_steps()
        for state, after, fired in AFTERWARDS:
            sent = Silence(urgency).referral
            assert sent.deadlines is not None
            steps = {
                FiredStep(clock, name, sent.deadlines.serve_by if clock == "serve" else LATER) for clock, name in fired
            }
            referral = replace(sent, state=state, after=after, fired_steps=frozenset(steps))
            left = pending_steps(EscalationState.of(referral), escalation_policy)
            yield [(one.at, one.command(referral.id), one.step) for one in left]
        silent = Silence(urgency, escalation_policy=escalation_policy, caravan=START - DAYS)
        yield [(one.at, one.step) for one in pending_steps(silent.escalation_state, escalation_policy)]


def commands(silent: Silence) -> list[tuple[Any, ...]]:
    """When each step will fire, and under which command id."""
    return [
        (one.at, one.command(silent.referral.id))
        for one in pending_steps(EscalationState.of(silent.referral), silent.escalation_policy)
    ]


def mutants(data: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place with every other value that fits there."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*place, key), ...
            yield from mutants(value, (*place, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield (*place, number), ...
            yield from mutants(value, (*place, number))
        known = {"whom": list(map(str, Duty)), "urgencies": list(map(str, Urgency))}.get(place[-1], [])
        yield from ((place, [*data, one]) for one in known if one not in data)
        yield from ((place, [one]) for one in known if [one] != data)
    elif isinstance(data, int):
        yield from ((place, one) for one in (0, -1, data - 1, data + 1, 49, 100, 500) if one != data)
    else:
        wanted = "whom" if "whom" in place else ("urgencies" if "urgencies" in place else place[-1])
        others = {"whom": list(map(str, Duty)), "urgencies": list(map(str, Urgency))}.get(wanted) or OTHERS[wanted]
        yield from ((place, one) for one in [*others, "nonsense"] if one != data)


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
    ours = list(observed(load_escalation_policy()))
    survivors, tried = [], 0
    for place, value in mutants(FILE.data):
        tried += 1
        try:
            theirs = EscalationPolicy.from_file(changed(place, value))
        except PolicyFaultsError:
            continue
        if all(one == other for one, other in zip(observed(theirs), ours, strict=True)):
            survivors.append((place, value))
    assert survivors == []
    assert tried > 300


def test_the_version_of_the_policy_changes_with_its_content() -> None:
    ours = load_escalation_policy().version
    assert ours.startswith("2013.1-")
    assert len(ours) == len("2013.1-") + 12
    assert EscalationPolicy.from_file(changed(("ladders", 0, "rungs", 0, "after"), "PT6M")).version != ours


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("ladders", 0), ..., "acknowledge of U0 has no ladder: it could fall silent"),
        (("ladders", 2, "urgencies"), ["U1", "U2"], "decide of U3 has no ladder: it could fall silent"),
        (("ladders", 1, "urgencies"), ["U0", "U1"], "decide of U1 has two ladders"),
        (("ladders", 2, "rungs", 2, "then"), ..., "decide: the rungs must say then: expire"),
        (("ladders", 3, "rungs", 0, "then"), "close", "nothing may follow"),
        (("ladders", 2, "rungs", 2, "at"), 101, "a referral expires when its deadline passes: at 100"),
        (("ladders", 0, "rungs", 1, "rung"), "on_call", "two rungs share a name"),
        (("ladders", 0, "rungs", 1, "after"), "PT5M", "rungs are in the order in which they are due"),
        (
            ("ladders", 0, "rungs", 0, "at"),
            50,
            AGAIN,
        ),
        (("ladders", 0, "rungs", 0, "whom"), [], "a rung notifies somebody"),
        (("ladders", 0, "rungs", 0, "whom"), ["desk", "desk"], "nobody is notified twice"),
        (("caravan", 0, "urgencies"), ["U0", "U2", "U3"], "caravan mode moves nothing of a U0"),
        (
            ("caravan", 0, "rungs", 0),
            ...,
            "the rungs, whom they notify and what follows are those of the usual ladder",
        ),
        (("fallback", "asked"), "ACNUR", "an agency cannot be asked in its own stead"),
    ],
)
def test_a_fault_is_reported_with_its_file_and_line(place: tuple[Any, ...], value: Any, said: str) -> None:
    with pytest.raises(PolicyFaultsError) as refused:
        EscalationPolicy.from_file(changed(place, value))
    assert any(fault.endswith(f": {said}") for fault in refused.value.faults), refused.value.faults
    lines = POLICY.read_text(encoding="utf-8").count("\n")
    for fault in refused.value.faults:
        where, line, _ = fault.split(":", 2)
        assert Path(where) == POLICY
        assert 1 <= int(line) <= lines


@given(share=st.integers(1, 99), urgency=st.sampled_from([Urgency.U1, Urgency.U2, Urgency.U3]))
def test_a_programme_may_move_a_reminder_and_it_comes_at_that_share_of_the_time(share: int, urgency: Urgency) -> None:
    steps = deepcopy(FILE.data["ladders"][2]["rungs"])[2:]
    steps.insert(0, {"rung": "reminder", "at": share, "whom": ["desk"]})
    file = changed(("ladders", 2, "rungs"), steps)
    del file.data["caravan"]
    silent = Silence(urgency, escalation_policy=EscalationPolicy.from_file(file))
    whole = {Urgency.U1: 3 * HOURS, Urgency.U2: DAYS, Urgency.U3: 7 * DAYS}[urgency]
    assert silent.next == whole * share / 100
