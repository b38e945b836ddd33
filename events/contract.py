"""An event: a named, versioned fact, and the envelope it is stored and sent in.

One definition serves for storing, for sending and for replaying. The stored state is a JSON object
``{"case", "occurred_at", "recorded_at", "actor", "cause", "data"}``; its bytes are what the audit
tree hashes, so they are written once and never serialised again.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import from_json
from typing_extensions import TypedDict

MAX_STATE_BYTES = 65_000
"""With its envelope an entry stays under 65,535 bytes, the limit of a transparency log (C2SP tlog-tiles)."""

CATALOGUE: dict[str, type["Event"]] = {}
"""Every event by its name. A class enters as it is defined; ``events.published`` imports them all."""


class UnknownEventError(LookupError):
    """No event of this name, or a version newer than this program knows."""


class UnreadableEventError(ValueError):
    """The stored state does not fit the event's definition. The message names the event and quotes no value."""


_Kind = type("_Kind", (type(BaseModel),), {"__instancecheck__": type.__instancecheck__})
"""The library's metaclass with the plain ``isinstance``: no virtual subclass is registered, and looking for one takes
ten times as long."""


class Value(BaseModel, metaclass=_Kind):  # type: ignore[metaclass]  # no public name for it
    """Something an event is made of. Immutable, closed, and silent about its input when it is wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Event(Value):
    """A fact that has happened, named by ``NAME`` and shaped by ``VERSION``.

    A field with a default needs no new version; a changed shape needs one, and a static method
    ``upcast_vN_vN+1(data)`` beside the fields that turns the older data into the newer, in place.
    """

    NAME: ClassVar[str]
    VERSION: ClassVar[int] = 1

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "NAME" not in cls.__dict__:
            return  # what several events have in common is not itself an event
        known = CATALOGUE.setdefault(cls.NAME, cls)
        if known is not cls:
            raise TypeError(f"{cls.__qualname__} and {known.__qualname__} share the name {cls.NAME}")

    @classmethod
    def topic(cls) -> str:
        """The name with its version, e.g. ``intake.case_opened.v1``: what the log stores."""
        return f"{cls.NAME}.v{cls.VERSION}"

    @classmethod
    def upcast(cls, data: dict[str, Any], version: int) -> Self:
        """Reads data of any version up to this one.

        Raises:
            UnknownEventError: the version is newer than this program.
            UnreadableEventError: the data does not fit.
        """
        if version > cls.VERSION:
            raise UnknownEventError(f"{cls.NAME} version {version} is newer than this program")
        for older in range(version, cls.VERSION):
            step: Callable[[dict[str, Any]], None] = getattr(cls, f"upcast_v{older}_v{older + 1}")
            step(data)
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise UnreadableEventError(f"{cls.NAME} version {version}: {_where(error)}") from None


E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True, kw_only=True)
class Recorded(Generic[E_co]):
    """An event in its envelope: its id, stream and version, case, times, actor and cause.

    ``occurred_at`` is the time by the reporter's clock, ``recorded_at`` the time by the service's clock
    when it was stored. ``cause`` is the id of the event or command that led to it.
    ``position`` is its place in its service's log, 0 until it has one.
    """

    id: UUID
    stream: UUID
    version: int
    case: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    cause: UUID | None
    event: E_co
    position: int = 0

    def at(self, position: int) -> "Recorded[E_co]":
        """The same fact with its position in its service's log."""
        placed = object.__new__(Recorded)  # ``dataclasses.replace`` takes five times as long, for every fact of a batch
        placed.__dict__.update(self.__dict__, position=position)
        return placed

    @property
    def topic(self) -> str:
        """The event's name with its version."""
        return self.event.topic()

    def state(self) -> bytes:
        """The bytes to store. They are written once: these bytes are hashed, sent and replayed."""
        case = "null" if self.case is None else f'"{self.case}"'
        cause = "null" if self.cause is None else f'"{self.cause}"'
        head = (
            f'{{"case":{case},"occurred_at":"{self.occurred_at.isoformat()}","recorded_at":"{self.recorded_at.isoformat()}",'
            f'"actor":{_quoted(self.actor)},"cause":{cause},"data":'
        )
        return b"%b%b}" % (head.encode(), self.event.__pydantic_serializer__.to_json(self.event))


class _Stored(TypedDict, Generic[E_co]):
    """A stored state whose event has the present version, so that it is read in one step."""

    case: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    cause: UUID | None
    data: E_co


@cache
def _reader(event: type[Event]) -> Callable[[bytes], dict[str, Any]]:
    """A parser for states of this event."""
    return TypeAdapter(_Stored[event]).validator.validate_json  # type: ignore[valid-type]  # which event is only known when one is read


@lru_cache(4096)
def _quoted(actor: str) -> str:
    """The actor as JSON; cached, because there are few actors."""
    return json.dumps(actor, ensure_ascii=False)


@lru_cache(1024)
def split_topic(topic: str) -> tuple[str, int]:
    """``intake.case_opened.v2`` → ``("intake.case_opened", 2)``.

    Raises:
        UnknownEventError: the topic has no version.
    """
    name, dot, version = topic.rpartition(".v")
    if not dot or not version.isdigit():
        raise UnknownEventError("a topic without a version")
    return name, int(version)


def read(
    *,
    id: UUID,  # noqa: A002 - an event's id is called id everywhere
    stream: UUID,
    version: int,
    topic: str,
    state: bytes,
    position: int = 0,
) -> Recorded[Event]:
    """Reads a log entry, or a message of its stream, as an event of the present version.

    Raises:
        UnknownEventError: no such event, or a newer version of it.
        UnreadableEventError: the state is not what the event's definition says.
    """
    name, event_version = split_topic(topic)
    event_class = CATALOGUE.get(name)
    if event_class is None:
        raise UnknownEventError("no event of this name")
    if event_version == event_class.VERSION:
        try:
            body = _reader(event_class)(state)
        except ValidationError:
            pass  # read step by step below, which says what is wrong with it
        else:
            return Recorded(
                id=id,
                stream=stream,
                version=version,
                case=body["case"],
                occurred_at=body["occurred_at"],
                recorded_at=body["recorded_at"],
                actor=body["actor"],
                cause=body["cause"],
                event=body["data"],
                position=position,
            )
    return _read_step_by_step(id, stream, version, topic, state, position)


def _read_step_by_step(
    id: UUID,  # noqa: A002 - as above
    stream: UUID,
    version: int,
    topic: str,
    state: bytes,
    position: int,
) -> Recorded[Event]:
    """Upcasts an older event, or finds the field of the state that is not valid."""
    name, event_version = split_topic(topic)
    try:
        body = from_json(state)
        data, case, cause = body["data"], body["case"], body["cause"]
        recorded: Recorded[Event] = Recorded(
            id=id,
            stream=stream,
            version=version,
            position=position,
            case=None if case is None else UUID(case),
            occurred_at=datetime.fromisoformat(body["occurred_at"]),
            recorded_at=datetime.fromisoformat(body["recorded_at"]),
            actor=str(body["actor"]),
            cause=None if cause is None else UUID(cause),
            event=CATALOGUE[name].upcast(data, event_version),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, UnreadableEventError):
            raise
        raise UnreadableEventError(f"{topic}: not an entry") from None
    return recorded


def _where(error: ValidationError) -> str:
    """The names of faulty fields with the kinds of fault; no value is quoted."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in faults)
