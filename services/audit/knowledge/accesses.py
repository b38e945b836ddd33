"""What opens a case's sealed data beside a referral: a shelter's custody, and exceptional access. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from events.break_glass import BreakGlassOpened, BreakGlassReviewed
from events.continuity import HandedOver
from events.contract import Event, Recorded
from events.intake import CaseOpened, PersonErased
from events.vocabulary import ReviewVerdict
from services.audit.knowledge.domain import Closing, Disclosure, Window

EVERYTHING = ("all",)


@dataclass(slots=True)
class Holders:
    """The shelters that had the case, and the people who opened a referral of it exceptionally."""

    shelters: dict[str, Disclosure] = field(default_factory=dict)
    opened: dict[UUID, tuple[str, Disclosure]] = field(default_factory=dict)
    """By access: the organisation that it was opened for, and its window."""
    _ends: dict[UUID, datetime] = field(default_factory=dict)

    def follow(self, fact: Recorded[Event]) -> None:
        """Applies a fact of the case."""
        event, at = fact.event, fact.recorded_at
        match event:
            case CaseOpened():
                self._holds(event.shelter, at, EVERYTHING)
            case HandedOver():
                self._close(self.shelters.get(event.from_shelter), at, Closing.HANDED_OVER)
                self._holds(event.to_shelter, at, event.consent.fields)
            case BreakGlassOpened():
                window = Window(since=at, basis=event.basis)
                disclosure = Disclosure(referral=event.referral, agency=event.agency, windows=[window])
                self.opened[fact.stream] = event.opened_for, disclosure
                self._ends[fact.stream] = event.until
            case BreakGlassReviewed() if event.verdict is ReviewVerdict.NOT_JUSTIFIED:
                if fact.stream in self.opened:
                    self._close(self.opened[fact.stream][1], at, Closing.NOT_JUSTIFIED)
            case PersonErased():
                for disclosure in (*self.shelters.values(), *(one for _, one in self.opened.values())):
                    self._close(disclosure, at, Closing.ERASED)
            case _:
                pass

    def pass_time(self, now: datetime) -> None:
        """Ends what was opened exceptionally when its time is over."""
        for access, end in self._ends.items():
            if end <= now:
                self._close(self.opened[access][1], end, Closing.TIME_OVER)

    def _holds(self, shelter: str, at: datetime, fields: tuple[str, ...]) -> None:
        held = self.shelters.setdefault(shelter, Disclosure(referral=None))
        if not held.windows or held.windows[-1].until is not None:
            held.windows.append(Window(since=at, basis=None, fields=fields))

    @staticmethod
    def _close(disclosure: Disclosure | None, at: datetime, closing: Closing) -> None:
        window = disclosure.windows[-1] if disclosure is not None and disclosure.windows else None
        if window is not None and window.until is None:
            window.until, window.closing = max(at, window.since), closing
