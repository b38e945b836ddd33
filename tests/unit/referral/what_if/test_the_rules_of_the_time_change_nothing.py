"""The control: by the policies of the time, a replay gives what was decided at the time, whatever happened."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from events.vocabulary import Agency, ConsentPurpose
from services.directory.desks import duty_desks
from services.referral.deadlines.policy import load_clocks
from services.referral.routing.policy import load_rules
from services.referral.what_if.domain import replay
from services.referral.what_if.policy import Otherwise
from services.referral.what_if.tally import NO_CHANGE, Comparison, Tally, reproduces
from tests.support.builders.changing_case import NOON, ChangingCase, granted
from tests.support.builders.replayed_case import as_then, compared, history_of
from tests.support.properties import examples

ANSWERS: dict[str, list[Any]] = {
    "danger_now": ["yes", "no", "unsure"],
    "medical_now": ["yes", "no"],
    "removal_risk": ["yes", "no"],
    "planned_departure": ["today", "24h", "7d", "staying"],
    "self_declared": [["lgbtiq"], []],
    "age_band": ["12-14", "25-59", "60+"],
    "accompaniment": ["alone", "parent_or_guardian"],
    "needs": [["legal"], ["health"], []],
    "harm_events": [[], [{"kind": "kidnapping", "when": "ongoing"}], [{"kind": "sexual_violence", "when": "72h"}]],
}
ANSWER = st.sampled_from(sorted(ANSWERS)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(ANSWERS[name])))
AGENCY = st.sampled_from(["ACNUR", "OIM", "UNFPA", "UNICEF", "UNODC"])
ACTS = st.one_of(
    st.tuples(st.just("amended"), ANSWER),
    st.tuples(st.just("consents"), AGENCY),
    st.tuples(st.just("refuses"), AGENCY),
    st.tuples(st.just("answers"), AGENCY),
    st.tuples(st.just("moves"), st.none()),
    st.tuples(st.just("frozen"), st.sampled_from(["confirmed", "dismissed"])),
)


ROBBERY = [{"kind": "robbery", "when": "72h"}]
RULES, CLOCKS = load_rules(), load_clocks()


def live(case: ChangingCase, act: str, what: Any, number: int) -> None:
    """Something happens to the case, some time later."""
    case.passes(minutes=7 * number + 3)
    match act:
        case "amended":
            case.amended(**{what[0]: deepcopy(what[1])})
        case "consents":
            case.consents(granted(what, purpose=list(ConsentPurpose)[number % 2]))
        case "refuses":
            case.refuses(what)
        case "moves":
            case.moves()
        case "frozen":
            case.freezes()
            case.passes(hours=1)
            case.consents(granted("OIM"))  # it is sent only if nobody meant to take it back
            case.passes(hours=1)
            case.is_checked(what)
        case _:
            for referral in case.all():
                if referral.agency == what and referral.state == "requested":
                    case.takes(what, "acknowledge")


@settings(max_examples=examples(100))
@given(
    consents=st.lists(AGENCY, unique=True, max_size=3),
    answers=st.dictionaries(st.sampled_from(sorted(ANSWERS)), st.integers(0, 1), max_size=4),
    acts=st.lists(ACTS, max_size=6),
)
def test_whatever_happens_to_a_case_the_same_rules_decide_the_same(
    consents: list[str], answers: dict[str, int], acts: list[tuple[str, Any]]
) -> None:
    said = {name: deepcopy(ANSWERS[name][index]) for name, index in answers.items()}
    case = ChangingCase.of(*(granted(one) for one in consents), **said)
    for number, (act, what) in enumerate(acts):
        live(case, act, what, number)
    again = compared(case, rules=RULES, clocks=CLOCKS)
    assert (again.compared, again.not_reproduced, again.deadlines_differ) == (1, 0, 0)
    assert again.changes == {}
    assert again.before == again.after
    assert all(one.before == one.after for one in again.deadlines)
    history = history_of(case)
    routes = replay(history, as_then(), duty_desks()).routes
    assert {agency: one.sent_at for agency, one in history.asked.items()} == {
        agency: one.sent_at for agency, one in routes.items()
    }, "each is sent at the second at which it was sent, and what waited waits"


def test_what_was_sent_is_counted_as_sent_on_its_day() -> None:
    case = ChangingCase.of(granted("ACNUR"))
    case.passes(days=1)
    case.consents(granted("OIM"))
    found = compared(case, rules=load_rules())
    assert {(agency, day.isoformat()): count for (agency, day), count in found.before.items()} == {
        ("ACNUR", "2013-06-12"): 1,
        ("OIM", "2013-06-13"): 1,
    }


def test_what_was_held_until_somebody_checked_a_withdrawal_is_held_again() -> None:
    case = ChangingCase.of(granted("ACNUR"))
    case.freezes()
    case.passes(hours=1)
    case.consents(granted("OIM"))
    case.passes(hours=1)
    case.is_checked("dismissed")
    routes = replay(history_of(case), as_then(), duty_desks()).routes
    assert routes[Agency.OIM].sent_at == case.now


def test_what_a_consent_covers_alone_is_told_again() -> None:
    """Of danger (U1) the person consented to tell nothing, of a robbery (U2) they did."""
    case = ChangingCase.of(granted("OIM", purpose=ConsentPurpose.LEGAL), danger_now="unsure", harm_events=ROBBERY)
    assert (case.referral("OIM").urgency, case.referral("OIM").state) == ("U2", "requested")
    again = compared(case, rules=RULES)
    assert (again.compared, again.not_reproduced, again.deadlines_differ) == (1, 0, 0)


def test_a_decision_that_is_not_reproduced_is_counted_apart_and_not_compared() -> None:
    """As if the program itself had decided otherwise at the time: the record says one category fewer."""
    case = ChangingCase.of(granted("ACNUR"))
    history = history_of(case)
    assert reproduces(replay(history, as_then(), duty_desks()), history)
    first = history.moments[0]
    assert first.assessed is not None
    event = first.assessed.event
    object.__setattr__(event, "categories", event.categories[:-1])
    tally = Tally()
    _comparison().add(first.fact.stream, history, tally)
    assert (tally.compared, tally.not_reproduced, tally.changes) == (0, 1, {})


def test_a_case_whose_rules_nobody_kept_is_counted_apart() -> None:
    case = ChangingCase.of(granted("ACNUR"))
    history = history_of(case)
    tally = Tally()
    _comparison(by_version={}).add(history.moments[0].fact.stream, history, tally)
    assert (tally.compared, tally.not_reproduced) == (0, 1)
    assert NO_CHANGE not in tally.changes


def _comparison(**changes: Any) -> Comparison:
    then = replace(as_then(), **changes)
    return Comparison(then=then, otherwise=Otherwise(then, load_rules()), desks=duty_desks(), until=NOON)
