"""Which referrals a list shows, and in which order: what the principal may see, narrowed by what they ask for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from events.referral_states import CHANGEABLE, CLOSED
from events.vocabulary import RESTRICTED_CATEGORIES, Agency, ReferralState, RiskCategory, Urgency
from services.chassis.authorization.policy import Action, Principal, Scope, scope_of
from services.chassis.errors import ServiceError
from services.chassis.ids import short_code

NOT_SEARCHABLE = RESTRICTED_CATEGORIES
"""Categories that nobody may look people up by (domain.md §7)."""


class NotSearchableError(ServiceError):
    """The category is one that nobody may look people up by."""

    code = "not_searchable"
    status = 422


class Sort(StrEnum):
    """The order of a list."""

    SENT = "sent"
    """As they were proposed, oldest first."""
    DUE = "due"
    """By the time that is left: what is overdue longest comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralFilters:
    """Filters of a list; ``None`` or nothing means any."""

    agency: str | None = None
    states: tuple[ReferralState, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    categories: tuple[RiskCategory, ...] = ()
    desk: str | None = None
    code: str | None = None
    """The four characters of an alert, in whatever case."""
    case: UUID | None = None
    reason: str | None = None
    """Why it waits, while it does."""
    shelter: str | None = None
    referral: UUID | None = None
    referrals: tuple[UUID, ...] | None = None
    """Only these; none at all if it is empty."""
    on_desk: bool = False
    """Only what is open, or whose deletion is owed."""
    overdue_at: datetime | None = None
    """Only what should have been done by this moment."""
    unseen: bool = False
    """Only what changed since the desk last acted."""
    sort: Sort = Sort.SENT
    cursor: str | None = None
    limit: int = 100


HOLDER = r"""
coalesce((
  select convert_from(moved.state, 'UTF8')::jsonb -> 'data' ->> 'to_shelter' from intake.event as moved
  where moved.stream = referral.case_id and moved.topic like 'intake.handed\_over.v%'
  order by moved.version desc limit 1
), shelter)
"""
"""The shelter that has custody of the case, also before the reaction to a transfer."""
IN_CUSTODY = """
(state = any(array['{closed}']) or {holder} = {{0}})
""".format(closed="','".join(sorted(CLOSED)), holder=HOLDER)
"""A shelter that handed a case over loses sight of it at once; of what had ended, it keeps how it ended."""
DUE_BY = "case when next_by < '9999-12-31T00:00:00Z' then next_by end"
"""What somebody has to do with it next, by when; null: nothing that has a deadline. The column says what that is."""
ON_DESK = "next_by < 'infinity'"
"""It is open, or its deletion is owed."""
CODE_LASTS = timedelta(days=90)
"""How long after its last change a referral that has ended is found by its code: four characters come again."""
ORDER: Mapping[Sort, str] = {Sort.SENT: "sequence", Sort.DUE: "next_by, sequence"}
PLACE = "next_by::text"
"""Text: the last of them is no moment that the driver knows."""


_UNKNOWN_TO_THE_SHELTER = """
case when jsonb_typeof(after_sending -> 'known_categories') = 'array' then array(select unnest(categories)
  except select jsonb_array_elements_text(after_sending -> 'known_categories')) else array[]::text[] end
"""


@dataclass(slots=True)
class Visible:
    """Conditions, and the values of their parameters."""

    parts: list[str] = field(default_factory=lambda: ["true"])
    values: list[Any] = field(default_factory=list)
    hidden: str = "array[]::text[]"
    """The categories of a referral that the principal may not know: a filter tells nothing of them either."""

    @property
    def conditions(self) -> str:
        """All of them."""
        return " and ".join(self.parts)

    def where(self, condition: str, *values: Any) -> None:
        """Adds a condition, with ``{}`` for each value."""
        first = len(self.values) + 1
        self.values.extend(values)
        self.parts.append(condition.format(*(f"${first + at}" for at in range(len(values)))))

    def narrow(self, filters: ReferralFilters) -> None:
        """Adds what is asked for.

        Raises:
            NotSearchableError: a category is restricted.
        """
        if not NOT_SEARCHABLE.isdisjoint(filters.categories):
            raise NotSearchableError
        for condition, value in (
            ("agency = {}", filters.agency),
            ("state = any({})", list(filters.states) or None),
            ("urgency = any({})", list(filters.urgencies) or None),
            ("desk = {}", filters.desk),
            ("case_id = {}", filters.case),
            ("referral_id = {}", filters.referral),
            ("referral_id = any({})", filters.referrals),
            ("state = 'blocked_consent' and reason = {}", filters.reason),
            ("shelter = {}", filters.shelter),
        ):
            if value is not None:
                self.where(condition, value)
        if filters.on_desk:
            self.parts.append(ON_DESK)
        if filters.overdue_at is not None:
            self.where("next_by <= {}", filters.overdue_at)
        if filters.unseen:
            self.where("after_sending ->> 'unseen_since' is not null and state = any({})", list(CHANGEABLE))
        if filters.categories:
            shown = f"array(select unnest(categories) except select unnest({self.hidden}))"
            self.where("categories && {}::text[]", list(filters.categories))  # quickly said of most rows
            self.where(shown + " && {}::text[]", list(filters.categories))

    def with_a_code(self, code: str | None, now: datetime) -> "Visible":
        """Those of them that have a code, and are open or ended lately; ``None``: no code was stored with them."""
        found = Visible([*self.parts], [*self.values])
        found.where("(state <> all({}) or changed_at > {})", list(CLOSED), now - CODE_LASTS)
        found.where("code = {}", code) if code is not None else found.parts.append("code is null")
        return found

    def after(self, place: str, sort: Sort) -> None:
        """Adds where the page begins: after a place of ``place_of``, in this order."""
        due, _, sequence = place.rpartition("~")
        if sort is Sort.SENT:
            self.where("sequence > {}", int(sequence))
        else:
            self.where("(next_by, sequence) > ({}::text::timestamptz, {}::bigint)", due, int(sequence))


def visible_to(principal: Principal) -> Visible:
    """What the principal may see: an agency what was sent to it, a shelter what it holds but no report about it."""
    found = Visible()
    match scope_of(principal, Action.LIST_REFERRALS):
        case Scope.ANY:
            pass
        case Scope.OWN_AGENCY:
            found.where("agency = {} and sent_at is not null", principal.org)
            found.hidden = "array(select jsonb_array_elements_text(coalesce(after_sending -> 'uncovered', '[]')))"
        case Scope.OWN_SHELTER:
            found.where("shelter = {0} and " + IN_CUSTODY, principal.org)
            found.where("agency <> {}", Agency.PEAS)
            found.hidden = _UNKNOWN_TO_THE_SHELTER
        case _:
            found.parts.append("false")
    return found


def as_written(code: str) -> str:
    """A code as it is stored, however it was typed."""
    return code.strip().upper()


def with_code(rows: Iterable[Any], code: str) -> list[UUID]:
    """Those of these referrals that a code stands for."""
    return [row["referral_id"] for row in rows if short_code(row["referral_id"]) == code]


def place_of(row: Any, sort: Sort) -> str:
    """The place of a row in the list, for the cursor of the page after it."""
    if sort is Sort.SENT:
        return str(row["sequence"])
    return f"{row['place']}~{row['sequence']}"
