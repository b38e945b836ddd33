"""What somebody looks for on the board, as the page's address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from events.vocabulary import ReferralState, RiskCategory, Urgency
from services.chassis.errors import MalformedRequestError
from services.referral.worklist.filters import NOT_SEARCHABLE, ReferralFilters, Sort

PAGE_SIZE = 25
"""Rows of a page: what fits into a few kilobytes on a slow line."""
MAX_LENGTH = 40
"""Characters of a value; a desk's code is the longest."""
STATES = tuple(state for state in ReferralState if state not in {ReferralState.PROPOSED, ReferralState.BLOCKED_CONSENT})
"""The states in which a desk has a referral."""
CATEGORIES = tuple(category for category in RiskCategory if category not in NOT_SEARCHABLE)
"""The categories that people may be looked up by."""

Code = TypeVar("Code", bound=StrEnum)


class View(StrEnum):
    """Which part of a desk's work is shown; the value is in the page's address."""

    OPEN = "abiertas"
    OVERDUE = "vencidas"
    CHANGED = "cambios"
    ALL = "todas"


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; empty: nothing in particular."""

    view: View = View.OPEN
    code: str = ""
    urgency: Urgency | None = None
    state: ReferralState | None = None
    category: RiskCategory | None = None
    desk: str = ""
    cursor: str | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Search":
        """Reads the parameters of the address, or the same fields of a form.

        Raises:
            MalformedRequestError: a value is none of those that the page offers.
        """
        return cls(
            view=_one_of(View, asked, "ver") or View.OPEN,
            code=asked.get("codigo", "").strip()[:MAX_LENGTH],
            urgency=_one_of(Urgency, asked, "urgencia"),
            state=_one_of(ReferralState, asked, "estado"),
            category=_one_of(RiskCategory, asked, "asunto"),
            desk=asked.get("mesa", "").strip()[:MAX_LENGTH],
            cursor=asked.get("desde") or None,
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether it shows less than the whole work of the desk."""
        return self != Search(cursor=self.cursor)

    @property
    def shows_appointments(self) -> bool:
        """Whether each row says when its appointment is: these are sealed in the store."""
        return self.state is ReferralState.SCHEDULED

    def filters(self, now: datetime) -> ReferralFilters:
        """The same for the list. What is searched by its code may have ended, or be in any state."""
        return ReferralFilters(
            states=() if self.state is None else (self.state,),
            urgencies=() if self.urgency is None else (self.urgency,),
            categories=() if self.category is None else (self.category,),
            desk=self.desk or None,
            code=self.code or None,
            on_desk=self.view is View.OPEN and not self.code and self.state is None,
            overdue_at=now if self.view is View.OVERDUE else None,
            unseen=self.view is View.CHANGED,
            sort=Sort.DUE,
            cursor=self.cursor,
            limit=PAGE_SIZE,
        )

    @property
    def fields(self) -> dict[str, str]:
        """The search as parameters, without those that say nothing."""
        said = {
            "ver": "" if self.view is View.OPEN else self.view,
            "codigo": self.code,
            "urgencia": self.urgency,
            "estado": self.state,
            "asunto": self.category,
            "mesa": self.desk,
        }
        return {name: str(value) for name, value in said.items() if value}

    def address(self, cursor: str | None = None) -> str:
        """The board's address with this search, from a place in the list on."""
        given = self.fields | ({"desde": cursor} if cursor else {})
        return f"/mesa?{urlencode(given)}" if given else "/mesa"


def _one_of(kind: type[Code], asked: Mapping[str, str], name: str) -> Code | None:
    value = asked.get(name, "").strip()
    try:
        return kind(value) if value else None
    except ValueError:
        raise MalformedRequestError(faults=[{"field": name, "code": "enum"}]) from None
