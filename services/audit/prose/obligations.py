"""Describes tasks with clocks, and the milestones that start some of them."""

from collections.abc import Mapping
from typing import Any

from events.contract import Event
from events.obligations import MilestoneRecorded, ObligationDone, ObligationDue, ObligationReminded
from services.audit.prose.glossary import in_mexico, listed
from services.audit.prose.sentence import Describer, sentences
from services.chassis.locales import Translator


def _due(event: ObligationDue, say: Translator) -> str:
    day = event.until_day
    until = in_mexico(event.until) if event.until is not None else "" if day is None else f"{day:%d/%m/%Y}"
    return sentences(
        say("prose.referral.duty_due", until=until, **_task(event, say)),
        say("prose.referral.duty_due.body", body=event.body) if event.body else None,
    )


def _reminded(event: ObligationReminded, say: Translator) -> str:
    sentence = say(
        "prose.referral.duty_reminded",
        rung=say.first(f"rung.{event.rung}", "other.rung"),
        whom=listed([say(f"duty_to.{duty}") for duty in event.whom], say),
        until=in_mexico(event.deadline),
        **_task(event, say),
    )
    return sentence[0].upper() + sentence[1:]


def _done(event: ObligationDone, say: Translator) -> str:
    return say("prose.referral.duty_done", result=say(f"obligation_result.{event.result}"), **_task(event, say))


def _milestone(event: MilestoneRecorded, say: Translator) -> str:
    what = say(f"milestone.{event.milestone}")
    return say("prose.referral.milestone_recorded", agency=event.agency, on=f"{event.on:%d/%m/%Y}", milestone=what)


def _task(event: ObligationDue | ObligationReminded | ObligationDone, say: Translator) -> dict[str, Any]:
    """Which task, and whose."""
    owner = say(f"obligation_owner.{event.owner}", shelter=event.shelter, agency=event.agency)
    return {"obligation": say(f"obligation.{event.obligation}"), "owner": owner}


DESCRIBERS: Mapping[type[Event], Describer] = {
    ObligationDue: _due,
    ObligationReminded: _reminded,
    ObligationDone: _done,
    MilestoneRecorded: _milestone,
}
