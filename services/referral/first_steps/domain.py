"""First steps and bodies of an assessed case (domain.md §5). Pure; the rules say which category shows what.

Where an authority is the one to fear, or the person may be returned, neither the emergency number nor a prosecutor's
office is shown by default: only as something the person may want.
"""

from dataclasses import dataclass

from events.vocabulary import FirstStep, RiskCategory
from services.referral.bodies.ports import Bodies
from services.referral.routing.domain import Assessment

ORDER = tuple(FirstStep)
IF_WANTED = {FirstStep.EMERGENCY_NUMBER: FirstStep.IF_WANTED_EMERGENCY_NUMBER}


@dataclass(frozen=True, slots=True)
class ShownFirst:
    """What an assessment shows first."""

    steps: tuple[FirstStep, ...]
    bodies: tuple[str, ...]
    """By their codes in the directory."""


def shown_first(assessment: Assessment, shelter: str, bodies: Bodies) -> ShownFirst:
    """The first steps of a case, in the order of the list, and the bodies with the duty in the shelter's state.

    A report about a shelter's staff adds neither.
    """
    categories = [one for one in assessment.categories if one is not RiskCategory.PEAS]
    feared = assessment.authority_feared
    steps = {FirstStep(one) for one in assessment.show_first}
    offices = bodies.for_categories(categories, shelter, prosecutors=not feared)
    if feared:
        steps = {IF_WANTED.get(step, step) for step in steps}
        if bodies.for_categories(categories, shelter, prosecutors=True) != offices:
            steps.add(FirstStep.IF_WANTED_PROSECUTOR)
    return ShownFirst(tuple(step for step in ORDER if step in steps), offices)
