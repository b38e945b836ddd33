"""How long state machines look for a way to break what they are held against.

``make test`` takes the same examples every time, so that a failure there is everybody's. With
``CANALIZA_PROPERTIES=long`` they are new ones, twenty times as many; what fails is printed as a program and as
a line that reproduces it.
"""

import os

from hypothesis import HealthCheck, Phase, Verbosity, settings

LONG = 20


def searching(*, examples: int, steps: int) -> settings:
    """Settings for a machine; ``examples`` are those of ``make test``."""
    long = os.environ.get("CANALIZA_PROPERTIES") == "long"
    return settings(
        max_examples=examples * (LONG if long else 1),
        stateful_step_count=steps,
        derandomize=not long,
        database=None,
        deadline=None,
        print_blob=long,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow],  # real servers
    )


def until_found(*, examples: int, steps: int) -> settings:
    """For a control, in which a fault must be found: the first is enough, and nobody reads the smallest program."""
    return settings(
        searching(examples=examples, steps=steps), phases=[Phase.generate], print_blob=False, verbosity=Verbosity.quiet
    )
