"""What audit fills as it follows the logs, by the log, and the read models that can be made again from them."""

from services.audit.reconciliation import projections as reconciliation
from services.audit.security import projections as security
from services.audit.tampering import projections as tampering
from services.audit.time_machine import projections as time_machine
from services.audit.trace import projections as trace
from services.chassis.eventlog.projections import ReadModel, combine
from services.chassis.eventlog.reactions import BatchHandler

FOLLOWED: dict[str, BatchHandler] = {
    log: combine(
        fill,
        *(models[log] for models in (security.FOLLOWED, reconciliation.FOLLOWED) if log in models),
        *time_machine.FOLLOWED.get(log, ()),
    )
    for log, fill in trace.PROJECTORS.items()
}
PROJECTIONS = (*security.PROJECTIONS, trace.project_own, *tampering.PROJECTIONS)
"""Run in the transaction of every append to the service's own log."""
MODELS: tuple[ReadModel, ...] = (
    *trace.MODELS,
    *security.MODELS,
    *time_machine.MODELS,
    *reconciliation.MODELS,
    *tampering.MODELS,
)
