"""Refusals that several capabilities share."""

from services.chassis.errors import ServiceError


class FrozenError(ServiceError):
    """A withdrawal waits for a check; until then nobody reads the answers."""

    code = "frozen"
    status = 409


class SecondPersonNeededError(ServiceError):
    """A withdrawal by slip, and a slip after one, are never in one person's hands: somebody else must do this."""

    code = "second_person_needed"
    status = 409


class NoPersonError(ServiceError):
    """The case is an incident without a person."""

    code = "no_person"
    status = 409
