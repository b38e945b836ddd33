"""A telephone decides as the server does, over thousands of cases, and the comparison sees when it would not."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from playwright.async_api import Browser

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.directory.bodies import legal_bodies
from services.programme.directory_file import shelters
from services.referral.reference.rules import YEARS_BEFORE
from services.referral.routing.policy import load_rules
from tests.support.browser.deciding import telephone
from tests.support.builders.drawn_cases import drawn_cases
from tests.support.models.decided_here import decided_here
from tests.support.properties import PROFILE
from tests.support.system.system import System

Json = dict[str, Any]

CASES = 5_000
FEWER = 3_000
"""Enough for every fault that is made on purpose; fewer than a fault that nobody thought of may need."""
SEED, OF_YEARS = 15, (2018, 2026)
"""Of the cases by which faults that are made on purpose are seen: the same in every year."""
RULES = load_rules()
FAULTS: dict[str, tuple[str, str, str]] = {
    "a date on the very day counts": ("rules-calendar", "at = first + 1", "at = first"),
    "holidays are forgotten": ("rules-calendar", "!holidays.days.includes", "holidays.days.includes"),
    "the day is that of UTC": ("rules-calendar", '"America/Mexico_City"', '"UTC"'),
    "more than so many": ("rules-conditions", ".size >= this_", ".size > this_"),
    "the same answer twice is two": (
        "rules-conditions",
        "new Set(list(answers, this_.field)).size",
        "this_.count_at_least",
    ),
    "one element must be all": ("rules-conditions", ".some((one) => holds(this_.w", ".every((one) => holds(this_.w"),
    "what is missing is a code": ("rules-conditions", "answers.get(this_.field) === this_.is", "this_.is"),
    "evidence of what did not decide": ("rules-conditions", "holds(one, answers, of) === outcome", "true"),
    "the last that raises counts": ("rules-routing", "(rule.raises ?? []).find(", "(rule.raises ?? []).findLast("),
    "others are not waited for": ("rules-routing", "!looksAtOthers(one.when)", "looksAtOthers(one.when)"),
    "nothing is suppressed": ("rules-routing", "if (!suppressed) of", "of"),
    "whoever says so is a guardian": ("rules-consent", "holds(consent.givers[giver], of.answers, of)", "true"),
    "a child need not be heard": ("rules-consent", "if (!heard || ", "if ("),
    "prosecutors in spite of fear": ("rules-first-steps", "(body) => !body.prosecutor", "() => true"),
    "the digest tells of staff": (
        "decide",
        "digestOf(document.submission_id, rules.version, shown)",
        "digestOf(document.submission_id, rules.version, proposed)",
    ),
}
"""What is written instead of what in which script, by what goes wrong then."""
UNSEEN = {
    "ABUSO_AUT: raises 0",  # danger makes PELIGRO a U0 for OIM, and ASILO or REFUG for ACNUR, too
    *(f"protection and {code}" for code in ("AMENAZA", "COMUNIDAD", "PEAS")),  # nobody is asked about them
}
"""Changes after which the same is decided in every case."""


def cases(count: int) -> list[Json]:
    """Of visits in the years whose holidays a telephone knows. With ``long`` others in each run."""
    now = system_clock()
    seed = int(now.timestamp()) if PROFILE == "long" else SEED
    return drawn_cases(seed, count, (now.year - YEARS_BEFORE + 3, now.year + 1))


async def reference(system: System) -> tuple[Json, dict[str, Json]]:
    """The rules, and each shelter's directory, as they are answered to a telephone."""
    directories = {}
    for shelter in sorted(shelters()):
        client = await system.signed_in(Role.SHELTER_WORKER, shelter)
        directories[shelter] = (await client.get("/api/v1/directory")).json()
        rules: Json = (await client.get("/api/v1/rules")).json()
    return rules, directories


async def test_a_telephone_decides_every_case_as_the_server_does(chromium: Browser, system: System) -> None:
    rules, directories = await reference(system)
    drawn, bodies = cases(CASES), legal_bodies()
    async with telephone(chromium, system.url, drawn, directories) as asked:
        for document, decided in zip(drawn, await asked.decides(rules), strict=True):
            assert decided == decided_here(document, RULES, bodies), document


@pytest.mark.search
async def test_whatever_is_changed_in_the_rules_or_in_their_evaluator_is_seen(
    chromium: Browser, system: System
) -> None:
    rules, directories = await reference(system)
    changed = dict(mutated(rules))
    async with telephone(chromium, system.url, drawn_cases(SEED, FEWER, OF_YEARS), directories) as asked:
        await asked.decides(rules)
        found = dict(zip(changed, await asked.first_differences(list(changed.values())), strict=True))
        for number, (what, change) in enumerate(FAULTS.items()):
            evaluator = await asked.with_fault(number, *change)
            (found[what],) = await asked.first_differences([rules], evaluator)
    assert {what for what, first in found.items() if first < 0} == UNSEEN


async def test_what_the_evaluator_does_not_know_it_refuses_whole(chromium: Browser, system: System) -> None:
    rules, directories = await reference(system)
    told = []
    async with telephone(chromium, system.url, cases(1), directories) as asked:
        for unknown in unknowns(rules):
            (decided,) = await asked.decides(unknown)
            told.append(decided.get("threw"))
    assert set(told) == {"UnknownRuleError"}, told


def unknowns(rules: Json) -> Iterator[Json]:
    """Rules of another day: each says one thing that nobody here has heard of, far from what the case would ask."""
    last = len(rules["policy"]["rules"]) - 1
    for place, what in (
        (("policy", "rules", last, "when"), {"nearby": "MX-CHP"}),
        (("policy", "rules", last, "when"), {"field": "needs", "not_empty": True, "except": ["legal"]}),
        (("policy", "rules", last, "when"), {"all": [{"field": "sex", "is": "F", "in": ["F"]}]}),
        (("policy", "rules", last, "when"), {"fact": "toString"}),
        (("policy", "rules", last, "unless"), {"fact": "child"}),
        (("policy", "facts", "danger"), {"constructor": []}),
        (("consent", "presumed"), {}),
        (("format",), 2),
    ):
        changed = deepcopy(rules)
        part: Any = changed
        for step in place[:-1]:
            part = part[step]
        part[place[-1]] = what
        yield changed


def mutated(rules: Json) -> Iterator[tuple[str, Json]]:
    """The rules with one thing changed, each in turn."""
    for at, rule in enumerate(rules["policy"]["rules"]):
        for what, change in changes_of(rule):
            mutant = deepcopy(rules)
            change(mutant["policy"]["rules"][at])
            yield f"{rule['code']}: {what}", mutant
    for at, code in enumerate(rules["policy"]["child_rule"]["except"]):
        mutant = deepcopy(rules)
        del mutant["policy"]["child_rule"]["except"][at]
        yield f"the child rule and {code}", mutant
    for purpose, covered in rules["purposes"].items():
        for at, code in enumerate(covered):
            mutant = deepcopy(rules)
            del mutant["purposes"][purpose][at]
            yield f"{purpose} and {code}", mutant


def changes_of(rule: Json) -> Iterator[tuple[str, Any]]:
    """Each as what it is called, and what makes it."""
    yield "when", lambda one: one.update(when={"not": one["when"]})
    yield "lead", lambda one: one.update(lead="PNUD" if one["lead"] != "PNUD" else "OIM")
    yield "urgency", lambda one: one.update(urgency="U2" if one["urgency"] != "U2" else "U1", raises=[])
    for part in ("raises", "also", "suppressed", "show_first"):
        for at in range(len(rule.get(part, ()))):
            yield f"{part} {at}", lambda one, part=part, at=at: one[part].pop(at)
    for at in range(len(rule.get("raises", ()))):
        yield f"raises {at} when", lambda one, at=at: one["raises"][at].update(when={"not": one["raises"][at]["when"]})
