"""Letting somebody at one thing, or answering as if it did not exist. The reason stays in the log."""

import structlog

from services.chassis.access import Action, Decision, Principal, decide
from services.chassis.errors import NotFoundError

logger = structlog.get_logger(__name__)


def permit(
    principal: Principal, action: Action, *, shelter: str | None = None, agency: str | None = None, sent: bool = True
) -> Decision:
    """What of the thing may be shown.

    Raises:
        NotFoundError: it is none of the principal's business. Why, only the log says.
    """
    decision = decide(principal, action, shelter=shelter, agency=agency, sent=sent)
    if decision.refusal is not None:
        logger.info("refused", code=decision.refusal, action=action, role=principal.role)
        raise NotFoundError
    return decision
