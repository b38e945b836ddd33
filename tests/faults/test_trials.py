"""A short selection of ``make faults``: what is acknowledged arrives once, and the harness can tell if it does not."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from _pytest.mark.structures import ParameterSet

from tests.faults.disk import NotPossibleHereError
from tests.faults.trials import CONTROLS, TRIALS, Trial, tried

pytestmark = pytest.mark.slow

SHORT = (
    "kill -9 referral",
    "PostgreSQL stopped at once (immediate)",
    "older backup restored, repaired",
    "rolled out and back",
)
IN_MAKE_TEST = ("kill -9 referral",)
"""One kill; the others, and every control, are make faults' own."""
LONG = "a recorder with unordered positions"
"""A minute and a half: ``make faults`` has it, and test_a_tailing_reader_never_skips a control of the same fault."""
SEED = 7


def _marked(trials: Iterable[Trial]) -> list[ParameterSet]:
    return [
        pytest.param(one, id=one.name, marks=() if one.name in IN_MAKE_TEST else pytest.mark.faults) for one in trials
    ]


@pytest.mark.parametrize("trial", _marked(one for one in TRIALS if one.name in SHORT))
async def test_whatever_fails_every_case_arrives_once_and_in_order(trial: Trial) -> None:
    try:
        verdict = await tried(trial if trial.from_before else replace(trial, seconds=6), seed=SEED)
    except NotPossibleHereError:
        pytest.skip("the version before is not in the history of this checkout")
    assert verdict.acknowledged >= 200
    assert verdict.flawless, verdict


@pytest.mark.parametrize("trial", _marked(one for one in CONTROLS if one.name != LONG))
async def test_a_service_that_is_broken_on_purpose_is_caught(trial: Trial) -> None:
    verdict = await tried(replace(trial, seconds=6, patience=5), seed=SEED)
    assert not verdict.flawless
    assert verdict.lost or verdict.duplicated or verdict.disordered or verdict.unanswered, verdict
