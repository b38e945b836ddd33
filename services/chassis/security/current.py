"""What is known of the request that is being answered. Every log line within it shows its id, sender and place.

The application opens it before anything else looks at the request; later ones add what they find out. Outside of a
request there is none, and adding to it does nothing.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from structlog.typing import EventDict, WrappedLogger

from events.vocabulary import Watched
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import random_id
from services.chassis.errors import ServiceError
from services.chassis.security.places import UNKNOWN, place_of

HEADER = "X-Request-Id"
_WELL_FORMED = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""A UUID, or a trace id (W3C Trace Context): any other text could be about somebody."""


def request_id(given: str | None) -> UUID:
    """The id of a request: the one in its header if that is well-formed, otherwise a new one."""
    return UUID(given) if given is not None and _WELL_FORMED.fullmatch(given) else random_id()


@dataclass(slots=True)
class CurrentRequest:
    """One request, while it is answered."""

    id: UUID
    address: str = field(default=UNKNOWN, repr=False)
    place_key: bytes | None = field(default=None, repr=False)
    principal: Principal | None = None
    action: Action | None = None
    """What was asked to be done, if that needs a permission."""
    entering: str | None = None
    """The code of the account that somebody tries to enter."""
    watched: Watched | None = None
    """What this request counts as if it is refused, or, for what is watched when it succeeds, if it does."""
    refusal: str | None = None
    """The code of the refusal."""
    service: str | None = None
    """The service whose log it was recorded in; ``None``: it recorded nothing yet."""
    position: int | None = None
    """The first position that it was given there."""
    events: int = 0
    """How many it was given."""

    @property
    def place(self) -> str | None:
        """The digest of the sender's place; ``None``: there is no key to make one."""
        return None if self.place_key is None else place_of(self.place_key, self.address)

    @property
    def who(self) -> str | None:
        """The sender: the code of their account, or the id of their token; else the account they try to enter."""
        if self.principal is None:
            return self.entering
        token = self.principal.token
        return self.principal.person or (None if token is None else str(token))


_CURRENT: ContextVar[CurrentRequest | None] = ContextVar("current_request", default=None)


def current_request() -> CurrentRequest | None:
    """The request that is being answered; ``None``: none is."""
    return _CURRENT.get()


@contextmanager
def answering(request: CurrentRequest) -> Iterator[CurrentRequest]:
    """Makes a request the current one."""
    before = _CURRENT.set(request)
    try:
        yield request
    finally:
        _CURRENT.reset(before)


def sent_by(principal: Principal, action: Action | None) -> None:
    """Notes who sends the current request, and what they ask to do."""
    request = _CURRENT.get()
    if request is not None:
        request.principal, request.action = principal, action


def entering(person: str) -> None:
    """Notes that somebody tries to enter an account with the current request; an empty code is no account's."""
    request = _CURRENT.get()
    if request is not None:
        request.entering, request.watched = person or None, Watched.SIGN_IN_GUESSES


def counts_as(watched: Watched) -> None:
    """Notes what the current request counts as."""
    request = _CURRENT.get()
    if request is not None:
        request.watched = watched


def refused(error: ServiceError) -> None:
    """Notes that the current request was refused."""
    request = _CURRENT.get()
    if request is not None:
        request.refusal = error.code


def recorded(service: str, position: int, events: int) -> None:
    """Notes where the current request was recorded: whoever reads the log of another service looks for it there."""
    request = _CURRENT.get()
    if request is not None and request.position is None:
        request.service, request.position, request.events = service, position, events


def add_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor of log lines: adds id, sender and place of the current request."""
    request = _CURRENT.get()
    if request is None:
        return event
    event["request_id"] = str(request.id)
    principal = request.principal
    for name, value in (
        ("who", request.who),
        ("role", None if principal is None else principal.role),
        ("org", None if principal is None else principal.org),
        ("place", request.place),
    ):
        if value is not None:
            event.setdefault(name, value)
    return event
