"""The library's applications, in its own classes: opaque events, and the policies that pass them on."""

import time
from functools import cache, singledispatchmethod
from uuid import UUID

from eventsourcing.application import Application, ProcessingEvent
from eventsourcing.domain import Aggregate, DomainEventProtocol, event
from eventsourcing.persistence import Tracking
from eventsourcing.system import ProcessApplication

from benchmarks.cases import Shape, peers_case
from benchmarks.contenders.payload import Stamps

SHAPES: list[Shape] = []
STAMPS = Stamps()


class Stored(Aggregate):
    """An aggregate whose events are opaque: text of the real event's size."""

    class Began(Aggregate.Created):
        """The first event of a stream."""

        shape: int
        number: int
        text: str

    class WentOn(Aggregate.Event):
        """A later one."""

        shape: int
        number: int
        text: str

    @event(Began)
    def __init__(self, id: UUID, shape: int, number: int, text: str) -> None:  # noqa: A002 - the library asks for it
        """A stream with a known id."""
        del shape, number, text
        del id

    @staticmethod
    def create_id(id: UUID) -> UUID:  # noqa: A002 - as above
        """The id that was given."""
        return id

    @event(WentOn)
    def go_on(self, shape: int, number: int, text: str) -> None:
        """One event more."""


class Intake(Application[UUID]):
    """Takes submissions."""

    name = "intake"

    def open(self, case: UUID, shape: int) -> None:
        """Records one."""
        self.save(Stored(id=case, shape=shape, number=0, text=text(SHAPES[shape].opened)))


class Referral(ProcessApplication[UUID]):
    """Decides."""

    name = "referral"

    @singledispatchmethod
    def policy(self, domain_event: DomainEventProtocol[UUID], processing_event: ProcessingEvent[UUID]) -> None:
        """Nothing but what is registered."""

    @policy.register
    def _(self, domain_event: Stored.Began, processing_event: ProcessingEvent[UUID]) -> None:
        case, streams = domain_event.originator_id, dict[int, Stored]()
        for number, one in enumerate(SHAPES[domain_event.shape].decided):
            if one.stream in streams:
                streams[one.stream].go_on(shape=domain_event.shape, number=number, text=text(one.size, first=False))
            else:
                stream = UUID(int=case.int + one.stream)
                streams[one.stream] = Stored(id=stream, shape=domain_event.shape, number=number, text=text(one.size))
        processing_event.collect_events(*streams.values())


class Notifications(ProcessApplication[UUID]):
    """Alerts."""

    name = "notifications"

    def policy(self, domain_event: DomainEventProtocol[UUID], processing_event: ProcessingEvent[UUID]) -> None:
        """An alert for each event that calls for one."""
        if alert := alert_size(domain_event):
            assert isinstance(domain_event, Stored.Began | Stored.WentOn)  # noqa: S101 - alert_size looked
            stream = UUID(int=peers_case(domain_event.originator_id).int + domain_event.number)
            processing_event.collect_events(Stored(id=stream, shape=domain_event.shape, number=0, text=text(alert)))

    def process_event(self, domain_event: DomainEventProtocol[UUID], tracking: Tracking) -> None:
        """Returns when it is committed: the moment that is stamped."""
        super().process_event(domain_event, tracking)
        if alert_size(domain_event):
            STAMPS.put(peers_case(domain_event.originator_id), time.monotonic_ns())


class Follower(ProcessApplication[UUID]):
    """Passes another's events and keeps its position: audit's and the shelter's status' hops without effects."""

    def policy(self, domain_event: DomainEventProtocol[UUID], processing_event: ProcessingEvent[UUID]) -> None:
        """Nothing follows from them."""


class Audit(Follower):
    """Follows all three."""

    name = "audit"


class Status(Follower):
    """Follows referrals and alerts. Apart from intake only because the library's leader does not follow."""

    name = "status"


def alert_size(fact: DomainEventProtocol[UUID]) -> int:
    """The size of the alert that an event calls for, or 0."""
    if not isinstance(fact, Stored.Began | Stored.WentOn):
        return 0
    return SHAPES[fact.shape].decided[fact.number].alert


@cache
def text(size: int, *, first: bool = True) -> str:
    """What fills an event to the real one's size: the library adds its own fields to it."""
    return "x" * max(0, size - own_fields()[0 if first else 1])


@cache
def own_fields() -> tuple[int, int]:
    """How many bytes the library stores besides the text: of a stream's first event, and of a later one."""
    one = Stored(id=UUID(int=1), shape=0, number=0, text="")
    one.go_on(shape=0, number=0, text="")
    mapper = Application[UUID]().mapper
    first, later = (len(mapper.to_stored_event(event).state) for event in one.pending_events)
    return first, later
