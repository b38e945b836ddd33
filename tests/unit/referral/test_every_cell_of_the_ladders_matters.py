"""Changes every cell of ``policy/ladders.yaml`` in every way we can think of: it is refused, or somebody notices."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.contract import Event
from events.referral import ReferralAccepted, ReferralDeclined, ReferralWithdrawn, ServiceDelivered
from events.vocabulary import Agency, Duty, ReferralClock, Urgency
from services.referral.ladder import Running, to_climb
from services.referral.ladder_policy import POLICY, Ladders, load_ladders
from services.referral.policy_file import PolicyFaultsError, PolicyFile, read
from tests.unit.referral.a_ladder import DAYS, HOURS, Silence
from tests.unit.referral.a_referral import RECEIPT, START
from tests.unit.referral.test_ladders import DECLINED, DELIVERED

FILE = read(POLICY)
OTHERS: dict[str, list[Any]] = {
    "clock": list(map(str, ReferralClock)),
    "after": ["PT4M", "PT5M", "PT6M", "PT20M", "P13D", "P15D", "PT0S", "-PT5M"],
    "then": ["expire", "close", None],
    "rung": ["another"],
    "version": ["2014.1", ""],
    "asked": list(map(str, Agency)),
    "for_its_own": list(map(str, Agency)),
}


LIVES: tuple[tuple[type[Event], dict[str, Any]], ...] = (
    (ReferralAccepted, {}),
    (ReferralDeclined, DECLINED),
    (ServiceDelivered, DELIVERED),
    (ReferralWithdrawn, {"receipt": RECEIPT, "confirm_deletion_by": START + 3 * DAYS}),
)


def observed(ladders: Ladders) -> Iterator[Any]:
    """Everything that anybody sees of the ladders: whole silences of every class, and of every later clock."""
    yield ladders.declared
    for urgency in Urgency:
        for kind, says in LIVES:
            silent = Silence(urgency, ladders=ladders)
            silent.somebody(kind, **says)
            yield commands(silent)
            yield silent.outage(20 * DAYS).told()
        for agency in (Agency.ACNUR, Agency.OIM):
            silent = Silence(urgency, agency, ladders)
            yield commands(silent)
            yield silent.outage(15 * DAYS).told()
        silent = Silence(urgency, ladders=ladders, caravan=START - DAYS)
        yield [(one.at, one.rung) for one in to_climb(silent.running, ladders)]


def commands(silent: Silence) -> list[tuple[Any, ...]]:
    """When everything will be done, and as which command."""
    return [(one.at, one.command(silent.referral.id)) for one in to_climb(Running.of(silent.referral), silent.ladders)]


def mutants(data: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place, with every other value that could stand there."""
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
    """The file with one place otherwise, or without it."""
    data = deepcopy(FILE.data)
    parent = data
    for step in place[:-1]:
        parent = parent[step]
    if value is ...:
        del parent[place[-1]]
    else:
        parent[place[-1]] = value
    return PolicyFile(FILE.path, data, FILE.lines)


def test_every_change_of_a_cell_is_refused_or_seen() -> None:
    ours = list(observed(load_ladders()))
    survivors, tried = [], 0
    for place, value in mutants(FILE.data):
        tried += 1
        try:
            theirs = Ladders.from_file(changed(place, value))
        except PolicyFaultsError:
            continue
        if all(one == other for one, other in zip(observed(theirs), ours, strict=True)):
            survivors.append((place, value))
    assert survivors == []
    assert tried > 300


def test_the_ladders_have_a_version_that_changes_with_what_they_say() -> None:
    ours = load_ladders().version
    assert ours.startswith("2013.1-")
    assert len(ours) == len("2013.1-") + 12
    assert Ladders.from_file(changed(("ladders", 0, "rungs", 0, "after"), "PT6M")).version != ours


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("ladders", 0), ..., "acknowledge of U0 has no ladder: it could fall silent"),
        (("ladders", 2, "urgencies"), ["U1", "U2"], "decide of U3 has no ladder: it could fall silent"),
        (("ladders", 1, "urgencies"), ["U0", "U1"], "decide of U1 has two ladders"),
        (("ladders", 2, "rungs", 2, "then"), ..., "decide: exactly one rung must say then: expire"),
        (("ladders", 3, "rungs", 0, "then"), "close", "nothing may follow"),
        (("ladders", 2, "rungs", 2, "at"), 101, "a referral expires when its deadline passes: at 100"),
        (("ladders", 0, "rungs", 1, "rung"), "on_call", "two rungs share a name"),
        (("ladders", 0, "rungs", 1, "after"), "PT5M", "rungs stand in the order in which they are climbed"),
        (("ladders", 0, "rungs", 0, "at"), 50, "a rung comes either after a time or at a share of it"),
        (("ladders", 0, "rungs", 0, "whom"), [], "a rung tells somebody"),
        (("ladders", 0, "rungs", 0, "whom"), ["desk", "desk"], "nobody is told twice"),
        (("caravan", 0, "urgencies"), ["U0", "U2", "U3"], "caravan mode moves nothing of a U0"),
        (
            ("caravan", 0, "rungs", 0),
            ...,
            "the rungs, whom they tell and what follows are those of the usual ladder",
        ),
        (("fallback", "asked"), "ACNUR", "an agency cannot be asked in its own stead"),
    ],
)
def test_a_fault_is_told_with_its_file_and_line(place: tuple[Any, ...], value: Any, said: str) -> None:
    with pytest.raises(PolicyFaultsError) as refused:
        Ladders.from_file(changed(place, value))
    assert any(fault.endswith(f": {said}") for fault in refused.value.faults), refused.value.faults
    lines = POLICY.read_text(encoding="utf-8").count("\n")
    for fault in refused.value.faults:
        where, line, _ = fault.split(":", 2)
        assert Path(where) == POLICY
        assert 1 <= int(line) <= lines


@given(share=st.integers(1, 99), urgency=st.sampled_from([Urgency.U1, Urgency.U2, Urgency.U3]))
def test_a_programme_may_move_a_reminder_and_it_comes_at_that_share_of_the_time(share: int, urgency: Urgency) -> None:
    rungs = deepcopy(FILE.data["ladders"][2]["rungs"])[2:]
    rungs.insert(0, {"rung": "reminder", "at": share, "whom": ["desk"]})
    file = changed(("ladders", 2, "rungs"), rungs)
    del file.data["caravan"]
    silent = Silence(urgency, ladders=Ladders.from_file(file))
    whole = {Urgency.U1: 3 * HOURS, Urgency.U2: DAYS, Urgency.U3: 7 * DAYS}[urgency]
    assert silent.next == whole * share / 100
