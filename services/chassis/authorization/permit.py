"""Authorises access to one resource, or answers as if it did not exist. The reason is only logged."""

import structlog

from services.chassis.authorization.policy import Action, Decision, Principal, decide
from services.chassis.errors import NotFoundError

logger = structlog.get_logger(__name__)


def permit(
    principal: Principal, action: Action, *, shelter: str | None = None, agency: str | None = None, sent: bool = True
) -> Decision:
    """Authorises an action on a resource of this shelter and agency. Returns the parts that may be shown.

    Raises:
        NotFoundError: the action is refused; the reason is logged and not disclosed.
    """
    decision = decide(principal, action, shelter=shelter, agency=agency, sent=sent)
    if decision.refusal is not None:
        logger.info("refused", code=decision.refusal, action=action, role=principal.role)
        raise NotFoundError
    return decision
