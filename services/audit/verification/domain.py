"""What a verification finds: checks, and faults with the place where each is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

MAX_FAULTS = 200
"""Faults of one check that are listed; the others are counted."""

COUNTED = (
    "files", "checkpoints", "cosignatures", "entries", "tiles", "kept", "streams", "events", "schemas", "causes",
    "commands", "erased_boxes", "erasures", "swept_places", "models", "rows", "newer", "logs",
)  # fmt: skip
"""What checks count."""


class CheckName(StrEnum):
    """What is checked, in this order."""

    CONTAINER = "container"
    MANIFEST = "manifest"
    SIGNATURES = "signatures"
    LEAVES = "leaves"
    TREE = "tree"
    EARLIER = "earlier"
    KEPT = "kept"
    STREAMS = "streams"
    EVENTS = "events"
    CAUSES = "causes"
    ERASURES = "erasures"
    MODELS = "models"
    OTHER = "other"


class FaultCode(StrEnum):
    """Whatever can be wrong with a bundle, once it is one."""

    ANOTHER_INSTALLATION = "another_installation"
    ANOTHER_LOG = "another_log"
    CAUSE_AFTER_EFFECT = "cause_after_effect"
    CHECKPOINT_NOT_SIGNED = "checkpoint_not_signed"
    CHECKPOINT_OF_ANOTHER_SIZE = "checkpoint_of_another_size"
    DIFFERS_FROM_KEPT = "differs_from_kept"
    DIGEST_DIFFERS = "digest_differs"
    DIGESTS_TOO_MANY = "digests_too_many"
    ENTRIES_CUT_SHORT = "entries_cut_short"
    ENTRIES_TOO_MANY = "entries_too_many"
    ENTRY_MISSING = "entry_missing"
    ENTRY_NOT_CANONICAL = "entry_not_canonical"
    ENVELOPE_DIFFERS = "envelope_differs"
    ERASURE_DIFFERS = "erasure_differs"
    ERASURE_NOT_LISTED = "erasure_not_listed"
    ERASURE_UNREADABLE = "erasure_unreadable"
    ERASURE_WITHOUT_EVENT = "erasure_without_event"
    EVENT_TWICE = "event_twice"
    FORK = "fork"
    KEPT_UNREADABLE = "kept_unreadable"
    KEY_CHANGED = "key_changed"
    LEAF_DIFFERS = "leaf_differs"
    LOG_MISSING = "log_missing"
    MANIFEST_DIFFERS = "manifest_differs"
    MANIFEST_KEY_UNKNOWN = "manifest_key_unknown"
    MANIFEST_NOT_SIGNED = "manifest_not_signed"
    MANIFEST_UNREADABLE = "manifest_unreadable"
    MODEL_MISSING = "model_missing"
    MODEL_UNKNOWN = "model_unknown"
    NO_QUORUM = "no_quorum"
    OTHER_ALTERED = "other_altered"
    OUT_OF_ORDER = "out_of_order"
    POLICY_CHANGED = "policy_changed"
    POLICY_UNREADABLE = "policy_unreadable"
    REPLAY_IMPOSSIBLE = "replay_impossible"
    ROOT_DIFFERS = "root_differs"
    ROW_DIFFERS = "row_differs"
    ROW_MISSING = "row_missing"
    ROW_UNREADABLE = "row_unreadable"
    ROW_WITHOUT_EVENTS = "row_without_events"
    SCHEMA_DIFFERS = "schema_differs"
    SCHEMA_UNKNOWN = "schema_unknown"
    SHORTER_THAN_KEPT = "shorter_than_kept"
    SOMETHING_REMAINS = "something_remains"
    TILE_DIFFERS = "tile_differs"
    TOO_MANY_NEWER = "too_many_newer"
    TOPIC_WITHOUT_SCHEMA = "topic_without_schema"
    UNKNOWN_EVENT = "unknown_event"
    UNREADABLE_EVENT = "unreadable_event"
    VERSION_MISSING = "version_missing"
    VERSION_TWICE = "version_twice"
    WITNESS_MISSING = "witness_missing"
    WRONG_POSITION = "wrong_position"


class NoteCode(StrEnum):
    """What is said besides, and is no fault."""

    BEGINS_ALIKE = "begins_alike"
    ERASED = "erased"
    FIRST_USE = "first_use"
    KEY_CHANGED = "key_changed"
    LOG_ABSENT = "log_absent"
    OLDER_THAN_KEPT = "older_than_kept"
    POLICY_CHANGED = "policy_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is not as it must be, and where."""

    code: FaultCode | NoteCode
    log: str | None = None
    position: int | None = None
    until: int | None = None
    """The last position of a range."""
    stream: str | None = None
    version: int | None = None
    event: str | None = None
    """Id of the event."""
    topic: str | None = None
    path: str | None = None
    """The file of the bundle."""
    field: str | None = None
    row: str | None = None
    name: str | None = None

    def as_json(self) -> dict[str, Any]:
        """What is known of it."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(slots=True)
class Check:
    """One check: how much it looked at, and the faults that it found."""

    name: CheckName
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    """What is said besides, and is no fault."""
    more: int = 0
    """Faults beyond ``MAX_FAULTS``."""

    def count(self, what: str, number: int = 1) -> None:
        """Adds to a count."""
        self.counts[what] = self.counts.get(what, 0) + number

    def fault(self, code: str, **where: Any) -> None:
        """Notes a fault."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(code=FaultCode(code), **where))
        else:
            self.more += 1

    def note(self, code: str, **where: Any) -> None:
        """Notes what is no fault."""
        if len(self.notes) < MAX_FAULTS:
            self.notes.append(Fault(code=NoteCode(code), **where))

    @property
    def passed(self) -> bool:
        """Whether it found nothing."""
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        """The check for other programs."""
        return {
            "check": self.name.value,
            "passed": self.passed,
            "counts": dict(self.counts),
            "faults": [one.as_json() for one in self.faults],
            "more_faults": self.more,
            "notes": [one.as_json() for one in self.notes],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of a verification."""

    installation: str
    made_at: datetime
    trusted: bool
    """Whether the keys are the auditor's own; otherwise the bundle vouches for itself."""
    keys: tuple[str, ...]
    """The verifier keys that were used, to be compared by telephone."""
    logs: Mapping[str, int]
    """The sealed size of each log."""
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing is altered."""
        return all(check.passed for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """The report for other programs."""
        return {
            "passed": self.passed,
            "installation": self.installation,
            "made_at": self.made_at.isoformat(),
            "trusted": self.trusted,
            "keys": list(self.keys),
            "logs": dict(self.logs),
            "checks": [check.as_json() for check in self.checks],
        }
