"""Rules that nobody has thought of yet: a telephone reads whatever the language can say as the server does."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from playwright.async_api import Browser

from services.chassis.clock import system_clock
from services.directory.bodies import legal_bodies
from services.programme.directory_file import shelters
from services.programme.policy_file import PolicyFile
from services.referral.phones.ports import NoPhones
from services.referral.reference.directory import directory_of
from services.referral.reference.rules import rules_in_force
from services.referral.routing.policy import RuleSet
from tests.support.browser.deciding import telephone
from tests.support.builders.drawn_cases import drawn_cases
from tests.support.builders.rule_sets import rule_sets
from tests.support.models.decided_here import decided_here
from tests.support.properties import examples
from tests.support.system.system import System

CASES = 200


def other_rules() -> list[RuleSet]:
    """Rule sets as Hypothesis draws them."""
    drawn: list[Any] = []

    @settings(max_examples=examples(20), phases=[Phase.generate])
    @given(rule_sets())
    def draw(policy: Any) -> None:
        drawn.append(policy)

    draw()
    return [RuleSet.of(PolicyFile(path=Path("rules.yaml"), data=policy, lines={})) for policy in drawn]


@pytest.mark.search
async def test_any_rules_are_read_on_a_telephone_as_on_the_server(chromium: Browser, system: System) -> None:
    now, bodies = system_clock(), legal_bodies()
    drawn = drawn_cases(int(now.timestamp()), CASES, (now.year - 8, now.year))
    directories = {
        shelter: directory_of(shelter, "es", NoPhones(), bodies).model_dump(mode="json") for shelter in shelters()
    }
    async with telephone(chromium, system.url, drawn, directories) as asked:
        for rules in other_rules():
            told = rules_in_force(rules, now.date()).model_dump(mode="json")
            for document, decided in zip(drawn, await asked.decides(told), strict=True):
                assert decided == decided_here(document, rules, bodies), (rules.data, document)
