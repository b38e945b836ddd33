"""Grounds for access or sending without consent."""

from events.vocabulary import OverrideBasis
from services.chassis.errors import ServiceError


class OverrideRefusedError(ServiceError):
    """The ground does not hold: a capable person refused, or the ground is for children only."""

    code = "override_refused"
    status = 409


def override_permitted(basis: OverrideBasis, *, child: bool, refused: bool, withheld: bool) -> bool:
    """Whether a ground holds. ``refused``: by somebody who may decide; ``withheld``: the person excluded the agency.

    A capable adult's refusal holds in any danger; that of a child or a guardian does not leave the child in it.
    """
    if withheld:
        return False
    match basis:
        case OverrideBasis.IMMINENT_DANGER_TO_LIFE:
            return child or not refused
        case OverrideBasis.CHILD_BEST_INTERESTS:
            return child
        case OverrideBasis.CANNOT_CONSENT:
            return not refused
