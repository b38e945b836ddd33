"""Contacts of the staff over HTTP: written by an administrator, read back without an address."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.access import Action, Principal
from services.chassis.errors import ServiceError
from services.chassis.problems import OF_ONE_THING
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.notifications.contacts import ContactFaultsError, contacts_of
from services.notifications.directing import Directing


class ContactFaultError(ServiceError):
    """The contacts cannot be used. How many faults is told, no more; ``canaliza contacts import`` names lines."""

    code = "contacts_not_valid"
    status = 422
    es = "Los contactos no son válidos; no se cambió nada."
    en = "The contacts are not valid; nothing was changed."


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID


class Imported(_Body):
    """All contacts, as the file of contacts says them."""

    contacts: dict[str, Any]


class Named(_Body):
    """One contact, by its code."""

    contact: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_/-]+$")]


def add_contacts(router: APIRouter, directing: Directing, tokens: Tokens) -> None:
    """``GET`` and ``PUT /contacts``, ``POST /contacts/disable`` and ``/contacts/enable``."""

    @router.get("/contacts")
    async def listed(_principal: Principal = may(tokens, Action.OPERATE)) -> dict[str, Any]:
        """Codes, channels and desks; no address is ever shown."""
        return {"items": await directing.listed()}

    @router.put("/contacts", responses=OF_ONE_THING)
    async def imported(body: Imported, principal: Principal = may(tokens, Action.OPERATE)) -> dict[str, Any]:
        """Puts these in the place of all contacts. Which changed is an event; how they are reached is in none."""
        try:
            new = contacts_of(body.contacts)
        except ContactFaultsError as error:
            raise ContactFaultError(faults=len(error.faults)) from None
        return await directing.import_(body.command_id, new, principal)

    @router.post("/contacts/disable", responses=OF_ONE_THING)
    async def disable(body: Named, principal: Principal = may(tokens, Action.OPERATE)) -> dict[str, Any]:
        """Nothing is sent there any more; whoever is next is told instead."""
        return await directing.set_disabled(body.command_id, body.contact, principal, disabled=True)

    @router.post("/contacts/enable", responses=OF_ONE_THING)
    async def enable(body: Named, principal: Principal = may(tokens, Action.OPERATE)) -> dict[str, Any]:
        """It is told again."""
        return await directing.set_disabled(body.command_id, body.contact, principal, disabled=False)
