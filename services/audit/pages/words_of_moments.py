"""Words for states and clocks at a moment, in the viewer's language. Time left is counted from that moment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.contract import Event, Recorded
from services.audit.knowledge.words import Said
from services.audit.prose.people import actor_in_words
from services.audit.time_machine.clocks import RunningClock, clocks_of
from services.audit.time_machine.domain import Task
from services.audit.time_machine.referrals import ReferralThen
from services.audit.time_machine.times import By
from services.chassis.ids import short_code
from services.chassis.locales import Translator
from services.chassis.web.pages.moments import lasting


def by_asked(written: str) -> By:
    """The time that is chosen by ``por``; anything else is by when it was stored."""
    return By.OCCURRED if written == By.OCCURRED.value else By.RECORDED


@dataclass(frozen=True, slots=True)
class Words:
    """Says what was so at a moment."""

    say: Translator
    at: datetime

    def clocks(self, referral: ReferralThen) -> list[RunningClock]:
        """The clocks that ran on a referral."""
        return clocks_of(referral)

    def clock(self, clock: RunningClock) -> str:
        """What a clock waited for."""
        return self.say(f"audit.running.{clock.what}")

    def tone(self, clock: RunningClock) -> str:
        """How a clock looks: it stood still, it was over, or it ran."""
        if clock.stands:
            return "over"
        return "bad" if clock.until is not None and clock.until <= self.at else "waiting"

    def left(self, clock: RunningClock) -> str:
        """How much time was left; empty: the clock had no end to the minute."""
        if clock.until is None:
            return ""
        span = lasting(clock.until - self.at, self.say)
        return self.say("audit.moment.left" if clock.until > self.at else "audit.moment.overdue", span=span)

    def since(self, clock: RunningClock) -> str:
        """How long a clock without an end had run."""
        if clock.until is not None or clock.since is None or clock.until_day is not None:
            return ""
        return self.say("audit.moment.for", span=lasting(self.at - clock.since, self.say))

    def task(self, task: Task) -> str:
        """A task, and whose it was."""
        owner = self.say(f"obligation_owner.{task.owner}", shelter=task.whose, agency=task.whose.replace("_", " "))
        return f"{self.say(f'obligation.{task.obligation}')} ({owner})"

    def who(self, actor: str) -> str:
        """Who did something."""
        return actor_in_words(actor, self.say)

    def came_from(self, fact: Recorded[Event]) -> str:
        """How much later than it happened a fact was stored."""
        return lasting(fact.recorded_at - fact.occurred_at, self.say)

    def organisation(self, code: str) -> str:
        """An organisation, or whoever audits."""
        return Said(self.say).organisation(code)

    def code(self, number: UUID) -> str:
        """The four characters by which people name something."""
        return short_code(number)
