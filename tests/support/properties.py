"""How long properties and state machines look for a way to break what they are held against.

``CANALIZA_PROPERTIES`` chooses a profile: ``quick`` for ``make quick``, ``default`` for ``make test``, ``long`` for
``make search``. ``quick`` takes the same examples every time, so that a failure there is everybody's; so do the
state machines of ``default``, whose other properties look at new ones in each run. With ``long`` all are new, twenty
times as many; what fails is printed as a program and as a line that reproduces it.
"""

import os
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, settings

PROFILE: Final = os.environ.get("CANALIZA_PROPERTIES", "default")
TIMES: Final = {"quick": 0.1, "default": 0.4, "long": 20.0}
"""How many examples, measured by the numbers that the tests name: ``make test`` has a quarter of an hour."""
FEW = 5
HYPOTHESIS_OWN = 100
"""What Hypothesis takes where a test says nothing."""


def examples(count: int) -> int:
    """As many examples as the profile wants where a test names ``count``."""
    return max(min(count, FEW), round(count * TIMES[PROFILE]))


def register_profiles() -> None:
    """Registers the profiles and loads the one that was chosen, before any test module is imported.

    No deadline: a busy machine is no fault of what is tested.
    """
    for name in TIMES:
        settings.register_profile(
            name,
            max_examples=max(FEW, round(HYPOTHESIS_OWN * TIMES[name])),
            derandomize=name == "quick",
            database=None,
            deadline=None,
            print_blob=name != "quick",
            suppress_health_check=[HealthCheck.too_slow],
        )
    settings.load_profile(PROFILE)


def searching(*, examples: int, steps: int) -> settings:
    """Settings for a machine; ``examples`` as a test names them."""
    return settings(
        max_examples=_scaled(examples),
        stateful_step_count=steps,
        report_multiple_bugs=False,
        derandomize=PROFILE != "long",
    )


def until_found(*, examples: int, steps: int) -> settings:
    """For a control, in which a fault must be found: the first is enough, and nobody reads the smallest program."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        report_multiple_bugs=False,
        derandomize=PROFILE != "long",
        phases=[Phase.generate],
        print_blob=False,
        verbosity=Verbosity.quiet,
    )


_scaled = examples
