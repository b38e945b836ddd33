"""The alerts of a desk, of a shelter, or of the programme."""

from typing import Any, NamedTuple
from uuid import UUID

from events.vocabulary import AlertAbout
from services.chassis.authorization.policy import Action, Principal, Scope, scope_of
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.web.cursors import Cursors
from services.notifications.alerts.schemas import Alert, AlertDelivery, AlertList, AlertState
from services.notifications.alerts.texts import text_of

OWN = {
    Scope.OWN_AGENCY: "agency = $1 and of_desk and shelter is null",
    Scope.OWN_SHELTER: "shelter = $1",
}
"""Each in a statement of its own, so that an index is read by it."""
PROGRAMMES = "$1::text is not null and shelter is null"
_ANYBODYS = "$1::text is not null"
LISTED = """
select * from alert
where {whose} and sequence > $2 and ($3::text is null or state = $3) and ($4::text is null or about = $4)
  and ($5::text is null or code = $5)
order by sequence limit $6
"""
LIST = "alerts"
BEGINNING = "0"
"""``after`` of whoever has seen none."""
_OWN_STREAM = frozenset(
    {
        AlertAbout.SILENCE,
        AlertAbout.ACCESS,
        AlertAbout.NOT_ROUTED,
        AlertAbout.DELIVERY,
        AlertAbout.MISUSE,
        AlertAbout.RULES,
        AlertAbout.SECURITY,
    }
)
"""What is about no referral of the reader's."""


async def list_alerts(
    database: Database,
    cursors: Cursors,
    principal: Principal,
    *,
    after: str,
    limit: int,
    state: AlertState | None,
    about: AlertAbout | None = None,
    shelter: str | None = None,
    code: str | None = None,
) -> AlertList:
    """The alerts that the principal may see, oldest first, after the one with this ``sequence``.

    ``shelter``: for whoever sees those of every organisation, the shelter whose alerts to list. ``code``: the one that
    a message named, whosever it is.

    Raises:
        MalformedRequestError: ``after`` was not issued by this list.
    """
    place = 0 if after == BEGINNING else int(cursors.read(after, LIST, principal, field="after"))
    scope = scope_of(principal, Action.SEE_ALERTS) or Scope.OWN_AGENCY
    org = principal.org
    if (whose := OWN.get(scope)) is None:
        whose = PROGRAMMES if code is None else _ANYBODYS
        if shelter is not None:
            whose, org = OWN[Scope.OWN_SHELTER], shelter
    async with database.as_principal(principal) as connection:
        rows = await connection.fetch(LISTED.format(whose=whose), org, place, state, about, code, limit)
    return AlertList(items=[alert_of_row(row, cursors, principal) for row in rows])


def sequence_for(cursors: Cursors, principal: Principal, position: int) -> str:
    """The place of an alert or of a change in the list, for one reader: the log's position tells of others' alerts."""
    return cursors.issue(LIST, principal, str(position))


class FoundAlert(NamedTuple):
    """What a command about an alert needs to know of it."""

    about: AlertAbout
    shelter: str | None


async def find_alert(database: Database, principal: Principal, alert: UUID) -> FoundAlert:
    """One alert that the principal may see.

    Raises:
        NotFoundError: no such alert, or another organisation's.
    """
    async with database.as_principal(principal) as connection:
        row = await connection.fetchrow("select * from alert where alert_id = $1", alert)
    if row is None:
        raise NotFoundError
    return FoundAlert(AlertAbout(row["about"]), row["shelter"])


def alert_of_row(row: Any, cursors: Cursors, principal: Principal) -> Alert:
    """A row of the list as the principal may read it."""
    about = AlertAbout(row["about"])
    waits = about is AlertAbout.WAITING and row["shelter"] is None
    no_referral = about in _OWN_STREAM or about is AlertAbout.OBLIGATION
    return Alert(
        alert_id=row["alert_id"],
        sequence=sequence_for(cursors, principal, row["sequence"]),
        # What waits is not named to the programme or to another agency: the recipient could tell a category.
        referral_id=None if no_referral or waits else row["referral_id"],
        obligation_id=row["referral_id"] if about is AlertAbout.OBLIGATION else None,
        case_id=row["case_id"],
        agency=row["agency"],
        shelter=row["shelter"],
        urgency=row["urgency"],
        code=row["code"],
        about=about,
        text=text_of(row["urgency"], row["code"], about=row["about"]),
        state=row["state"],
        delivery=AlertDelivery(delivered=row["delivered"], failed=row["failed"], unreached=row["unreached"]),
        raised_at=row["raised_at"],
        answered_at=row["answered_at"],
    )
