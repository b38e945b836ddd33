"""Lists the wishes of a case to contact authorities."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from events.sealed import Box
from services.chassis.authorization.permit import permit
from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.vault.keyring import Keyring
from services.intake.restricted_contacts.domain import LAPSES_AFTER
from services.intake.restricted_contacts.schemas import RestrictedContactItem, RestrictedContactList
from services.intake.restricted_contacts.wishes import Wish, opened_wish

HOLDS = """
select coalesce(continuity.shelter, submission.shelter) from submission left join continuity using (case_id)
where case_id = $1
"""


async def list_contacts(
    database: Database, keyring: Keyring, case: UUID, principal: Principal, at: datetime
) -> RestrictedContactList:
    """The wishes of a case, oldest first, opened with the key of the person's answers.

    Raises:
        NotFoundError: no such case, or another shelter's.
    """
    query = "select * from restricted_contact where case_id = $1 order by requested_at, contact_id"
    async with database.as_principal(principal) as connection:
        shelter = await connection.fetchval(HOLDS, case)
        if shelter is None:
            raise NotFoundError
        permit(principal, Action.SEE_RESTRICTED_CONTACTS, shelter=shelter)
        rows = await connection.fetch(query, case)
    boxes = {row["contact_id"]: Box.model_validate_json(row["wish"]) for row in rows if row["wish"] is not None}
    keys = await keyring.load([box.key for box in boxes.values()])
    wishes = {contact: opened_wish(box, contact, keys) for contact, box in boxes.items()}
    return RestrictedContactList(items=[_contact(row, wishes.get(row["contact_id"]), at) for row in rows])


def _contact(row: Any, wish: Wish | None, at: datetime) -> RestrictedContactItem:
    lapses = row["requested_at"] + LAPSES_AFTER
    state: Literal["requested", "authorised", "withdrawn", "lapsed"]
    if row["withdrawn_at"] is not None:
        state = "withdrawn"
    elif row["authorised_at"] is not None:
        state = "authorised"
    else:
        state = "lapsed" if at > lapses else "requested"
    return RestrictedContactItem(
        contact_id=row["contact_id"],
        case_id=row["case_id"],
        recipient=row["recipient"] if wish is None else wish.recipient,
        purpose=row["purpose"] if wish is None else wish.purpose,
        wording_version=row["wording_version"],
        state=state,
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        lapses_at=lapses if state in {"requested", "lapsed"} else None,
        authorised_by=row["authorised_by"],
        authorised_as=row["authorised_as"],
        withdrawn_at=row["withdrawn_at"],
        authorised_at=row["authorised_at"],
    )
