"""Records the tasks that a fact starts, in the same append, so that none is lost."""

from uuid import UUID

from events.contract import Event, Recorded
from events.referral import ReferralFact
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.bodies.ports import Bodies
from services.referral.obligations.domain import begins, due, fold
from services.referral.obligations.grounds import Beginning, beginnings
from services.referral.obligations.policy import ObligationPolicy


def start_tasks(fact: Recorded[Event], work: UnitOfWork, policy: ObligationPolicy, bodies: Bodies) -> None:
    """Records each task that ``fact``, which the unit of work has just recorded, starts."""
    history = work.history(fact.stream) if isinstance(fact.event, ReferralFact) else ()
    for beginning in beginnings(fact, history, policy):
        stream = _stream(beginning, work)
        office = None if beginning.rule.body is None else bodies.in_state_of(beginning.rule.body, beginning.shelter)
        event = due(beginning, fact, office, policy)
        if begins(fold(work.history(stream)), beginning, event):
            work.record(stream, event, case=fact.case, actor=f"rules:{policy.version}", cause=fact)


def _stream(beginning: Beginning, work: UnitOfWork) -> UUID:
    """The task's stream, if it was loaded; else the referral's own, which begins with its first ground."""
    for stream in beginning.streams():
        if work.has(stream):
            return stream
    stream = beginning.streams()[-1]
    work.begin(stream)
    return stream
