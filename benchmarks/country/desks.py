"""What the people at desks and shelters do with each referral, and when: drawn for each, the same for the same seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from events.vocabulary import ReferralState, Role

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

HASTE = {"U0": 8, "U1": 3, "U2": 1, "U3": 1}
"""How much sooner people act on what is urgent."""
AT_ONCE, NEVER = timedelta(0), timedelta.max

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One step of a referral. ``step``: its name, ``consent`` or ``cancel``, and who takes it."""

    step: str
    by: Role
    fields: Fields


@dataclass(frozen=True, slots=True)
class Habits:
    """What becomes of one referral, as far as people decide it; times count from the state before."""

    acknowledge: timedelta
    decide: timedelta
    decision: str
    serve: timedelta
    booked: bool
    result: str
    confirm: timedelta | None
    asked: timedelta
    """When somebody asks the person whose consent is missing."""
    consents: bool

    @classmethod
    def of(cls, referral: UUID, seed: int) -> "Habits":
        """Four of five desks answer within the hour, the others too late or never."""
        draw = Random(referral.int ^ seed)  # noqa: S311 - the same life for the same seed
        answers = draw.random()
        late = HOUR * draw.uniform(1.5, 40)
        return cls(
            acknowledge=MINUTE * min(55, draw.lognormvariate(2.6, 0.9)) if answers < 0.8 else late,
            decide=HOUR * min(60, draw.lognormvariate(1.0, 1.0)),
            decision=_one_of(draw, {"accept": 0.78, "no_capacity": 0.08, "not_eligible": 0.06, "request-info": 0.08}),
            serve=HOUR * draw.uniform(3, 90),
            booked=draw.random() < 0.6,
            result=_one_of(draw, {"deliver": 0.82, "no-contact": 0.1, "fail": 0.08}),
            confirm=DAY * draw.uniform(0.5, 9) if draw.random() < 0.6 else None,
            asked=HOUR * draw.uniform(0.2, 20),
            consents=draw.random() < 0.6,
        )

    def next_act(self, referral: Mapping[str, Any], now: datetime, ahead: timedelta) -> Act | None:
        """What somebody does with a referral, a row of the board, before anybody looks again, so much later."""
        waited = (now - referral["since"] + ahead) * HASTE[referral["urgency"]]
        return self._of_shelter(referral, waited) or self._of_desk(referral, waited, now)

    def _of_shelter(self, referral: Mapping[str, Any], waited: timedelta) -> Act | None:
        match referral["state"]:
            case ReferralState.BLOCKED_CONSENT if waited >= self.asked:
                decision = "granted" if self.consents else "refused"
                return Act("consent", Role.SHELTER_WORKER, {"decision": decision})
            case ReferralState.EXPIRED | ReferralState.DECLINED if waited >= 2 * DAY:
                return Act("cancel", Role.SHELTER_WORKER, {})
            case ReferralState.INFO_REQUESTED if waited >= HOUR:
                return Act("supply-info", Role.SHELTER_WORKER, {"answer": "Sí, con su hermana."})
            case ReferralState.DELIVERED if self.confirm is not None and waited >= self.confirm:
                return Act("confirm", Role.SHELTER_WORKER, {"confirmation": "yes", "by": "person"})
        return None

    def _of_desk(self, referral: Mapping[str, Any], waited: timedelta, now: datetime) -> Act | None:
        outcome = {"deliver": "service_delivered", "no-contact": "departed_onward", "fail": "not_entitled"}
        after, act = {
            ReferralState.REQUESTED: (self.acknowledge, Act("acknowledge", Role.OFFICER, {})),
            ReferralState.EXPIRED: (self.decide if self.booked else NEVER, Act("accept", Role.OFFICER, {})),
            ReferralState.ACKNOWLEDGED: (self.decide, self._decided(referral)),
            ReferralState.ACCEPTED: (AT_ONCE if self.booked else self.serve, self._next_of_accepted(now)),
            ReferralState.SCHEDULED: (self.serve, Act("start", Role.OFFICER, {})),
            ReferralState.IN_SERVICE: (
                self.serve / 2,
                Act(self.result, Role.OFFICER, {"outcome": outcome[self.result]}),
            ),
        }.get(referral["state"], (NEVER, None))
        return act if waited >= after else None

    def _next_of_accepted(self, now: datetime) -> Act:
        at = (now + self.serve).isoformat()
        return Act("schedule", Role.OFFICER, {"appointment_at": at}) if self.booked else Act("start", Role.OFFICER, {})

    def _decided(self, referral: Mapping[str, Any]) -> Act:
        if self.decision == "request-info" and referral["asked_at"] is None:
            return Act("request-info", Role.OFFICER, {"question": "¿Puede viajar acompañada?"})
        if self.decision in {"no_capacity", "not_eligible"}:
            return Act("decline", Role.OFFICER, {"reason": self.decision})
        return Act("accept", Role.OFFICER, {})


def _one_of(draw: Random, shares: Mapping[str, float]) -> str:
    return draw.choices(list(shares), list(shares.values()))[0]
