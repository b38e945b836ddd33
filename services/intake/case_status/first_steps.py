"""What is shown first with a case: first steps, the bodies with the legal duty, the tasks that start with it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import CaseAssessed, assessment_stream
from events.vocabulary import FirstStep
from services.chassis.eventlog.upstream import Upstream
from services.chassis.locales import ENGLISH, SPANISH, catalogue
from services.intake.case_status.schemas import CaseBody, CaseFirstStep, CaseObligation, ShownFirst
from services.programme.directory_file import programme

WITH_A_NUMBER = frozenset({FirstStep.EMERGENCY_NUMBER, FirstStep.IF_WANTED_EMERGENCY_NUMBER})

_WORDS = catalogue(__name__)


async def shown_first(referral: Upstream, case: UUID) -> ShownFirst | None:
    """What the rules show first of a case; ``None`` until they were run on it."""
    stream = assessment_stream(case)
    history = (await referral.streams([stream]))[stream]
    return _of_all(history, programme())


def _of_all(history: list[Recorded[Event]], directory: Mapping[str, Any]) -> ShownFirst | None:
    """What the assessments showed, the latest first. An amendment adds to it and takes nothing away, as of referrals.

    If it took away, a shelter would see by what remains that harm was reported which it may not read.
    """
    assessed = [fact.event for fact in reversed(history) if isinstance(fact.event, CaseAssessed)]
    if not assessed:
        return None
    steps, bodies, tasks = (
        list(dict.fromkeys(one for event in assessed for one in getattr(event, what)))
        for what in ("first_steps", "bodies", "obligations")
    )
    emergency = directory["emergency"]
    return ShownFirst(
        steps=[
            CaseFirstStep(code=one, number=emergency if one in WITH_A_NUMBER else None, **_step_words(one))
            for one in steps
        ],
        bodies=[
            CaseBody(
                code=code,
                name=body["name"],
                **body["duty"],
                telephone=body.get("telephone"),
                address=body.get("address"),
            )
            for code, body in directory["counterparts"].items()
            if code in bodies
        ],
        obligations=[CaseObligation(code=one, **_task_words(one)) for one in tasks],
    )


def _step_words(step: str) -> dict[str, str]:
    return {say.locale: say.sentence(f"first_step.{step}") for say in (_WORDS(SPANISH), _WORDS(ENGLISH))}


def _task_words(task: str) -> dict[str, str]:
    return {say.locale: say.sentence(f"obligation.{task}") for say in (_WORDS(SPANISH), _WORDS(ENGLISH))}
