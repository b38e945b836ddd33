"""Authorities over HTTP: the one way to a contact with one, and the register of what they demand."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from services.chassis.access import Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.problems import MEDIA_TYPE
from services.chassis.programme import MEXICO
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.intake.authority_bodies import Answer, Authorisation, NewDemand, Wish
from services.intake.authority_queries import MOST, contacts_of, counted, demands_seen
from services.intake.bodies import listed
from services.intake.contacting import RestrictedContacts
from services.intake.demands import in_public
from services.intake.register import Register
from services.intake.wordings import Use, wordings

LAST = 2**63 - 1
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
    for status in (401, 403, 404, 409, 422, 503)
}


def add_contacts(router: APIRouter, contacts: RestrictedContacts, tokens: Tokens, database: Database) -> None:
    """``/cases/{case_id}/restricted-contacts``. Nothing here sends anything to anybody."""

    @router.get("/cases/{case_id}/restricted-contacts", responses=PROBLEMS)
    async def restricted_contacts(
        case_id: UUID, principal: Principal = may(tokens, Action.SEE_RESTRICTED_CONTACTS)
    ) -> dict[str, Any]:
        """The wishes a person signed to be put in touch with an authority, and what two members of staff decided."""
        return {"items": await contacts_of(database, case_id, principal, contacts.clock())}

    @router.post("/cases/{case_id}/restricted-contacts", status_code=201, responses=PROBLEMS)
    async def request_restricted_contact(
        case_id: UUID, body: Wish, principal: Principal = may(tokens, Action.REQUEST_RESTRICTED_CONTACT)
    ) -> dict[str, Any]:
        """Records a person's written wish. Without a second person's word within 24 hours it lapses."""
        wording = listed(wordings(Use.RESTRICTED_CONTACT), body.wording_version)
        return await contacts.request(case_id, body.command_id, body.recipient, body.purpose, wording, principal)

    @router.post("/cases/{case_id}/restricted-contacts/{contact_id}/authorise", responses=PROBLEMS)
    async def authorise_restricted_contact(
        case_id: UUID,
        contact_id: UUID,
        body: Authorisation,
        principal: Principal = may(tokens, Action.AUTHORISE_RESTRICTED_CONTACT),
    ) -> dict[str, Any]:
        """Another person, of another label, lets a human make the contact. The program itself sends nothing."""
        return await contacts.authorise(case_id, contact_id, body.command_id, principal)

    @router.delete("/cases/{case_id}/restricted-contacts/{contact_id}", responses=PROBLEMS)
    async def withdraw_restricted_contact(
        case_id: UUID, contact_id: UUID, principal: Principal = may(tokens, Action.REQUEST_RESTRICTED_CONTACT)
    ) -> dict[str, Any]:
        """The person changed their mind: it cannot be authorised any more, and nobody may act on it."""
        return await contacts.withdraw(case_id, contact_id, principal)


def add_demands(router: APIRouter, register: Register, tokens: Tokens, database: Database, clock: Clock) -> None:
    """``/authority-demands``."""

    @router.get("/authority-demands", responses=PROBLEMS)
    async def authority_demands(
        principal: Principal = may(tokens, Action.SEE_DEMANDS),
        cursor: Annotated[int, Query(ge=0, le=LAST)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    ) -> dict[str, Any]:
        """The register, oldest first, in pages."""
        return await demands_seen(database, principal, cursor, limit)

    @router.post("/authority-demands", status_code=201, responses=PROBLEMS)
    async def record_authority_demand(
        body: NewDemand, principal: Principal = may(tokens, Action.RECORD_DEMAND)
    ) -> dict[str, Any]:
        """Records that an authority demanded data. It names no case and nobody."""
        return await register.record(body.command_id, body.said(), principal)

    @router.post("/authority-demands/{demand_id}/answer", responses=PROBLEMS)
    async def answer_authority_demand(
        demand_id: UUID, body: Answer, principal: Principal = may(tokens, Action.ANSWER_DEMAND)
    ) -> dict[str, Any]:
        """Records who answered what. Only a court's order can be complied with."""
        return await register.answer(demand_id, body.command_id, body.answer, principal)

    @router.get("/authority-demands/counts")
    async def count_authority_demands(
        year: Annotated[int | None, Query(ge=2013, le=2100)] = None,
    ) -> dict[str, Any]:
        """How many demands were recorded in each quarter that is over. Public; small ones are hidden."""
        wanted = clock().astimezone(MEXICO).year if year is None else year
        return in_public(wanted, await counted(database, wanted), clock())
